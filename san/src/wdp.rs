//! Ports and parts of short messages: the user data header `[WDP]`, `[3GPP TS 23.040]`.
//!
//! A datagram for a port travels as the user data of one SMS, or in parts in several. Each SMS begins with a header that
//! says where to and which part it is; [`split`] writes them, [`UserData::read`] reads one, and [`Joiner`] puts the parts
//! together again. Whether an SMS begins with such a header is told beside its user data (the flag UDHI).
//!
//! ```
//! use san::wdp::{Joiner, Ports, Reference, UserData, split};
//!
//! let push = vec![7; 200];
//! let parts = split(&push, Ports::PUSH, Reference::Short(42)).unwrap();
//! assert_eq!(parts.len(), 2);
//! let mut joiner = Joiner::default();
//! assert_eq!(joiner.take("+4912345", UserData::read(&parts[1])?), None);
//! let whole = joiner.take("+4912345", UserData::read(&parts[0])?).unwrap();
//! assert_eq!((whole.ports, whole.body), (Some(Ports::PUSH), push));
//! # Ok::<(), san::ParseError>(())
//! ```

use std::collections::VecDeque;

use crate::body::Cursor;
use crate::error::{ParseError, ParseErrorKind};

/// Octets of user data in one SMS, header included.
pub const SMS: usize = 140;

/// Datagrams of which parts have come and others have not, at most; the oldest makes room.
const OPEN: usize = 16;

/// Information elements.
const PART: u8 = 0x00;
const SHORT_PORTS: u8 = 0x04;
const PORTS: u8 = 0x05;
const LONG_PART: u8 = 0x08;

/// Where a datagram goes and where it is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "that is all an element holds")]
pub struct Ports {
    /// Of the receiver: 2948 for pushes.
    pub destination: u16,
    /// Of the sender; any will do.
    pub source: u16,
}

impl Ports {
    /// A WAP push, from the source port that others write, too.
    pub const PUSH: Self = Self {
        destination: crate::wap::PORT,
        source: 49_154,
    };

    /// Whether a push is received there, over TLS or not.
    #[must_use]
    pub const fn is_push(self) -> bool {
        matches!(self.destination, crate::wap::PORT | crate::wap::SECURE_PORT)
    }

    const fn element(self) -> [u8; 6] {
        let [d, e] = self.destination.to_be_bytes();
        let [s, t] = self.source.to_be_bytes();
        [PORTS, 4, d, e, s, t]
    }
}

/// Number that the parts of one datagram have in common, in either of its sizes. A sender counts them up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there are two sizes")]
pub enum Reference {
    /// 8 bits: what every receiver knows.
    Short(u8),
    /// 16 bits.
    Long(u16),
}

impl Reference {
    fn element(self, total: u8, number: u8) -> Vec<u8> {
        match self {
            Self::Short(reference) => vec![PART, 3, reference, total, number],
            Self::Long(reference) => {
                let [high, low] = reference.to_be_bytes();
                vec![LONG_PART, 4, high, low, total, number]
            }
        }
    }
}

/// Which part of a datagram an SMS holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "that is all an element holds")]
pub struct Part {
    /// What the parts have in common.
    pub reference: Reference,
    /// How many there are.
    pub total: u8,
    /// Which one this is, from 1.
    pub number: u8,
}

/// Writes a datagram as the user data of as many SMS as it takes: one without a reference where it fits. None: it takes
/// more than 255.
#[must_use]
pub fn split(datagram: &[u8], ports: Ports, reference: Reference) -> Option<Vec<Vec<u8>>> {
    let sms = |elements: &[&[u8]], data: &[u8]| {
        let header = elements.concat();
        let mut out = vec![u8::try_from(header.len()).unwrap_or(u8::MAX)];
        out.extend_from_slice(&header);
        out.extend_from_slice(data);
        out
    };
    let ports = ports.element();
    if datagram.len() + ports.len() < SMS {
        return Some(vec![sms(&[&ports], datagram)]);
    }
    let room = SMS - 1 - ports.len() - reference.element(0, 0).len();
    let total = u8::try_from(datagram.len().div_ceil(room)).ok()?;
    let parts = (1..=total).zip(datagram.chunks(room));
    Some(
        parts
            .map(|(number, data)| sms(&[&ports, &reference.element(total, number)], data))
            .collect(),
    )
}

/// User data of one SMS, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserData<'a> {
    /// Where it goes. None: nothing is said.
    pub ports: Option<Ports>,
    /// Which part it is. None: it is the whole.
    pub part: Option<Part>,
    /// What comes behind the header.
    pub body: &'a [u8],
}

impl<'a> UserData<'a> {
    /// Reads user data that begins with a header. Elements that are not known are passed over.
    ///
    /// # Errors
    /// [`ParseErrorKind::Truncated`]; [`ParseErrorKind::UserData`] for a part that cannot be, such as number 3 of 2.
    pub fn read(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let mut cursor = Cursor::new(bytes);
        let len = cursor.byte("user data header length")?;
        let header = cursor.take(usize::from(len), "user data header")?;
        let (mut ports, mut part) = (None, None);
        let mut elements = Cursor::new(header);
        while !elements.rest().is_empty() {
            let at = 1 + elements.position();
            let element = elements.element().map_err(|error| error.moved(1))?;
            match element {
                (PORTS, &[d, e, s, t]) => {
                    ports = Some(Ports {
                        destination: u16::from_be_bytes([d, e]),
                        source: u16::from_be_bytes([s, t]),
                    });
                }
                (SHORT_PORTS, &[destination, source]) => {
                    ports = Some(Ports {
                        destination: destination.into(),
                        source: source.into(),
                    });
                }
                (PART, &[reference, total, number]) => {
                    part = Some((at, Reference::Short(reference), total, number));
                }
                (LONG_PART, &[high, low, total, number]) => {
                    let reference = Reference::Long(u16::from_be_bytes([high, low]));
                    part = Some((at, reference, total, number));
                }
                _ => {}
            }
        }
        let part = match part {
            None => None,
            Some((_, reference, total, number)) if (1..=total).contains(&number) => Some(Part {
                reference,
                total,
                number,
            }),
            Some((at, ..)) => return Err(ParseError::new(ParseErrorKind::UserData, at)),
        };
        let body = cursor.rest();
        Ok(Self { ports, part, body })
    }
}

impl<'a> Cursor<'a> {
    /// An information element: its name and its value.
    fn element(&mut self) -> Result<(u8, &'a [u8]), ParseError> {
        let name = self.byte("information element")?;
        let len = self.byte("information element length")?;
        let value = self.take(usize::from(len), "information element value")?;
        Ok((name, value))
    }
}

/// A datagram put together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Datagram {
    /// Where it goes. None: nothing is said.
    pub ports: Option<Ports>,
    /// What it carries.
    pub body: Vec<u8>,
}

/// Puts parts together, in whatever order and however often they come.
///
/// It holds 16 unfinished datagrams at most, which is less than 600 KiB: parts that never get complete make room for
/// others.
#[derive(Clone, Debug, Default)]
pub struct Joiner {
    open: VecDeque<Open>,
}

/// A datagram of which parts are missing.
#[derive(Clone, Debug)]
struct Open {
    sender: String,
    reference: Reference,
    ports: Option<Ports>,
    parts: Vec<Option<Vec<u8>>>,
}

impl Joiner {
    /// Takes what came from a sender, and gives the datagram that is complete with it. Parts belong together that have
    /// the sender, the reference, their count and the ports in common.
    pub fn take(&mut self, sender: &str, data: UserData<'_>) -> Option<Datagram> {
        let UserData { ports, part, body } = data;
        let Some(part) = part else {
            let body = body.to_vec();
            return Some(Datagram { ports, body });
        };
        let total = usize::from(part.total);
        let belongs = |open: &Open| {
            open.sender == sender
                && open.reference == part.reference
                && open.parts.len() == total
                && open.ports == ports
        };
        let found = self.open.iter().position(belongs);
        let mut open = match found {
            Some(at) => self.open.remove(at)?,
            None => Open {
                sender: sender.to_owned(),
                reference: part.reference,
                ports,
                parts: vec![None; total],
            },
        };
        if let Some(place) = open.parts.get_mut(usize::from(part.number).checked_sub(1)?) {
            place.get_or_insert_with(|| body.to_vec());
        }
        if open.parts.iter().all(Option::is_some) {
            let body = open.parts.into_iter().flatten().flatten().collect();
            return Some(Datagram { ports, body });
        }
        if self.open.len() == OPEN {
            self.open.pop_front();
        }
        self.open.push_back(open);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(parts: &[Vec<u8>]) -> Option<Datagram> {
        let mut joiner = Joiner::default();
        let mut whole = None;
        for part in parts {
            whole = joiner.take("sender", UserData::read(part).expect("reads"));
        }
        whole
    }

    /// One SMS holds 133 octets behind the ports, and parts 128 or 127.
    #[test]
    fn san_010_sizes_of_short_messages() {
        for (reference, room) in [(Reference::Short(7), 128), (Reference::Long(0x1234), 127)] {
            for (len, sizes) in [
                (0, vec![7]),
                (133, vec![SMS]),
                (134, vec![SMS, 140 - room + 134 - room]),
                (2 * room, vec![SMS, SMS]),
                (2 * room + 1, vec![SMS, SMS, 140 - room + 1]),
            ] {
                let datagram: Vec<u8> = (0..=255).cycle().take(len).collect();
                let parts = split(&datagram, Ports::PUSH, reference).expect("few parts");
                let lens: Vec<usize> = parts.iter().map(Vec::len).collect();
                assert_eq!(lens, sizes, "{reference:?} {len}");
                let whole = join(&parts).expect("complete");
                assert_eq!((whole.ports, whole.body), (Some(Ports::PUSH), datagram));
            }
            let most = vec![0; room * 255];
            assert_eq!(
                split(&most, Ports::PUSH, reference).map(|p| p.len()),
                Some(255)
            );
            assert_eq!(
                split(&vec![0; room * 255 + 1], Ports::PUSH, reference),
                None
            );
        }
    }

    #[test]
    fn san_010_headers_are_written_as_others_write_them() {
        let single = split(b"x", Ports::PUSH, Reference::Short(9)).expect("one");
        assert_eq!(single, [b"\x06\x05\x04\x0B\x84\xC0\x02x".to_vec()]);
        let long = vec![b'y'; 134];
        let short = split(&long, Ports::PUSH, Reference::Short(9)).expect("two");
        assert_eq!(
            short[1][..13],
            *b"\x0B\x05\x04\x0B\x84\xC0\x02\x00\x03\x09\x02\x02y"
        );
        let wide = split(&long, Ports::PUSH, Reference::Long(0x0109)).expect("two");
        assert_eq!(
            wide[0][..14],
            *b"\x0C\x05\x04\x0B\x84\xC0\x02\x08\x04\x01\x09\x02\x01y"
        );
    }

    #[test]
    fn san_010_other_orders_and_elements() {
        // The part before the ports, something else between them, ports of eight bits.
        let data = UserData::read(b"\x0E\x00\x03\x05\x02\x01\x24\x01\x01\x04\x02\xE2\xF0\x70\x00z");
        let data = data.expect("reads");
        let ports = Ports {
            destination: 0xE2,
            source: 0xF0,
        };
        assert_eq!((data.ports, data.body), (Some(ports), &b"z"[..]));
        assert!(!ports.is_push() && Ports::PUSH.is_push());
        let part = data.part.expect("a part");
        assert_eq!(
            (part.reference, part.total, part.number),
            (Reference::Short(5), 2, 1)
        );
        // No header at all but its length.
        let none = UserData::read(b"\x00abc").expect("reads");
        assert_eq!(
            (none.ports, none.part, none.body),
            (None, None, &b"abc"[..])
        );
    }

    #[test]
    fn san_011_headers_that_cannot_be() {
        for (bytes, at) in [
            (&b""[..], 0),
            (b"\x06\x05\x04\x0B", 1),
            (b"\x01\x05", 2),
            (b"\x03\x05\x04\x0B", 3),
            (b"\x05\x00\x03\x01\x02\x03", 1),
            (b"\x05\x00\x03\x01\x02\x00", 1),
            (b"\x05\x00\x03\x01\x00\x00", 1),
        ] {
            let error = UserData::read(bytes).expect_err("cannot be");
            assert_eq!(error.position(), at, "{bytes:?} {error}");
        }
    }

    #[test]
    fn san_011_parts_of_others_do_not_mix_and_do_not_pile_up() {
        let datagram = vec![1; 300];
        let parts = split(&datagram, Ports::PUSH, Reference::Short(1)).expect("three");
        let read = |n: usize| UserData::read(&parts[n]).expect("reads");
        let mut joiner = Joiner::default();
        assert_eq!(joiner.take("a", read(0)), None);
        assert_eq!(joiner.take("b", read(1)), None);
        assert_eq!(joiner.take("a", read(1)), None);
        assert_eq!(joiner.take("a", read(1)), None, "the same once more");
        assert_eq!(
            joiner.take("a", read(2)).map(|whole| whole.body),
            Some(datagram)
        );
        for number in 0..100 {
            assert_eq!(joiner.take(&number.to_string(), read(0)), None);
        }
        assert_eq!(joiner.open.len(), OPEN);
        // What was there first has made room, so its other parts do not complete it.
        assert_eq!(joiner.take("b", read(2)), None);
        assert_eq!(joiner.take("b", read(0)), None);
    }
}
