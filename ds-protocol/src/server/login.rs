//! Who is it? Credentials of the header, challenges, nonces `[DSPro §authentication]`.

use syncml_repr::{Chal, StatusCode, SyncHdr};

use super::turn::Server;
use crate::auth::{self, Claim, Unreadable};
use crate::config::AuthScheme;
use crate::engine::Closed;
use crate::notice::Notice;
use crate::store::StoreFault;

/// Wrong credentials a session may present.
const MAX_FAILURES: u8 = 3;

impl Server {
    /// Checks the credentials of the header and owes the header's answer; the error is the status every command gets.
    pub(super) async fn login(&mut self, hdr: &SyncHdr) -> Result<(), StatusCode> {
        match self.check(hdr).await {
            Ok(Ok(chal)) => {
                self.talk
                    .owe_header(hdr, StatusCode::AUTHENTICATION_ACCEPTED)
                    .chal = chal.map(Box::new);
                Ok(())
            }
            Ok(Err(code)) => {
                self.talk.port.notice(Notice::Refused { status: code });
                self.state.failures += u8::from(code != StatusCode::MISSING_CREDENTIALS);
                let chal = if self.state.failures < MAX_FAILURES {
                    self.challenge().await
                } else {
                    self.talk.common.closed = Some(Closed::Aborted(code));
                    Ok(None)
                };
                match chal {
                    Ok(chal) => {
                        self.talk.owe_header(hdr, code).chal = chal.map(Box::new);
                        Err(code)
                    }
                    Err(fault) => Err(self.failed(hdr, &fault)),
                }
            }
            Err(fault) => Err(self.failed(hdr, &fault)),
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

    /// Whether the credentials are right: with the nonce for the next time, or with the status that refuses them.
    async fn check(
        &mut self,
        hdr: &SyncHdr,
    ) -> Result<Result<Option<Chal>, StatusCode>, StoreFault> {
        let Some(cred) = &hdr.cred else {
            return Ok(Err(StatusCode::MISSING_CREDENTIALS));
        };
        let claim = match Claim::read(cred, hdr.source.loc_name()) {
            Ok(claim) => claim,
            Err(Unreadable::Scheme) => return Ok(Err(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED)),
            Err(Unreadable::Data) => return Ok(Err(StatusCode::INVALID_CREDENTIALS)),
        };
        let device = self.talk.common.peer.clone();
        let mut record = self.talk.port.load_peer(device.clone()).await?;
        let secret = self.talk.port.load_secret(claim.user.clone()).await?;
        // A digest without a nonce of ours could be one that somebody saw elsewhere.
        let fresh = claim.scheme() != AuthScheme::Md5 || record.nonce.is_some();
        if !claim.holds(
            secret.as_ref(),
            record.nonce.as_ref(),
            self.talk.common.version,
        ) || !fresh
        {
            return Ok(Err(StatusCode::INVALID_CREDENTIALS));
        }
        self.talk.common.knows_dev_inf = record.dev_inf.is_some();
        self.talk.common.peer_wants_number_of_changes = record
            .dev_inf
            .as_ref()
            .is_some_and(|dev_inf| dev_inf.support_number_of_changes);
        let chal = if claim.scheme() == AuthScheme::Md5 {
            // Each nonce serves once.
            let nonce = self.talk.port.new_nonce().await?;
            record.nonce = Some(nonce.clone());
            self.talk.port.save_peer(device, record).await?;
            Some(auth::challenge(AuthScheme::Md5, Some(nonce)))
        } else {
            None
        };
        self.talk.port.notice(Notice::Authenticated {
            user: claim.user.clone(),
        });
        self.state.user = Some(claim.user);
        Ok(Ok(chal))
    }

    /// Asks for credentials.
    async fn challenge(&mut self) -> Result<Option<Chal>, StoreFault> {
        let nonce = match self.config.auth {
            AuthScheme::Basic => None,
            AuthScheme::Md5 => {
                let nonce = self.talk.port.new_nonce().await?;
                self.talk
                    .update_peer(|record| record.nonce = Some(nonce.clone()))
                    .await?;
                Some(nonce)
            }
        };
        Ok(Some(auth::challenge(self.config.auth, nonce)))
    }
}
