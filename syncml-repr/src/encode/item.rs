use std::sync::Arc;

use syncml_meta::{Format, MetInf, Version, base64};
use syncml_wbxml::tag::syncml as tag;
use syncml_wbxml::{
    ByteString, Encoding, Fragment, Sink, Tag, put_empty, put_end, put_leaf, put_start,
};

use super::command::{Context, WrittenMeta, put_text as put_optional};
use crate::dialect::{check_meta, devinf_type, need};
use crate::{Data, EncodeError, Filter, Item, Locator};

type Write = Result<(), EncodeError>;

impl Context {
    /// `Item`.
    pub(super) fn item(
        &mut self,
        out: &mut impl Sink,
        command_meta: Option<&MetInf>,
        item: &Item,
    ) -> Write {
        put_start(out, tag::ITEM)?;
        self.end(out, tag::TARGET, item.target.as_ref())?;
        self.end(out, tag::SOURCE, item.source.as_ref())?;
        if item.has_parents() {
            self.parent(out, tag::SOURCE_PARENT, item.source_parent())?;
            self.parent(out, tag::TARGET_PARENT, item.target_parent())?;
        }

        let own = item.meta.as_ref();
        let format = item.format(command_meta);
        let form = item.data.as_ref().map_or(Form::Nothing, |data| {
            self.form(data, format, item.more_data)
        });
        let base64 = form.needs_base64(format);
        if own.is_some() || base64 {
            let own_ref = own.map(|meta| &**meta);
            let media_type = self.retype(own_ref, std::slice::from_ref(item));
            self.put_shared(out, own, adapt(own_ref, base64, media_type))?;
        }

        put_data(out, form)?;
        if item.more_data {
            need(self.version, Version::V1_1, "MoreData")?;
            put_empty(out, tag::MORE_DATA)?;
        }
        Ok(put_end(out)?)
    }

    /// `Meta` of a command with these items.
    #[inline(always)]
    pub(super) fn meta_of(
        &mut self,
        out: &mut impl Sink,
        meta: Option<&Arc<MetInf>>,
        items: &[Item],
    ) -> Write {
        let Some(meta) = meta else { return Ok(()) };
        let adapted = self.adapt_for(Some(meta), items);
        self.put_shared(out, Some(meta), adapted)
    }

    /// `Meta` of what has no items.
    pub(super) fn meta(&mut self, out: &mut impl Sink, meta: Option<&MetInf>) -> Write {
        let adapted = self.adapt_for(meta, &[]);
        self.put_meta(out, adapted.as_deref().or(meta))
    }

    /// `Meta` and `Data` of credentials or a query.
    pub(super) fn coded(
        &mut self,
        out: &mut impl Sink,
        meta: Option<&MetInf>,
        data: Option<&Data>,
    ) -> Write {
        let format = meta.and_then(|meta| meta.format.as_ref());
        let form = data.map_or(Form::Nothing, |data| self.form(data, format, false));
        let adapted = adapt(meta, form.needs_base64(format), None);
        self.put_meta(out, adapted.as_deref().or(meta))?;
        put_data(out, form)
    }

    /// The `Meta` of a command with these items, where it cannot be written as it is.
    #[inline(always)]
    fn adapt_for(&self, meta: Option<&MetInf>, items: &[Item]) -> Option<Box<MetInf>> {
        let is_bin = meta.is_some_and(|meta| meta.format == Some(Format::Bin));
        adapt(
            meta,
            is_bin && self.encoding == Encoding::Xml,
            self.retype(meta, items),
        )
    }

    /// The `Meta` of the message's own, or another one. The own one that was written last, too, is
    /// copied from there.
    #[inline(always)]
    fn put_shared(
        &mut self,
        out: &mut impl Sink,
        own: Option<&Arc<MetInf>>,
        other: Option<Box<MetInf>>,
    ) -> Write {
        let (Some(own), None) = (own, &other) else {
            return self.put_meta(out, other.as_deref());
        };
        if let Some(last) = &self.last_meta
            && Arc::ptr_eq(&last.meta, own)
            && out.put_same(last.from, last.to)
        {
            return Ok(());
        }
        let from = out.mark();
        self.put_meta(out, Some(own))?;
        self.last_meta = from.zip(out.mark()).map(|(from, to)| WrittenMeta {
            meta: Arc::clone(own),
            from,
            to,
        });
        Ok(())
    }

    fn put_meta(&self, out: &mut impl Sink, meta: Option<&MetInf>) -> Write {
        let Some(meta) = meta.filter(|meta| !meta.is_empty()) else {
            return Ok(());
        };
        check_meta(self.version, meta)?;
        put_start(out, tag::META)?;
        meta.write(out)?;
        Ok(put_end(out)?)
    }

    /// The media type that device information has in this encoding, if it is another one. Text is left
    /// to what the caller says it is: XML may be sent as such in WBXML.
    #[inline(always)]
    fn retype(&self, meta: Option<&MetInf>, items: &[Item]) -> Option<ByteString> {
        let media_type = meta?.media_type.as_deref()?;
        if items
            .iter()
            .any(|item| matches!(item.data, Some(Data::Octets(_))))
        {
            return None;
        }
        devinf_type(media_type, self.encoding)
    }

    /// How data is written.
    #[inline]
    fn form<'d>(&self, data: &'d Data, format: Option<&Format>, more_data: bool) -> Form<'d> {
        let octets = match data {
            Data::Markup(children) => return Form::Markup(children),
            Data::Octets(octets) => octets,
        };
        let binary = format == Some(&Format::Bin);
        match self.encoding {
            Encoding::Wbxml if !binary && !more_data => {
                plain_line(octets).map_or(Form::Octets(octets), Form::Text)
            }
            Encoding::Wbxml => Form::Octets(octets),
            Encoding::Xml if binary => Form::Base64(octets),
            Encoding::Xml => data.as_text().map_or(Form::Base64(octets), Form::Text),
        }
    }

    /// `SourceParent`, `TargetParent`.
    fn parent(&self, out: &mut impl Sink, tag: Tag, uri: Option<&ByteString>) -> Write {
        let Some(uri) = uri else { return Ok(()) };
        need(self.version, Version::V1_2, tag.name())?;
        put_start(out, tag)?;
        put_leaf(out, tag::LOC_URI, uri)?;
        Ok(put_end(out)?)
    }

    /// `Target`, `Source`.
    #[inline]
    pub(super) fn locator(&mut self, out: &mut impl Sink, tag: Tag, locator: &Locator) -> Write {
        put_start(out, tag)?;
        put_leaf(out, tag::LOC_URI, &locator.loc_uri)?;
        put_optional(out, tag::LOC_NAME, locator.loc_name().map(|name| &**name))?;
        if let Some(filter) = locator.filter() {
            need(self.version, Version::V1_2, "Filter")?;
            self.filter(out, filter)?;
        }
        Ok(put_end(out)?)
    }

    /// `Filter`.
    fn filter(&mut self, out: &mut impl Sink, filter: &Filter) -> Write {
        put_start(out, tag::FILTER)?;
        self.meta(out, Some(&filter.meta))?;
        for (tag, item) in [(tag::FIELD, &filter.field), (tag::RECORD, &filter.record)] {
            if let Some(item) = item {
                put_start(out, tag)?;
                self.item(out, None, item)?;
                put_end(out)?;
            }
        }
        put_optional(out, tag::FILTER_TYPE, filter.filter_type.as_deref())?;
        Ok(put_end(out)?)
    }
}

/// How data is written.
#[derive(Clone, Copy)]
enum Form<'d> {
    /// There is none.
    Nothing,
    /// Text as text.
    Text(&'d str),
    /// Octets as they are.
    Octets(&'d [u8]),
    /// Octets in Base64.
    Base64(&'d [u8]),
    /// Child elements.
    Markup(&'d [Fragment]),
}

impl Form<'_> {
    /// Whether `Meta` has to say that it is Base64.
    #[inline]
    fn needs_base64(&self, format: Option<&Format>) -> bool {
        matches!(self, Form::Base64(_)) && format != Some(&Format::B64)
    }
}

/// A `Meta` with another format or type; nothing if it stays as it is. Boxed, since it is rare and
/// long.
#[inline(always)]
fn adapt(
    meta: Option<&MetInf>,
    base64: bool,
    media_type: Option<ByteString>,
) -> Option<Box<MetInf>> {
    (base64 || media_type.is_some()).then(|| adapted(meta, base64, media_type))
}

#[cold]
fn adapted(meta: Option<&MetInf>, base64: bool, media_type: Option<ByteString>) -> Box<MetInf> {
    let mut meta = meta.cloned().unwrap_or_default();
    if base64 {
        meta.format = Some(Format::B64);
    }
    if media_type.is_some() {
        meta.media_type = media_type;
    }
    Box::new(meta)
}

/// `Data`, if there is any.
#[inline(always)]
fn put_data(out: &mut impl Sink, form: Form<'_>) -> Write {
    match form {
        Form::Nothing => {}
        Form::Text(text) => put_leaf(out, tag::DATA, text)?,
        Form::Octets(octets) => out.put_octets(tag::DATA, octets)?,
        Form::Base64(octets) => put_leaf(out, tag::DATA, &base64::encode(octets))?,
        Form::Markup(children) => {
            put_start(out, tag::DATA)?;
            children.iter().try_for_each(|child| child.replay(out))?;
            put_end(out)?;
        }
    }
    Ok(())
}

/// Octets as text if they are one line of printable ASCII: a number, a word, Base64. Only these
/// travel as a string in WBXML. Objects with lines, in whatever charset, travel as octets: no peer
/// touches their line ends then, and nobody has to look through all of them for what a string
/// cannot hold.
fn plain_line(octets: &[u8]) -> Option<&str> {
    octets
        .chunks(16)
        .all(|chunk| {
            // Without branches, so that the compiler looks at all of them at once.
            let odd = chunk
                .iter()
                .fold(false, |odd, &octet| odd | !matches!(octet, b' '..=b'~'));
            !odd
        })
        .then(|| std::str::from_utf8(octets).ok())?
}
