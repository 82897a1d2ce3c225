//! What a device says of a content type, as plain data.

/// The properties of a content type that a device knows (`CTCap`). None at all: it says nothing, and everything goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capability {
    /// The properties.
    pub properties: Vec<PropertyCap>,
}

/// A property that a device knows (`Property`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PropertyCap {
    /// Its name (`PropName`), any case.
    pub name: String,
    /// How often it may be there (`MaxOccur`). Default: no limit.
    pub max_occur: Option<u64>,
    /// Most octets of a value (`MaxSize`). Default: no limit.
    pub max_size: Option<u64>,
    /// A longer value is left out, not cut (`NoTruncate`). Default: cut.
    pub no_truncate: bool,
    /// The values it may have (`ValEnum`). None: all.
    pub values: Vec<String>,
    /// The parameters that it may have (`PropParam`). None: all.
    pub params: Vec<ParamCap>,
}

/// A parameter that a device knows (`PropParam`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParamCap {
    /// Its name (`ParamName`), any case; many devices list types here (`HOME`, `CELL;WORK`).
    pub name: String,
    /// The values it may have (`ValEnum`). None: all.
    pub values: Vec<String>,
}

impl Capability {
    /// These properties and no others.
    #[must_use]
    pub fn new(properties: impl IntoIterator<Item = PropertyCap>) -> Self {
        Self {
            properties: properties.into_iter().collect(),
        }
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.properties.is_empty()
    }

    /// The property of this name, any case.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&PropertyCap> {
        self.properties
            .iter()
            .find(|property| property.name.trim().eq_ignore_ascii_case(name))
    }

    /// Whether a component such as `VTODO` is known; none: the device does not list them (`BEGIN`).
    #[must_use]
    pub fn component(&self, name: &str) -> Option<bool> {
        let begin = self
            .property("BEGIN")
            .filter(|begin| !begin.values.is_empty())?;
        Some(begin.allows(name))
    }
}

impl PropertyCap {
    /// A property without limits.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// The same, so often at most.
    #[must_use]
    pub const fn with_max_occur(mut self, max_occur: u64) -> Self {
        self.max_occur = Some(max_occur);
        self
    }

    /// The same with at most so many octets.
    #[must_use]
    pub const fn with_max_size(mut self, max_size: u64) -> Self {
        self.max_size = Some(max_size);
        self
    }

    /// The same, longer values being left out.
    #[must_use]
    pub const fn without_truncation(mut self) -> Self {
        self.no_truncate = true;
        self
    }

    /// The same with these values.
    #[must_use]
    pub fn with_values(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.values.extend(values.into_iter().map(Into::into));
        self
    }

    /// The same with a parameter.
    #[must_use]
    pub fn with_param(mut self, param: ParamCap) -> Self {
        self.params.push(param);
        self
    }

    /// The parameter of this name, any case.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&ParamCap> {
        self.params
            .iter()
            .find(|param| param.name.trim().eq_ignore_ascii_case(name))
    }

    /// Whether a value is among those listed, any case.
    #[must_use]
    pub fn allows(&self, value: &str) -> bool {
        self.values.is_empty() || is_listed(&self.values, value)
    }

    /// Whether a type is known: listed as a value of `TYPE`, or as a parameter by itself. Where no types are listed, all
    /// are.
    #[must_use]
    pub fn allows_type(&self, name: &str) -> bool {
        let mut types = self.types().peekable();
        types.peek().is_none() || types.any(|known| known.trim().eq_ignore_ascii_case(name))
    }

    /// Types as devices list them, separated by semicolons and commas in one name, too.
    fn types(&self) -> impl Iterator<Item = &str> {
        let is_type = |param: &&ParamCap| param.name.trim().eq_ignore_ascii_case("TYPE");
        let values = self
            .params
            .iter()
            .filter(is_type)
            .flat_map(|param| &param.values);
        let bare = |param: &&ParamCap| {
            let others = [
                "TYPE", "ENCODING", "CHARSET", "LANGUAGE", "VALUE", "TZID", "RELATED",
            ];
            let is_other = |other: &&str| param.name.trim().eq_ignore_ascii_case(other);
            param.values.is_empty() && !others.iter().any(is_other)
        };
        let bare = self.params.iter().filter(bare).map(|param| &param.name);
        values.chain(bare).flat_map(|text| text.split([';', ',']))
    }
}

impl ParamCap {
    /// A parameter with any value.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            values: Vec::new(),
        }
    }

    /// The same with these values.
    #[must_use]
    pub fn with_values(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.values.extend(values.into_iter().map(Into::into));
        self
    }
}

/// Whether a value is in a list; some devices put several values into one (`VOICE, CELL`).
fn is_listed(values: &[String], value: &str) -> bool {
    values
        .iter()
        .flat_map(|listed| listed.split(','))
        .any(|listed| listed.trim().eq_ignore_ascii_case(value))
}
