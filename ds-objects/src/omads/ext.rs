//! Extensions of vendors.

use super::xml::{Element, close, leaf};

/// An extension (`Ext`): a name (`XNam`) and any number of values (`XVal`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Ext {
    /// Name.
    pub name: String,
    /// Values.
    pub values: Vec<String>,
}

impl Ext {
    /// An extension.
    pub fn new(
        name: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            name: name.into(),
            values: values.into_iter().map(Into::into).collect(),
        }
    }

    /// What an element holds; some put several names into one.
    pub(super) fn of(element: &Element) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for child in &element.children {
            if child.is("XNam") {
                found.push(Self::new(child.text.trim(), [""; 0]));
            } else if child.is("XVal")
                && let Some(ext) = found.last_mut()
            {
                ext.values.push(child.text.clone());
            }
        }
        found
    }

    pub(super) fn write(&self, out: &mut String) {
        out.push_str("<Ext>");
        leaf("XNam", Some(&self.name), out);
        for value in &self.values {
            leaf("XVal", Some(value), out);
        }
        close("Ext", out);
    }
}
