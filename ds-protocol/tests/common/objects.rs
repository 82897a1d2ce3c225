//! What a memory store knows of cards and calendars: as `ds-objects` reads them.

use ds_objects::field_filter::{self, FieldFilter};
use ds_protocol::memory::{Alike, Fielding, Passes};
use ds_protocol::{Content, Field, Filter, StoreFault};
use syncml_repr::StatusCode;

/// Filters of items.
pub(crate) fn filtering(filter: &Filter) -> Result<Box<Passes>, StoreFault> {
    let expr = ds_objects::filter::parse(&filter.expression);
    let expr =
        expr.map_err(|error| StoreFault::new(StatusCode::BAD_CGI_SCRIPT, error.to_string()))?;
    Ok(Box::new(move |content, luid| {
        let item = ds_objects::filter::Item::new(&content.media_type, &content.data);
        expr.matches(&item.with_luid(luid.map(|luid| luid.as_str())))
    }))
}

/// Filters of properties.
pub(crate) fn fielding() -> Fielding {
    Fielding::new(
        |fields, content| {
            let cut = of(fields).cut(&content.media_type, &content.data)?;
            Some(Content::new(content.media_type.clone(), cut))
        },
        |fields, ours, theirs| {
            let merged = of(fields).merge(&ours.media_type, &ours.data, &theirs.data)?;
            let content = Content::new(ours.media_type.clone(), merged.data);
            Some((content, merged.agrees))
        },
    )
}

fn of(fields: &[Field]) -> FieldFilter {
    FieldFilter::new(fields.iter().map(|field| {
        field_filter::Field::new(field.name.to_string())
            .with_max_size(field.max_size)
            .with_no_truncate(field.no_truncate)
            .with_params(field.params.iter().map(ToString::to_string))
    }))
}

/// What is alike though it differs.
pub(crate) fn likening(content: &Content) -> Alike {
    let (media_type, data) = (&content.media_type, &content.data);
    let uid = ds_objects::fingerprint::uid(media_type, data).map(String::into_bytes);
    let normalized = ds_objects::fingerprint::normalized(media_type, data).to_vec();
    Alike::new(uid, Some(normalized))
}
