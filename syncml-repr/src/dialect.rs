//! What differs between the versions and between the encodings.

use syncml_meta::{DEVINF_WBXML, DEVINF_XML, MetInf, Version, essence};
use syncml_wbxml::{ByteString, Encoding};

use crate::{EncodeError, EncodeErrorKind, SyncHdr};

/// Media type of a message in XML.
pub const SYNCML_XML: &str = "application/vnd.syncml+xml";
/// Media type of a message in WBXML.
pub const SYNCML_WBXML: &str = "application/vnd.syncml+wbxml";
/// Media type of a data synchronization message in this encoding.
#[must_use]
pub const fn media_type(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Xml => SYNCML_XML,
        Encoding::Wbxml => SYNCML_WBXML,
    }
}

/// The encoding that a media type promises, whatever its parameters: that of a message of data
/// synchronization or device management.
///
/// ```
/// use syncml_repr::{Encoding, encoding_of};
///
/// assert_eq!(encoding_of("Application/vnd.syncml+wbxml; charset=utf-8"), Some(Encoding::Wbxml));
/// assert_eq!(encoding_of("text/html"), None);
/// ```
#[must_use]
pub fn encoding_of(media_type: &str) -> Option<Encoding> {
    let is = |known: &[&str]| {
        known
            .iter()
            .any(|known| essence(media_type).eq_ignore_ascii_case(known))
    };
    if is(&[SYNCML_XML, "application/vnd.syncml.dm+xml"]) {
        Some(Encoding::Xml)
    } else if is(&[SYNCML_WBXML, "application/vnd.syncml.dm+wbxml"]) {
        Some(Encoding::Wbxml)
    } else {
        None
    }
}

impl SyncHdr {
    /// The same in this version of its protocol, which decides how the whole message is written:
    /// what the version lacks is refused then.
    ///
    /// ```
    /// use syncml_repr::{Encoding, Locator, Message, Modify, ModifyKind, SyncCmd, SyncHdr, Version, encode};
    ///
    /// let mut sync = SyncCmd::new(1, Locator::new("./card"), Locator::new("./pb"));
    /// sync.number_of_changes = Some(1);
    /// sync.commands.push(Modify::new(ModifyKind::Move, 2).into());
    /// let mut message = Message::new(SyncHdr::default().with_version(Version::V1_2), vec![sync.into()], true);
    /// assert!(encode(&message, Encoding::Xml).is_ok());
    ///
    /// message.hdr = message.hdr.with_version(Version::V1_1);
    /// assert_eq!(&*message.hdr.ver_proto, "SyncML/1.1");
    /// let error = encode(&message, Encoding::Xml).unwrap_err();
    /// assert_eq!(error.to_string(), "version 1.1 has no Move there");
    /// ```
    #[must_use]
    pub fn with_version(mut self, version: Version) -> Self {
        self.ver_dtd = ByteString::from_static(version.as_str());
        self.ver_proto = if self.is_dm() {
            format!("DM/{version}").into()
        } else {
            ByteString::from_static(version.ver_proto())
        };
        self
    }
}

/// Whether a media type is that of device information, in either encoding.
pub(crate) fn is_devinf(media_type: &str) -> bool {
    // Asked for every item; most media types are far shorter.
    if media_type.len() < DEVINF_XML.len() {
        return false;
    }
    let essence = essence(media_type);
    essence.eq_ignore_ascii_case(DEVINF_XML) || essence.eq_ignore_ascii_case(DEVINF_WBXML)
}

/// The media type of device information in this encoding, with the parameters it had; `None` for
/// other types and for one that is right already.
pub(crate) fn devinf_type(media_type: &str, encoding: Encoding) -> Option<ByteString> {
    let right = match encoding {
        Encoding::Xml => DEVINF_XML,
        Encoding::Wbxml => DEVINF_WBXML,
    };
    if !is_devinf(media_type) || essence(media_type) == right {
        return None;
    }
    let parameters = media_type.find(';').map_or("", |at| &media_type[at..]);
    Some(format!("{right}{parameters}").into())
}

/// Refuses `element` before version `since`.
pub(crate) fn need(
    version: Version,
    since: Version,
    element: &'static str,
) -> Result<(), EncodeError> {
    if version < since {
        return Err(EncodeError::new(EncodeErrorKind::NotInVersion {
            element,
            version,
        }));
    }
    Ok(())
}

/// Refuses meta information that the version lacks.
pub(crate) fn check_meta(version: Version, meta: &MetInf) -> Result<(), EncodeError> {
    if meta.field_level {
        need(version, Version::V1_2, "FieldLevel")?;
    }
    if meta.max_obj_size.is_some() {
        need(version, Version::V1_1, "MaxObjSize")?;
    }
    Ok(())
}
