//! Start tags and end tags, the names and declarations in them.

use std::borrow::Cow;

use quick_xml::events::attributes::Attributes;

use super::{Reader, State};
use crate::error::{Error, ErrorKind, LimitKind};
use crate::event::{Event, Name};
use crate::tag::{Space, Tag};
use crate::xml::name::is_name;
use crate::xml::namespace::{Namespace, Parent, resolve, root};
use crate::xml::scan::tag_len;
use crate::xml::text::{attribute_value, is_legal};
use crate::xml::word::Word;

/// An open element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open<'a> {
    /// With its prefix.
    pub(super) name: &'a str,
    pub(super) element: Parent,
    /// Declarations in force outside.
    pub(super) bindings: u8,
}

/// The attributes of a tag that declares a namespace of ours and nothing else. Peers do that for
/// each child of each Meta, in the same letters.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usual<'a> {
    /// From the space after the name to the end of the tag.
    spelling: &'a str,
    space: Option<Space>,
    /// Bytes of the namespace.
    len: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn start(&mut self) -> Result<Event<'a>, Error> {
        if let Some(tag) = self.plain_start()? {
            return Ok(Event::Start(Name::Known(tag)));
        }
        self.at = self.pos;
        self.count_element()?;
        let outer = self.bindings.len();
        let (content, full, is_empty) = self.tag()?;
        let next = self.at + content.len() + if is_empty { "</>".len() } else { "<>".len() };
        self.declare(content, full, next)?;
        let (prefix, local) = full.split_once(':').unwrap_or(("", full));
        if self.open.is_empty() {
            self.adopt(prefix, local);
        }
        let (namespace, here) = self.bindings.get(prefix, outer);
        // A prefix that nobody declared says nothing.
        let own = here || !prefix.is_empty() && namespace != Namespace::Missing;
        let parent = self.open.last().map(|open| open.element);
        let tag = match namespace {
            Namespace::Foreign(_) => None,
            _ => resolve(local, namespace, own, parent),
        };
        let namespace = match (tag, namespace, parent) {
            (Some(tag), ..) => Namespace::Known(tag.space()),
            (None, Namespace::Missing, Some(parent)) => parent.namespace,
            (None, namespace, _) => namespace,
        };
        let name = match tag {
            Some(tag) => Name::Known(tag),
            None => self.other(namespace, local)?,
        };
        self.open.push(Open {
            name: full,
            element: Parent { tag, namespace },
            bindings: outer,
        });
        if self.open.len() == 1 {
            self.set_home(name.space());
        }
        self.pos = next;
        self.state = if is_empty {
            State::Empty
        } else {
            State::Started
        };
        Ok(Event::Start(name))
    }

    /// The start of a known element in the vocabulary of its parent, or one that is declared in the
    /// usual letters. `None` for all others, and then nothing has been taken.
    pub(super) fn plain_start(&mut self) -> Result<Option<Tag>, Error> {
        let Some(parent) = self.open.last() else {
            return Ok(None);
        };
        let from = self.pos + 1;
        let rest = self.bytes().get(from..).unwrap_or_default();
        let Some(word) = Word::at_start(rest) else {
            return Ok(None);
        };
        let len = word.len();
        let outer = self.bindings.len();
        let (space, declared, more, state) = match rest.get(len..).unwrap_or_default() {
            [b'>', ..] => (parent.element.namespace.space(), None, 1, State::Started),
            [b'/', b'>', ..] => (parent.element.namespace.space(), None, 2, State::Empty),
            [b' ', ..] if rest[len..].starts_with(self.usual.spelling.as_bytes()) => {
                let usual = self.usual;
                (
                    usual.space,
                    Some(usual.len),
                    usual.spelling.len(),
                    State::Started,
                )
            }
            _ => return Ok(None),
        };
        let Some(space) = space else {
            return Ok(None);
        };
        if declared.is_none() && matches!(self.bindings.default(), Namespace::Foreign(_)) {
            return Ok(None);
        }
        let Some(tag) = word.tag(space) else {
            return Ok(None);
        };
        self.at = self.pos;
        self.count_element()?;
        if let Some(len) = declared {
            self.count_text(len, self.at)?;
            if !self.bindings.declare_default(space) {
                return Err(self.error(ErrorKind::Limit(LimitKind::Namespaces), self.at));
            }
        }
        self.open.push(Open {
            name: &self.text[from..from + len],
            element: Parent {
                tag: Some(tag),
                namespace: Namespace::Known(space),
            },
            bindings: outer,
        });
        self.pos = from + len + more;
        self.state = state;
        Ok(Some(tag))
    }

    /// A start tag without its angle brackets, the name in it, and whether it is an empty element.
    pub(super) fn tag(&self) -> Result<(&'a str, &'a str, bool), Error> {
        let from = self.pos + 1;
        let len = tag_len(self.bytes().get(from..).unwrap_or_default());
        let len = len.ok_or_else(|| self.truncated(self.pos))?;
        let content = &self.text[from..from + len];
        let (content, is_empty) = match content.strip_suffix('/') {
            Some(content) => (content, true),
            None => (content, false),
        };
        let name = content.split([' ', '\t', '\r', '\n']).next();
        Ok((content, name.unwrap_or_default(), is_empty))
    }

    /// The name of an element that has no tag.
    fn other(&mut self, namespace: Namespace, local: &'a str) -> Result<Name<'a>, Error> {
        if !is_name(local) {
            return Err(self.error_str("an element without a proper name", self.at));
        }
        let space = self.bindings.uri(namespace);
        // A namespace may be declared once and named a million times.
        self.count_text(space.len() + local.len(), self.at)?;
        Ok(Name::Other {
            space,
            local: Cow::Borrowed(local),
        })
    }

    /// Enters the namespace declarations of a tag that ends at `next`.
    fn declare(&mut self, content: &'a str, name: &str, next: usize) -> Result<(), Error> {
        self.attributes = None;
        if content.len() == name.len() {
            return Ok(());
        }
        let attributes = Attributes::new(content, name.len());
        let (mut count, mut others) = (0_usize, 0_usize);
        let mut only = None;
        for attribute in attributes.clone().with_checks(false) {
            count += 1;
            let attribute = attribute
                .map_err(|error| self.error(ErrorKind::Xml(error.to_string().into()), self.at))?;
            let Some(prefix) = declared_prefix(attribute.key.0) else {
                others += 1;
                if self.with_attributes && others > self.limits.max_attributes {
                    return Err(self.error(ErrorKind::Limit(LimitKind::Attributes), self.at));
                }
                continue;
            };
            let value = match attribute.value {
                Cow::Borrowed(value) => attribute_value(value),
                Cow::Owned(value) => Cow::Owned(attribute_value(&value).into_owned()),
            };
            self.count_text(value.len(), self.at)?;
            if !is_legal(&value) {
                return Err(self.error_str("a control character in a namespace", self.at));
            }
            let len = value.len();
            let Some(namespace) = self.bindings.declare(prefix, trim(value)) else {
                return Err(self.error(ErrorKind::Limit(LimitKind::Namespaces), self.at));
            };
            only = match namespace {
                Namespace::Known(space) if prefix.is_empty() => Some((space, len)),
                _ => None,
            };
        }
        if others > 0 && self.with_attributes {
            self.attributes = Some(attributes);
        }
        let spelling = self.text.get(self.at + 1 + name.len()..next);
        if let (1, Some((space, len)), Some(spelling)) = (count, only, spelling)
            && spelling.starts_with(' ')
            && !spelling.ends_with("/>")
        {
            self.usual = Usual {
                spelling,
                space: Some(space),
                len,
            };
        }
        Ok(())
    }

    /// The next attribute of the element that began last.
    pub(super) fn attribute(&mut self) -> Result<Option<Event<'a>>, Error> {
        let attribute = self.attributes.as_mut().and_then(|attributes| {
            // Faults have been found when the declarations were read.
            attributes
                .filter_map(Result::ok)
                .find(|attribute| declared_prefix(attribute.key.0).is_none())
        });
        let Some(attribute) = attribute else {
            self.attributes = None;
            return Ok(None);
        };
        let name = attribute.key.0;
        let value = match attribute.value {
            Cow::Borrowed(value) => attribute_value(value),
            Cow::Owned(value) => Cow::Owned(attribute_value(&value).into_owned()),
        };
        self.count_text(name.len() + value.len(), self.at)?;
        Ok(Some(Event::Attribute {
            name: Cow::Borrowed(name),
            value,
        }))
    }

    /// Takes a strange namespace for ours if the root has one of our names.
    fn adopt(&mut self, prefix: &str, local: &str) {
        if let (Namespace::Foreign(_), Some(tag)) = (self.bindings.get(prefix, 0).0, root(local)) {
            self.bindings.alias(prefix, tag.space());
        }
    }

    /// Takes an end tag.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        let at = self.pos;
        let next = match self.plain_end(at) {
            Some(next) => next,
            None => self.odd_end()?,
        };
        self.at = at;
        self.pos = next;
        self.close();
        Ok(())
    }

    /// Where an end tag ends that is spelled like the start tag.
    pub(super) fn plain_end(&self, at: usize) -> Option<usize> {
        let name = self.open.last()?.name.as_bytes();
        let rest = self.bytes().get(at..)?.strip_prefix(b"</")?;
        let is_same = rest.get(..name.len())? == name && rest.get(name.len()) == Some(&b'>');
        is_same.then_some(at + "</>".len() + name.len())
    }

    /// Where any other end tag ends: there may be white space after the name.
    #[cold]
    fn odd_end(&self) -> Result<usize, Error> {
        let rest = &self.text[self.pos..];
        let Some(len) = rest.find('>') else {
            return Err(self.truncated(self.pos));
        };
        let found = rest[2..len].trim_end_matches([' ', '\t', '\r', '\n']);
        let expected = self.open.last().map_or("", |open| open.name);
        if found != expected {
            let what = format!("expected </{expected}>, found </{found}>");
            return Err(self.error_str(&what, self.pos));
        }
        Ok(self.pos + len + 1)
    }
}

/// The prefix that an attribute declares, if it is a declaration.
fn declared_prefix(key: &str) -> Option<&str> {
    match key.strip_prefix("xmlns")? {
        "" => Some(""),
        rest => rest.strip_prefix(':'),
    }
}

fn trim(uri: Cow<'_, str>) -> Cow<'_, str> {
    match uri {
        Cow::Borrowed(uri) => Cow::Borrowed(uri.trim_ascii()),
        Cow::Owned(uri) => Cow::Owned(uri.trim_ascii().to_owned()),
    }
}
