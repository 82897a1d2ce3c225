//! Ctrl-C in the middle of a session.

use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::runtime::Builder;

use super::output;

/// Exit code of a program that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// Listens for Ctrl-C: the first one asks for an end in good order, the second one ends the program.
pub(super) struct Interrupt {
    asked: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens from now on.
    pub(super) fn listen() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut signals = {
            let _guard = runtime.enter();
            Signals::new()?
        };
        let asked = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&asked);
        thread::Builder::new().spawn(move || {
            runtime.block_on(signals.next());
            flag.store(true, Ordering::Relaxed);
            output::log(
                "the session is suspended with the server's next answer; Ctrl-C once more ends at once",
            );
            runtime.block_on(signals.next());
            // As safe as a loss of power: what was done is in the books, or is done again.
            process::exit(INTERRUPTED);
        })?;
        Ok(Self { asked })
    }

    /// Whether Ctrl-C was pressed.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

/// Waits for Ctrl-C, as often as it is called.
#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::interrupt())?))
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}

/// Waits for Ctrl-C, as often as it is called.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
