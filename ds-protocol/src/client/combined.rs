//! Sync without separate initialisation: packages 1 and 3 in one, and 2 and 4 in the answer `[DSPro §combined]`.

use super::turn::Client;
use crate::config::AuthScheme;
use crate::peer::PeerRecord;
use crate::session::resume::Resumption;
use crate::session::state::{Event, Phase};

impl Client {
    /// Whether the changes go out with the Alerts: the caller wants it or the server is known to take them, and nothing is left to be agreed before.
    pub(super) fn may_combine(&self, record: &PeerRecord) -> bool {
        let datastores = &self.talk.common.datastores;
        let login = &self.state.login;
        let needs_no_challenge = self.config.credentials.is_none()
            || login.scheme == AuthScheme::Basic
            || login.nonce.is_some();
        (self.config.combined || self.talk.profile().takes_combined)
            // Nothing is told to a server that has not proved who it is.
            && self.config.server_credentials.is_none()
            && needs_no_challenge
            && self.state.dev_inf_sent
            && record.dev_inf.is_some()
            && !datastores.is_empty()
            && datastores
                .iter()
                .all(|store| store.resumption == Resumption::No && store.last.is_some() && !store.sync_type.is_afresh())
    }

    /// Prepares the changes for the first package. A datastore whose store fails here is given up; the others
    /// then take the long way, for a server waits for the Sync of every datastore that was alerted.
    pub(super) async fn combine(&mut self, record: &PeerRecord) {
        // It has not said anything in this session yet.
        self.talk.common.peer_max_msg_size = record.max_msg_size;
        self.talk.common.peer_max_obj_size = record.max_obj_size;
        self.begin_datastores().await;
        let common = &mut self.talk.common;
        common.combined = common.datastores.iter().all(|store| store.is_active());
    }

    /// Whether Alerts of the server settle the sync types now.
    pub(super) fn is_settling(&self) -> bool {
        let common = &self.talk.common;
        match common.phase {
            Phase::ServerInit => true,
            Phase::ClientInit | Phase::ServerSync => common.combined,
            _ => false,
        }
    }

    /// What `Final` of the server means: where it has refused to count what came with the Alerts, its package
    /// was only the second.
    pub(super) fn server_final(&self) -> Event {
        let common = &self.talk.common;
        let mut active = common.datastores.iter().filter(|store| store.is_active());
        match common.phase {
            Phase::ServerSync if active.any(|store| !store.begun) => Event::ServerInitFinal,
            _ => Event::ServerFinal,
        }
    }

    /// The server's `Last` is not ours, and it has the changes already: the datastore is given up. A session that
    /// begins afresh must follow, so what is remembered of the earlier ones is forgotten now.
    pub(super) async fn give_up_combined(&mut self, index: usize) {
        let store = &self.talk.common.datastores[index];
        let (link, sync_type) = (store.link.clone(), store.sync_type.afresh());
        self.talk
            .protocol("the server's Last is not what was agreed: the next session begins afresh");
        let forgotten = match self.talk.port.begin(link.clone(), sync_type, false).await {
            // The server did not begin afresh with us, so there is nothing to go on with.
            Ok(()) => self.talk.forget_unfinished(link).await,
            Err(fault) => Err(fault),
        };
        if let Err(fault) = forgotten {
            self.talk.store_failed(index, &fault);
        }
    }
}
