//! The digest in front of a notification.
//!
//! `H(B64(H(server id ":" password)) ":" nonce ":" B64(H(notification)))` with MD5 as `H`, as the specification demands.
//! MD5 keeps out accidents and casual forgers, not more: nothing worse than a needless sync may follow from a
//! notification.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest as _, Md5};
use subtle::{Choice, ConstantTimeEq as _};

/// Size of the digest in bytes.
pub(crate) const LEN: usize = 16;

/// Password and nonce a server signs its notifications with.
///
/// Both belong to the direction server to client: the nonce is the last one the *client* handed to the server in a
/// challenge. `Debug` shows neither.
#[derive(Clone, Copy)]
pub struct Secret<'a> {
    key: Key<'a>,
    nonce: &'a [u8],
}

#[derive(Clone, Copy)]
enum Key<'a> {
    Password(&'a str),
    /// MD5 of `server id:password`.
    Digest([u8; LEN]),
}

impl<'a> Secret<'a> {
    /// A secret. `nonce` is the octets, so Base64 text of `NextNonce` is to be decoded first; it may be empty.
    #[must_use]
    pub const fn new(password: &'a str, nonce: &'a [u8]) -> Self {
        let key = Key::Password(password);
        Self { key, nonce }
    }

    /// A secret of which only the digest is kept: MD5 of the server's identifier, a colon and the password. It goes with
    /// that identifier alone; tolerances for other ones mean nothing to it.
    #[must_use]
    pub const fn of_digest(digest: [u8; LEN], nonce: &'a [u8]) -> Self {
        let key = Key::Digest(digest);
        Self { key, nonce }
    }

    /// The digest of a name and the password, with a colon between the two.
    fn credentials(&self, name: &[u8]) -> [u8; LEN] {
        match self.key {
            Key::Password(password) => hash(&[name, b":", password.as_bytes()].concat()),
            Key::Digest(digest) => digest,
        }
    }

    fn has_empty_password(&self) -> bool {
        matches!(self.key, Key::Password(""))
    }
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").finish_non_exhaustive()
    }
}

/// Deviations from the digest formula that some senders need. All are off by default.
///
/// Each widens what passes as authentic: set them for the one account that needs them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tolerance<'a> {
    /// A digest of 16 zero bytes passes: the sender does not sign at all.
    pub zero_digest: bool,
    /// The colon between server id and an empty password may be missing (libsynthesis).
    pub no_colon_without_password: bool,
    /// The nonce may be used as its Base64 text in place of the octets.
    pub nonce_as_base64: bool,
    /// This user name may stand in place of the server id (SyncEvolution as server).
    pub user_name: Option<&'a str>,
}

impl<'a> Tolerance<'a> {
    /// The same, accepting unsigned notifications or not.
    #[must_use]
    pub const fn with_zero_digest(mut self, accepted: bool) -> Self {
        self.zero_digest = accepted;
        self
    }

    /// The same, accepting a missing colon before an empty password or not.
    #[must_use]
    pub const fn with_no_colon_without_password(mut self, accepted: bool) -> Self {
        self.no_colon_without_password = accepted;
        self
    }

    /// The same, accepting the nonce as Base64 text or not.
    #[must_use]
    pub const fn with_nonce_as_base64(mut self, accepted: bool) -> Self {
        self.nonce_as_base64 = accepted;
        self
    }

    /// The same, accepting this user name in place of the server id.
    #[must_use]
    pub const fn with_user_name(mut self, user_name: &'a str) -> Self {
        self.user_name = Some(user_name);
        self
    }
}

/// The digest of `signed`, which is everything behind the digest.
pub(crate) fn compute(server_id: &[u8], secret: &Secret<'_>, signed: &[u8]) -> [u8; LEN] {
    combine(&secret.credentials(server_id), secret.nonce, signed)
}

fn hash(octets: &[u8]) -> [u8; LEN] {
    Md5::digest(octets).into()
}

fn combine(credentials: &[u8; LEN], nonce: &[u8], signed: &[u8]) -> [u8; LEN] {
    let mut hash = Md5::new();
    hash.update(BASE64_STANDARD.encode(credentials));
    hash.update(b":");
    hash.update(nonce);
    hash.update(b":");
    hash.update(BASE64_STANDARD.encode(Md5::digest(signed)));
    hash.finalize().into()
}

/// Whether the digest is the right one or, at most one deviation at a time, a tolerated one.
pub(crate) fn matches(
    digest: &[u8; LEN],
    server_id: &[u8],
    secret: &Secret<'_>,
    signed: &[u8],
    tolerance: &Tolerance<'_>,
) -> bool {
    // All candidates are always compared, each in constant time, so that the time tells nothing about the digest.
    let mut found = Choice::from(0);
    let mut candidate = |expected: [u8; LEN]| found |= digest[..].ct_eq(&expected[..]);
    candidate(compute(server_id, secret, signed));
    if tolerance.zero_digest {
        candidate([0; LEN]);
    }
    if tolerance.no_colon_without_password && secret.has_empty_password() {
        candidate(combine(&hash(server_id), secret.nonce, signed));
    }
    if tolerance.nonce_as_base64 {
        let nonce = BASE64_STANDARD.encode(secret.nonce);
        candidate(compute(
            server_id,
            &Secret {
                nonce: nonce.as_bytes(),
                ..*secret
            },
            signed,
        ));
    }
    if let Some(user_name) = tolerance.user_name {
        candidate(compute(user_name.as_bytes(), secret, signed));
    }
    found.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn san_002_intermediate_values_of_vector_a() {
        let part = |bytes: &[u8]| BASE64_STANDARD.encode(Md5::digest(bytes));
        assert_eq!(part(b"sync.example.com:s3cret"), "CyfLcDj0TiQNCoo0FdUXIA==");
        let signed = testdata::get("san/a-two-stores.san")
            .expect("is in the collection")
            .bytes
            .split_at(LEN)
            .1;
        assert_eq!(part(signed), "QBZ554wDeVPzbikdFp5Sug==");
    }

    #[test]
    fn san_002_user_name_in_place_of_the_server_id() {
        let secret = Secret::new("pw", b"n");
        let digest = compute(b"user", &secret, b"signed");
        let accepts = |tolerance| matches(&digest, b"server", &secret, b"signed", &tolerance);
        assert!(accepts(Tolerance::default().with_user_name("user")));
        assert!(!accepts(Tolerance::default().with_user_name("other")));
        assert!(!accepts(Tolerance::default()));
    }

    #[test]
    fn san_002_a_kept_digest_does_for_the_password() {
        let kept = Secret::of_digest(hash(b"server:pw"), b"n");
        let digest = compute(b"server", &Secret::new("pw", b"n"), b"signed");
        assert_eq!(compute(b"server", &kept, b"signed"), digest);
        let none = Tolerance::default();
        assert!(matches(&digest, b"server", &kept, b"signed", &none));
        let other = Secret::of_digest(hash(b"server:pw"), b"m");
        assert!(!matches(&digest, b"server", &other, b"signed", &none));
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!(
            "{:?} {:#?}",
            Secret::new("s3cret", b"Nonce-01"),
            Secret::new("s3cret", b"Nonce-01")
        );
        assert!(
            !shown.contains("s3cret") && !shown.contains("Nonce") && !shown.contains("78"),
            "{shown}"
        );
    }
}
