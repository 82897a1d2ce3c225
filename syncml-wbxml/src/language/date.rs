//! Dates in attributes: two digits an octet, trailing zero octets left out.

use alloc::string::String;
use alloc::vec::Vec;

/// Octets of a whole date with time.
const LEN: usize = 7;
/// Octets of a date without time.
const DATE_LEN: usize = 4;

/// The text of a date, such as `2026-01-02T03:04:05Z`; `None` if the octets are none.
pub(super) fn decode(octets: &[u8]) -> Option<String> {
    if !(DATE_LEN..=LEN).contains(&octets.len()) {
        return None;
    }
    let mut text = String::with_capacity(20);
    for at in 0..LEN {
        let octet = octets.get(at).copied().unwrap_or_default();
        text.push(char::from_digit((octet >> 4).into(), 10)?);
        text.push(char::from_digit((octet & 0x0F).into(), 10)?);
        text.push_str(match at {
            0 => "",
            1 | 2 => "-",
            3 => "T",
            4 | 5 => ":",
            _ => "Z",
        });
    }
    Some(text)
}

/// The octets of a date; `None` unless the text is one to the second in UTC.
pub(super) fn encode(text: &str) -> Option<Vec<u8>> {
    let mut digits = text.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0');
    let mut octets = Vec::with_capacity(LEN);
    while let (Some(high), Some(low)) = (digits.next(), digits.next()) {
        octets.push(high << 4 | low);
    }
    while octets.len() > DATE_LEN && octets.last() == Some(&0) {
        octets.pop();
    }
    // Only what would be read as the same text.
    (decode(&octets)? == text).then_some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        for (text, octets) in [
            ("2026-01-02T03:04:05Z", &[0x20, 0x26, 1, 2, 3, 4, 5][..]),
            ("1999-06-25T15:23:00Z", &[0x19, 0x99, 6, 0x25, 0x15, 0x23]),
            ("2002-06-30T00:00:00Z", &[0x20, 2, 6, 0x30]),
        ] {
            assert_eq!(decode(octets).as_deref(), Some(text));
            assert_eq!(encode(text).as_deref(), Some(octets));
        }
        for octets in [
            &[][..],
            &[0x20, 0x26, 1],
            &[0x20, 0x26, 1, 2, 3, 4, 5, 6],
            &[0x2A; 7],
        ] {
            assert_eq!(decode(octets), None);
        }
        for text in [
            "",
            "2026-01-02",
            "2026-01-02T03:04:05",
            "20260102T030405Z",
            "tomorrow",
        ] {
            assert_eq!(encode(text), None, "{text}");
        }
    }
}
