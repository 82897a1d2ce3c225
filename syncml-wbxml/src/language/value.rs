//! How attributes and their values spell what no table names.

use alloc::string::String;
use alloc::vec::Vec;

use core::fmt::Write as _;

use crate::token;

const OPENING: &str = "{wbxml:";
const OPAQUE: &str = "opaque-";

/// The name of an attribute start.
pub(super) fn start_name(page: u8, code: u8) -> String {
    format!("page-{page}.token-{code:02X}")
}

/// The page and the token that such a name means.
pub(super) fn parse_start(name: &str) -> Option<(u8, u8)> {
    parse_token(name).filter(|(_, code)| *code < 0x80)
}

/// The page and the token, of an attribute start or a value, that a name means.
fn parse_token(name: &str) -> Option<(u8, u8)> {
    let (page, code) = name.strip_prefix("page-")?.split_once(".token-")?;
    let (page, code) = (page.parse().ok()?, u8::from_str_radix(code, 16).ok()?);
    let is_global = code & token::IDENTITY <= token::LITERAL;
    (!is_global && start_name(page, code) == name).then_some((page, code))
}

/// A value token in a value.
pub(super) fn push_token(value: &mut String, page: u8, code: u8) {
    value.push_str(OPENING);
    value.push_str(&start_name(page, code));
    value.push('}');
}

/// Octets in a value.
pub(super) fn push_opaque(value: &mut String, octets: &[u8]) {
    value.push_str(OPENING);
    value.push_str(OPAQUE);
    for octet in octets {
        // A string takes all that is written to it.
        let _ = write!(value, "{octet:02X}");
    }
    value.push('}');
}

/// What stands for no text in a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Special {
    Token(u8, u8),
    Opaque(Vec<u8>),
}

/// What `value` begins with, and its length there.
pub(super) fn parse_special(value: &str) -> Option<(Special, usize)> {
    let rest = value.strip_prefix(OPENING)?;
    let len = match rest.strip_prefix(OPAQUE) {
        Some(digits) => OPAQUE.len() + digits.bytes().take_while(u8::is_ascii_hexdigit).count(),
        None => rest
            .bytes()
            .take("page-255.token-FF}".len())
            .position(|b| b == b'}')?,
    };
    let (inner, end) = rest.split_at_checked(len)?;
    end.strip_prefix('}')?;
    let special = match inner.strip_prefix(OPAQUE) {
        Some(digits) => Special::Opaque(hex(digits)?),
        None => {
            let (page, code) = parse_token(inner).filter(|(_, code)| *code >= 0x80)?;
            Special::Token(page, code)
        }
    };
    Some((special, OPENING.len() + len + 1))
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).map(|digit| digit as u8);
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spelled_can_be_parsed() {
        let mut value = String::new();
        push_token(&mut value, 255, 0xFF);
        assert_eq!(value, "{wbxml:page-255.token-FF}");
        assert_eq!(
            parse_special(&value),
            Some((Special::Token(255, 0xFF), value.len()))
        );
        let mut value = String::new();
        push_opaque(&mut value, &[0, 0xAB]);
        assert_eq!(value, "{wbxml:opaque-00AB}");
        assert_eq!(
            parse_special(&(value.clone() + "}")),
            Some((Special::Opaque(vec![0, 0xAB]), value.len()))
        );
        for text in [
            "",
            "{",
            "{wbxml:",
            "{wbxml:}",
            "{wbxml:opaque-0}",
            "{wbxml:opaque-00",
            "{wbxml:page-0.token-5}",
            "{wbxml:page-256.token-85}",
            "{wbxml:page-0.token-05}",
            "{wbxml:page-0.token-C3}",
            "{wbxml:é}",
        ] {
            assert_eq!(parse_special(text), None, "{text}");
        }
        assert_eq!(parse_start("page-7.token-45"), Some((7, 0x45)));
        for name in ["page-7.token-85", "page-7.token-44", "page-07.token-45"] {
            assert_eq!(parse_start(name), None, "{name}");
        }
    }
}
