use std::sync::Arc;

use std::fmt;

use syncml_meta::{Format, MetInf, Nonce, same_essence};
use syncml_wbxml::ByteString;

use crate::Data;

/// Credentials (`Cred`) `[RepPro §Cred]`. `Debug` hides the data.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Cred {
    /// Scheme (`Type`) and coding (`Format`) of the data.
    pub meta: Option<Arc<MetInf>>,
    /// Credential text, or the octets of a digest.
    pub data: Data,
}

impl Cred {
    /// Scheme of [`basic`](Self::basic) credentials, and of those that name none.
    pub const BASIC: &'static str = "syncml:auth-basic";
    /// Scheme of an MD5 digest.
    pub const MD5: &'static str = "syncml:auth-md5";
    /// Scheme of the keyed digest in the transport header.
    pub const MAC: &'static str = "syncml:auth-MAC";

    /// Credentials of this scheme; `octets` go out in Base64.
    #[must_use]
    pub fn new(scheme: impl Into<ByteString>, octets: &[u8]) -> Self {
        Self {
            meta: Some(Arc::new(
                MetInf::default().with_format(Format::B64).with_type(scheme),
            )),
            data: Data::from(syncml_meta::base64::encode(octets)),
        }
    }

    /// User name and password in plain text.
    #[must_use]
    pub fn basic(user: &str, password: &str) -> Self {
        Self::new(Self::BASIC, format!("{user}:{password}").as_bytes())
    }

    /// The scheme, basic if the credentials name none.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.meta
            .as_ref()
            .and_then(|meta| meta.media_type.as_deref())
            .unwrap_or(Self::BASIC)
    }

    /// Whether the scheme is this one.
    #[must_use]
    pub fn is_scheme(&self, scheme: &str) -> bool {
        same_essence(self.scheme(), scheme)
    }
}

impl fmt::Debug for Cred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Cred");
        if let Some(meta) = &self.meta {
            out.field("meta", meta);
        }
        out.field("data", &format_args!("({} octets)", self.data.len()))
            .finish()
    }
}

/// A challenge (`Chal`) `[RepPro §Chal]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Chal {
    /// Scheme wanted (`Type`), coding of the nonce (`Format`), the nonce (`NextNonce`).
    pub meta: MetInf,
}

impl Chal {
    /// A challenge for this scheme, without a nonce.
    #[must_use]
    pub fn new(scheme: impl Into<ByteString>) -> Self {
        Self {
            meta: MetInf::default().with_format(Format::B64).with_type(scheme),
        }
    }

    /// The same with a nonce.
    #[must_use]
    pub fn with_nonce(mut self, nonce: Nonce) -> Self {
        self.meta.next_nonce = Some(nonce);
        self
    }

    /// Whether the scheme wanted is this one.
    #[must_use]
    pub fn is_scheme(&self, scheme: &str) -> bool {
        self.meta.is_type(scheme)
    }
}
