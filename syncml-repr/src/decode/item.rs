use std::sync::Arc;

use syncml_meta::MetInf;
use syncml_wbxml::tag::syncml as tag;
use syncml_wbxml::{ByteString, Child, Encoding, Mark, Name, Source, Space, Tag};

use super::{Decoder, Read, name_of};
use crate::{Filter, Item, Locator, dialect};

impl<'a, S: Source<'a>> Decoder<'a, S> {
    /// `Item`.
    pub(super) fn item(&mut self) -> Read<Item> {
        let mut item = Item::default();
        let mut stray = false;
        loop {
            match self.child()? {
                Child::Known(tag::TARGET) => item.target = Some(self.locator()?),
                Child::Known(tag::SOURCE) => item.source = Some(self.locator()?),
                Child::Known(tag::SOURCE_PARENT) => {
                    item = item.with_source_parent(self.locator()?.loc_uri);
                }
                Child::Known(tag::TARGET_PARENT) => {
                    item = item.with_target_parent(self.locator()?.loc_uri);
                }
                Child::Known(tag::META) => item.meta = self.meta_in(Place::Item)?,
                Child::Known(tag::DATA) => item.data = Some(self.data()?),
                Child::Known(tag::MORE_DATA) => item.more_data = self.flag()?,
                Child::End => break,
                other => match stray_met_inf(&name_of(other)) {
                    Some(child) => {
                        stray = true;
                        let meta = Arc::make_mut(item.meta.get_or_insert_default());
                        meta.read_child(Name::Known(child), &mut self.source)?;
                    }
                    None => self.skip()?,
                },
            }
        }
        if stray {
            item.meta = item
                .meta
                .and_then(|meta| canonical(Arc::unwrap_or_clone(meta)));
        }
        Ok(item)
    }

    /// `Target`, `Source`, `SourceParent`, `TargetParent`.
    pub(super) fn locator(&mut self) -> Read<Locator> {
        let mut locator = Locator::default();
        loop {
            match self.child()? {
                Child::Known(tag::LOC_URI) => locator.loc_uri = self.leaf()?,
                Child::Known(tag::LOC_NAME) => {
                    locator = locator.with_name(self.leaf()?);
                }
                Child::Known(tag::FILTER) => locator = locator.with_filter(self.filter()?),
                Child::Known(_) | Child::Other(_) => self.skip()?,
                Child::End => break Ok(locator),
            }
        }
    }

    /// `Filter`.
    fn filter(&mut self) -> Read<Filter> {
        let mut filter = Filter::default();
        loop {
            match self.child()? {
                Child::Known(tag::META) => {
                    filter.meta = self
                        .meta()?
                        .map_or_else(MetInf::default, Arc::unwrap_or_clone);
                }
                Child::Known(tag::FIELD) => filter.field = self.only_item()?,
                Child::Known(tag::RECORD) => filter.record = self.only_item()?,
                Child::Known(tag::FILTER_TYPE) => filter.filter_type = Some(self.filter_type()?),
                Child::Known(_) | Child::Other(_) => self.skip()?,
                Child::End => break Ok(filter),
            }
        }
    }

    /// `Field`, `Record`.
    fn only_item(&mut self) -> Read<Option<Item>> {
        let mut items = Vec::new();
        loop {
            match self.child()? {
                Child::Known(tag::ITEM) => items.push(self.item()?),
                Child::Known(_) | Child::Other(_) => self.skip()?,
                Child::End => break,
            }
        }
        self.settle(&mut None, &mut items);
        Ok(items.pop())
    }

    /// `FilterType`, in upper case.
    fn filter_type(&mut self) -> Read<ByteString> {
        let text = self.leaf()?;
        Ok(if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
            text.to_ascii_uppercase().into()
        } else {
            text
        })
    }

    /// `Meta` of anything but an item.
    pub(super) fn meta(&mut self) -> Read<Option<Arc<MetInf>>> {
        self.meta_in(Place::Command)
    }

    /// `Meta`. One that reads like the last one in such a place is that one.
    fn meta_in(&mut self, place: Place) -> Read<Option<Arc<MetInf>>> {
        let from = self.source.mark();
        if let Some(known) = &self.metas[place as usize]
            && from.is_some()
            && self.source.pass_same(known.from, known.to)?
        {
            return Ok(known.meta.clone());
        }
        let meta = canonical(MetInf::read(&mut self.source)?);
        if let (Some(from), Some(to)) = (from, self.source.mark()) {
            self.metas[place as usize] = Some(Known {
                from,
                to,
                meta: meta.clone(),
            });
        }
        Ok(meta)
    }
}

/// Where a `Meta` stands. Within one place it hardly changes.
#[derive(Clone, Copy)]
enum Place {
    Command,
    Item,
}

/// A `Meta` that has been read, and where it stands.
pub(super) struct Known {
    from: Mark,
    to: Mark,
    meta: Option<Arc<MetInf>>,
}

/// The meta information that an element directly in an Item is, with or without its namespace:
/// an example of a management profile puts Type beside an empty Meta.
fn stray_met_inf(name: &Name<'_>) -> Option<Tag> {
    match name {
        Name::Known(known) => (known.space() == Space::MetInf).then_some(*known),
        Name::Other { local, .. } if name.space() == Some(Space::SyncMl) => {
            Tag::lookup(Space::MetInf, local)
        }
        Name::Other { .. } => None,
    }
}

/// An empty `Meta` is none, and the media type of device information is that of XML in all
/// messages, whatever their encoding.
fn canonical(mut meta: MetInf) -> Option<Arc<MetInf>> {
    let right = meta
        .media_type
        .as_deref()
        .and_then(|own| dialect::devinf_type(own, Encoding::Xml));
    if right.is_some() {
        meta.media_type = right;
    }
    (!meta.is_empty()).then(|| Arc::new(meta))
}
