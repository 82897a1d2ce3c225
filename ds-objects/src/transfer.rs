//! Transfer encodings of values: quoted-printable and base64.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// How a value is packed into its line, parameter `ENCODING` or its bare form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transfer {
    /// As it is (`7BIT`, `8BIT` or nothing said).
    Plain,
    /// Quoted-printable, old family only by the book; read everywhere.
    QuotedPrintable,
    /// Base64, also written `B`.
    Base64,
}

impl Transfer {
    /// The encoding with this name, any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        const NAMES: [(&str, Transfer); 7] = [
            ("7BIT", Transfer::Plain),
            ("8BIT", Transfer::Plain),
            ("QUOTED-PRINTABLE", Transfer::QuotedPrintable),
            ("Q", Transfer::QuotedPrintable),
            ("BASE64", Transfer::Base64),
            ("B", Transfer::Base64),
            ("BASE-64", Transfer::Base64),
        ];
        NAMES
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, transfer)| *transfer)
    }
}

/// Tolerates missing padding and set trailing bits, which phones produce.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Decodes base64; white space may stand anywhere. `None` if it is not base64.
#[must_use]
pub fn base64_decode(text: &[u8]) -> Option<Vec<u8>> {
    let packed: Vec<u8> = text
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    LENIENT.decode(packed).ok()
}

/// Encodes base64 on one line, padded.
#[must_use]
pub fn base64_encode(bytes: &[u8]) -> String {
    LENIENT.encode(bytes)
}

/// Decodes quoted-printable that has no soft line breaks left.
///
/// The flag is false if a `=` was not followed by two hex digits; such a `=` is taken as it stands.
#[must_use]
pub fn quoted_printable_decode(text: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(text.len());
    let mut valid = true;
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'=', rest) {
        let (plain, tail) = rest.split_at(at);
        let tail = tail.get(1..).unwrap_or_default();
        out.extend_from_slice(plain);
        rest = tail;
        match tail {
            [high, low, after @ ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = after;
                }
                _ => {
                    out.push(b'=');
                    valid = false;
                }
            },
            _ => {
                out.push(b'=');
                valid = false;
            }
        }
    }
    out.extend_from_slice(rest);
    (out, valid)
}

/// Encodes quoted-printable on one line, without soft breaks.
///
/// Encoded are `=`, controls, octets from 0x7F up and a blank at the end; line breaks in `bytes` become `=0D=0A` if they
/// are CR LF there.
#[must_use]
pub fn quoted_printable_encode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 2);
    quoted_printable_into(bytes, &mut out);
    out
}

/// The same, appended.
pub(crate) fn quoted_printable_into(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for (index, byte) in bytes.iter().enumerate() {
        let last = index + 1 == bytes.len();
        let literal =
            matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (matches!(byte, b' ' | b'\t') && !last);
        if literal {
            out.push(*byte);
        } else {
            out.push(b'=');
            out.extend(
                [byte >> 4, byte & 15]
                    .iter()
                    .filter_map(|n| DIGITS.get(usize::from(*n))),
            );
        }
    }
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_printable_both_ways() {
        let text = "Grüße = 50 % \r\n fin ".as_bytes();
        let packed = quoted_printable_encode(text);
        assert_eq!(packed, b"Gr=C3=BC=C3=9Fe =3D 50 % =0D=0A fin=20");
        assert_eq!(quoted_printable_decode(&packed), (text.to_vec(), true));
    }

    #[test]
    fn quoted_printable_faults_are_kept_and_reported() {
        for (text, decoded) in [
            ("a=", "a="),
            ("a=4", "a=4"),
            ("=XY", "=XY"),
            ("==41", "=A"),
            ("=c3=bc", "ü"),
        ] {
            let (bytes, valid) = quoted_printable_decode(text.as_bytes());
            assert_eq!(bytes, decoded.as_bytes());
            assert_eq!(valid, text == "=c3=bc");
        }
    }

    #[test]
    fn base64_is_lenient_about_layout_only() {
        assert_eq!(
            base64_decode(b" aGVs\tbG8 = ").as_deref(),
            Some(&b"hello"[..])
        );
        assert_eq!(base64_decode(b"aGVsbG8").as_deref(), Some(&b"hello"[..]));
        assert_eq!(base64_decode(b"aGVs*G8="), None);
        assert_eq!(base64_encode(b"hello"), "aGVsbG8=");
    }

    #[test]
    fn names() {
        assert_eq!(
            Transfer::from_name("quoted-printable"),
            Some(Transfer::QuotedPrintable)
        );
        assert_eq!(Transfer::from_name("b"), Some(Transfer::Base64));
        assert_eq!(Transfer::from_name("8bit"), Some(Transfer::Plain));
        assert_eq!(Transfer::from_name("uuencode"), None);
    }
}
