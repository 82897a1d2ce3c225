use syncml_meta::{DEVINF_WBXML, DEVINF_XML, Format, base64, same_essence};
use syncml_wbxml::tag::{metinf as m, syncml as s};
use syncml_wbxml::{Bytes, Encoding, Tag, number};

use super::base64::{Base64, classify, decoded_len};
use super::quoted;
use crate::AlertCode;
use crate::dialect::is_devinf;
use crate::validate::Rule;
use crate::validate::node::{Holds, Node, find};
use crate::validate::walk::Walker;

/// The Meta of an item, and behind it that of its command.
struct Metas {
    own: Option<Node>,
    outer: Option<Node>,
}

impl Metas {
    /// An element of the Meta, and how to get to it from the item if it is the item's own.
    fn get(&self, tag: Tag) -> Option<(&Node, bool)> {
        let own = self.own.as_ref().and_then(|meta| meta.child(tag));
        let outer = self.outer.as_ref().and_then(|meta| meta.child(tag));
        own.map(|node| (node, true))
            .or_else(|| outer.map(|node| (node, false)))
    }

    fn text(&self, tag: Tag) -> &str {
        self.get(tag).map_or("", |(node, _)| node.text())
    }
}

impl Walker<'_> {
    /// `Item`.
    pub(super) fn check_item(&mut self, node: &mut Node) {
        let parent = self.around(1);
        match parent {
            Some(s::ALERT) => {
                let code = self
                    .command()
                    .and_then(|(_, children)| find(children, s::DATA));
                let code = code.and_then(|data| AlertCode::parse(data.text().as_bytes()));
                if let Some(code) = code.filter(|code| code.is_sync()) {
                    self.check_alert_item(node, code);
                }
            }
            Some(s::STATUS) => self.check_status_item(node),
            Some(s::ADD | s::COPY | s::DELETE | s::MOVE | s::REPLACE) => self.check_change(node),
            Some(s::FIELD) => self.check_filter_item(node, false),
            Some(s::RECORD) => self.check_filter_item(node, true),
            _ => {}
        }
        let metas = Metas {
            own: node.child(s::META).cloned(),
            outer: parent
                .filter(|parent| !matches!(*parent, s::FIELD | s::RECORD))
                .and_then(|_| find(self.command()?.1, s::META))
                .cloned(),
        };
        let is_devinf_type = is_devinf(metas.text(m::TYPE));
        if is_devinf_type && matches!(parent, Some(s::GET | s::PUT | s::RESULTS)) {
            self.check_devinf_uri(node);
        }
        if let Some(data) = node.child(s::DATA) {
            self.check_data(node, data, &metas, is_devinf_type);
        }
    }

    /// An item of a command that changes something.
    fn check_change(&mut self, node: &Node) {
        if node.child(s::TARGET).is_none() && node.child(s::SOURCE).is_none() {
            let detail = "neither Target nor Source";
            self.add(Rule::UseItemAddress, node.byte, false, detail);
        }
        if self.usage.is_split {
            let detail = "an item after a chunk that is not the last";
            self.add(Rule::UseMoreData, node.byte, false, detail);
        }
        self.usage.is_split = node.child(s::MORE_DATA).is_some();
    }

    fn check_data(&mut self, node: &Node, data: &Node, metas: &Metas, is_devinf_type: bool) {
        match data.holds {
            Holds::Markup => return,
            Holds::DevInf => return self.check_type(data, metas, DEVINF_XML),
            Holds::Nested => {
                if self.encoding == Encoding::Xml {
                    let detail = "a nested document in XML";
                    self.add_in(&[s::DATA], Rule::UseDevInfForm, data.byte, true, detail);
                }
                return self.check_type(data, metas, DEVINF_WBXML);
            }
            Holds::Text => {}
        }
        if data.content.is_empty() {
            return;
        }
        let format = Format::parse(metas.text(m::FORMAT).to_owned().into());
        if is_devinf_type && self.check_spelled(data, metas, &format) {
            return;
        }
        let more = node.child(s::MORE_DATA).is_some();
        if format == Format::B64 && !is_devinf_type {
            self.check_base64(data, more);
        }
        self.check_size(data, metas, &format, more);
    }

    /// The media type that device information is announced with.
    fn check_type(&mut self, data: &Node, metas: &Metas, right: &str) {
        match metas.get(m::TYPE) {
            Some((own, _)) if same_essence(own.text(), right) => {}
            Some((own, is_items)) => {
                let below: &[Tag] = if is_items { &[s::META, m::TYPE] } else { &[] };
                let detail = format!("{} for {right}", quoted(own.text()));
                self.add_in(below, Rule::UseType, own.byte, true, detail);
            }
            None => self.add_in(
                &[s::DATA],
                Rule::UseType,
                data.byte,
                true,
                "device information without a type",
            ),
        }
    }

    /// Device information in the spelling of text. `false` if it is none.
    fn check_spelled(&mut self, data: &Node, metas: &Metas, format: &Format) -> bool {
        let text = std::str::from_utf8(&data.content).unwrap_or_default();
        let text = text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
        let in_field = self.around(1) == Some(s::FIELD);
        let (octets, right, detail) = if text.starts_with('<') {
            let detail = "device information as text";
            (data.content.clone(), DEVINF_XML, detail)
        } else if matches!(format, Format::B64 | Format::Bin)
            && let Some(octets) = base64::decode_lenient(text)
        {
            let octets = Bytes::from(octets);
            let is_xml = octets.trim_ascii_start().starts_with(b"<");
            let right = if is_xml { DEVINF_XML } else { DEVINF_WBXML };
            (octets, right, "device information in Base64")
        } else {
            (Bytes::new(), "", "")
        };
        let mut read = !octets.is_empty() && self.spelled(data, &octets);
        if !read && text.starts_with('<') {
            // A few elements without a root, as in a filter.
            let whole = format!("<DevInf xmlns=\"syncml:devinf\">{text}</DevInf>");
            read = self.spelled(data, &whole.into());
        }
        if !read {
            let detail = "this is no device information";
            self.add_in(&[s::DATA], Rule::UseDevInfForm, data.byte, false, detail);
            return false;
        }
        // Toward a peer nobody knows, the properties of a filter are best written so in WBXML.
        if !(in_field && self.encoding == Encoding::Wbxml) {
            self.add_in(&[s::DATA], Rule::UseDevInfForm, data.byte, true, detail);
        }
        self.check_type(data, metas, right);
        true
    }

    fn check_base64(&mut self, data: &Node, more: bool) {
        let text = std::str::from_utf8(&data.content).unwrap_or("\0");
        // A chunk need not end where Base64 can.
        let (detail, read) = match classify(text) {
            Base64::Strict => return,
            _ if more => return,
            Base64::Lenient => ("white space in Base64, or no padding", true),
            Base64::Not if self.is_last_chunk() => return,
            Base64::Not => ("no Base64", false),
        };
        self.add_in(&[s::DATA], Rule::UseBase64, data.byte, read, detail);
    }

    /// Whether the item may be the rest of an object, whose beginning came in another message.
    fn is_last_chunk(&self) -> bool {
        let in_sync = self
            .frames
            .iter()
            .rev()
            .find(|frame| frame.tag == Some(s::SYNC));
        in_sync.is_some_and(|sync| sync.changes == 0)
    }

    fn check_size(&mut self, data: &Node, metas: &Metas, format: &Format, more: bool) {
        let Some((size, is_items)) = metas.get(m::SIZE) else {
            return;
        };
        // An object that is taken up again has its size, but not all of its data.
        if metas.text(m::EMI).starts_with("datapos=") {
            return;
        }
        let Some(announced) = number(size.text()).and_then(|size| usize::try_from(size).ok())
        else {
            return;
        };
        let len = data.content.len();
        let right = if more {
            len <= announced
        } else {
            let bare = data
                .content
                .iter()
                .zip(std::iter::once(&0).chain(&*data.content))
                .filter(|(byte, before)| **byte == b'\n' && **before != b'\r')
                .count();
            let text = std::str::from_utf8(&data.content).unwrap_or_default();
            let decoded = *format == Format::B64 && announced == decoded_len(text);
            announced == len || announced == len + bare || decoded
        };
        if !right {
            let below: &[Tag] = if is_items { &[s::META, m::SIZE] } else { &[] };
            let detail = format!("{announced} announced, {len} octets");
            self.add_in(below, Rule::UseSize, size.byte, false, detail);
        }
    }
}
