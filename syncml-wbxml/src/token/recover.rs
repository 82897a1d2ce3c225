//! Messages whose encoder forgot to go back to page 0: [`recover_pages`].

use alloc::vec::Vec;

use super::{Document, Token};
use crate::error::Error;
use crate::limits::Limits;
use crate::tag::{Space, Tag, syncml};

/// Puts the page switch back that is missing after a `Meta`.
///
/// Pages do not go back by themselves: after `Meta`, whose children are on page 1, an encoder has to
/// switch to page 0. Documents of encoders that do not are read as they are written, which gives
/// strange MetInf elements. Where you know a peer to be such a one, pass its messages through here
/// before you read them: a switch is put before a tag that follows the end of a `Meta` on page 1, and
/// before one that only page 0 has. Other documents come back as they were, but for those of peers
/// that put a MetInf element beside `Meta`: the two faults look the same.
///
/// ```
/// use syncml_wbxml::token::recover_pages;
///
/// let broken = b"\x02\xA4\x01\x6A\x00\x6D\x54\x5A\x00\x01\x53\x03b64\x00\x01\x01\x4F\x03x\x00\x01\x01\x01";
/// let sound = b"\x02\xA4\x01\x6A\x00\x6D\x54\x5A\x00\x01\x53\x03b64\x00\x01\x01\x00\x00\x4F\x03x\x00\x01\x01\x01";
/// assert_eq!(recover_pages(broken, &Default::default())?, sound);
/// assert_eq!(recover_pages(sound, &Default::default())?, sound);
/// # Ok::<(), syncml_wbxml::Error>(())
/// ```
///
/// # Errors
///
/// Those of [`Document::decode`].
pub fn recover_pages(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Error> {
    let mut document = Document::decode(bytes, limits)?;
    let root = document.tokens.iter().find_map(|token| match token {
        Token::Tag { identity, .. } => Some(*identity),
        _ => None,
    });
    if root != Some(syncml::SYNC_ML.token()) {
        return Ok(bytes.to_vec());
    }
    let mut tokens = Vec::with_capacity(document.tokens.len());
    let mut page = 0;
    // Whether the open elements are `Meta`.
    let mut open: Vec<bool> = Vec::new();
    let mut after_meta = false;
    // In an attribute list: what it opens, if it opens anything.
    let mut list: Option<Option<bool>> = None;
    let mut recovered = false;
    for token in document.tokens {
        // Whether attributes come first, and what a tag opens then.
        let mut tag = None;
        match (&token, list) {
            (Token::End, Some(opens)) => {
                list = None;
                open.extend(opens);
            }
            (_, Some(_)) => {}
            (Token::SwitchPage(to), None) => {
                page = *to;
                after_meta = false;
            }
            (Token::Pi, None) => list = Some(None),
            (Token::End, None) => after_meta |= open.pop() == Some(true),
            (
                Token::Tag {
                    identity,
                    attributes,
                    content,
                },
                None,
            ) => {
                let on = |space| Tag::from_token(space, *identity).is_some();
                if page == 1 && (after_meta || !on(Space::MetInf) && on(Space::SyncMl)) {
                    tokens.push(Token::SwitchPage(0));
                    page = 0;
                    recovered = true;
                }
                after_meta = false;
                let is_meta = page == 0 && *identity == syncml::META.token();
                tag = Some((*attributes, content.then_some(is_meta)));
            }
            (
                Token::LiteralTag {
                    attributes,
                    content,
                    ..
                },
                None,
            ) => tag = Some((*attributes, content.then_some(false))),
            _ => {}
        }
        match tag {
            Some((true, opens)) => list = Some(opens),
            Some((false, opens)) => open.extend(opens),
            None => {}
        }
        tokens.push(token);
    }
    if !recovered {
        return Ok(bytes.to_vec());
    }
    document.tokens = tokens;
    document.encode()
}
