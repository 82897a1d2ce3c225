//! Objects by what they mean: components, properties with typed values, parameters.
//!
//! The model is the same for all versions of a format; its names are those of the newest one. It is read with
//! [`Item::of`] and is what conversion, comparing and fitting to a device work on. What no table knows stays as the
//! line it was.
//!
//! ```
//! use ds_objects::model::{Item, Value};
//!
//! let card = b"BEGIN:VCARD\r\nVERSION:2.1\r\nN:Quill;Pat\r\nTEL;HOME;PREF:+1-555-0190\r\nEND:VCARD\r\n";
//! let item = Item::of(&ds_objects::parse("text/x-vcard", card)?);
//! let phone = item.field("TEL").expect("has a phone");
//! assert_eq!(phone.types().collect::<Vec<_>>(), ["home"]);
//! assert_eq!(phone.param("PREF"), Some("1"));
//! assert_eq!(phone.value, Value::Text("+1-555-0190".into()));
//! # Ok::<(), ds_objects::Error>(())
//! ```

mod field;
mod person;
mod read;
mod structured;
mod value;
mod write;

pub use field::{Field, Parameter};
pub(crate) use person::Person;
pub use structured::Structured;
pub use value::{Binary, Value};
pub(crate) use write::write;

use crate::object::Object;

/// A component: a card, a calendar, an event, an alarm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Item {
    /// Name behind `BEGIN:`, in upper case.
    pub name: String,
    /// Its properties in order.
    pub fields: Vec<Field>,
    /// The components inside it, in order.
    pub items: Vec<Self>,
}

impl Item {
    /// A component without anything in it.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// What an object says.
    #[must_use]
    pub fn of(object: &Object) -> Self {
        crate::convert::neutral(object).0
    }

    /// Its first property with this name, which is that of the newest version.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.is(name))
    }

    /// All its properties with this name.
    pub fn fields_named(&self, name: &str) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |field| field.is(name))
    }

    pub(crate) fn field_mut(&mut self, name: &str) -> Option<&mut Field> {
        self.fields.iter_mut().find(|field| field.is(name))
    }

    /// Takes out the properties with this name.
    pub(crate) fn take(&mut self, name: &str) -> Vec<Field> {
        self.fields.extract_if(.., |field| field.is(name)).collect()
    }

    /// Text of its first property with this name, where that is a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.field(name)?.value.text()
    }

    /// Whether it is an item of a calendar and no zone or alarm.
    pub(crate) fn is_entry(&self) -> bool {
        crate::object::ITEMS.contains(&self.name.as_str())
    }
}
