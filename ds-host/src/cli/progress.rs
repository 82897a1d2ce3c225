//! What a session does, while it does it: on a terminal only.

use std::cell::Cell;
use std::io::{self, IsTerminal};
use std::time::Duration;

use ds_protocol::Notice;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line on standard error that counts; nothing where that is no terminal.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    expected: Cell<u64>,
}

impl Progress {
    pub(super) fn new() -> Self {
        let bar = || {
            let target = ProgressDrawTarget::stderr();
            let bar = ProgressBar::with_draw_target(None, target).with_message("connecting");
            bar.set_style(ProgressStyle::default_spinner());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        };
        Self {
            bar: io::stderr().is_terminal().then(bar),
            expected: Cell::new(0),
        }
    }

    pub(super) fn note(&self, notice: &Notice) {
        let Some(bar) = &self.bar else { return };
        match notice {
            Notice::Authenticated { user } => bar.set_message(format!("logged in as {user}")),
            Notice::Settled { datastore, .. } => bar.set_message(datastore.to_string()),
            Notice::Expecting { changes, .. } if *changes > 0 => {
                // The server's changes have a known number, ours do not: the bar belongs to them.
                self.expected
                    .set(self.expected.get().saturating_add(*changes));
                if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
                    bar.set_style(style);
                }
                bar.set_position(0);
                bar.set_length(self.expected.get());
            }
            Notice::Received { datastore, .. } => {
                bar.set_message(format!("{datastore}: receiving"));
                bar.inc(1);
            }
            Notice::Sent { datastore, .. } if self.expected.get() == 0 => {
                bar.inc(1);
                bar.set_message(format!("{datastore}: {} sent", bar.position()));
            }
            _ => {}
        }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
