//! The keyed digest of a message (`syncml:auth-MAC`), which travels beside it in a header of the transport
//! `[DSPro §authentication]`.

use std::fmt;

use bytestring::ByteString;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use syncml_meta::{Nonce, base64};

use crate::peer::Secret;

/// Longest header value read, in octets.
const LONGEST: usize = 4096;

/// What the transport header `x-syncml-hmac` says: who sent the message, and a digest of it that only they can make.
///
/// The digest is over the octets of the message before any content encoding of the transport.
///
/// ```
/// use ds_protocol::{Hmac, Secret};
///
/// let secret = Secret::Password("tulip".into());
/// let header = Hmac::new("ann", &secret, None, b"<SyncML/>").to_string();
/// let read: Hmac = header.parse()?;
/// assert_eq!(read.user(), "ann");
/// assert!(read.proves(&secret, None, b"<SyncML/>"));
/// assert!(!read.proves(&secret, None, b"<SyncML></SyncML>"));
/// # Ok::<(), ds_protocol::HmacError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hmac {
    user: ByteString,
    digest: [u8; 16],
}

impl Hmac {
    /// Name of the header, in HTTP, OBEX and WSP.
    pub const HEADER: &'static str = "x-syncml-hmac";

    /// The digest of a message: `H(B64(H(user:password)):nonce:B64(H(message)))`. No nonce is an empty one.
    #[must_use]
    pub fn new(
        user: impl Into<ByteString>,
        secret: &Secret,
        nonce: Option<&Nonce>,
        message: &[u8],
    ) -> Self {
        let user = user.into();
        let digest = keyed(&user, secret, nonce, &hash(message));
        Self { user, digest }
    }

    /// The user it names.
    #[must_use]
    pub fn user(&self) -> &ByteString {
        &self.user
    }

    /// Whether it was made of this message by somebody who knows the secret and the nonce.
    #[must_use]
    pub fn proves(&self, secret: &Secret, nonce: Option<&Nonce>, message: &[u8]) -> bool {
        self.proves_hash(secret, nonce, &hash(message))
    }

    /// As [`proves`](Self::proves), of a message of which the digest alone is kept.
    pub(crate) fn proves_hash(
        &self,
        secret: &Secret,
        nonce: Option<&Nonce>,
        message: &[u8; 16],
    ) -> bool {
        let expected = keyed(&self.user, secret, nonce, message);
        self.digest.ct_eq(&expected).into()
    }
}

/// `H(message)`.
pub(crate) fn hash(message: &[u8]) -> [u8; 16] {
    Md5::digest(message).into()
}

fn keyed(user: &str, secret: &Secret, nonce: Option<&Nonce>, message: &[u8; 16]) -> [u8; 16] {
    let mut md5 = Md5::new();
    md5.update(base64::encode(&secret.digest(user)));
    md5.update(b":");
    md5.update(nonce.map_or(&[][..], Nonce::as_bytes));
    md5.update(b":");
    md5.update(base64::encode(message));
    md5.finalize().into()
}

impl fmt::Display for Hmac {
    /// The value of the header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("algorithm=MD5, username=\"")?;
        for c in self.user.chars() {
            if matches!(c, '"' | '\\') {
                f.write_str("\\")?;
            }
            write!(f, "{c}")?;
        }
        write!(f, "\", mac={}", base64::encode(&self.digest))
    }
}

impl fmt::Debug for Hmac {
    /// The user: who has the digest can work on the password at leisure.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hmac")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// Why the value of a header `x-syncml-hmac` cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HmacError {
    /// It names another algorithm than MD5.
    #[error("the algorithm is not MD5")]
    Algorithm,
    /// It names no user.
    #[error("there is no username")]
    User,
    /// It has no digest of 16 octets in Base64.
    #[error("there is no mac of 16 octets in Base64")]
    Digest,
    /// A quote does not end, or the value is longer than 4,096 octets.
    #[error("a quote does not end, or the value is too long")]
    Form,
}

impl std::str::FromStr for Hmac {
    type Err = HmacError;

    /// Reads the value of the header: parameters in any order, names in any case, unknown ones left aside.
    fn from_str(value: &str) -> Result<Self, HmacError> {
        if value.len() > LONGEST {
            return Err(HmacError::Form);
        }
        let (mut user, mut digest) = (None, None);
        let mut rest = value;
        while !rest.trim_start_matches([',', ' ', '\t']).is_empty() {
            rest = rest.trim_start_matches([',', ' ', '\t']);
            let name_end = rest.find(['=', ',']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(name_end);
            let (value, after) = match after.strip_prefix('=') {
                Some(after) => parameter(after)?,
                None => (String::new(), after),
            };
            rest = after;
            match name.trim().to_ascii_lowercase().as_str() {
                "algorithm" if !value.eq_ignore_ascii_case("MD5") => {
                    return Err(HmacError::Algorithm);
                }
                "username" => user = Some(value),
                "mac" => {
                    digest = base64::decode_lenient(&value)
                        .and_then(|octets| <[u8; 16]>::try_from(octets).ok());
                }
                _ => {}
            }
        }
        Ok(Self {
            user: user
                .filter(|user| !user.is_empty())
                .ok_or(HmacError::User)?
                .into(),
            digest: digest.ok_or(HmacError::Digest)?,
        })
    }
}

/// The value of a parameter, quoted or not, and what comes behind it.
fn parameter(text: &str) -> Result<(String, &str), HmacError> {
    let text = text.trim_start();
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(',').unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return Ok((value.trim().to_owned(), rest));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((value, &quoted[at + 1..])),
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    Err(HmacError::Form)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn bruce() -> Secret {
        Secret::Password("OhBehave".into())
    }

    /// BIND-008: the vector, with the password and with the digest of it.
    #[test]
    fn vector() {
        let nonce = Nonce::new(Bytes::from_static(b"Nonce"));
        let digest = Secret::Digest(bruce().digest("Bruce2"));
        for secret in [bruce(), digest] {
            let hmac = Hmac::new("Bruce2", &secret, Some(&nonce), b"<SyncML/>");
            assert_eq!(
                hmac.to_string(),
                "algorithm=MD5, username=\"Bruce2\", mac=urdCeS3JUmjFgi8SX3webw=="
            );
            assert!(hmac.proves(&bruce(), Some(&nonce), b"<SyncML/>"));
            assert!(!hmac.proves(&bruce(), None, b"<SyncML/>"), "no nonce");
            assert!(!hmac.proves(&bruce(), Some(&nonce), b"<SyncML />"), "body");
            let other = Secret::Password("oh".into());
            assert!(!hmac.proves(&other, Some(&nonce), b"<SyncML/>"), "secret");
        }
    }

    /// BIND-008: what is read, and what is not.
    #[test]
    fn headers() {
        for header in [
            r#"algorithm=MD5, username="Robert Jordan", mac=Dgpoz8Pbs4XC0ecp6kLw4Q=="#,
            r#"username="Robert Jordan",mac=Dgpoz8Pbs4XC0ecp6kLw4Q=="#,
            r#" MAC = Dgpoz8Pbs4XC0ecp6kLw4Q== ,, Algorithm=md5 , x=y, alone, username = Robert Jordan "#,
        ] {
            let hmac: Hmac = header.parse().unwrap_or_else(|e| panic!("{header}: {e}"));
            assert_eq!(hmac.user(), "Robert Jordan", "{header}");
        }
        for (header, error) in [
            ("", HmacError::User),
            ("mac=Dgpoz8Pbs4XC0ecp6kLw4Q==", HmacError::User),
            (
                r#"username="", mac=Dgpoz8Pbs4XC0ecp6kLw4Q=="#,
                HmacError::User,
            ),
            (r#"username="a""#, HmacError::Digest),
            (r#"username="a", mac=Dgpo"#, HmacError::Digest),
            (
                r#"username="a, mac=Dgpoz8Pbs4XC0ecp6kLw4Q=="#,
                HmacError::Form,
            ),
            (
                r#"algorithm=SHA1, username="a", mac=Dgpoz8Pbs4XC0ecp6kLw4Q=="#,
                HmacError::Algorithm,
            ),
            (&"a".repeat(LONGEST + 1), HmacError::Form),
        ] {
            assert_eq!(header.parse::<Hmac>(), Err(error), "{header}");
        }
    }

    /// Names with the characters of the form itself come back as they were.
    #[test]
    fn names() {
        for user in ["a\"b", "a\\b", "a,b=c", "żółw", "\\\""] {
            let hmac = Hmac::new(user, &bruce(), None, b"");
            assert_eq!(hmac.to_string().parse::<Hmac>(), Ok(hmac), "{user}");
        }
    }

    #[test]
    fn digests_do_not_print() {
        let hmac = Hmac::new("ann", &bruce(), None, b"m");
        let mac = hmac.to_string();
        let (_, mac) = mac.split_once("mac=").unwrap();
        assert!(!format!("{hmac:?}").contains(mac));
    }
}
