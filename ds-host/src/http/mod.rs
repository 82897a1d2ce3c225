//! The HTTP binding: one message a request, one message an answer.

mod background;
pub mod client;
mod listen;
mod options;
mod patient;
pub mod server;
mod tls;
pub(crate) mod url;

pub use background::Background;
use ds_protocol::Hmac;
pub use options::{ServerLimits, ServerOptions};
use syncml_wbxml::Encoding;
pub use tls::Tls;

/// The value of a header [`Hmac::HEADER`]; one that cannot be read is none.
pub(crate) fn hmac(value: Option<&[u8]>) -> Option<Hmac> {
    std::str::from_utf8(value?).ok()?.parse().ok()
}

/// Media type of XML messages.
pub const MEDIA_TYPE_XML: &str = "application/vnd.syncml+xml";
/// Media type of WBXML messages.
pub const MEDIA_TYPE_WBXML: &str = "application/vnd.syncml+wbxml";

/// The media type of an encoding.
pub const fn media_type(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Xml => MEDIA_TYPE_XML,
        Encoding::Wbxml => MEDIA_TYPE_WBXML,
    }
}

/// The encoding a `Content-Type` names; case and parameters do not matter.
///
/// ```
/// use ds_host::http::encoding_of;
/// use syncml_wbxml::Encoding;
///
/// assert_eq!(encoding_of("Application/vnd.SyncML+WBXML; charset=UTF-8"), Some(Encoding::Wbxml));
/// assert_eq!(encoding_of("text/html"), None);
/// ```
pub fn encoding_of(content_type: &str) -> Option<Encoding> {
    let bare = content_type
        .split_once(';')
        .map_or(content_type, |(bare, _)| bare)
        .trim();
    [Encoding::Xml, Encoding::Wbxml]
        .into_iter()
        .find(|encoding| media_type(*encoding).eq_ignore_ascii_case(bare))
}
