//! Who is it? Our credentials and the server's opinion of them, and the server's credentials where we want to see
//! them `[DSPro §authentication]`.

use serde::{Deserialize, Serialize};
use syncml_meta::Nonce;
use syncml_repr::{Message, SessionId, Status, StatusCode, SyncHdr};

use super::turn::Client;
use crate::auth::{self, Claim, Sender};
use crate::config::AuthScheme;
use crate::notice::Notice;
use crate::session::datastore::Sending;
use crate::session::pending::Awaiting;
use crate::session::state::Phase;
use crate::session::talk::{Abort, Incoming};

/// How often a server may fail to prove who it is: once for want of a nonce.
const MAX_FAILURES: u8 = 2;

/// A `SessionID` that is not to be met again soon, for a session that the caller knows nothing of.
fn another(id: &SessionId) -> SessionId {
    match id.as_str().parse::<u16>() {
        Ok(number) if number < 10_000 => ((number + 5_000) % 10_000).to_string().into(),
        // Ids have four characters at most.
        _ => {
            let kept: String = id.as_str().chars().take(3).collect();
            let last = if id.as_str().ends_with('r') { 's' } else { 'r' };
            format!("{kept}{last}").into()
        }
    }
}

/// How far we believe the server, where it must prove who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Guard {
    /// The server has proved who it is.
    trusted: bool,
    failures: u8,
    /// The nonce it was given.
    nonce: Option<Nonce>,
}

impl Guard {
    /// About to ask, with the nonce that was given out in an earlier session.
    pub(super) fn new(nonce: Option<Nonce>) -> Self {
        Self {
            nonce,
            ..Self::default()
        }
    }
}

impl Client {
    /// Adds user name and, where they are wanted, credentials.
    pub(super) fn sign(&mut self, hdr: &mut SyncHdr) -> Result<(), Abort> {
        let Some(credentials) = &self.config.credentials else {
            return Ok(());
        };
        let version = self.talk.common.version;
        self.talk.key = self.state.login.sign(hdr, credentials, version)?;
        Ok(())
    }

    /// Reads the status of our header; true: package 1 is to be sent again.
    pub(super) async fn take_header_status(&mut self, status: &Status) -> Result<bool, Abort> {
        self.state.login.note_nonce(status);
        match status.code {
            StatusCode::INVALID_CREDENTIALS | StatusCode::MISSING_CREDENTIALS => {
                self.take_challenge(status)?;
                Ok(true)
            }
            code if code.is_success() => {
                if self.state.login.taken(code)
                    && let Some(credentials) = &self.config.credentials
                {
                    let user = credentials.user.clone();
                    self.talk.port.notice(Notice::Authenticated { user });
                }
                Ok(false)
            }
            code => Err(Abort(code)),
        }
    }

    fn take_challenge(&mut self, status: &Status) -> Result<(), Abort> {
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
            return Err(Abort(status.code));
        }
        let downgrade = self.talk.profile().auth_downgrade;
        self.state
            .login
            .challenged(status, self.config.auth, downgrade)?;
        let profile = self.talk.profile();
        let (original, anew) = (
            profile.auth_retry_original_uri,
            profile.auth_retry_new_session,
        );
        let common = &mut self.talk.common;
        if original || anew {
            common.remote_uri = self.config.server.clone();
        }
        if anew {
            common.session_id = another(&common.session_id);
            (common.msg_id, common.peer_msg_id) = (0, 0);
        }
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

    /// Whether the server is who it must be; if not, it is asked to prove it, and nothing of its message counts.
    pub(super) async fn knows_server(
        &mut self,
        message: &Message,
        sender: &Sender,
    ) -> Result<bool, Abort> {
        if !self.wants_proof() {
            return Ok(true);
        }
        if let Err(code) = self.check_server(&message.hdr, sender) {
            self.refuse_server(message, code).await?;
            return Ok(false);
        }
        Ok(true)
    }

    /// Whether the server must prove who it is, with the next message that comes.
    fn wants_proof(&self) -> bool {
        let each = self.config.server_auth == AuthScheme::Mac;
        self.config.server_credentials.is_some() && (each || !self.state.guard.trusted)
    }

    /// Answers the header of a message that counts.
    pub(super) async fn accept_header(&mut self, hdr: &SyncHdr) -> Result<(), Abort> {
        if !self.wants_proof() {
            self.talk.owe_header(hdr, StatusCode::OK);
            return Ok(());
        }
        let chal = match self.config.server_auth {
            AuthScheme::Basic => None,
            scheme => Some(auth::challenge(scheme, Some(self.next_nonce().await?))),
        };
        self.trust();
        let code = if self.wants_proof() {
            StatusCode::OK
        } else {
            StatusCode::AUTHENTICATION_ACCEPTED
        };
        self.talk.owe_header(hdr, code).chal = chal.map(Box::new);
        Ok(())
    }

    /// The server has proved who it is, if it had to.
    pub(super) fn trust(&mut self) {
        if let Some(server) = &self.config.server_credentials
            && !std::mem::replace(&mut self.state.guard.trusted, true)
        {
            let user = server.user.clone();
            self.talk.port.notice(Notice::ServerAuthenticated { user });
        }
    }

    /// Whether the server's credentials are those it must show.
    fn check_server(&self, hdr: &SyncHdr, sender: &Sender) -> Result<(), StatusCode> {
        let Some(expected) = &self.config.server_credentials else {
            return Ok(());
        };
        let cred = hdr.cred.as_deref();
        let claim = Claim::of_message(cred, hdr.source.loc_name(), sender)
            .ok_or(StatusCode::MISSING_CREDENTIALS)?
            .map_err(|_| StatusCode::INVALID_CREDENTIALS)?;
        let nonce = self.state.guard.nonce.as_ref();
        let strong = match self.config.server_auth {
            AuthScheme::Basic => true,
            AuthScheme::Md5 => claim.scheme() != AuthScheme::Basic && nonce.is_some(),
            AuthScheme::Mac => claim.scheme() == AuthScheme::Mac && nonce.is_some(),
        };
        let version = self.talk.common.version;
        let holds = claim.holds(Some(&expected.secret), nonce, version);
        if strong && holds && claim.user == expected.user {
            Ok(())
        } else {
            Err(StatusCode::INVALID_CREDENTIALS)
        }
    }

    /// Asks the server to prove who it is: nothing of its message is carried out, and no package moves on.
    async fn refuse_server(&mut self, message: &Message, code: StatusCode) -> Result<(), Abort> {
        let hdr = &message.hdr;
        self.talk
            .port
            .notice(Notice::ServerRefused { status: code });
        let guard = &mut self.state.guard;
        guard.failures += 1;
        // Later in a session it had proved it before: somebody else speaks now.
        if guard.failures >= MAX_FAILURES || guard.trusted {
            return Err(Abort(code));
        }
        let nonce = match self.config.server_auth {
            AuthScheme::Basic => None,
            AuthScheme::Md5 | AuthScheme::Mac => Some(self.next_nonce().await?),
        };
        let chal = auth::challenge(self.config.server_auth, nonce);
        self.talk.owe_header(hdr, code).chal = Some(Box::new(chal));
        let incoming = Incoming {
            msg_id: hdr.msg_id,
            no_resp: hdr.no_resp,
        };
        for command in &message.body.commands {
            self.talk.owe_all(&incoming, command, code);
        }
        Ok(())
    }

    /// A nonce for the server's next digest. It is remembered at once: the server may come to know it.
    async fn next_nonce(&mut self) -> Result<Nonce, Abort> {
        let made = match self.talk.port.new_nonce().await {
            Ok(nonce) => {
                let kept = Some(nonce.clone());
                let remembered = self.talk.update_peer(|record| record.server_nonce = kept);
                remembered.await.map(|()| nonce)
            }
            Err(fault) => Err(fault),
        };
        let nonce = made.map_err(|fault| {
            self.talk.peer_failed(&fault);
            Abort(fault.status())
        })?;
        self.state.guard.nonce = Some(nonce.clone());
        Ok(nonce)
    }
}
