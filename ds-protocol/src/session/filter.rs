//! Filters: which items of a datastore a client wants to have `[DSPro §filtering]`.

use bytestring::ByteString;
use syncml_devinf::{DevInf, Version};
use syncml_meta::MetInf;
use syncml_repr::{Data, Filter as Wire, Item, StatusCode};

use super::datastore::base_name;
use super::talk::Talk;
use crate::change::Scope;
use crate::filter::Filter;

impl Talk {
    /// Which items a list of a datastore is about.
    pub(crate) fn scope(&self, index: usize, max_size: Option<u64>) -> Scope {
        let filter = self.common.datastores[index].filter.clone();
        Scope::default().with_max_size(max_size).with_filter(filter)
    }
}

/// The filter of an Alert as the engine keeps it; the error is its status.
pub(crate) fn read(wire: &Wire) -> Result<Filter, StatusCode> {
    if wire.field.is_some() {
        // Everything instead of some properties is not what was asked for.
        return Err(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED);
    }
    let record = wire.record.as_ref().ok_or(StatusCode::INCOMPLETE_COMMAND)?;
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
    let expression = expression.ok_or(StatusCode::INCOMPLETE_COMMAND)?;
    let media_type = wire.meta.media_type.clone().unwrap_or_default();
    Ok(Filter::cgi(media_type, ByteString::from(expression)).with_inclusive(wire.is_inclusive()))
}

/// The filter for the Target of an Alert.
pub(crate) fn write(filter: &Filter) -> Wire {
    let meta = MetInf::default().with_type(filter.grammar.clone());
    let record = Item::new()
        .with_meta(meta)
        .with_data(Data::from(filter.expression.as_ref() as &str));
    let mut wire = Wire::new(filter.media_type.clone());
    wire.record = Some(record);
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

/// Whether a server that says this of itself takes such a filter for its datastore.
pub(crate) fn is_taken(dev_inf: &DevInf, remote: &str, filter: &Filter) -> bool {
    let mut stores = dev_inf.data_stores.iter();
    stores.any(|store| {
        let mut grammars = store.filter_rx.iter();
        base_name(&store.source_ref) == base_name(remote)
            && grammars.any(|grammar| grammar.ct_type.eq_ignore_ascii_case(&filter.grammar))
    })
}
