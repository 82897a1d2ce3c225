//! What is remembered of a peer beside its datastores, and how users prove who they are.

use std::fmt;

use bytestring::ByteString;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use syncml_devinf::DevInf;
use syncml_meta::Nonce;

/// What is remembered of a peer device between sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PeerRecord {
    /// Nonce for the next digest that proves the client to the server: the one we gave out (server) or were
    /// given (client).
    pub nonce: Option<Nonce>,
    /// The nonce before it: credentials made with it are refused, and known for what they are (server).
    #[serde(default)]
    pub spent_nonce: Option<Nonce>,
    /// Nonce for the next digest that proves the server to the client: the one we were given (server) or gave
    /// out (client).
    #[serde(default)]
    pub server_nonce: Option<Nonce>,
    /// The peer's device information, as last received.
    pub dev_inf: Option<DevInf>,
    /// Fingerprint of the own device information the peer has.
    pub dev_inf_sent: Option<ByteString>,
    /// The peer's `MaxMsgSize`, as last stated. A client needs it to combine packages.
    #[serde(default)]
    pub max_msg_size: Option<u64>,
    /// What the peer thinks of sessions that are left: it has agreed to suspend the last one (Alert 224), or refuses
    /// to resume any (Alert 225).
    #[serde(default)]
    pub resumes: Option<bool>,
    /// The `MaxObjSize` of the peer's header, as last stated.
    #[serde(default)]
    pub max_obj_size: Option<u64>,
}

impl PeerRecord {
    /// Puts the next nonce in the place of one that has served; false, and nothing has changed: that is not the one that was
    /// given out last.
    pub fn spend_nonce(&mut self, spent: &Nonce, next: Nonce) -> bool {
        let is_first = self.nonce.as_ref() == Some(spent);
        if is_first {
            self.spent_nonce = self.nonce.replace(next);
        }
        is_first
    }
}

/// What a user's credential is checked against, or made from.
///
/// A digest serves Basic and MD5 from SyncML 1.1 on; MD5 of SyncML 1.0 needs the password.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Secret {
    /// The password.
    Password(String),
    /// MD5 of `user:password`.
    Digest([u8; 16]),
}

impl Secret {
    /// What is kept of a password: the digest that the protocol itself works with. Whoever has it can log in, by MD5 or
    /// HMAC; what it hides is the password, as long as that is hard to guess.
    pub fn hashed(user: &str, password: impl Into<String>) -> Self {
        Self::Digest(Self::Password(password.into()).digest(user))
    }

    /// The digest of `user:password`.
    pub(crate) fn digest(&self, user: &str) -> [u8; 16] {
        match self {
            Self::Password(password) => {
                let mut md5 = Md5::new();
                md5.update(user);
                md5.update(b":");
                md5.update(password);
                md5.finalize().into()
            }
            Self::Digest(digest) => *digest,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password(…)",
            Self::Digest(_) => "Digest(…)",
        })
    }
}
