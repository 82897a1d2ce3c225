//! What a peer says to prove who it is, and whether it does.

use std::fmt;

use bytestring::ByteString;
use subtle::ConstantTimeEq;
use syncml_meta::{Nonce, Version, base64};
use syncml_repr::Cred;

use super::hmac::{self, Hmac};
use super::md5;
use crate::config::AuthScheme;
use crate::defect::Defect;
use crate::peer::Secret;

/// What the transport knows of the sender of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sender {
    /// The transport has authenticated this user.
    pub(crate) user: Option<ByteString>,
    /// The header [`Hmac::HEADER`], and the digest of the message it came with.
    pub(crate) hmac: Option<(Hmac, [u8; 16])>,
}

impl Sender {
    pub(crate) fn with_hmac(mut self, hmac: Hmac, message: &[u8]) -> Self {
        self.hmac = Some((hmac, hmac::hash(message)));
        self
    }
}

/// A credential (`Cred`, or the header [`Hmac::HEADER`]) that was read and is not believed yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    pub(crate) user: ByteString,
    proof: Proof,
}

#[derive(Clone, PartialEq, Eq)]
enum Proof {
    Password(String),
    Digest([u8; 16]),
    Mac(Hmac, [u8; 16]),
}

impl fmt::Debug for Claim {
    /// The user and the scheme.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("user", &self.user)
            .field("scheme", &self.scheme())
            .finish_non_exhaustive()
    }
}
/// Why a credential cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// The scheme is not offered here: 406.
    Scheme,
    /// The data does not decode: 415; or holds no user: 401.
    Data,
}

impl Claim {
    /// The claim a message makes: the header of the transport, or `SyncHdr/Cred`; none: no claim.
    pub(crate) fn of_message(
        cred: Option<&Cred>,
        loc_name: Option<&ByteString>,
        sender: &Sender,
    ) -> Option<Result<Self, Unreadable>> {
        if let Some((hmac, message)) = &sender.hmac {
            return Some(Ok(Self {
                user: hmac.user().clone(),
                proof: Proof::Mac(hmac.clone(), *message),
            }));
        }
        cred.map(|cred| Self::read(cred, loc_name))
    }

    /// Reads a `Cred`. `loc_name` is the user name of the header, which MD5 needs.
    pub(crate) fn read(cred: &Cred, loc_name: Option<&ByteString>) -> Result<Self, Unreadable> {
        // no Type means Basic.
        let scheme = match cred.meta.as_ref().and_then(|meta| meta.media_type.as_ref()) {
            Some(media_type) => {
                AuthScheme::from_media_type(media_type).ok_or(Unreadable::Scheme)?
            }
            None => AuthScheme::Basic,
        };
        let raw = cred.data.as_bytes().ok_or(Unreadable::Data)?;
        let decoded = std::str::from_utf8(raw)
            .ok()
            .and_then(base64::decode_lenient);
        match scheme {
            // It belongs into the transport's header.
            AuthScheme::Mac => Err(Unreadable::Scheme),
            AuthScheme::Basic => {
                // Base64 or the plain text.
                let text = decoded
                    .and_then(|octets| String::from_utf8(octets).ok())
                    .filter(|text| text.contains(':'))
                    .or_else(|| String::from_utf8(raw.to_vec()).ok())
                    .ok_or(Unreadable::Data)?;
                let (user, password) = text.split_once(':').ok_or(Unreadable::Data)?;
                Ok(Self {
                    user: user.into(),
                    proof: Proof::Password(password.to_owned()),
                })
            }
            AuthScheme::Md5 => {
                let user = loc_name.cloned().ok_or(Unreadable::Data)?;
                // The 16 octets themselves come as OPAQUE, their Base64 text has 24 characters.
                let digest = <[u8; 16]>::try_from(raw)
                    .ok()
                    .or_else(|| decoded.and_then(|octets| octets.try_into().ok()))
                    .ok_or(Unreadable::Data)?;
                Ok(Self {
                    user,
                    proof: Proof::Digest(digest),
                })
            }
        }
    }

    /// The user it names.
    #[must_use]
    pub fn user(&self) -> &ByteString {
        &self.user
    }

    /// How it is made.
    #[must_use]
    pub fn scheme(&self) -> AuthScheme {
        match self.proof {
            Proof::Password(_) => AuthScheme::Basic,
            Proof::Digest(_) => AuthScheme::Md5,
            Proof::Mac(..) => AuthScheme::Mac,
        }
    }

    /// Whether the claim is true, for the secret of its user (none: there is no such user) and the nonce that was
    /// given out. Takes the same time for an unknown user. The digest of a client depends on the protocol version.
    #[must_use]
    pub fn holds(&self, secret: Option<&Secret>, nonce: Option<&Nonce>, version: Version) -> bool {
        let nobody = Secret::Digest([0; 16]);
        let known = secret.is_some();
        let secret = secret.unwrap_or(&nobody);
        let equal = match &self.proof {
            Proof::Password(password) => {
                let given = Secret::Password(password.clone()).digest(&self.user);
                given.ct_eq(&secret.digest(&self.user))
            }
            Proof::Digest(given) => match md5(&self.user, secret, nonce, version) {
                Some(expected) => given.ct_eq(&expected),
                None => 0.into(),
            },
            Proof::Mac(..) if Defect::DigestUnchecked.is_armed() => 1.into(),
            Proof::Mac(hmac, message) => u8::from(hmac.proves_hash(secret, nonce, message)).into(),
        };
        bool::from(equal) && known
    }
}
