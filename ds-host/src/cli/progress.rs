//! What a session does, while it does it: on a terminal only.

use std::cell::Cell;
use std::io::{self, IsTerminal};
use std::time::Duration;

use ds_protocol::Notice;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line on standard error that counts; nothing where that is no terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    expected: Cell<u64>,
}

impl Progress {
    pub(super) fn new() -> Self {
        let target = if io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target).with_message("connecting");
        bar.set_style(ProgressStyle::default_spinner());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self {
            bar,
            expected: Cell::new(0),
        }
    }

    pub(super) fn note(&self, notice: &Notice) {
        match notice {
            Notice::Authenticated { user } => self.bar.set_message(format!("logged in as {user}")),
            Notice::Settled { datastore, .. } => self.bar.set_message(datastore.to_string()),
            Notice::Expecting { changes, .. } if *changes > 0 => {
                // The server's changes have a known number, ours do not: the bar belongs to them.
                self.expected
                    .set(self.expected.get().saturating_add(*changes));
                if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
                    self.bar.set_style(style);
                }
                self.bar.set_position(0);
                self.bar.set_length(self.expected.get());
            }
            Notice::Received { datastore, .. } => {
                self.bar.set_message(format!("{datastore}: receiving"));
                self.bar.inc(1);
            }
            Notice::Sent { datastore, .. } if self.expected.get() == 0 => {
                self.bar.inc(1);
                self.bar
                    .set_message(format!("{datastore}: {} sent", self.bar.position()));
            }
            _ => {}
        }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
