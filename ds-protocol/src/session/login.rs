//! How we prove to the peer who we are, in either role `[DSPro §authentication]`.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use syncml_meta::{Nonce, Version};
use syncml_repr::{Status, StatusCode, SyncHdr};

use super::talk::Abort;
use crate::auth::{Credentials, Hmac};
use crate::config::AuthScheme;
use crate::peer::Secret;

/// Credentials a peer may refuse: a stale nonce costs the first.
const MAX_REFUSED: u8 = 2;

/// How far the peer believes us.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Login {
    /// Scheme in use; it follows the peer's challenge where that is allowed.
    pub(crate) scheme: AuthScheme,
    /// Newest nonce of the peer.
    pub(crate) nonce: Option<Nonce>,
    /// Credentials the peer refused.
    refused: u8,
    /// The last message held credentials.
    sent: bool,
    /// Credentials were accepted.
    accepted: bool,
    /// They were accepted for the whole session: no more are sent.
    done: bool,
}

/// What the digest over a message of ours is made with.
#[derive(Clone)]
pub(crate) struct MacKey {
    user: bytestring::ByteString,
    secret: Secret,
    nonce: Option<Nonce>,
}

impl MacKey {
    /// The header that goes with a message.
    pub(crate) fn hmac(&self, message: &[u8]) -> Hmac {
        Hmac::new(
            self.user.clone(),
            &self.secret,
            self.nonce.as_ref(),
            message,
        )
    }
}

impl Login {
    /// About to prove it in this way, with the nonce of an earlier session.
    pub(crate) fn new(scheme: AuthScheme, nonce: Option<Nonce>) -> Self {
        Self {
            scheme,
            nonce,
            ..Self::default()
        }
    }

    /// Adds the user's name and, where they are wanted, credentials to a header. A key is for the message as a whole.
    pub(crate) fn sign(
        &mut self,
        hdr: &mut SyncHdr,
        credentials: &Credentials,
        version: Version,
    ) -> Result<Option<MacKey>, Abort> {
        self.sent = false;
        hdr.source = std::mem::take(&mut hdr.source).with_name(credentials.user.clone());
        // A digest needs a nonce of the peer: without one, the first message asks for it.
        let ready = self.scheme == AuthScheme::Basic || self.nonce.is_some() || self.refused > 0;
        if self.done || !ready {
            return Ok(None);
        }
        self.sent = true;
        if self.scheme == AuthScheme::Mac {
            return Ok(Some(MacKey {
                user: credentials.user.clone(),
                secret: credentials.secret.clone(),
                nonce: self.nonce.clone(),
            }));
        }
        let cred = credentials
            .cred(self.scheme, self.nonce.as_ref(), version)
            .ok_or(Abort(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED))?;
        hdr.cred = Some(Box::new(cred));
        Ok(None)
    }

    /// Notes the nonce of a challenge, whatever the status says; whether there was one.
    pub(crate) fn note_nonce(&mut self, status: &Status) -> bool {
        let chal = status.chal.as_ref();
        let nonce = chal.and_then(|chal| chal.meta.next_nonce.clone());
        let noted = nonce.is_some();
        self.nonce = nonce.or_else(|| self.nonce.take());
        noted
    }

    /// The peer took our header with this status; whether it believes us for the first time.
    pub(crate) fn taken(&mut self, code: StatusCode) -> bool {
        if !self.sent {
            return false;
        }
        // 212 holds for the session, 200 for the message alone; a digest is made for each message in any case.
        self.done = code == StatusCode::AUTHENTICATION_ACCEPTED && self.scheme != AuthScheme::Mac;
        !std::mem::replace(&mut self.accepted, true)
    }

    /// The peer wants credentials, or other ones. `own` is how we were told to prove ourselves.
    ///
    /// A peer that asks for the password in the open, where a digest was to be sent, is refused: nobody is to talk us
    /// into showing it.
    pub(crate) fn challenged(
        &mut self,
        status: &Status,
        own: AuthScheme,
        downgrade: bool,
    ) -> Result<(), Abort> {
        let refusal = Abort(status.code);
        let chal = status.chal.as_ref().ok_or(refusal)?;
        let wanted = match chal.meta.media_type.as_deref() {
            Some(media_type) => AuthScheme::from_media_type(media_type).ok_or(refusal)?,
            None => AuthScheme::Basic,
        };
        if wanted == AuthScheme::Basic && own != AuthScheme::Basic && !downgrade {
            return Err(refusal);
        }
        if self.sent {
            self.refused += 1;
            if self.refused >= MAX_REFUSED {
                return Err(refusal);
            }
        }
        self.scheme = wanted;
        self.done = false;
        if chal.meta.next_nonce.is_none() {
            // A digest without a nonce is one with the empty nonce.
            self.nonce = Some(Nonce::new(Bytes::new()));
        }
        Ok(())
    }
}
