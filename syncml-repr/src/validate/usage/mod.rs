//! Rules of usage: what values mean, and what belongs together.
//!
//! An element is looked at when it ends, with what it holds and what is around it.

mod base64;
mod command;
mod cred;
mod devinf;
mod item;
mod leaf;
mod metinf;

use std::collections::HashSet;

use syncml_wbxml::tag::{devinf as d, metinf as m, syncml as s};
use syncml_wbxml::{ByteString, Bytes, Space, Tag};

use super::Rule;
use super::model;
use super::node::Node;
use super::walk::Walker;

/// What is remembered from one element to another.
#[derive(Debug, Default)]
pub(super) struct Usage {
    cmd_ids: HashSet<Bytes>,
    /// The session is one of data synchronization: VerProto says so.
    is_ds: bool,
    /// There was a Status.
    had_status: bool,
    /// There was an Alert that asks for the next message.
    asked_on: bool,
    /// An item was not finished.
    is_split: bool,
    /// The datastores that were alerted.
    alerted: Vec<Alerted>,
    /// The datastores in the device information of the sender; none if there is no such.
    offered: HashSet<String>,
    /// The sync types of the datastore that is being read: bit 1 for type 1, and so on.
    sync_types: u8,
    /// The device information is that of a server.
    is_server: bool,
}

/// A datastore of the sender, as an Alert names it.
#[derive(Debug)]
struct Alerted {
    name: ByteString,
    byte: usize,
    path: String,
}

impl Walker<'_> {
    /// An element of a vocabulary has begun.
    pub(super) fn begun(&mut self, tag: Tag, parent: Tag, byte: usize) {
        match tag {
            s::SYNC if parent != s::SYNC_BODY => self.add(
                Rule::UseSyncNested,
                byte,
                false,
                format!("a Sync in {parent}"),
            ),
            s::ADD | s::COPY | s::DELETE | s::MOVE | s::REPLACE
                if self.usage.is_ds && !self.is_in(s::SYNC) =>
            {
                self.add(
                    Rule::UseChange,
                    byte,
                    false,
                    format!("{tag} outside of Sync"),
                );
            }
            m::MET_INF if parent == s::META => {
                self.add(Rule::UseMetaWrapper, byte, true, "a MetInf in Meta");
            }
            _ if tag.space() == Space::MetInf => self.check_meta_place(tag, byte),
            _ => {}
        }
    }

    /// An element has ended; it is the innermost one still.
    pub(super) fn ended(&mut self, node: &mut Node) {
        match node.tag {
            s::SYNC_HDR => self.check_header(node),
            s::SYNC_BODY => self.check_body(node),
            s::CRED => self.check_cred(node),
            s::CHAL => self.check_chal(node),
            s::ALERT => self.check_alert(node),
            s::STATUS => self.check_status(node),
            s::SYNC => self.check_sync(node),
            s::ADD | s::COPY | s::DELETE | s::MOVE | s::REPLACE => self.count_change(),
            s::ITEM => self.check_item(node),
            s::FILTER => self.check_filter(node),
            s::META if node.children.is_empty() && node.holds == super::node::Holds::Text => {
                self.add(Rule::UseMetaEmpty, node.byte, true, "an empty Meta");
            }
            d::DEV_INF => self.check_devinf(node),
            d::DATA_STORE => self.check_data_store(node),
            d::SYNC_CAP => self.check_sync_cap(node),
            _ => self.check_leaf(node),
        }
    }

    /// The document has ended.
    pub(super) fn finish(&mut self) {
        if self.usage.offered.is_empty() {
            return;
        }
        for Alerted { name, byte, path } in std::mem::take(&mut self.usage.alerted) {
            if !self.usage.offered.contains(&devinf::data_store_name(&name)) {
                self.findings.add(|| super::Finding {
                    rule: Rule::UseDataStore,
                    path,
                    position: syncml_wbxml::Position::at(byte),
                    repaired: false,
                    status: None,
                    detail: format!(
                        "no datastore in the device information is {}",
                        quoted(&name)
                    ),
                });
            }
        }
    }

    /// The command around the innermost element, with what it holds so far.
    fn command(&self) -> Option<(Tag, &[Node])> {
        self.frames.iter().rev().skip(1).find_map(|frame| {
            let tag = frame.tag.filter(|tag| model::is_command(*tag))?;
            Some((tag, &*frame.children))
        })
    }
}

/// A value for a message to people: short, and in quotes.
fn quoted(text: &str) -> String {
    let short = crate::decode::shorten(text);
    if short.len() < text.len() {
        format!("{short:?}…")
    } else {
        format!("{short:?}")
    }
}

/// Whether text is a decimal number as it ought to be written.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
        && text.parse::<u64>().is_ok()
}
