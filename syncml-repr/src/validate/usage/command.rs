use syncml_meta::same_essence;
use syncml_wbxml::number;
use syncml_wbxml::tag::{metinf as m, syncml as s};

use super::{Alerted, quoted};
use crate::AlertCode;
use crate::dialect::is_devinf;
use crate::validate::Rule;
use crate::validate::node::{Node, find};
use crate::validate::walk::Walker;

/// The type of the expression in a Record.
const CGI: &str = "syncml:filtertype-cgi";
/// Alerts that are remembered until the device information is known.
const MOST_ALERTS: usize = 100;

impl Walker<'_> {
    /// `SyncHdr`.
    pub(super) fn check_header(&mut self, node: &Node) {
        let proto = node.leaf(s::VER_PROTO).unwrap_or_default();
        self.usage.is_ds = proto.starts_with("SyncML/");
        let (Some(version), false) = (self.version, proto.is_empty()) else {
            return;
        };
        let own = proto
            .strip_prefix("SyncML/")
            .or_else(|| proto.strip_prefix("DM/"));
        let fits = own.is_some_and(|own| {
            own.strip_prefix(version.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        // The first protocol of device management was 1.0 and had the DTD of 1.1.
        if !fits && proto != "DM/1.0" {
            let byte = node
                .child(s::VER_PROTO)
                .map_or(node.byte, |child| child.byte);
            let detail = format!("{} with VerDTD {version}", quoted(proto));
            self.add_in(&[s::VER_PROTO], Rule::VerProto, byte, false, detail);
        }
    }

    /// `SyncBody`.
    pub(super) fn check_body(&mut self, node: &Node) {
        let Some(last) = node.child(s::FINAL) else {
            return;
        };
        if self.usage.asked_on {
            let detail = "Final with an Alert 222";
            self.add_in(&[s::FINAL], Rule::UseFinal, last.byte, false, detail);
        }
        if self.usage.is_split {
            let detail = "Final before the last chunk";
            self.add_in(&[s::FINAL], Rule::UseMoreData, last.byte, false, detail);
        }
    }

    /// `Alert`. Its items have been looked at.
    pub(super) fn check_alert(&mut self, node: &Node) {
        let Some(data) = node.leaf(s::DATA) else {
            self.add(
                Rule::UseAlertCode,
                node.byte,
                false,
                "an Alert without a code",
            );
            return;
        };
        let is_sync = AlertCode::parse(data.as_bytes()).is_some_and(AlertCode::is_sync);
        if is_sync && !self.had(s::ITEM) {
            self.add(
                Rule::UseAlertItem,
                node.byte,
                false,
                "an Alert without Item",
            );
        }
    }

    /// An Item of an Alert for a sync.
    pub(super) fn check_alert_item(&mut self, node: &Node, code: AlertCode) {
        let source = node.child(s::SOURCE);
        let by_server = code >= AlertCode::TWO_WAY_BY_SERVER;
        let incomplete = match (node.child(s::TARGET), source) {
            (Some(_), Some(_)) => None,
            (None, Some(_)) if !by_server => Some("an Item without Target"),
            (Some(_), None) if !by_server => Some("an Item without Source"),
            (None, None) => Some("an Item without Target and Source"),
            _ => None,
        };
        if let Some(detail) = incomplete {
            self.add(Rule::UseAlertItem, node.byte, false, detail);
        }
        let anchor = node.child(s::META).and_then(|meta| meta.child(m::ANCHOR));
        if anchor.is_none() && !by_server {
            self.add(Rule::UseAnchor, node.byte, false, "an Item without Anchor");
        }
        if let Some(source) = source
            && let Some(name) = source.child(s::LOC_URI)
            && self.usage.alerted.len() < MOST_ALERTS
        {
            let alerted = Alerted {
                name: name.text().into(),
                byte: source.byte,
                path: format!("{}/Source", self.path()),
            };
            self.usage.alerted.push(alerted);
        }
    }

    /// `Status`.
    pub(super) fn check_status(&mut self, node: &Node) {
        let is_header = node.leaf(s::CMD_REF) == Some("0");
        if let Some(cmd) = node.child(s::CMD)
            && node.child(s::CMD_REF).is_some()
            && is_header != cmd.text().eq_ignore_ascii_case("SyncHdr")
        {
            let detail = "SyncHdr goes with CmdRef 0, and nothing else does";
            self.add_in(&[s::CMD], Rule::UseCmd, cmd.byte, false, detail);
        }
        if is_header && self.usage.had_status {
            let detail = "the Status of the header after others";
            self.add(Rule::UseStatusFirst, node.byte, false, detail);
        }
        self.usage.had_status = true;
    }

    /// An Item of a Status.
    pub(super) fn check_status_item(&mut self, node: &Node) {
        let addressed = node.child(s::SOURCE).is_some() || node.child(s::TARGET).is_some();
        let refs = |children: &[Node]| {
            find(children, s::TARGET_REF).is_some() || find(children, s::SOURCE_REF).is_some()
        };
        if addressed && !self.command().is_some_and(|(_, children)| refs(children)) {
            let detail = "an Item has the address, and there is no TargetRef or SourceRef";
            self.add(Rule::UseStatusRef, node.byte, false, detail);
        }
    }

    /// `Sync`.
    pub(super) fn check_sync(&mut self, node: &Node) {
        if node.child(s::TARGET).is_none() || node.child(s::SOURCE).is_none() {
            let detail = "a Sync without Target or without Source";
            self.add(Rule::UseSync, node.byte, false, detail);
        }
        let changes = self.frames.last().map_or(0, |frame| frame.changes);
        if let Some(child) = node.child(s::NUMBER_OF_CHANGES)
            && let Some(announced) = number(child.text())
            && changes > announced
        {
            let detail = format!("{announced} announced, {changes} in this Sync alone");
            self.add_in(
                &[s::NUMBER_OF_CHANGES],
                Rule::UseChangeCount,
                child.byte,
                false,
                detail,
            );
        }
    }

    /// Counts a change for the Sync around it.
    pub(super) fn count_change(&mut self) {
        let around = self.frames.iter_mut().rev();
        if let Some(sync) = around.into_iter().find(|frame| frame.tag == Some(s::SYNC)) {
            sync.changes = sync.changes.saturating_add(1);
        }
    }

    /// `Filter`.
    pub(super) fn check_filter(&mut self, node: &Node) {
        let named = node
            .child(s::META)
            .and_then(|meta| meta.leaf(m::TYPE))
            .is_some_and(|name| !name.is_empty());
        if !named {
            self.add(Rule::UseFilter, node.byte, false, "no type of the objects");
        }
    }

    /// The Item of a Field or a Record.
    pub(super) fn check_filter_item(&mut self, node: &Node, is_record: bool) {
        let name = node
            .child(s::META)
            .and_then(|meta| meta.leaf(m::TYPE))
            .unwrap_or_default();
        if is_record && !same_essence(name, CGI) {
            let detail = format!("{} as type of a Record", quoted(name));
            self.add(Rule::UseFilter, node.byte, false, detail);
        }
        if !is_record && !is_devinf(name) {
            let detail = format!("{} as type of a Field", quoted(name));
            self.add(Rule::UseFilter, node.byte, false, detail);
        }
    }
}
