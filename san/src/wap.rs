//! The frame of the Wireless Session Protocol in which a notification comes as SMS.
//!
//! Only the push of the connectionless service and of its headers only what a receiver of notifications needs: content
//! type and application id. Ports and the parts of short messages belong to the layer below, [`wdp`](crate::wdp).

use std::borrow::Cow;

use crate::body::Cursor;
use crate::content_type::ContentType;
use crate::error::{ParseError, ParseErrorKind};
use crate::notification::Application;

/// Destination port of a push over the datagram layer.
pub const PORT: u16 = 2948;

/// Destination port of a push over the secured datagram layer.
pub const SECURE_PORT: u16 = 2949;

/// Application id of notifications for data synchronization, `x-wap-application:push.syncml`.
pub const DATA_SYNC: u8 = 0x05;
/// Application id of notifications for device management, `x-wap-application:syncml.dm`.
pub const DEVICE_MANAGEMENT: u8 = 0x07;
/// Application id of e-mail notifications, `x-wap-application:emn.ua`.
pub const EMAIL: u8 = 0x09;

const PDU_PUSH: u8 = 0x06;
/// Well-known header field `X-Wap-Application-Id` as it is written.
const APPLICATION_ID: u8 = 0x80 | 0x2F;
/// No header we could use is longer.
const MAX_HEADERS: usize = 1024;

/// A push taken out of its frame.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Push<'a> {
    /// Media type without parameters. A number we do not know is given as `0x` and hexadecimal digits.
    pub content_type: Cow<'a, str>,
    /// Number of the addressed application: 5 data synchronization, 7 device management. `None` if missing or textual.
    pub application_id: Option<u32>,
    /// What the push carries.
    pub body: &'a [u8],
}

impl Push<'_> {
    /// The application its content type belongs to, if it carries a notification.
    #[must_use]
    pub fn application(&self) -> Option<Application> {
        Application::from_media_type(&self.content_type)
    }
}

/// Puts an encoded notification into a push. `transaction_id` tells pushes apart, any value will do.
///
/// ```
/// use san::{Application, wap};
/// let frame = wap::wrap(Application::DataSync, b"...", 1);
/// assert_eq!(frame, b"\x01\x06\x03\xCE\xAF\x85...");
/// ```
#[must_use]
pub fn wrap(application: Application, notification: &[u8], transaction_id: u8) -> Vec<u8> {
    let (media_type, application_id) = match application {
        Application::DataSync => (application.media_type(), DATA_SYNC),
        Application::DeviceManagement => (application.media_type(), DEVICE_MANAGEMENT),
    };
    let content_type = ContentType::from_media_type(media_type);
    wrap_as(content_type, application_id, notification, transaction_id)
}

/// Puts anything into a push: the message of SyncML 1.0 and 1.1, an e-mail notification. The application id is below 128;
/// the content type must have a number ([`ContentType::UNSPECIFIED`] means "any").
///
/// ```
/// use san::{ContentType, wap};
/// let document = ContentType::from_media_type("application/vnd.syncml+wbxml");
/// let frame = wap::wrap_as(document, wap::DATA_SYNC, b"...", 1);
/// assert_eq!(frame, b"\x01\x06\x06\x03\x02\x03\x03\xAF\x85...");
/// ```
#[must_use]
pub fn wrap_as(
    content_type: ContentType,
    application_id: u8,
    body: &[u8],
    transaction_id: u8,
) -> Vec<u8> {
    let number = content_type.to_bytes();
    let content_type = match number {
        [0, 0, low @ ..=0x7F] => vec![0x80 | low],
        [0, 0, low] => vec![2, 1, low],
        [0, middle, low] => vec![3, 2, middle, low],
        [high, middle, low] => vec![4, 3, high, middle, low],
    };
    let headers = [&content_type[..], &[APPLICATION_ID, 0x80 | application_id]].concat();
    let len = u8::try_from(headers.len()).unwrap_or(u8::MAX);
    [&[transaction_id, PDU_PUSH, len], &headers[..], body].concat()
}

/// Takes a push out of its frame. Headers of any length, textual content types and unknown headers are accepted.
///
/// # Errors
/// [`ParseErrorKind::NotPush`] if it is another kind of message, [`ParseErrorKind::Truncated`], [`ParseErrorKind::Text`].
pub fn unwrap(bytes: &[u8]) -> Result<Push<'_>, ParseError> {
    let mut cursor = Cursor::new(bytes);
    cursor.byte("transaction id")?;
    let at = cursor.position();
    if cursor.byte("PDU type")? != PDU_PUSH {
        return Err(ParseError::new(ParseErrorKind::NotPush, at));
    }
    let at = cursor.position();
    let len = uintvar(&mut cursor)?;
    if len > MAX_HEADERS {
        return Err(ParseError::new(ParseErrorKind::NotPush, at));
    }
    let end = cursor.position() + len;
    let content_type = content_type(&mut cursor)?;
    let mut application_id = None;
    while cursor.position() < end {
        let name = cursor.byte("header name")?;
        if name < 0x20 || name == 0x7F {
            // A shift to another header page: nothing on it concerns us.
            break;
        }
        if name < 0x80 {
            string(&mut cursor)?;
        }
        let value = value(&mut cursor)?;
        if name == APPLICATION_ID {
            application_id = value.number();
        }
    }
    let overrun = ParseError::new(
        ParseErrorKind::Truncated { field: "headers" },
        bytes.len().min(end),
    );
    let body = bytes
        .get(end..)
        .filter(|_| cursor.position() <= end)
        .ok_or(overrun)?;
    Ok(Push {
        content_type,
        application_id,
        body,
    })
}

/// A header value, told apart by its first byte.
enum Value<'a> {
    Short(u8),
    Bytes(&'a [u8]),
    Text,
}

impl Value<'_> {
    fn number(&self) -> Option<u32> {
        match self {
            Self::Short(number) => Some(u32::from(*number)),
            Self::Bytes(bytes) if !bytes.is_empty() && bytes.len() <= 4 => Some(
                bytes
                    .iter()
                    .fold(0, |number, byte| number << 8 | u32::from(*byte)),
            ),
            _ => None,
        }
    }
}

fn value<'a>(cursor: &mut Cursor<'a>) -> Result<Value<'a>, ParseError> {
    match cursor.rest().first() {
        Some(first @ 0x80..) => {
            cursor.byte("header value")?;
            Ok(Value::Short(first & 0x7F))
        }
        Some(0x20..) => string(cursor).map(|_| Value::Text),
        _ => {
            let len = value_length(cursor)?;
            cursor.take(len, "header value").map(Value::Bytes)
        }
    }
}

/// `Content-Type`: a number, a text, or a length with either of them and parameters.
fn content_type<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>, ParseError> {
    match cursor.rest().first() {
        Some(0x20..=0x7F) => string(cursor).map(Cow::Borrowed),
        Some(0x80..) => value(cursor).map(|value| named(&value)),
        _ => {
            let len = value_length(cursor)?;
            let start = cursor.position();
            let mut inner = Cursor::new(cursor.take(len, "content type")?);
            let shift = |error: ParseError| error.moved(start);
            match inner.rest().first() {
                Some(0x20..=0x7F) => string(&mut inner).map(Cow::Borrowed).map_err(shift),
                _ => value(&mut inner).map(|value| named(&value)).map_err(shift),
            }
        }
    }
}

fn named(value: &Value<'_>) -> Cow<'static, str> {
    let code = value
        .number()
        .and_then(ContentType::new)
        .unwrap_or_default();
    code.media_type()
        .map_or_else(|| Cow::Owned(code.to_string()), Cow::Borrowed)
}

fn string<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, ParseError> {
    let start = cursor.position();
    let rest = cursor.rest();
    let len = rest
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(rest.len());
    let text = cursor.take(len, "text")?;
    cursor.byte("end of text")?;
    std::str::from_utf8(text)
        .map_err(|_| ParseError::new(ParseErrorKind::Text { field: "text" }, start))
}

/// Length before a value: one byte up to 30, or 31 and a number of variable length.
fn value_length(cursor: &mut Cursor<'_>) -> Result<usize, ParseError> {
    match cursor.byte("value length")? {
        31 => uintvar(cursor),
        len => Ok(usize::from(len)),
    }
}

/// Seven bits a byte, the highest bit set in all but the last; five bytes at most.
pub(crate) fn uintvar(cursor: &mut Cursor<'_>) -> Result<usize, ParseError> {
    let start = cursor.position();
    let mut number = 0_usize;
    for _ in 0..5 {
        let byte = cursor.byte("length")?;
        number = number << 7 | usize::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(ParseError::new(ParseErrorKind::NotPush, start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn san_010_wrap_and_unwrap() {
        for (application, id) in [
            (Application::DataSync, 5),
            (Application::DeviceManagement, 7),
        ] {
            let frame = wrap(application, b"body", 0x42);
            let push = unwrap(&frame).expect("reads");
            assert_eq!(
                (push.application(), push.application_id),
                (Some(application), Some(id))
            );
            assert_eq!(push.body, b"body");
        }
    }

    #[test]
    fn san_010_foreign_frames() {
        // The legacy document: content type as a long integer inside a length.
        let legacy = unwrap(b"\x01\x06\x06\x03\x02\x03\x03\xAF\x85\x02\x9F").expect("reads");
        assert_eq!(
            (legacy.content_type.as_ref(), legacy.application_id),
            ("application/vnd.syncml+wbxml", Some(5))
        );
        assert_eq!(
            (legacy.application(), legacy.body),
            (None, &b"\x02\x9F"[..])
        );
        let text = b"\x01\x06\x28application/vnd.syncml.ds.notification\0\xAFbody";
        // The header length counts to the end of the content type only, then the application id is part of the body.
        let push = unwrap(&text[..]).expect_err("the id's value is missing");
        assert!(
            matches!(push.kind(), ParseErrorKind::Truncated { .. }),
            "{push}"
        );
        let mut text = b"\x01\x06\x27application/vnd.syncml.ds.notification\0body".to_vec();
        let push = unwrap(&text).expect("reads");
        assert_eq!(
            (push.application(), push.application_id, push.body),
            (Some(Application::DataSync), None, &b"body"[..])
        );
        text[1] = 0x05;
        assert_eq!(unwrap(&text).expect_err("no push").position(), 1);
        // Unknown headers with each form of value; an application id that is a text; a parameter of the content type.
        let many = b"\x01\x06\x16\x03\xCE\x81\xEA\xB4\x87X-a\0b\0\xAFx-wap\0\x8D\x01\x05body";
        let push = unwrap(many).expect("reads");
        assert_eq!(
            (push.application(), push.application_id, push.body),
            (Some(Application::DataSync), None, &b"body"[..])
        );
        let unknown = unwrap(b"\x01\x06\x01\xFFrest").expect("reads");
        assert_eq!(
            (unknown.content_type.as_ref(), unknown.body),
            ("0x007F", &b"rest"[..])
        );
    }

    #[test]
    fn san_011_every_truncation_is_an_error_or_a_shorter_body() {
        let frame = b"\x01\x06\x06\x03\x02\x03\x03\xAF\x85\x02\x9F";
        for len in 0..9 {
            assert!(unwrap(&frame[..len]).is_err(), "{len}");
        }
        assert!(unwrap(&frame[..9]).is_ok_and(|push| push.body.is_empty()));
        assert!(unwrap(b"\x01\x06\xFF\xFF\xFF\xFF\xFF\x7F").is_err());
        assert!(unwrap(b"\x01\x06\x8F\xFF\xFF\xFF\x7F\xCE").is_err());
    }
}
