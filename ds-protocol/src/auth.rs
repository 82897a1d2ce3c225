//! Credentials: Basic, MD5 and HMAC, made and checked `[DSPro §authentication]`.

mod access;
mod claim;
mod hmac;

use bytestring::ByteString;
use md5::{Digest, Md5};
use syncml_meta::{Nonce, Version, base64};
use syncml_repr::{Chal, Cred};

pub use access::{Access, Authorization, Challenge};
pub use claim::Claim;
pub(crate) use claim::{Sender, Unreadable};
pub use hmac::{Hmac, HmacError};

use crate::config::AuthScheme;
use crate::peer::Secret;

/// Who an engine says it is: a client to its server, a server to its clients.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// User name; also `SyncHdr/Source/LocName`.
    pub user: ByteString,
    /// Password, or the digest of it where MD5 alone is used.
    pub secret: Secret,
}

impl Credentials {
    /// Credentials with a password.
    pub fn new(user: impl Into<ByteString>, password: impl Into<String>) -> Self {
        Self {
            user: user.into(),
            secret: Secret::Password(password.into()),
        }
    }

    /// A `Cred` element; none where the secret does not allow the scheme (Basic and MD5 of 1.0 need the password),
    /// or where the scheme has no place in the message.
    pub(crate) fn cred(
        &self,
        scheme: AuthScheme,
        nonce: Option<&Nonce>,
        version: Version,
    ) -> Option<Cred> {
        match scheme {
            AuthScheme::Basic => {
                let Secret::Password(password) = &self.secret else {
                    return None;
                };
                Some(Cred::basic(&self.user, password))
            }
            AuthScheme::Md5 => Some(Cred::new(
                scheme.media_type(),
                &md5(&self.user, &self.secret, nonce, version)?,
            )),
            AuthScheme::Mac => None,
        }
    }
}

/// Digest of a user and a nonce: `H(B64(H(user:password)):nonce)`, in SyncML 1.0 `H(user:password:nonce)`.
fn md5(user: &str, secret: &Secret, nonce: Option<&Nonce>, version: Version) -> Option<[u8; 16]> {
    let mut md5 = Md5::new();
    if version == Version::V1_0 {
        let Secret::Password(password) = secret else {
            return None;
        };
        md5.update(user);
        md5.update(b":");
        md5.update(password);
    } else {
        md5.update(base64::encode(&secret.digest(user)));
    }
    md5.update(b":");
    md5.update(nonce.map_or(&[][..], Nonce::as_bytes));
    Some(md5.finalize().into())
}

/// A `Chal` element.
pub(crate) fn challenge(scheme: AuthScheme, nonce: Option<Nonce>) -> Chal {
    let chal = Chal::new(scheme.media_type());
    match nonce {
        Some(nonce) => chal.with_nonce(nonce),
        None => chal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn text(cred: &Cred) -> String {
        cred.data.as_text().unwrap().to_owned()
    }

    fn nonce(octets: &'static [u8]) -> Nonce {
        Nonce::new(Bytes::from_static(octets))
    }

    /// DS-C-028, DS-C-029: the vectors of the specification.
    #[test]
    fn vectors() {
        let bruce = Credentials::new("Bruce2", "OhBehave");
        let make = |scheme, nonce: Option<&Nonce>, version| {
            text(&bruce.cred(scheme, nonce, version).unwrap())
        };
        let n = nonce(b"Nonce");
        assert_eq!(
            make(AuthScheme::Basic, None, Version::V1_2),
            "QnJ1Y2UyOk9oQmVoYXZl"
        );
        assert_eq!(
            make(AuthScheme::Md5, Some(&n), Version::V1_1),
            "Zz6EivR3yeaaENcRN6lpAQ=="
        );
        assert_eq!(
            make(AuthScheme::Md5, None, Version::V1_2),
            "lEf25jyjHbCcTbj4p/1pUw=="
        );
        assert_eq!(
            make(AuthScheme::Md5, Some(&n), Version::V1_0),
            "UmkqAAZhiQvXXhfaf/u+OQ=="
        );
        assert_eq!(
            make(AuthScheme::Md5, None, Version::V1_0),
            "hXwACIjXU95KkVg2tGE68w=="
        );
        let counting = nonce(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        assert_eq!(
            make(AuthScheme::Md5, Some(&counting), Version::V1_2),
            "ClaA48A1VYROr4FUwjaBYw=="
        );
    }

    /// DS-S-016: right and wrong claims, with password and digest on the server's side.
    #[test]
    fn claims() {
        let n = nonce(b"Nonce");
        let ann = Credentials::new("ann", "tulip");
        let digest = Secret::Digest(Secret::Password("tulip".into()).digest("ann"));
        for (scheme, version, server, holds) in [
            (
                AuthScheme::Basic,
                Version::V1_2,
                Secret::Password("tulip".into()),
                true,
            ),
            (AuthScheme::Basic, Version::V1_2, digest.clone(), true),
            (AuthScheme::Md5, Version::V1_2, digest.clone(), true),
            (
                AuthScheme::Md5,
                Version::V1_0,
                Secret::Password("tulip".into()),
                true,
            ),
            // MD5 of SyncML 1.0 cannot be checked with a digest
            (AuthScheme::Md5, Version::V1_0, digest, false),
            (
                AuthScheme::Md5,
                Version::V1_2,
                Secret::Password("rose".into()),
                false,
            ),
            (
                AuthScheme::Basic,
                Version::V1_2,
                Secret::Password("rose".into()),
                false,
            ),
        ] {
            let cred = ann.cred(scheme, Some(&n), version).unwrap();
            let claim = Claim::read(&cred, Some(&"ann".into())).unwrap();
            assert_eq!(claim.user, "ann");
            assert_eq!(
                claim.holds(Some(&server), Some(&n), version),
                holds,
                "{scheme:?} {version:?}"
            );
            assert!(
                !claim.holds(None, Some(&n), version),
                "an unknown user is never right"
            );
        }
        let md5 = ann.cred(AuthScheme::Md5, Some(&n), Version::V1_2).unwrap();
        let claim = Claim::read(&md5, Some(&"ann".into())).unwrap();
        assert!(
            !claim.holds(Some(&ann.secret), Some(&nonce(b"other")), Version::V1_2),
            "another nonce"
        );
        assert!(Claim::read(&md5, None).is_err(), "MD5 without a user name");
    }

    #[test]
    fn secrets_do_not_print() {
        let shown = format!("{:?}", Credentials::new("ann", "tulip"));
        assert!(shown.contains("ann") && !shown.contains("tulip"), "{shown}");
    }
}
