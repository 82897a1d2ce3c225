//! Credentials: Basic and MD5, made and checked `[DSPro §authentication]`.

use bytestring::ByteString;
use md5::{Digest, Md5};
use subtle::ConstantTimeEq;
use syncml_meta::{Nonce, Version, base64};
use syncml_repr::{Chal, Cred};

use crate::config::AuthScheme;
use crate::peer::Secret;

/// Who a client says it is.
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

    /// A `Cred` element; none where the secret does not allow the scheme (Basic and MD5 of 1.0 need the password).
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

/// A credential as a server reads it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) user: ByteString,
    proof: Proof,
}

#[derive(Clone, PartialEq, Eq)]
enum Proof {
    Password(String),
    Digest([u8; 16]),
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

    pub(crate) fn scheme(&self) -> AuthScheme {
        match self.proof {
            Proof::Password(_) => AuthScheme::Basic,
            Proof::Digest(_) => AuthScheme::Md5,
        }
    }

    /// Whether the claim is true. Takes the same time for an unknown user.
    pub(crate) fn holds(
        &self,
        secret: Option<&Secret>,
        nonce: Option<&Nonce>,
        version: Version,
    ) -> bool {
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
        };
        bool::from(equal) && known
    }
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
