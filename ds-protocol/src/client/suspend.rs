//! Sessions that are left at the caller's wish, and those that go on with one that was left `[DSPro §suspend]`.

use syncml_devinf::Version;
use syncml_repr::{Command, Message, StatusCode};

use super::turn::Client;
use crate::config::Device;
use crate::engine::Closed;
use crate::link::Opened;
use crate::notice::Notice;
use crate::peer::PeerRecord;
use crate::session::port::Port;
use crate::session::resume::Suspension;
use crate::session::state::Phase;
use crate::sync_type::SyncType;

use super::{Config, State};

/// Suspends a session at the caller's wish. Where nothing is to be resumed, or the server cannot know what is meant,
/// it ends at once; else with the answer to our next message.
pub(super) async fn suspend(mut state: State, port: Port) -> State {
    let common = &mut state.common;
    let in_init = matches!(common.phase, Phase::ClientInit | Phase::ServerInit);
    let cannot = common.version != Version::V1_2 || common.chosen.profile.no_suspend;
    if in_init || cannot {
        close(&mut state, &port);
    } else if common.suspension == Suspension::No {
        common.suspension = Suspension::Wanted;
    }
    state
}

fn close(state: &mut State, port: &Port) {
    let status = StatusCode::OPERATION_CANCELLED_NOT_EXECUTED;
    for store in &mut state.common.datastores {
        store.fail(status);
        let datastore = store.link.local.clone();
        port.notice(Notice::DatastoreDone { datastore, status });
    }
    state.common.closed.get_or_insert(Closed::Suspended);
}

impl Config {
    /// The type to go on with, where an earlier session was left and it is worth to ask for that.
    ///
    /// A slow sync or refresh that is asked for again begins again, so it is worth a question to anybody who has not
    /// refused one. A sync of changes goes on without, so only a server that has agreed to suspend it is asked, or where
    /// nothing but its last answer was lost, one of our own: another might answer with a slow sync.
    pub(super) fn resumes(
        &self,
        asked: SyncType,
        opened: &Opened,
        record: &PeerRecord,
    ) -> Option<SyncType> {
        let unfinished = opened.resumable()?;
        let fits = unfinished == asked
            || (asked == SyncType::TwoWay && unfinished == SyncType::Slow && opened.last.is_none());
        // Our own servers keep what is needed for that, however the session was left.
        let is_kin = || {
            let server = record.dev_inf.as_ref();
            server.is_some_and(|server| Device::is_own(server.man.as_ref()))
        };
        let worth = match record.resumes {
            Some(resumes) => resumes,
            None => unfinished.is_afresh() || opened.concluded.is_some() && is_kin(),
        };
        (self.resume && fits && worth).then_some(unfinished)
    }
}

impl Client {
    /// The answer to our Alert 224: only what it says of our commands counts.
    pub(super) async fn end_suspended(&mut self, message: &Message) {
        for command in &message.body.commands {
            if let Command::Status(status) = command
                && !status.cmd_ref.is_header()
            {
                self.talk.take_status(status).await;
            }
        }
        self.talk.settle_acknowledged().await;
        if self.talk.common.peer_resumes == Some(true) {
            for index in 0..self.talk.common.datastores.len() {
                self.talk.note_begun(index).await;
            }
        }
        self.leave().await;
    }

    /// Leaves the session where it stands: no anchor moves.
    pub(super) async fn leave(&mut self) {
        self.remember().await;
        let status = StatusCode::OPERATION_CANCELLED_NOT_EXECUTED;
        for store in &mut self.talk.common.datastores {
            store.fail(status);
            let datastore = store.link.local.clone();
            let status = store.failed.unwrap_or(status);
            let done = Notice::DatastoreDone { datastore, status };
            self.talk.port.notice(done);
        }
        self.talk.common.closed.get_or_insert(Closed::Suspended);
    }
}
