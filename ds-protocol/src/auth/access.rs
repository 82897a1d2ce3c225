//! Leave to do something, asked of the caller `[DSPro §authentication, levels]`.

use bytestring::ByteString;
use syncml_meta::Nonce;
use syncml_repr::{Chal, StatusCode};

use super::Claim;
use crate::config::AuthScheme;

/// What somebody wants to do: the question of [`Effect::Authorize`](crate::Effect::Authorize).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Access {
    /// The user of the session, who has proved to be it.
    pub user: ByteString,
    /// The client's device.
    pub device: ByteString,
    /// Own datastore; none where the command is about the session: `SyncHdr`, `Get`, `Put`.
    pub datastore: Option<ByteString>,
    /// Name of the command: `SyncHdr` when a user has logged in, `Alert` when a sync is asked for, any other where
    /// it has a credential of its own.
    pub command: ByteString,
    /// The command's own credential (`Cred`), which nobody has checked: see [`Claim::holds`].
    pub claim: Option<Claim>,
}

/// The answer to [`Access`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authorization {
    /// It may go on.
    Granted,
    /// It is not carried out.
    Refused {
        /// 401 wrong and 407 missing credentials, 402 payment needed, 403 forbidden, 405 not allowed.
        status: StatusCode,
        /// What to send the next time, with 401 and 407.
        challenge: Option<Challenge>,
    },
}

impl Authorization {
    /// Refuses, without a challenge.
    #[must_use]
    pub fn refused(status: StatusCode) -> Self {
        Self::Refused {
            status,
            challenge: None,
        }
    }

    /// Refuses with 407 or 401 and says what is wanted.
    #[must_use]
    pub fn challenged(status: StatusCode, challenge: Challenge) -> Self {
        Self::Refused {
            status,
            challenge: Some(challenge),
        }
    }
}

/// A demand for credentials (`Chal`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Challenge {
    /// How they are to be made.
    pub scheme: AuthScheme,
    /// What a digest is to be made with (`NextNonce`); not for Basic.
    pub nonce: Option<Nonce>,
}

impl Challenge {
    /// A challenge.
    #[must_use]
    pub fn new(scheme: AuthScheme, nonce: Option<Nonce>) -> Self {
        Self { scheme, nonce }
    }

    pub(crate) fn chal(&self) -> Chal {
        super::challenge(self.scheme, self.nonce.clone())
    }
}
