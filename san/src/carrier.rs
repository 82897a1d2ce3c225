//! What came in, whatever it came through: the layers taken off, the form told.

use std::borrow::Cow;

use crate::body::Cursor;
use crate::error::ParseError;
use crate::notification::Application;
use crate::wap::{self, uintvar};
use crate::wdp::{self, UserData};

/// Something that asks for a session, or for a look into a mailbox, without what carried it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payload<'a> {
    /// A notification of 1.2 or of device management, for [`Unverified::parse_as`](crate::Unverified::parse_as).
    Notification(Application, &'a [u8]),
    /// A notification of SyncML 1.0 or 1.1: a message, `application/vnd.syncml+wbxml` or `+xml`.
    Message(&'a [u8]),
    /// An e-mail notification, for `emn::Emn::read` (feature `emn`).
    Email(&'a [u8]),
    /// Something else, of this media type.
    Other(Cow<'a, str>, &'a [u8]),
}

impl<'a> Payload<'a> {
    /// What a media type says: of a push, of an OBEX put. None in its place: the octets have to tell, as far as they can;
    /// they do not tell data synchronization from device management.
    ///
    /// ```
    /// use san::{Application, Payload};
    /// let push = san::wap::unwrap(b"\x01\x06\x03\xCE\xAF\x85...")?;
    /// let payload = Payload::new(Some(&push.content_type), push.body);
    /// assert_eq!(payload, Payload::Notification(Application::DataSync, b"..."));
    /// # Ok::<(), san::ParseError>(())
    /// ```
    #[must_use]
    pub fn new(media_type: Option<&str>, bytes: &'a [u8]) -> Self {
        let Some(media_type) = media_type else {
            return Self::sniff(bytes);
        };
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if let Some(application) = Application::from_media_type(essence) {
            return Self::Notification(application, bytes);
        }
        match essence.to_ascii_lowercase().as_str() {
            "application/vnd.syncml+wbxml" | "application/vnd.syncml+xml" => Self::Message(bytes),
            "text/vnd.wap.emn+xml" | "application/vnd.wap.emn+wbxml" => Self::Email(bytes),
            "" | "*/*" | "application/octet-stream" => Self::sniff(bytes),
            _ => Self::Other(Cow::Owned(media_type.to_owned()), bytes),
        }
    }

    /// Takes off whatever layers there are: the user data header of an SMS (also without its length octet, as some
    /// programs hand it on), the frame of a WAP push. What has neither is looked at as [`new`](Self::new) does without a
    /// media type. Parts of a longer datagram go through a [`Joiner`](wdp::Joiner) first.
    ///
    /// # Errors
    /// [`ParseErrorKind`](crate::ParseErrorKind) of the push behind a user data header for its port.
    ///
    /// ```
    /// use san::{Application, Payload};
    /// let sms = b"\x06\x05\x04\x0B\x84\xC0\x02\x01\x06\x03\xCE\xAF\x85...";
    /// assert_eq!(Payload::unpack(sms)?, Payload::Notification(Application::DataSync, b"..."));
    /// assert_eq!(Payload::unpack(&sms[7..])?, Payload::Notification(Application::DataSync, b"..."));
    /// assert_eq!(Payload::unpack(&sms[13..])?, Payload::Notification(Application::DataSync, b"..."));
    /// # Ok::<(), san::ParseError>(())
    /// ```
    pub fn unpack(bytes: &'a [u8]) -> Result<Self, ParseError> {
        if let Some(datagram) = behind_ports(bytes) {
            let push =
                wap::unwrap(datagram).map_err(|error| error.moved(bytes.len() - datagram.len()))?;
            return Ok(Self::pushed(push));
        }
        match wap::unwrap(bytes).map(Self::pushed) {
            // Any sixteen octets of a digest can look like a push, but not like one of ours.
            Ok(Self::Other(..)) | Err(_) => Ok(Self::sniff(bytes)),
            Ok(payload) => Ok(payload),
        }
    }

    fn pushed(push: wap::Push<'a>) -> Self {
        match (
            Self::new(Some(&push.content_type), push.body),
            push.application_id,
        ) {
            // A type without meaning, or with a number that is not known.
            (Self::Other(name, body), Some(id)) if name.starts_with("0x") => match u8::try_from(id)
            {
                Ok(wap::DATA_SYNC) => Self::Notification(Application::DataSync, body),
                Ok(wap::DEVICE_MANAGEMENT) => {
                    Self::Notification(Application::DeviceManagement, body)
                }
                Ok(wap::EMAIL) => Self::Email(body),
                _ => Self::Other(name, body),
            },
            (payload, _) => payload,
        }
    }

    fn sniff(bytes: &'a [u8]) -> Self {
        let text = bytes
            .strip_prefix(b"\xEF\xBB\xBF")
            .unwrap_or(bytes)
            .trim_ascii_start();
        if text.starts_with(b"<") {
            // The name of the root tells; a message of SyncML may have a prefix.
            let is_email = text
                .windows(5)
                .any(|w| w.starts_with(b"<emn") && !w[4].is_ascii_alphanumeric());
            return match is_email {
                true => Self::Email(bytes),
                false => Self::Message(bytes),
            };
        }
        match root(bytes) {
            Some((_, 0x6D | 0xED | 0x2D)) => Self::Message(bytes),
            Some((EMN, 0x05 | 0x85)) => Self::Email(bytes),
            _ => Self::Notification(Application::DataSync, bytes),
        }
    }
}

/// Public id of e-mail notifications in WBXML.
const EMN: usize = 0x0D;

/// What is behind a user data header for the ports of pushes.
fn behind_ports(bytes: &[u8]) -> Option<&[u8]> {
    let is_push = |data: &UserData<'_>| data.ports.is_some_and(wdp::Ports::is_push);
    let whole = UserData::read(bytes).ok().filter(is_push);
    if let Some(data) = whole.filter(|data| data.part.is_none_or(|part| part.total == 1)) {
        return Some(data.body);
    }
    // The element with the ports, of which nothing but the length of the header is missing.
    match bytes {
        [0x05, 0x04, d, e, _, _, rest @ ..] => {
            let destination = u16::from_be_bytes([*d, *e]);
            let ports = wdp::Ports {
                destination,
                source: 0,
            };
            ports.is_push().then_some(rest)
        }
        _ => None,
    }
}

/// Public id and first tag of a document in WBXML, if the octets can be one.
fn root(bytes: &[u8]) -> Option<(usize, u8)> {
    let mut cursor = Cursor::new(bytes);
    if !matches!(cursor.byte("version"), Ok(0..=3)) {
        return None;
    }
    let public_id = uintvar(&mut cursor).ok()?;
    if public_id == 0 {
        uintvar(&mut cursor).ok()?;
    }
    // The charset: UTF-8 (also as "unknown", by others) or Latin; a table no longer than the rest.
    let charset = uintvar(&mut cursor).ok()?;
    let table = uintvar(&mut cursor).ok()?;
    if !matches!(charset, 0 | 3 | 4 | 106) {
        return None;
    }
    cursor.take(table, "string table").ok()?;
    // A change to the page that is the first one in any case.
    if cursor.rest().starts_with(&[0, 0]) {
        cursor.take(2, "page").ok()?;
    }
    Some((public_id, cursor.byte("tag").ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content_type::ContentType;

    const DS: Application = Application::DataSync;
    const DM: Application = Application::DeviceManagement;

    #[test]
    fn san_010_layers_come_off() {
        let sms = |body: &[u8]| {
            let reference = wdp::Reference::Short(1);
            let parts = wdp::split(body, wdp::Ports::PUSH, reference).expect("short");
            parts.concat()
        };
        for application in [DS, DM] {
            let push = wap::wrap(application, b"san", 1);
            let expected = Payload::Notification(application, b"san");
            assert_eq!(Payload::unpack(&sms(&push)), Ok(expected.clone()));
            assert_eq!(Payload::unpack(&sms(&push)[1..]), Ok(expected.clone()));
            assert_eq!(Payload::unpack(&push), Ok(expected));
        }
        for (name, id, expected) in [
            (
                "application/vnd.syncml+wbxml",
                wap::DATA_SYNC,
                Payload::Message(b"x"),
            ),
            (
                "application/vnd.syncml+xml",
                wap::DATA_SYNC,
                Payload::Message(b"x"),
            ),
            (
                "application/vnd.wap.emn+wbxml",
                wap::EMAIL,
                Payload::Email(b"x"),
            ),
            ("text/vnd.wap.emn+xml", wap::EMAIL, Payload::Email(b"x")),
            (
                "text/vnd.wap.si",
                1,
                Payload::Other("text/vnd.wap.si".into(), b"x"),
            ),
            // Numbers nobody knows and no number: the application id tells.
            ("", wap::DATA_SYNC, Payload::Notification(DS, b"x")),
            ("", wap::DEVICE_MANAGEMENT, Payload::Notification(DM, b"x")),
            ("", wap::EMAIL, Payload::Email(b"x")),
            ("", 4, Payload::Other("0x0000".into(), b"x")),
        ] {
            let push = wap::wrap_as(ContentType::from_media_type(name), id, b"x", 0);
            assert_eq!(Payload::unpack(&sms(&push)), Ok(expected), "{name} {id}");
        }
    }

    #[test]
    fn san_006_forms_are_told_apart() {
        for fixture in testdata::all(testdata::Kind::San) {
            let told = Payload::new(None, fixture.bytes);
            let expected = Payload::Notification(DS, fixture.bytes);
            assert_eq!(told, expected, "{}", fixture.name);
        }
        for name in [
            "message/notification-1.1.xml",
            "message/notification-1.1.wbxml",
        ] {
            let fixture = testdata::get(name).expect("is in the collection");
            assert_eq!(
                Payload::unpack(fixture.bytes),
                Ok(Payload::Message(fixture.bytes))
            );
            let told = Payload::new(Some(fixture.media_type), fixture.bytes);
            assert_eq!(told, Payload::Message(fixture.bytes));
        }
        for (bytes, expected) in [
            (&b"\x02\x9f\x53\x6a\x00\x6d"[..], "message"),
            (
                b"\x02\x00\x00\x6a\x1d-//SYNCML//DTD SyncML 1.1//EN\x6d",
                "message",
            ),
            (b"\x01\x9f\x51\x6a\x00\x00\x00\xed", "message"),
            (b"\xEF\xBB\xBF <?xml version='1.0'?><x:SyncML", "message"),
            (b"\x03\x0d\x6a\x00\x85", "email"),
            (b" <emn mailbox", "email"),
            (b"<emn", "message"),
            (b"\x02\x9f\x53\x6a\x00\x45", "notification"),
            (b"\x02\x9f\x53\x6a\x05\x6d", "notification"),
            (b"\x02\x9f\x53\x55\x00\x6d", "notification"),
            (b"\x04\x9f\x53\x6a\x00\x6d", "notification"),
            (b"\x02", "notification"),
            (b"", "notification"),
        ] {
            let told = match Payload::new(None, bytes) {
                Payload::Message(_) => "message",
                Payload::Email(_) => "email",
                Payload::Notification(..) => "notification",
                Payload::Other(..) => "other",
            };
            assert_eq!(told, expected, "{bytes:?}");
        }
        let other = Payload::new(Some("text/plain; charset=utf-8"), b"x");
        assert_eq!(
            other,
            Payload::Other("text/plain; charset=utf-8".into(), b"x")
        );
    }

    #[test]
    fn san_011_a_broken_push_behind_its_port_is_told() {
        let error = Payload::unpack(b"\x06\x05\x04\x0B\x84\xC0\x02\x01\x05").expect_err("broken");
        assert_eq!(error.position(), 8);
        // One part of several is none that could be read.
        let parts = wdp::split(&[1; 200], wdp::Ports::PUSH, wdp::Reference::Short(1));
        let parts = parts.expect("two");
        assert!(matches!(
            Payload::unpack(&parts[0]),
            Ok(Payload::Notification(..))
        ));
    }
}
