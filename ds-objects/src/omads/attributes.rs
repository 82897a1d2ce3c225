//! The flags of files and folders.

use super::xml::{Element, close, leaf};

/// Flags of a file or folder (`attributes`); one that is not stated is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Attributes {
    /// Hidden (`h`).
    pub hidden: Option<bool>,
    /// Of the system (`s`).
    pub system: Option<bool>,
    /// Archived (`a`).
    pub archived: Option<bool>,
    /// May be deleted (`d`); never a reason to delete it.
    pub deletable: Option<bool>,
    /// May be written (`w`).
    pub writable: Option<bool>,
    /// May be read (`r`).
    pub readable: Option<bool>,
    /// May be run (`x`; some devices write `e`).
    pub executable: Option<bool>,
}

impl Attributes {
    pub(super) fn of(element: &Element) -> Self {
        let mut flags = Self::default();
        for child in &element.children {
            let flag = boolean(&child.text);
            match child.name.to_ascii_lowercase().as_str() {
                "h" => flags.hidden = flag,
                "s" => flags.system = flag,
                "a" => flags.archived = flag,
                "d" => flags.deletable = flag,
                "w" => flags.writable = flag,
                "r" => flags.readable = flag,
                "x" | "e" => flags.executable = flag,
                _ => {}
            }
        }
        flags
    }

    /// The letters of those that are stated.
    pub(super) fn letters(&self) -> impl Iterator<Item = (&'static str, bool)> + use<> {
        let flags = [
            ("h", self.hidden),
            ("s", self.system),
            ("a", self.archived),
            ("d", self.deletable),
            ("w", self.writable),
            ("r", self.readable),
            ("x", self.executable),
        ];
        flags
            .into_iter()
            .filter_map(|(name, flag)| Some((name, flag?)))
    }

    pub(super) fn write(&self, out: &mut String) {
        out.push_str("<attributes>");
        for (name, flag) in self.letters() {
            leaf(name, Some(word(flag)), out);
        }
        close("attributes", out);
    }
}

/// `true` or `false` in any case; anything else says nothing.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

pub(super) const fn word(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}
