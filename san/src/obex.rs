//! Notifications over Object Exchange: Bluetooth, USB, infrared `[OBEX]`.
//!
//! The server is the one that connects: CONNECT with a target, then one PUT with the notification. [`Sender`] makes its
//! packets and reads the answers, [`Receiver`] is the device's side. Neither opens anything; the sync itself, in which the
//! server GETs and PUTs messages over the same connection, is no matter of theirs.
//!
//! ```
//! use san::Application;
//! use san::obex::{Receiver, Sender, Sent};
//!
//! let mut sender = Sender::new(Application::DataSync, "application/vnd.syncml.ds.notification", b"...");
//! let mut receiver = Receiver::default();
//! let mut got = None;
//! let mut packet = sender.first();
//! let ending = loop {
//!     let answer = receiver.take(&packet);
//!     got = got.or(answer.put);
//!     match sender.answered(&answer.response)? {
//!         Sent::More(next) => packet = next,
//!         ending => break ending,
//!     }
//! };
//! assert_eq!(ending, Sent::Accepted);
//! assert_eq!(got.unwrap().body, b"...");
//! # Ok::<(), san::ParseError>(())
//! ```

use crate::body::Cursor;
use crate::error::{ParseError, ParseErrorKind};
use crate::notification::Application;

/// Largest packet we take, which is the largest there is.
const MAX_PACKET: u16 = u16::MAX;
/// Smallest one that every implementation has to take.
const MIN_PACKET: u16 = 255;
/// Octets a packet begins with: code and length.
const PREFIX: usize = 3;
/// Octets of a header of sequence type before its value.
const HEADER: usize = 3;

/// Operations, with the bit that says "last packet of it".
const CONNECT: u8 = 0x80;
const DISCONNECT: u8 = 0x81;
const PUT: u8 = 0x02;
const ABORT: u8 = 0xFF;
const FINAL: u8 = 0x80;

/// Headers.
const TYPE: u8 = 0x42;
const TARGET: u8 = 0x46;
const BODY: u8 = 0x48;
const END_OF_BODY: u8 = 0x49;
const WHO: u8 = 0x4A;
const LENGTH: u8 = 0xC3;
const CONNECTION: u8 = 0xCB;

impl Application {
    /// What an OBEX connection for it is made to, `Target`.
    #[must_use]
    pub const fn obex_target(self) -> &'static str {
        match self {
            Self::DataSync => "SYNCML-SYNC",
            Self::DeviceManagement => "SYNCML-DM",
        }
    }
}

/// What the answer to a packet says, with the bit that marks the last packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Response(u8);

#[rustfmt::skip]
impl Response {
    /// Go on.
    pub const CONTINUE: Self = Self(0x90);
    /// Done.
    pub const SUCCESS: Self = Self(0xA0);
    /// The packet makes no sense.
    pub const BAD_REQUEST: Self = Self(0xC0);
    /// The notification is refused: phones say so to a version or a sync type they have not. Another form may do.
    pub const FORBIDDEN: Self = Self(0xC3);
    /// No such target or connection.
    pub const NOT_FOUND: Self = Self(0xC4);
    /// More than is taken.
    pub const TOO_LARGE: Self = Self(0xCD);
    /// No such operation.
    pub const NOT_IMPLEMENTED: Self = Self(0xD1);
    /// Not now.
    pub const UNAVAILABLE: Self = Self(0xD3);

    /// The code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0
    }
}

/// A packet taken apart, as far as it concerns us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Packet<'a> {
    code: u8,
    /// Of a CONNECT and its answer.
    max_packet: u16,
    target: Option<&'a [u8]>,
    connection: Option<u32>,
    media_type: Option<&'a [u8]>,
    length: Option<u32>,
    body: Vec<&'a [u8]>,
}

impl<'a> Packet<'a> {
    /// `connects`: the octets that CONNECT and its answer have before the headers.
    fn read(bytes: &'a [u8], connects: bool) -> Result<Self, ParseError> {
        let mut cursor = Cursor::new(bytes);
        let mut packet = Self {
            code: cursor.byte("packet")?,
            ..Self::default()
        };
        let len = u16::from_be_bytes(cursor.array("packet length")?);
        if usize::from(len) != bytes.len() {
            return Err(ParseError::new(ParseErrorKind::NotObex, 1));
        }
        if connects {
            let [_version, _flags, high, low] = cursor.array("connect fields")?;
            packet.max_packet = u16::from_be_bytes([high, low]).max(MIN_PACKET);
        }
        while !cursor.rest().is_empty() {
            packet.header(&mut cursor)?;
        }
        Ok(packet)
    }

    fn header(&mut self, cursor: &mut Cursor<'a>) -> Result<(), ParseError> {
        let name = cursor.byte("header")?;
        // The two highest bits tell the form.
        match name >> 6 {
            0 | 1 => {
                let at = cursor.position();
                let len = u16::from_be_bytes(cursor.array("header length")?);
                let len = usize::from(len).checked_sub(HEADER);
                let len = len.ok_or_else(|| ParseError::new(ParseErrorKind::NotObex, at))?;
                let value = cursor.take(len, "header value")?;
                match name {
                    TYPE => self.media_type = Some(value),
                    TARGET => self.target = Some(value),
                    BODY | END_OF_BODY => self.body.push(value),
                    _ => {}
                }
            }
            2 => {
                cursor.byte("header value")?;
            }
            _ => {
                let value = u32::from_be_bytes(cursor.array("header value")?);
                match name {
                    CONNECTION => self.connection = Some(value),
                    LENGTH => self.length = Some(value),
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// Writes a packet. What it holds is known to fit.
fn packet(code: u8, parts: &[&[u8]]) -> Vec<u8> {
    let rest = parts.concat();
    let len = u16::try_from(PREFIX + rest.len()).unwrap_or(u16::MAX);
    [&[code][..], &len.to_be_bytes(), &rest].concat()
}

fn sequence(name: u8, value: &[u8]) -> Vec<u8> {
    let len = u16::try_from(HEADER + value.len()).unwrap_or(u16::MAX);
    [&[name][..], &len.to_be_bytes(), value].concat()
}

fn number(name: u8, value: u32) -> Vec<u8> {
    [&[name][..], &value.to_be_bytes()].concat()
}

/// What CONNECT and its answer have before the headers: version 1.0, no flags, the largest packet we take.
fn connect_fields() -> [u8; 4] {
    let [high, low] = MAX_PACKET.to_be_bytes();
    [0x10, 0, high, low]
}

/// The server's side of one notification.
#[derive(Clone, Debug)]
pub struct Sender {
    application: Application,
    media_type: String,
    body: Vec<u8>,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Connecting,
    Putting {
        connection: Option<u32>,
        max_packet: u16,
        /// Octets of the body that were sent.
        sent: usize,
    },
    Over,
}

/// What an answer leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sent {
    /// Send this packet next.
    More(Vec<u8>),
    /// The notification is taken. The connection stays, for the messages of the session.
    Accepted,
    /// It is not: by this answer.
    Refused(Response),
}

impl Sender {
    /// What is to be sent, under which media type.
    pub fn new(application: Application, media_type: impl Into<String>, body: &[u8]) -> Self {
        Self {
            application,
            media_type: media_type.into(),
            body: body.to_vec(),
            state: State::Connecting,
        }
    }

    /// The packet that connects.
    #[must_use]
    pub fn first(&self) -> Vec<u8> {
        let target = sequence(TARGET, self.application.obex_target().as_bytes());
        packet(CONNECT, &[&connect_fields(), &target])
    }

    /// Takes the answer to the last packet.
    ///
    /// # Errors
    /// [`ParseErrorKind::NotObex`] and [`ParseErrorKind::Truncated`] if it is none.
    pub fn answered(&mut self, response: &[u8]) -> Result<Sent, ParseError> {
        let code = Response(response.first().copied().unwrap_or_default() | FINAL);
        match self.state {
            State::Connecting if code == Response::SUCCESS => {
                let packet = Packet::read(response, true)?;
                self.put(packet.connection, packet.max_packet, 0)
            }
            State::Putting {
                connection,
                max_packet,
                sent,
            } if code == Response::CONTINUE && sent < self.body.len() => {
                self.put(connection, max_packet, sent)
            }
            State::Putting { sent, .. } if code == Response::SUCCESS && sent == self.body.len() => {
                self.state = State::Over;
                Ok(Sent::Accepted)
            }
            _ => {
                Packet::read(response, false)?;
                self.state = State::Over;
                Ok(Sent::Refused(code))
            }
        }
    }

    /// The next packet with a piece of the body.
    fn put(
        &mut self,
        connection: Option<u32>,
        max_packet: u16,
        sent: usize,
    ) -> Result<Sent, ParseError> {
        let mut headers = connection.map_or_else(Vec::new, |id| number(CONNECTION, id));
        if sent == 0 {
            let media_type = format!("{}\0", self.media_type);
            headers.extend(sequence(TYPE, media_type.as_bytes()));
            let len = u32::try_from(self.body.len()).unwrap_or(u32::MAX);
            headers.extend(number(LENGTH, len));
        }
        let room = usize::from(max_packet).checked_sub(PREFIX + headers.len() + HEADER);
        let not_obex = ParseError::new(ParseErrorKind::NotObex, 0);
        let room = room.filter(|room| *room > 0).ok_or(not_obex)?;
        let rest = self.body.get(sent..).unwrap_or_default();
        let (piece, left) = rest.split_at(room.min(rest.len()));
        let (code, name) = match left {
            [] => (PUT | FINAL, END_OF_BODY),
            _ => (PUT, BODY),
        };
        self.state = State::Putting {
            connection,
            max_packet,
            sent: sent + piece.len(),
        };
        Ok(Sent::More(packet(
            code,
            &[&headers, &sequence(name, piece)],
        )))
    }
}

/// Something that was put.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Put {
    /// The `Type` header. None: there was none, and the octets have to tell.
    pub media_type: Option<String>,
    /// What was put.
    pub body: Vec<u8>,
}

/// The answer to a packet, and what was put with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The packet to send.
    pub response: Vec<u8>,
    /// What is complete with it.
    pub put: Option<Put>,
}

/// The device's side of one connection, for either application: it takes notifications of up to 64 KiB.
#[derive(Clone, Debug, Default)]
pub struct Receiver {
    connected: bool,
    media_type: Option<String>,
    body: Vec<u8>,
}

impl Receiver {
    /// The only connection there is has this number.
    const CONNECTION: u32 = 1;

    /// Takes a whole packet. What makes no sense is answered as the protocol has it.
    pub fn take(&mut self, bytes: &[u8]) -> Answer {
        let done = match bytes.first() {
            Some(&CONNECT) => self.connect(bytes),
            Some(&(PUT | 0x82)) => self.put(bytes),
            Some(&DISCONNECT | &ABORT) => {
                self.body.clear();
                self.connected &= bytes.first() == Some(&ABORT);
                Ok((packet(Response::SUCCESS.code(), &[]), None))
            }
            Some(_) => Err(Response::NOT_IMPLEMENTED),
            None => Err(Response::BAD_REQUEST),
        };
        let (response, put) = done.unwrap_or_else(|refusal: Response| {
            self.body.clear();
            (packet(refusal.code(), &[]), None)
        });
        Answer { response, put }
    }

    fn connect(&mut self, bytes: &[u8]) -> Result<(Vec<u8>, Option<Put>), Response> {
        let connect = Packet::read(bytes, true).map_err(|_| Response::BAD_REQUEST)?;
        let target = connect.target.ok_or(Response::BAD_REQUEST)?;
        // Some count a NUL in.
        let name = target.strip_suffix(&[0]).unwrap_or(target);
        let is_ours = [Application::DataSync, Application::DeviceManagement]
            .map(|application| application.obex_target().as_bytes())
            .contains(&name);
        if !is_ours {
            return Err(Response::NOT_FOUND);
        }
        if std::mem::replace(&mut self.connected, true) {
            return Err(Response::UNAVAILABLE);
        }
        let headers = [number(CONNECTION, Self::CONNECTION), sequence(WHO, target)];
        let code = Response::SUCCESS.code();
        let [connection, who] = &headers;
        let response = packet(code, &[&connect_fields(), connection, who]);
        Ok((response, None))
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(Vec<u8>, Option<Put>), Response> {
        let put = Packet::read(bytes, false).map_err(|_| Response::BAD_REQUEST)?;
        if !self.connected {
            return Err(Response::UNAVAILABLE);
        }
        if put.connection.is_some_and(|id| id != Self::CONNECTION) {
            return Err(Response::NOT_FOUND);
        }
        let announced = put.length.unwrap_or_default();
        if usize::try_from(announced).is_ok_and(|len| len > crate::MAX_LEN) {
            return Err(Response::TOO_LARGE);
        }
        if self.body.is_empty() {
            self.media_type = None;
        }
        if let Some(media_type) = put.media_type {
            let media_type = media_type.strip_suffix(&[0]).unwrap_or(media_type);
            self.media_type = Some(String::from_utf8_lossy(media_type).into_owned());
        }
        for piece in &put.body {
            if self.body.len() + piece.len() > crate::MAX_LEN {
                return Err(Response::TOO_LARGE);
            }
            self.body.extend_from_slice(piece);
        }
        if put.code & FINAL == 0 {
            return Ok((packet(Response::CONTINUE.code(), &[]), None));
        }
        let put = Put {
            media_type: self.media_type.take(),
            body: std::mem::take(&mut self.body),
        };
        Ok((packet(Response::SUCCESS.code(), &[]), Some(put)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEDIA_TYPE: &str = "application/vnd.syncml.ds.notification";

    fn run(
        sender: &mut Sender,
        mut answer: impl FnMut(&[u8]) -> Answer,
    ) -> (Sent, Vec<Vec<u8>>, Option<Put>) {
        let mut packets = vec![sender.first()];
        let mut got = None;
        loop {
            let Answer { response, put } = answer(packets.last().expect("one"));
            got = got.or(put);
            match sender.answered(&response).expect("an answer") {
                Sent::More(next) => packets.push(next),
                ending => return (ending, packets, got),
            }
        }
    }

    #[test]
    fn packets_are_as_others_write_them() {
        let mut sender = Sender::new(Application::DataSync, MEDIA_TYPE, b"body");
        let mut receiver = Receiver::default();
        let (ending, packets, got) = run(&mut sender, |packet| receiver.take(packet));
        assert_eq!(ending, Sent::Accepted);
        assert_eq!(
            packets[0],
            b"\x80\x00\x15\x10\x00\xFF\xFF\x46\x00\x0ESYNCML-SYNC"
        );
        let put = [
            &b"\x82\x00\x3E\xCB\x00\x00\x00\x01\x42\x00\x2A"[..],
            MEDIA_TYPE.as_bytes(),
            b"\x00\xC3\x00\x00\x00\x04\x49\x00\x07body",
        ];
        assert_eq!(packets[1], put.concat());
        let got = got.expect("put");
        assert_eq!(
            (got.media_type.as_deref(), &got.body[..]),
            (Some(MEDIA_TYPE), &b"body"[..])
        );
        assert_eq!(
            receiver.take(b"\x81\x00\x03").response,
            b"\xA0\x00\x03",
            "disconnects"
        );
    }

    #[test]
    fn small_packets_carry_pieces() {
        let body: Vec<u8> = (0..=255).cycle().take(2000).collect();
        let mut sender = Sender::new(Application::DeviceManagement, "x/y", &body);
        let mut receiver = Receiver::default();
        let (ending, packets, got) = run(&mut sender, |packet| {
            let mut answer = receiver.take(packet);
            if packet[0] == CONNECT {
                // The smallest packets there are.
                answer.response[5..7].copy_from_slice(&[0, 1]);
            }
            answer
        });
        assert_eq!((ending, got.expect("put").body), (Sent::Accepted, body));
        assert!(packets.len() > 8);
        assert!(packets.iter().all(|packet| packet.len() <= 255));
        assert!(packets[1..packets.len() - 1].iter().all(|p| p[0] == PUT));
    }

    /// A phone that refuses the form of 1.2 says 0x43.
    #[test]
    fn refusals() {
        let mut sender = Sender::new(Application::DataSync, MEDIA_TYPE, b"body");
        let mut receiver = Receiver::default();
        let (ending, ..) = run(&mut sender, |packet| match packet[0] {
            CONNECT => receiver.take(packet),
            _ => Answer {
                response: b"\xC3\x00\x03".to_vec(),
                put: None,
            },
        });
        assert_eq!(ending, Sent::Refused(Response::FORBIDDEN));

        let mut sender = Sender::new(Application::DataSync, MEDIA_TYPE, b"body");
        let ending = sender.answered(b"\xC4\x00\x03").expect("an answer");
        assert_eq!(ending, Sent::Refused(Response::NOT_FOUND));
        let mut sender = Sender::new(Application::DataSync, MEDIA_TYPE, b"body");
        assert!(sender.answered(b"\xA0\x00\x09").is_err());
        assert!(sender.answered(b"").is_err());
    }

    #[test]
    fn what_a_receiver_says_to_nonsense() {
        let mut receiver = Receiver::default();
        let mut code = |bytes: &[u8]| Response(receiver.take(bytes).response[0]);
        for (bytes, expected) in [
            (&b""[..], Response::BAD_REQUEST),
            (b"\x82\x00\x03", Response::UNAVAILABLE),
            (b"\x80\x00\x07\x10\x00\xFF\xFF", Response::BAD_REQUEST),
            (
                b"\x80\x00\x0C\x10\x00\xFF\xFF\x46\x00\x05XY",
                Response::NOT_FOUND,
            ),
            (b"\x80\x00\x08\x10\x00\xFF\xFF\x46", Response::BAD_REQUEST),
            (b"\x85\x00\x05\x00\x00", Response::NOT_IMPLEMENTED),
            (
                b"\x80\x00\x16\x10\x00\xFF\xFF\x46\x00\x0FSYNCML-SYNC\x00",
                Response::SUCCESS,
            ),
            (
                b"\x80\x00\x15\x10\x00\xFF\xFF\x46\x00\x0ESYNCML-SYNC",
                Response::UNAVAILABLE,
            ),
            (b"\x82\x00\x08\xCB\x00\x00\x00\x02", Response::NOT_FOUND),
            (b"\x82\x00\x06\x49\x00\x02", Response::BAD_REQUEST),
            (b"\x82\x00\x08\xC3\x00\x02\x00\x00", Response::TOO_LARGE),
            (b"\x82\x00\x09\x49\x00\x03", Response::BAD_REQUEST),
            // Headers of every form that are not ours.
            (
                b"\x82\x00\x0F\x01\x00\x05ab\x93\x00\xC0\x00\x00\x00\x00",
                Response::SUCCESS,
            ),
            (b"\x02\x00\x07\x48\x00\x04x", Response::CONTINUE),
            (b"\xFF\x00\x03", Response::SUCCESS),
        ] {
            assert_eq!(code(bytes), expected, "{bytes:?}");
        }
        // What was cut off is gone, and there is no end to pieces but the limit.
        let last = receiver.take(b"\x82\x00\x07\x49\x00\x04z").put;
        assert_eq!(last.map(|put| put.body), Some(b"z".to_vec()));
        let piece = packet(PUT, &[&sequence(BODY, &[0; 60_000])]);
        assert_eq!(receiver.take(&piece).response[0], 0x90);
        assert_eq!(receiver.take(&piece).response[0], 0xCD);
        assert!(receiver.body.is_empty());
    }
}
