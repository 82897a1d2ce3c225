//! Multi-byte integers (mb_u_int32): groups of seven bits, the highest first.

use alloc::vec::Vec;

/// Longest encoding of 32 bits.
const MAX_OCTETS: usize = 5;

/// Why an integer cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Truncated,
    TooLarge,
}

/// Reads the integer at the start of `bytes`; gives it and the number of its octets.
///
/// Leading zero groups are accepted, within five octets.
pub(crate) fn read(bytes: &[u8]) -> Result<(u32, usize), Fault> {
    let mut value = 0_u64;
    for (i, &octet) in bytes.iter().take(MAX_OCTETS).enumerate() {
        value = value << 7 | u64::from(octet & 0x7F);
        if octet & 0x80 == 0 {
            return u32::try_from(value)
                .map(|value| (value, i + 1))
                .map_err(|_| Fault::TooLarge);
        }
    }
    Err(if bytes.len() < MAX_OCTETS {
        Fault::Truncated
    } else {
        Fault::TooLarge
    })
}

/// Appends the shortest encoding of `value`.
#[inline]
pub(crate) fn write(out: &mut Vec<u8>, value: u32) {
    match value {
        0..0x80 => return out.push(value as u8),
        0x80..0x4000 => {
            return out.extend_from_slice(&[(value >> 7) as u8 | 0x80, value as u8 & 0x7F]);
        }
        _ => {}
    }
    for group in (1..len(value)).rev() {
        out.push((value >> (7 * group)) as u8 & 0x7F | 0x80);
    }
    out.push(value as u8 & 0x7F);
}

/// Number of octets of the shortest encoding of `value`.
pub(crate) const fn len(value: u32) -> usize {
    match value {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        0x20_0000..0x1000_0000 => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: u32) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, value);
        out
    }

    #[test]
    fn known_encodings() {
        for (value, octets) in [
            (0, &[0x00][..]),
            (0x7F, &[0x7F]),
            (0xA0, &[0x81, 0x20]),
            (0x0FD1, &[0x9F, 0x51]),
            (0x1201, &[0xA4, 0x01]),
            (u32::MAX, &[0x8F, 0xFF, 0xFF, 0xFF, 0x7F]),
        ] {
            assert_eq!(written(value), octets, "{value:#x}");
            assert_eq!(read(octets), Ok((value, octets.len())), "{value:#x}");
        }
    }

    #[test]
    fn length_is_that_of_the_encoding() {
        for shift in 0..32 {
            for value in [(1 << shift) - 1, 1 << shift, u32::MAX >> shift] {
                let octets = written(value);
                assert_eq!(octets.len(), len(value), "{value:#x}");
                assert_eq!(read(&octets), Ok((value, octets.len())), "{value:#x}");
            }
        }
    }

    #[test]
    fn padding_is_accepted() {
        assert_eq!(read(&[0x80, 0x9F, 0x53, 0xFF]), Ok((0x0FD3, 3)));
        assert_eq!(read(&[0x80, 0x80, 0x80, 0x80, 0x00]), Ok((0, 5)));
    }

    /// Requirement WBXML-007.
    #[test]
    fn overflow_and_truncation() {
        assert_eq!(read(&[0x90, 0x80, 0x80, 0x80, 0x00]), Err(Fault::TooLarge));
        assert_eq!(
            read(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x00]),
            Err(Fault::TooLarge)
        );
        assert_eq!(read(&[0xFF, 0xFF, 0xFF, 0xFF, 0x7F]), Err(Fault::TooLarge));
        assert_eq!(read(&[]), Err(Fault::Truncated));
        assert_eq!(read(&[0x81]), Err(Fault::Truncated));
    }
}
