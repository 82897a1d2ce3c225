use syncml_meta::Version;
use syncml_wbxml::tag::syncml as tag;
use syncml_wbxml::{Encoding, put_empty, put_start};

use crate::encode::{Context, Document, Place};
use crate::{Command, EncodeError};

/// Bytes that a command adds to a message of this version.
///
/// Exact in XML. In WBXML a command may need two bytes more than told here: if the one before it
/// ends with meta information, the code page is switched first. An [`Encoder`](crate::Encoder)
/// with a limit takes care of that.
///
/// ```
/// use syncml_repr::{Alert, AlertCode, Encoding, Version, encoded_len};
///
/// let next = Alert::new(5, AlertCode::NEXT_MESSAGE).into();
/// assert_eq!(encoded_len(&next, Encoding::Wbxml, Version::V1_2)?, 14);
/// assert_eq!(
///     encoded_len(&next, Encoding::Xml, Version::V1_2)?,
///     "<Alert><CmdID>5</CmdID><Data>222</Data></Alert>".len()
/// );
/// # Ok::<(), syncml_repr::EncodeError>(())
/// ```
///
/// # Errors
/// Those of [`encode`](crate::encode).
pub fn encoded_len(
    command: &Command,
    encoding: Encoding,
    version: Version,
) -> Result<usize, EncodeError> {
    let mut document = Document::new(version.message(), encoding, 256);
    put_start(&mut document, tag::SYNC_ML)?;
    put_start(&mut document, tag::SYNC_BODY)?;
    // Some first child, so that the end tag of the body does not count.
    put_empty(&mut document, tag::FINAL)?;
    let len = |document: &Document| document.len() + document.closing_len();
    let empty = len(&document);
    // A Sync may hold all that a body may, so that the place is never the reason to refuse.
    Context::new(version, encoding).command(&mut document, command, Place::Sync, 1)?;
    Ok(len(&document) - empty)
}
