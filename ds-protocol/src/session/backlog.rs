//! Answers that wait because the peer takes smaller messages than it sends.

use bytestring::ByteString;
use syncml_repr::{Status, StatusCode};

use super::talk::{Abort, Talk};

/// Octets of a Status in a message, more or less.
const STATUS: u64 = 64;

/// Nobody can talk in messages much smaller than this; a smaller `MaxMsgSize` is not asked for.
const LEAST: u64 = 2048;

/// A session whose answers wait for more room than this many of the largest messages we take is given up.
const MOST: u64 = 8;

impl Talk {
    /// `MaxMsgSize` of our next message. A peer whose answers no longer fit into two of its messages is asked for
    /// messages half as large as those it takes: its commands then need no more room than they leave.
    pub(super) fn announced_size(&self) -> u64 {
        let own = self.sizes.max_msg_size;
        match self.common.peer_max_msg_size {
            Some(taken) if self.waiting() > taken.saturating_mul(2) => {
                own.min((taken / 2).max(LEAST))
            }
            _ => own,
        }
    }

    /// Room that the statuses owed will take.
    fn waiting(&self) -> u64 {
        STATUS.saturating_mul(self.common.statuses.len() as u64)
    }

    /// Makes what was not sent ready to wait, within bounds: not with a peer that sends on and on and does not take
    /// the answers.
    pub(super) fn keep_backlog(&mut self) -> Result<(), Abort> {
        if self.waiting() > self.sizes.max_msg_size.saturating_mul(MOST) {
            self.protocol("answers pile up: the peer takes too small messages for what it sends");
            return Err(Abort(StatusCode::REQUEST_ENTITY_TOO_LARGE));
        }
        self.common.statuses.iter_mut().for_each(detach);
        Ok(())
    }
}

/// References are parts of the message that they came in; what waits must not keep it.
fn detach(status: &mut Status) {
    for refs in [&mut status.target_refs, &mut status.source_refs] {
        for uri in refs.iter_mut() {
            *uri = ByteString::from(&**uri);
        }
    }
}
