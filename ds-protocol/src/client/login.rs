//! Credentials of the header, and the server's opinion of them `[DSPro §authentication]`.

use syncml_repr::{Status, StatusCode, SyncHdr};

use super::turn::Client;
use crate::config::AuthScheme;
use crate::notice::Notice;
use crate::session::datastore::Sending;
use crate::session::pending::Awaiting;
use crate::session::state::Phase;
use crate::session::talk::Abort;

/// Credentials a server may refuse: a stale nonce costs the first.
const MAX_REFUSED: u8 = 2;

impl Client {
    /// Adds user name and, where they are wanted, credentials.
    pub(super) fn sign(&mut self, hdr: &mut SyncHdr) -> Result<(), Abort> {
        let login = &mut self.state.login;
        login.sent = false;
        let Some(credentials) = &self.config.credentials else {
            return Ok(());
        };
        hdr.source = std::mem::take(&mut hdr.source).with_name(credentials.user.clone());
        // MD5 needs a nonce of the server: without one, the first message asks for it.
        let ready = login.scheme == AuthScheme::Basic || login.nonce.is_some() || login.refused > 0;
        if !login.done && ready {
            let cred = credentials
                .cred(login.scheme, login.nonce.as_ref(), self.talk.common.version)
                .ok_or(Abort(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED))?;
            hdr.cred = Some(Box::new(cred));
            login.sent = true;
        }
        Ok(())
    }

    /// Reads the status of our header; true: package 1 is to be sent again.
    pub(super) async fn take_header_status(&mut self, status: &Status) -> Result<bool, Abort> {
        if let Some(nonce) = status
            .chal
            .as_ref()
            .and_then(|chal| chal.meta.next_nonce.clone())
        {
            self.state.login.nonce = Some(nonce);
        }
        match status.code {
            StatusCode::INVALID_CREDENTIALS | StatusCode::MISSING_CREDENTIALS => {
                self.take_challenge(status)?;
                Ok(true)
            }
            code if code.is_success() => {
                let login = &mut self.state.login;
                if login.sent && !login.done {
                    // 212 holds for the session, 200 for the message alone.
                    login.done = code == StatusCode::AUTHENTICATION_ACCEPTED;
                    let user = self
                        .config
                        .credentials
                        .as_ref()
                        .map(|credentials| credentials.user.clone());
                    self.talk.port.notice(Notice::Authenticated {
                        user: user.unwrap_or_default(),
                    });
                }
                Ok(false)
            }
            code => Err(Abort(code)),
        }
    }

    fn take_challenge(&mut self, status: &Status) -> Result<(), Abort> {
        let refusal = Abort(status.code);
        self.talk.port.notice(Notice::Refused {
            status: status.code,
        });
        // After package 1 was accepted, or without anything to offer, a challenge cannot be met.
        let common = &self.talk.common;
        let in_init = match common.phase {
            Phase::ClientInit | Phase::ServerInit => true,
            Phase::ServerSync => common.combined && common.pending.awaits_alert(),
            _ => false,
        };
        if !in_init || self.config.credentials.is_none() {
            return Err(refusal);
        }
        let chal = status.chal.as_ref().ok_or(refusal)?;
        let login = &mut self.state.login;
        let wanted = match chal.meta.media_type.as_deref() {
            Some(media_type) => AuthScheme::from_media_type(media_type).ok_or(refusal)?,
            None => AuthScheme::Basic,
        };
        if wanted == AuthScheme::Basic && self.config.auth == AuthScheme::Md5 {
            return Err(refusal);
        }
        if login.sent {
            login.refused += 1;
            if login.refused >= MAX_REFUSED {
                return Err(refusal);
            }
        }
        login.scheme = wanted;
        login.done = false;
        if wanted == AuthScheme::Md5 && chal.meta.next_nonce.is_none() {
            // MD5 without a nonce: the empty one.
            login.nonce = Some(syncml_meta::Nonce::new(bytes::Bytes::new()));
        }
        let common = &mut self.talk.common;
        common.phase = Phase::ClientInit;
        common.pending.clear();
        common.statuses.clear();
        for store in &mut common.datastores {
            store.sending = Sending::default();
        }
        let package = self.state.package.iter().cloned();
        common.outgoing = package
            .map(|command| (command, Awaiting::Nothing))
            .collect();
        self.await_alerts();
        Ok(())
    }
}
