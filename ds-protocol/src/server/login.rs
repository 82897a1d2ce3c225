//! Who is it? Credentials of the header, challenges, nonces; our own credentials, where the client wants to see them
//! `[DSPro §authentication]`.

use bytestring::ByteString;
use syncml_devinf::Version;
use syncml_meta::Nonce;
use syncml_repr::{Chal, Command, Message, Status, StatusCode, SyncHdr};

use super::turn::Server;
use crate::auth::{self, Access, Authorization, Challenge, Claim, Sender, Unreadable};
use crate::config::AuthScheme;
use crate::engine::Closed;
use crate::notice::Notice;
use crate::peer::{PeerRecord, Secret};
use crate::session::login::Login;
use crate::session::state::Phase;
use crate::session::talk::Abort;
use crate::store::StoreFault;

/// Wrong credentials a session may present.
const MAX_FAILURES: u8 = 3;

/// Why somebody is not let in: the status, and what the caller wants to see instead.
struct Refusal {
    code: StatusCode,
    challenge: Option<Challenge>,
}

impl From<StatusCode> for Refusal {
    fn from(code: StatusCode) -> Self {
        let challenge = None;
        Self { code, challenge }
    }
}

impl Server {
    /// Checks the credentials of a message and owes the header's answer; the error is the status every command gets.
    pub(super) async fn login(&mut self, hdr: &SyncHdr, sender: &Sender) -> Result<(), StatusCode> {
        if self.state.user.is_some() && !self.state.proves_each {
            self.talk.owe_header(hdr, StatusCode::OK);
            return Ok(());
        }
        match self.check(hdr, sender).await {
            Ok(Ok(chal)) => {
                // 212 would hold for messages that prove nothing.
                let code = if self.state.proves_each {
                    StatusCode::OK
                } else {
                    StatusCode::AUTHENTICATION_ACCEPTED
                };
                self.talk.owe_header(hdr, code).chal = chal.map(Box::new);
                Ok(())
            }
            Ok(Err(refusal)) => Err(self.refuse_login(hdr, refusal).await),
            Err(fault) => Err(self.failed(hdr, &fault)),
        }
    }

    async fn refuse_login(&mut self, hdr: &SyncHdr, refusal: Refusal) -> StatusCode {
        let code = refusal.code;
        self.talk.port.notice(Notice::Refused { status: code });
        let can_answer = matches!(
            code,
            StatusCode::INVALID_CREDENTIALS
                | StatusCode::MISSING_CREDENTIALS
                | StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED
        );
        // Who was let in and then speaks without proof is somebody else.
        let chal =
            if !can_answer || self.state.failures >= MAX_FAILURES || self.state.user.is_some() {
                self.talk.common.closed = Some(Closed::Aborted(code));
                Ok(None)
            } else if let Some(challenge) = refusal.challenge {
                Ok(Some(challenge.chal()))
            } else {
                self.challenge().await.map(Some)
            };
        match chal {
            Ok(chal) => {
                self.talk.owe_header(hdr, code).chal = chal.map(Box::new);
                code
            }
            Err(fault) => self.failed(hdr, &fault),
        }
    }

    /// The store could not tell: nobody's fault at the other end, so the session ends without a challenge.
    fn failed(&mut self, hdr: &SyncHdr, fault: &StoreFault) -> StatusCode {
        self.talk.peer_failed(fault);
        let code = StatusCode::SERVER_FAILURE;
        self.talk.owe_header(hdr, code);
        self.talk.common.closed = Some(Closed::Aborted(code));
        code
    }

    /// Whether the credentials are right: with the nonce for the next time, or with what refuses them.
    // Long, since the order of these questions is the point: nothing that a stranger can see comes before the proof.
    async fn check(
        &mut self,
        hdr: &SyncHdr,
        sender: &Sender,
    ) -> Result<Result<Option<Chal>, Refusal>, StoreFault> {
        let device = self.talk.common.peer.clone();
        if let Some(user) = &sender.user {
            let record = self.talk.port.load_peer(device).await?;
            return Ok(self
                .admit(user.clone(), None, &record)
                .await?
                .map(|()| None));
        }
        let claim = match Claim::of_message(hdr.cred.as_deref(), hdr.source.loc_name(), sender) {
            None => return Ok(Err(StatusCode::MISSING_CREDENTIALS.into())),
            Some(Ok(claim)) => claim,
            Some(Err(unreadable)) => {
                self.state.failures += 1;
                let code = match unreadable {
                    Unreadable::Scheme => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
                    Unreadable::Data => StatusCode::INVALID_CREDENTIALS,
                };
                return Ok(Err(code.into()));
            }
        };
        let record = self.talk.port.load_peer(device.clone()).await?;
        let secret = self.talk.port.load_secret(claim.user.clone()).await?;
        let version = self.talk.common.version;
        let digest = claim.scheme() != AuthScheme::Basic;
        let weak = self.config.auth == AuthScheme::Mac && claim.scheme() != AuthScheme::Mac;
        let other = self
            .state
            .user
            .as_ref()
            .is_some_and(|user| *user != claim.user);
        let variants = self.talk.profile().md5_variants;
        let proven = |nonce: &Option<Nonce>| {
            proven(&claim, secret.as_ref(), nonce.as_ref(), version, variants)
        };
        if !proven(&record.nonce) || weak || other {
            if digest && proven(&record.spent_nonce) {
                let user = claim.user.clone();
                self.talk.port.notice(Notice::StaleNonce { user });
            }
            // A digest with the nonce of an earlier session may only be out of date.
            self.state.failures += u8::from(!digest || self.state.challenged);
            return Ok(Err(StatusCode::INVALID_CREDENTIALS.into()));
        }
        let user = claim.user.clone();
        let scheme = claim.scheme();
        let chal = match record.nonce.clone().filter(|_| digest) {
            None => None,
            // Each nonce serves once. A client that missed our answer is asked again, which costs it a round.
            Some(spent) => {
                let next = self.talk.port.new_nonce().await?;
                let port = &self.talk.port;
                if !port.spend_nonce(device, spent, next.clone()).await? {
                    // Somebody was quicker, with the same digest or another one.
                    port.notice(Notice::StaleNonce { user });
                    self.state.failures += u8::from(self.state.challenged);
                    return Ok(Err(StatusCode::INVALID_CREDENTIALS.into()));
                }
                Some(auth::challenge(scheme, Some(next)))
            }
        };
        if self.state.user.is_none() {
            if let Err(refusal) = self.admit(user, Some(claim), &record).await? {
                return Ok(Err(refusal));
            }
            self.state.proves_each = scheme == AuthScheme::Mac;
        }
        Ok(Ok(chal))
    }

    /// Lets a user in, if the caller does.
    async fn admit(
        &mut self,
        user: ByteString,
        claim: Option<Claim>,
        record: &PeerRecord,
    ) -> Result<Result<(), Refusal>, StoreFault> {
        if self.state.user.is_some() {
            return Ok(Ok(()));
        }
        let access = Access {
            user: user.clone(),
            device: self.talk.common.peer.clone(),
            datastore: None,
            command: ByteString::from_static("SyncHdr"),
            claim,
        };
        if let Authorization::Refused { status, challenge } =
            self.talk.port.authorize(Box::new(access)).await?
        {
            self.state.failures += 1;
            let code = status;
            return Ok(Err(Refusal { code, challenge }));
        }
        if let Some(dev_inf) = &record.dev_inf {
            self.talk.common.note_dev_inf(dev_inf);
            self.talk.choose_profile(Some(dev_inf));
        }
        self.state.login = Login::new(self.config.own_auth, record.server_nonce.clone());
        self.talk
            .port
            .notice(Notice::Authenticated { user: user.clone() });
        self.state.user = Some(user);
        Ok(Ok(()))
    }

    /// Asks for credentials.
    async fn challenge(&mut self) -> Result<Chal, StoreFault> {
        self.state.challenged = true;
        let is_old = self.talk.common.version == Version::V1_0;
        let scheme = match self.config.auth {
            // It could not be checked.
            AuthScheme::Md5 if is_old && self.config.has_digests => AuthScheme::Basic,
            scheme => scheme,
        };
        let nonce = match scheme {
            AuthScheme::Basic => None,
            AuthScheme::Md5 | AuthScheme::Mac => {
                let nonce = self.talk.port.new_nonce().await?;
                self.talk
                    .update_peer(|record| record.nonce = Some(nonce.clone()))
                    .await?;
                Some(nonce)
            }
        };
        Ok(auth::challenge(scheme, nonce))
    }

    /// Adds our own credentials to a header, for a client that has proved who it is.
    pub(super) fn sign(&mut self, hdr: &mut SyncHdr) {
        let Some(credentials) = self.config.credentials.as_ref() else {
            return;
        };
        if self.state.user.is_none() {
            return;
        }
        let version = self.talk.common.version;
        match self.state.login.sign(hdr, credentials, version) {
            Ok(key) => self.talk.key = key,
            Err(_) => self
                .talk
                .protocol("the own credentials do not allow the scheme the client asks for"),
        }
    }

    /// The client's status of our header: whether it believes us.
    pub(super) async fn take_header_status(&mut self, status: &Status) {
        if !status.code.is_success() {
            return;
        }
        if self.state.login.taken(status.code)
            && let Some(credentials) = &self.config.credentials
        {
            let user = credentials.user.clone();
            self.talk.port.notice(Notice::ServerAuthenticated { user });
        }
        if self.state.login.note_nonce(status) {
            let nonce = self.state.login.nonce.clone();
            let kept = self.talk.update_peer(|record| record.server_nonce = nonce);
            if let Err(fault) = kept.await {
                self.talk.peer_failed(&fault);
            }
        }
    }

    /// The client has refused our message for want of credentials: package 2 goes out again from its first command.
    /// The message holds nothing else; its `Final` only mirrors ours.
    pub(super) fn is_refused(&self, message: &Message) -> Option<Status> {
        message
            .body
            .commands
            .iter()
            .find_map(|command| match command {
                Command::Status(status)
                    if status.cmd_ref.is_header()
                        && matches!(
                            status.code,
                            StatusCode::INVALID_CREDENTIALS | StatusCode::MISSING_CREDENTIALS
                        ) =>
                {
                    Some(status.clone())
                }
                _ => None,
            })
    }

    /// Prepares package 2 again, with what the client asks for. In the middle of the client's own first package nothing of
    /// ours is on its way yet.
    pub(super) fn prove_again(&mut self, status: &Status) -> Result<(), Abort> {
        let refusal = Abort(status.code);
        self.talk.port.notice(Notice::ServerRefused {
            status: status.code,
        });
        let phase = self.talk.common.phase;
        let in_init = match phase {
            Phase::ClientInit | Phase::ServerInit | Phase::ClientSync => true,
            // For device information alone, package 2 was the last one.
            Phase::Done => !self.state.alerted,
            _ => false,
        };
        if !in_init || self.config.credentials.is_none() {
            return Err(refusal);
        }
        self.state.login.note_nonce(status);
        self.state
            .login
            .challenged(status, self.config.own_auth, false)?;
        if phase != Phase::ClientInit {
            let common = &mut self.talk.common;
            common.phase = Phase::ServerInit;
            common.closed = None;
            common.pending.clear();
            common.outgoing = self.state.package.iter().cloned().collect();
        }
        Ok(())
    }
}

/// Whether a claim is true, made with this nonce.
fn proven(
    claim: &Claim,
    secret: Option<&Secret>,
    nonce: Option<&Nonce>,
    version: Version,
    variants: bool,
) -> bool {
    // A digest without a nonce of ours could be one that somebody saw elsewhere.
    let fresh = claim.scheme() == AuthScheme::Basic || nonce.is_some();
    // The formula of SyncML 1.0 in a later version, or the reverse.
    let other = match version {
        Version::V1_0 => Version::V1_1,
        _ => Version::V1_0,
    };
    let holds =
        claim.holds(secret, nonce, version) | (variants && claim.holds(secret, nonce, other));
    holds && fresh
}
