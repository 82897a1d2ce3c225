use std::fmt;

use syncml_wbxml::{ByteString, Bytes};

use crate::base64;

/// The octets of a server's or client's challenge (`NextNonce`) `[MetInf §NextNonce]`.
///
/// On the wire a nonce is Base64 text, and the octets are what goes into a digest. Some servers
/// send text that is no Base64 at all; then the octets of the text itself are the nonce.
/// `Debug` shows the length only.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Nonce(Bytes);

impl Nonce {
    /// A nonce of these octets.
    #[must_use]
    pub fn new(octets: impl Into<Bytes>) -> Self {
        Self(octets.into())
    }

    /// Reads the text of a `NextNonce` element.
    ///
    /// ```
    /// # use syncml_meta::Nonce;
    /// assert_eq!(Nonce::from_text("Tm9uY2U=".into()).as_bytes(), b"Nonce");
    /// assert_eq!(Nonce::from_text("no base64!".into()).as_bytes(), b"no base64!");
    /// ```
    #[must_use]
    pub fn from_text(text: ByteString) -> Self {
        let text = crate::trim(text);
        match base64::decode_lenient(&text) {
            Some(octets) => Self(octets.into()),
            None => Self(text.into_bytes()),
        }
    }

    /// The octets that go into a digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The Base64 text that goes onto the wire.
    #[must_use]
    pub fn to_text(&self) -> String {
        base64::encode(&self.0)
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonce({} octets)", self.0.len())
    }
}
