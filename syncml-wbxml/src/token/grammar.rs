//! Where in the grammar a token stands: the state that reader and writer share.

use super::{RepairKind, Token};
use crate::error::{ErrorKind, LimitKind};
use crate::limits::Limits;

/// The state between two tokens.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Grammar {
    /// Open elements; those without content are never open.
    depth: usize,
    /// Elements so far.
    elements: usize,
    /// The list that is open.
    list: Option<List>,
    pub(super) tag_page: u8,
    pub(super) attribute_page: u8,
}

/// An attribute list or a processing instruction.
#[derive(Clone, Copy, Debug, Default)]
struct List {
    /// Content follows the list.
    content: bool,
    /// Attributes so far.
    attributes: usize,
}

impl Grammar {
    /// Whether the root has ended, and no processing instruction is open after it.
    pub(super) const fn is_complete(&self) -> bool {
        self.elements > 0 && self.depth == 0 && self.list.is_none()
    }

    /// Whether codes are those of attributes.
    pub(super) const fn in_attributes(&self) -> bool {
        self.list.is_some()
    }

    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    #[cfg(feature = "xml")]
    pub(super) const fn elements(&self) -> usize {
        self.elements
    }

    /// Takes a token; tells what had to be overlooked. The whole grammar is here, so that it can be read in one place.
    pub(super) fn accept(
        &mut self,
        token: &Token<'_>,
        limits: &Limits,
    ) -> Result<Option<RepairKind>, ErrorKind> {
        let unexpected = Err(ErrorKind::Token(token.octet()));
        if let Some(list) = &mut self.list {
            match token {
                Token::SwitchPage(page) => self.attribute_page = *page,
                Token::AttributeStart(_) | Token::LiteralAttribute(_) => {
                    list.attributes += 1;
                    if list.attributes > limits.max_attributes {
                        return Err(ErrorKind::Limit(LimitKind::Attributes));
                    }
                }
                Token::End => {
                    let List {
                        content,
                        attributes,
                    } = *list;
                    self.list = None;
                    self.depth += usize::from(content);
                    return Ok((attributes == 0).then_some(RepairKind::NoAttributes));
                }
                Token::Tag { .. } | Token::LiteralTag { .. } | Token::Pi => return unexpected,
                _ => {
                    return Ok((list.attributes == 0).then_some(RepairKind::NoAttributeStart));
                }
            }
            return Ok(None);
        }
        let complete = self.is_complete();
        match token {
            // The same before the root, in it, and after it.
            Token::Pi => self.list = Some(List::default()),
            Token::SwitchPage(page) if !complete => self.tag_page = *page,
            Token::Tag {
                attributes,
                content,
                ..
            }
            | Token::LiteralTag {
                attributes,
                content,
                ..
            } if !complete => {
                if self.elements >= limits.max_elements {
                    return Err(ErrorKind::Limit(LimitKind::Elements));
                }
                if self.depth >= limits.max_depth {
                    return Err(ErrorKind::Limit(LimitKind::Depth));
                }
                self.elements += 1;
                if *attributes {
                    self.list = Some(List {
                        content: *content,
                        attributes: 0,
                    });
                } else {
                    self.depth += usize::from(*content);
                }
            }
            // Attributes have no place outside of a list, nor content outside of the root.
            Token::AttributeStart(_) | Token::AttributeValue(_) | Token::LiteralAttribute(_) => {
                return unexpected;
            }
            _ if self.depth == 0 => return unexpected,
            Token::End => self.depth -= 1,
            _ => {}
        }
        Ok(None)
    }
}
