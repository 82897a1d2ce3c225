use std::sync::Arc;

use syncml_meta::{MetInf, Version, always_shown, sparse_debug};
use syncml_wbxml::ByteString;

use crate::{Cred, Locator, MsgId, SessionId};

/// Header of a message (`SyncHdr`) `[RepPro §SyncHdr]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct SyncHdr {
    /// Version of the representation (`VerDTD`), as written; empty if absent.
    pub ver_dtd: ByteString,
    /// Version of the protocol (`VerProto`), as written; empty if absent.
    pub ver_proto: ByteString,
    /// Session the message belongs to (`SessionID`).
    pub session_id: SessionId,
    /// Number of the message (`MsgID`).
    pub msg_id: MsgId,
    /// Receiver (`Target`); its address is empty if absent.
    pub target: Locator,
    /// Sender (`Source`); its name is the user for digest authentication.
    pub source: Locator,
    /// Where to send the next message (`RespURI`).
    pub resp_uri: Option<ByteString>,
    /// No Status is wanted for any command of the message (`NoResp`).
    pub no_resp: bool,
    /// Credentials (`Cred`).
    pub cred: Option<Box<Cred>>,
    /// Limits of the sender: `MaxMsgSize`, `MaxObjSize` (`Meta`).
    pub meta: Option<Arc<MetInf>>,
}

sparse_debug!(SyncHdr {
    ver_dtd,
    ver_proto,
    session_id,
    msg_id,
    target,
    source,
    resp_uri,
    no_resp,
    cred,
    meta,
});
always_shown!(Locator);

impl SyncHdr {
    /// A header of this version of data synchronization.
    #[must_use]
    pub fn new(
        version: Version,
        session_id: SessionId,
        msg_id: MsgId,
        target: Locator,
        source: Locator,
    ) -> Self {
        Self {
            ver_dtd: ByteString::from_static(version.as_str()),
            ver_proto: ByteString::from_static(version.ver_proto()),
            session_id,
            msg_id,
            target,
            source,
            ..Self::default()
        }
    }

    /// The version of a data synchronization message: `VerDTD` and `VerProto` name the same one,
    /// the latter perhaps with an edition, as in `SyncML/1.1.2`. `None` if they do not.
    ///
    /// ```
    /// use syncml_repr::{SyncHdr, Version};
    ///
    /// let mut hdr = SyncHdr::default();
    /// hdr.ver_dtd = "1.1".into();
    /// hdr.ver_proto = "SyncML/1.1.1".into();
    /// assert_eq!(hdr.version(), Some(Version::V1_1));
    /// hdr.ver_proto = "SyncML/1.2".into();
    /// assert_eq!(hdr.version(), None);
    /// ```
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        let (protocol, version) = self.ver_proto.split_once('/')?;
        let version = Version::parse(version)?;
        let agree = protocol.eq_ignore_ascii_case("SyncML") && self.dtd_version() == Some(version);
        agree.then_some(version)
    }

    /// The version of the representation alone, whatever the protocol.
    #[must_use]
    pub fn dtd_version(&self) -> Option<Version> {
        Version::parse(&self.ver_dtd)
    }

    /// Largest message in bytes that the sender can receive, if it says so and means it: 0 counts
    /// as not said.
    #[must_use]
    pub fn max_msg_size(&self) -> Option<u64> {
        self.meta
            .as_ref()
            .and_then(|meta| meta.max_msg_size)
            .filter(|size| *size > 0)
    }

    /// Largest object in bytes that the sender accepts, if it says so and means it: 0 counts as
    /// not said.
    #[must_use]
    pub fn max_obj_size(&self) -> Option<u64> {
        self.meta
            .as_ref()
            .and_then(|meta| meta.max_obj_size)
            .filter(|size| *size > 0)
    }
}
