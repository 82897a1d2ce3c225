//! Filters: which items of a datastore a client wants to have, and what of each `[DSPro §filtering]`.

use bytestring::ByteString;
use syncml_devinf::{DevInf, MEDIA_TYPE_WBXML, MEDIA_TYPE_XML, PropParam, Property, Version};
use syncml_meta::{MetInf, same_essence};
use syncml_repr::{Data, Filter as Wire, Item, StatusCode};

use super::datastore::base_name;
use super::talk::Talk;
use crate::change::Scope;
use crate::filter::{Field, Filter};

impl Talk {
    /// Which items a list of a datastore is about.
    pub(crate) fn scope(&self, index: usize, max_size: Option<u64>) -> Scope {
        let filter = self.common.datastores[index].filter.clone();
        Scope::default().with_max_size(max_size).with_filter(filter)
    }
}

/// The filter of an Alert as the engine keeps it; the error is its status.
pub(crate) fn read(wire: &Wire) -> Result<Filter, StatusCode> {
    let expression = match (&wire.record, &wire.field) {
        (Some(record), _) => read_record(record)?,
        (None, Some(_)) => ByteString::new(),
        // It says nothing.
        (None, None) => return Err(StatusCode::INCOMPLETE_COMMAND),
    };
    let fields = wire.field.as_ref().map(read_fields).transpose()?;
    let media_type = wire.meta.media_type.clone().unwrap_or_default();
    Ok(Filter::cgi(media_type, expression)
        .with_inclusive(wire.is_inclusive())
        .with_fields(fields.unwrap_or_default()))
}

fn read_record(record: &Item) -> Result<ByteString, StatusCode> {
    let grammar = record
        .meta
        .as_ref()
        .and_then(|meta| meta.media_type.as_deref());
    // Symbian doubles the colon.
    let grammar = grammar.unwrap_or(Filter::CGI).trim().replace("::", ":");
    if !grammar.eq_ignore_ascii_case(Filter::CGI) {
        return Err(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED);
    }
    let expression = record.data.as_ref().and_then(Data::as_text);
    let expression = expression.filter(|expression| !expression.trim().is_empty());
    expression
        .map(ByteString::from)
        .ok_or(StatusCode::INCOMPLETE_COMMAND)
}

fn read_fields(item: &Item) -> Result<Vec<Field>, StatusCode> {
    let grammar = item
        .meta
        .as_ref()
        .and_then(|meta| meta.media_type.as_deref());
    let is_known = |grammar: &str| {
        [MEDIA_TYPE_XML, MEDIA_TYPE_WBXML]
            .iter()
            .any(|known| same_essence(known, grammar))
    };
    if grammar.is_some_and(|grammar| !is_known(grammar)) {
        return Err(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED);
    }
    let properties = match &item.data {
        None => return Err(StatusCode::INCOMPLETE_COMMAND),
        Some(Data::Markup(fragments)) => Property::from_fragments(fragments),
        Some(data) if data.is_empty() => return Err(StatusCode::INCOMPLETE_COMMAND),
        Some(_) => return Err(StatusCode::BAD_CGI_SCRIPT),
    };
    let properties = properties.map_err(|_| StatusCode::BAD_CGI_SCRIPT)?;
    let fields: Vec<Field> = properties.iter().map(field).collect();
    // A list that names nothing.
    if fields.is_empty() || fields.iter().any(|field| field.name.is_empty()) {
        return Err(StatusCode::BAD_CGI_SCRIPT);
    }
    Ok(fields)
}

fn field(property: &Property) -> Field {
    let params = property.params.iter().map(|param| param.param_name.clone());
    let mut field = Field::new(property.prop_name.trim())
        .with_max_size(property.max_size)
        .with_params(params);
    field.no_truncate = property.no_truncate;
    field
}

fn property(field: &Field) -> Property {
    let mut property = Property::new(field.name.clone());
    property.max_size = field.max_size;
    property.no_truncate = field.no_truncate;
    let params = field.params.iter().map(|name| {
        let mut param = PropParam::default();
        param.param_name = name.clone();
        param
    });
    property.params = params.collect();
    property
}

/// An expression for a peer that knows the id of an item as `&LUID` and takes a `;` behind it for something else.
pub(crate) fn with_bare_luid(expression: &str) -> String {
    const TERM: &str = "&luid;";
    let lower = expression.to_ascii_lowercase();
    let mut written = String::with_capacity(expression.len());
    let mut from = 0;
    for (at, _) in lower.match_indices(TERM) {
        let end = at + TERM.len();
        written.extend(expression.get(from..end - 1));
        from = end;
    }
    written.extend(expression.get(from..));
    written
}

/// The filter for the Target of an Alert.
pub(crate) fn write(filter: &Filter) -> Wire {
    let mut wire = Wire::new(filter.media_type.clone());
    let typed =
        |media_type: ByteString| Item::new().with_meta(MetInf::default().with_type(media_type));
    if !filter.fields.is_empty() {
        // A property is balanced, which is all that could be wrong with it.
        let properties = filter
            .fields
            .iter()
            .filter_map(|field| property(field).to_fragment().ok());
        let properties = Data::Markup(properties.collect());
        wire.field = Some(typed(ByteString::from_static(MEDIA_TYPE_XML)).with_data(properties));
    }
    if !filter.expression.is_empty() {
        let expression = Data::from(filter.expression.as_ref() as &str);
        wire.record = Some(typed(filter.grammar.clone()).with_data(expression));
    }
    // The default is written all the same: not everybody has it.
    wire.filter_type = Some(ByteString::from_static(if filter.inclusive {
        "INCLUSIVE"
    } else {
        "EXCLUSIVE"
    }));
    wire
}

/// The expression that SyncML 1.0 and 1.1 write behind the name of a datastore.
pub(crate) fn tail(target: &str, version: Version) -> Option<&str> {
    let (_, tail) = target.split_once('?')?;
    (version < Version::V1_2 && !tail.is_empty()).then_some(tail)
}

/// Whether a server that says this of itself takes such a filter for its datastore. Which properties it leaves out it
/// does not tell: it refuses what it cannot do.
pub(crate) fn is_taken(dev_inf: &DevInf, remote: &str, filter: &Filter) -> bool {
    let mut stores = dev_inf.data_stores.iter();
    stores.any(|store| {
        let mut grammars = store.filter_rx.iter();
        base_name(&store.source_ref) == base_name(remote)
            && grammars.any(|grammar| {
                filter.expression.is_empty()
                    || grammar.ct_type.eq_ignore_ascii_case(&filter.grammar)
            })
    })
}
