//! Octets of global tokens, and the spelling of tokens that no table names.

use alloc::string::String;

/// A tag octet: attributes follow.
pub(crate) const ATTRIBUTES: u8 = 0x80;
/// A tag octet: content follows.
pub(crate) const CONTENT: u8 = 0x40;
/// A tag octet: the bits that name the tag.
pub(crate) const IDENTITY: u8 = 0x3F;

pub(crate) const SWITCH_PAGE: u8 = 0x00;
pub(crate) const END: u8 = 0x01;
pub(crate) const ENTITY: u8 = 0x02;
pub(crate) const STR_I: u8 = 0x03;
pub(crate) const LITERAL: u8 = 0x04;
pub(crate) const EXT_I_0: u8 = 0x40;
pub(crate) const EXT_I_2: u8 = 0x42;
pub(crate) const PI: u8 = 0x43;
pub(crate) const LITERAL_C: u8 = 0x44;
pub(crate) const EXT_T_0: u8 = 0x80;
pub(crate) const EXT_T_2: u8 = 0x82;
pub(crate) const STR_T: u8 = 0x83;
pub(crate) const LITERAL_A: u8 = 0x84;
pub(crate) const EXT_0: u8 = 0xC0;
pub(crate) const EXT_2: u8 = 0xC2;
pub(crate) const OPAQUE: u8 = 0xC3;
pub(crate) const LITERAL_AC: u8 = 0xC4;

const PAGE_PREFIX: &str = "wbxml:page-";
const TOKEN_PREFIX: &str = "token-";

/// Namespace and name that stand for a token without a name.
pub(crate) fn unknown(page: u8, identity: u8) -> (String, String) {
    (
        format!("{PAGE_PREFIX}{page}"),
        format!("{TOKEN_PREFIX}{identity:02X}"),
    )
}

/// Page and token that such a namespace and name stand for.
pub(crate) fn parse_unknown(space: &str, local: &str) -> Option<(u8, u8)> {
    let page: u8 = space.strip_prefix(PAGE_PREFIX)?.parse().ok()?;
    let identity = u8::from_str_radix(local.strip_prefix(TOKEN_PREFIX)?, 16).ok()?;
    let canonical = unknown(page, identity);
    let is_tag = identity > LITERAL && identity <= IDENTITY;
    (is_tag && canonical.0 == space && canonical.1 == local).then_some((page, identity))
}
