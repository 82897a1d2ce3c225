//! The one Base64 of the toolkit: strict in what it writes, lenient in what it reads.

use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::{Engine as _, alphabet};

/// Standard alphabet, no padding expected, stray bits in the last character ignored.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Base64 text of `octets`: standard alphabet, padded, no line breaks.
#[must_use]
pub fn encode(octets: &[u8]) -> String {
    STANDARD.encode(octets)
}

/// The octets of Base64 `text`, as peers write it.
///
/// White space anywhere and missing padding are accepted. Padding in the middle ends a piece:
/// a peer that codes each chunk of a large object by itself yields such text once the chunks are
/// put together, and the pieces are decoded one by one. `None` if a character is not of the
/// alphabet or the text cannot end where it does.
///
/// ```
/// # use syncml_meta::base64::decode_lenient;
/// assert_eq!(decode_lenient("Tm9u\r\n  Y2U").as_deref(), Some(&b"Nonce"[..]));
/// assert_eq!(decode_lenient("Tm8=bmNl").as_deref(), Some(&b"Nonce"[..]));
/// assert_eq!(decode_lenient("Tm9u!"), None);
/// ```
#[must_use]
pub fn decode_lenient(text: &str) -> Option<Vec<u8>> {
    let is_noise = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'=';
    let bytes = text.as_bytes();
    if !bytes.iter().any(is_noise) {
        return LENIENT.decode(bytes).ok();
    }
    let compact: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let mut octets = Vec::with_capacity(compact.len() / 4 * 3 + 3);
    for piece in compact.split(|byte| *byte == b'=') {
        LENIENT.decode_vec(piece, &mut octets).ok()?;
    }
    Some(octets)
}
