//! A property with its value and parameters.

use std::borrow::Cow;

use super::Value;
use crate::schema::Property;

/// A parameter with its values, without quotes and escapes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Parameter {
    /// Name in upper case; a bare value of the old family has one, too.
    pub name: Cow<'static, str>,
    /// Values in order.
    pub values: Vec<Cow<'static, str>>,
}

impl Parameter {
    /// A parameter with one value.
    #[must_use]
    pub fn new(name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: Cow::Borrowed(name),
            values: vec![value.into()],
        }
    }
}

/// One property.
///
/// Parameters that say how a value is packed are not among its parameters. Types are in lower case, and the preferred
/// one has `PREF` and no type for that.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// Group: `item1` in `item1.TEL`.
    pub group: Option<String>,
    /// Name in the newest version, in upper case; of an unknown property its own.
    pub name: Cow<'static, str>,
    /// Parameters in order.
    pub params: Vec<Parameter>,
    /// What it says.
    pub value: Value,
    pub(crate) schema: Option<&'static Property>,
}

impl Field {
    pub(crate) fn new(property: &'static Property, value: Value) -> Self {
        Self {
            group: None,
            name: Cow::Borrowed(property.name),
            params: Vec::new(),
            value,
            schema: Some(property),
        }
    }

    /// A property of the calendars; an unknown name is kept.
    pub(crate) fn calendar(name: &'static str, value: Value) -> Self {
        Self {
            group: None,
            name: Cow::Borrowed(name),
            params: Vec::new(),
            value,
            schema: crate::schema::property(crate::Format::ICalendar20, name),
        }
    }

    /// A property of the cards.
    pub(crate) fn card(name: &'static str, value: Value) -> Self {
        Self {
            schema: crate::schema::property(crate::Format::VCard40, name),
            ..Self::calendar(name, value)
        }
    }

    pub(crate) fn with_param(mut self, param: Parameter) -> Self {
        self.params.push(param);
        self
    }

    /// Whether it has this name, any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The row of the table that it follows; none: nobody knows it but its writer.
    #[must_use]
    pub fn schema(&self) -> Option<&'static Property> {
        self.schema
    }

    /// First value of a parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        let param = self
            .params
            .iter()
            .find(|p| p.name.eq_ignore_ascii_case(name));
        param?.values.first().map(|value| &**value)
    }

    /// Its types, in lower case.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        let types = self.params.iter().filter(|param| param.name == "TYPE");
        types.flat_map(|param| &param.values).map(|value| &**value)
    }

    pub(crate) fn has_type(&self, name: &str) -> bool {
        self.types().any(|own| own.eq_ignore_ascii_case(name))
    }

    pub(crate) fn add_type(&mut self, name: &'static str) {
        match self.params.iter_mut().find(|param| param.name == "TYPE") {
            Some(types) => types.values.push(Cow::Borrowed(name)),
            None => self.params.push(Parameter::new("TYPE", name)),
        }
    }

    pub(crate) fn take_type(&mut self, name: &str) -> bool {
        let Some(types) = self.params.iter_mut().find(|param| param.name == "TYPE") else {
            return false;
        };
        let before = types.values.len();
        types.values.retain(|own| !own.eq_ignore_ascii_case(name));
        let taken = types.values.len() < before;
        self.params.retain(|param| !param.values.is_empty());
        taken
    }

    pub(crate) fn take_param(&mut self, name: &str) -> Option<Parameter> {
        let index = self
            .params
            .iter()
            .position(|param| param.name.eq_ignore_ascii_case(name))?;
        Some(self.params.remove(index))
    }
}
