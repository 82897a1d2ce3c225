use syncml_wbxml::ByteString;
use syncml_wbxml::sparse_debug;

use crate::content_type::implied_version;

/// One content type in detail (`CTCap`) `[DevInf §CTCap]`.
///
/// A type without any property says nothing; a property that is not listed is not supported.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CtCap {
    /// Media type (`CTType`).
    pub ct_type: ByteString,
    /// Version (`VerCT`, since 1.2); see [`version`](Self::version).
    pub ver_ct: Option<ByteString>,
    /// Changes of single properties are accepted (`FieldLevel`, since 1.2).
    pub field_level: bool,
    /// The properties (`Property`, or the flat sequence that begins with `PropName`).
    pub properties: Vec<Property>,
}

sparse_debug!(CtCap {
    ct_type,
    ver_ct,
    field_level,
    properties
});

impl CtCap {
    /// A content type without properties.
    #[must_use]
    pub fn new(ct_type: impl Into<ByteString>, ver_ct: impl Into<ByteString>) -> Self {
        let ver_ct = ver_ct.into();
        Self {
            ct_type: ct_type.into(),
            ver_ct: (!ver_ct.is_empty()).then_some(ver_ct),
            ..Self::default()
        }
    }

    /// The same with one more property.
    #[must_use]
    pub fn with_property(mut self, property: Property) -> Self {
        self.properties.push(property);
        self
    }

    /// The property of this name, in any case.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties
            .iter()
            .find(|property| property.prop_name.eq_ignore_ascii_case(name))
    }

    /// The version: as stated, else the only value of the property `VERSION`, else the one that
    /// the media type means.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        let listed = || match self.property("VERSION")?.val_enums.as_slice() {
            [only] => Some(&**only),
            _ => None,
        };
        self.ver_ct
            .as_deref()
            .or_else(listed)
            .or_else(|| implied_version(&self.ct_type))
    }
}

/// A property of a content type (`Property` since 1.2, `PropName` and what follows it before)
/// `[DevInf §Property, §PropName]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Property {
    /// Name (`PropName`), such as `TEL`.
    pub prop_name: ByteString,
    /// Type of the value (`DataType`); `None` if absent or empty.
    pub data_type: Option<ByteString>,
    /// How often it may occur (`MaxOccur`, since 1.2).
    pub max_occur: Option<u64>,
    /// Longest value in bytes (`MaxSize` since 1.2, `Size` before). Often wrong.
    pub max_size: Option<u64>,
    /// Longer values are refused, not cut (`NoTruncate`, since 1.2).
    pub no_truncate: bool,
    /// The values it may have (`ValEnum`).
    pub val_enums: Vec<ByteString>,
    /// Name for people (`DisplayName`).
    pub display_name: Option<ByteString>,
    /// The parameters (`PropParam` since 1.2, `ParamName` and what follows it before).
    pub params: Vec<PropParam>,
}

sparse_debug!(Property {
    prop_name,
    data_type,
    max_occur,
    max_size,
    no_truncate,
    val_enums,
    display_name,
    params,
});

impl Property {
    /// A property.
    #[must_use]
    pub fn new(prop_name: impl Into<ByteString>) -> Self {
        Self {
            prop_name: prop_name.into(),
            ..Self::default()
        }
    }

    /// The same with these values.
    #[must_use]
    pub fn with_values<T: Into<ByteString>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.val_enums.extend(values.into_iter().map(Into::into));
        self
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with_param(mut self, param: PropParam) -> Self {
        self.params.push(param);
        self
    }

    /// The parameter of this name, in any case.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&PropParam> {
        self.params
            .iter()
            .find(|param| param.param_name.eq_ignore_ascii_case(name))
    }

    /// The values of the parameter `TYPE`: its enumerated ones, and the bare names (`HOME`,
    /// `CELL;WORK`) that many devices list as parameters instead. Standard names of other
    /// parameters are left out.
    pub fn type_values(&self) -> impl Iterator<Item = &str> {
        const OTHER: [&str; 7] = [
            "ENCODING", "CHARSET", "LANGUAGE", "VALUE", "TZID", "X-PREF", "RELATED",
        ];
        let is_other = |name: &str| OTHER.iter().any(|other| name.eq_ignore_ascii_case(other));
        self.params.iter().flat_map(move |param| {
            let is_type = param.param_name.eq_ignore_ascii_case("TYPE");
            let bare = !is_type && param.val_enums.is_empty() && !is_other(&param.param_name);
            let names = bare.then(|| param.param_name.split(';').map(str::trim));
            let values = is_type.then(|| param.val_enums.iter().map(|value| &**value));
            names
                .into_iter()
                .flatten()
                .chain(values.into_iter().flatten())
        })
    }
}

/// A parameter of a property (`PropParam` since 1.2, `ParamName` and what follows it before)
/// `[DevInf §PropParam, §ParamName]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PropParam {
    /// Name (`ParamName`), such as `TYPE`.
    pub param_name: ByteString,
    /// Type of the value (`DataType`); `None` if absent or empty.
    pub data_type: Option<ByteString>,
    /// Longest value in bytes (`Size`, before 1.2 only).
    pub max_size: Option<u64>,
    /// The values it may have (`ValEnum`).
    pub val_enums: Vec<ByteString>,
    /// Name for people (`DisplayName`).
    pub display_name: Option<ByteString>,
}

sparse_debug!(PropParam {
    param_name,
    data_type,
    max_size,
    val_enums,
    display_name
});

impl PropParam {
    /// A parameter.
    #[must_use]
    pub fn new(param_name: impl Into<ByteString>) -> Self {
        Self {
            param_name: param_name.into(),
            ..Self::default()
        }
    }

    /// The same with these values.
    #[must_use]
    pub fn with_values<T: Into<ByteString>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.val_enums.extend(values.into_iter().map(Into::into));
        self
    }
}

/// What can be filtered on in one content type (`FilterCap`, since 1.2) `[DevInf §FilterCap]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct FilterCap {
    /// Media type (`CTType`).
    pub ct_type: ByteString,
    /// Version (`VerCT`).
    pub ver_ct: Option<ByteString>,
    /// Keywords of record filters (`FilterKeyword`), such as `SINCE`.
    pub filter_keywords: Vec<ByteString>,
    /// Properties that record filters may name (`PropName`).
    pub prop_names: Vec<ByteString>,
}

sparse_debug!(FilterCap {
    ct_type,
    ver_ct,
    filter_keywords,
    prop_names
});
