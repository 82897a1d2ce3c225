use std::borrow::Cow;

use syncml_meta::{Format, MetInf, Version, base64};
use syncml_wbxml::tag::syncml as tag;
use syncml_wbxml::{
    ByteString, Encoding, Fragment, Sink, Tag, put_empty, put_end, put_leaf, put_opaque, put_start,
    put_text,
};

use super::command::{Context, put_text as put_optional};
use crate::dialect::{check_meta, devinf_type, is_devinf, need};
use crate::{Data, EncodeError, Filter, Item, Locator};

type Write = Result<(), EncodeError>;

impl Context {
    /// `Item`.
    pub(super) fn item(
        &self,
        out: &mut impl Sink,
        command_meta: Option<&MetInf>,
        item: &Item,
    ) -> Write {
        put_start(out, tag::ITEM)?;
        self.end(out, tag::TARGET, item.target.as_ref())?;
        self.end(out, tag::SOURCE, item.source.as_ref())?;
        self.parent(out, tag::SOURCE_PARENT, item.source_parent())?;
        self.parent(out, tag::TARGET_PARENT, item.target_parent())?;

        let own = item.meta.as_deref();
        let format = item.format(command_meta);
        let form = item.data.as_ref().map_or(Form::Nothing, |data| {
            self.form(data, format, item.more_data)
        });
        let mut meta = own.map(Cow::Borrowed);
        if matches!(form, Form::Base64(_)) && format != Some(&Format::B64) {
            meta.get_or_insert_with(|| Cow::Owned(MetInf::default()))
                .to_mut()
                .format = Some(Format::B64);
        }
        if let Some(meta) = &mut meta {
            self.retype(meta, std::slice::from_ref(item));
        }
        self.put_meta(out, meta.as_deref())?;

        put_data(out, form)?;
        if item.more_data {
            need(self.version, Version::V1_1, "MoreData")?;
            put_empty(out, tag::MORE_DATA)?;
        }
        Ok(put_end(out)?)
    }

    /// `Meta` of a command with these items.
    pub(super) fn meta_of(
        &self,
        out: &mut impl Sink,
        meta: Option<&MetInf>,
        items: &[Item],
    ) -> Write {
        let Some(meta) = meta else { return Ok(()) };
        let mut meta = Cow::Borrowed(meta);
        self.retype(&mut meta, items);
        if self.encoding == Encoding::Xml && meta.format == Some(Format::Bin) {
            meta.to_mut().format = Some(Format::B64);
        }
        self.put_meta(out, Some(&meta))
    }

    /// `Meta` and `Data` of credentials or a query.
    pub(super) fn coded(
        &self,
        out: &mut impl Sink,
        meta: Option<&MetInf>,
        data: Option<&Data>,
    ) -> Write {
        let format = meta.and_then(|meta| meta.format.as_ref());
        let form = data.map_or(Form::Nothing, |data| self.form(data, format, false));
        let mut meta = meta.map(Cow::Borrowed);
        if matches!(form, Form::Base64(_)) && format != Some(&Format::B64) {
            meta.get_or_insert_with(|| Cow::Owned(MetInf::default()))
                .to_mut()
                .format = Some(Format::B64);
        }
        self.put_meta(out, meta.as_deref())?;
        put_data(out, form)
    }

    /// `Meta`.
    pub(super) fn meta(&self, out: &mut impl Sink, meta: Option<&MetInf>) -> Write {
        self.meta_of(out, meta, &[])
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

    /// Gives device information the media type of this encoding. Text is left to what the caller
    /// says it is: XML may be sent as such in WBXML.
    fn retype(&self, meta: &mut Cow<'_, MetInf>, items: &[Item]) {
        if items
            .iter()
            .all(|item| matches!(item.data, None | Some(Data::Markup(_))))
            && let Some(own) = meta.media_type.as_deref()
            && is_devinf(own)
            && let Some(right) = devinf_type(own, self.encoding)
        {
            meta.to_mut().media_type = Some(right);
        }
    }

    /// How data is written.
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
    pub(super) fn locator(&self, out: &mut impl Sink, tag: Tag, locator: &Locator) -> Write {
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
    fn filter(&self, out: &mut impl Sink, filter: &Filter) -> Write {
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

/// `Data`, if there is any.
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
        .chunks(64)
        .all(|chunk| {
            // Without branches, so that the compiler looks at many octets at once.
            let odd = chunk
                .iter()
                .fold(false, |odd, &octet| odd | !matches!(octet, b' '..=b'~'));
            !odd
        })
        .then(|| std::str::from_utf8(octets).ok())?
}
