use syncml_meta::Version;
use syncml_wbxml::number;
use syncml_wbxml::tag::{devinf as d, syncml as s};

use super::quoted;
use crate::validate::Rule;
use crate::validate::node::Node;
use crate::validate::walk::Walker;

impl Walker<'_> {
    /// `DevInf`.
    pub(super) fn check_devinf(&mut self, _node: &Node) {
        self.usage.is_server = false;
    }

    /// `DataStore`.
    pub(super) fn check_data_store(&mut self, node: &Node) {
        if let Some(name) = node.leaf(d::SOURCE_REF) {
            self.usage.offered.insert(data_store_name(name));
        }
        if let Some(size) = node.child(d::MAX_GUID_SIZE)
            && self.usage.is_server
        {
            let detail = "a server has no use for it";
            self.add_in(
                &[d::MAX_GUID_SIZE],
                Rule::UseMaxGuid,
                size.byte,
                false,
                detail,
            );
        }
    }

    /// `SyncType`.
    pub(super) fn check_sync_type(&mut self, node: &Node) {
        let text = node.text();
        match number(text) {
            Some(code @ 1..=7) => {
                self.usage.sync_types |= 1 << code;
                if text.len() > 1 {
                    self.add(Rule::UseSyncType, node.byte, true, quoted(text));
                }
            }
            _ => self.add(Rule::UseSyncType, node.byte, false, quoted(text)),
        }
    }

    /// `SyncCap`.
    pub(super) fn check_sync_cap(&mut self, node: &Node) {
        let types = std::mem::take(&mut self.usage.sync_types);
        for (code, name) in [(1, "two-way"), (2, "slow")] {
            if types & (1 << code) == 0 {
                let detail = format!("no SyncType {code}, {name}");
                self.add(Rule::UseSyncCap, node.byte, false, detail);
            }
        }
    }

    /// The address of the item that carries device information.
    pub(super) fn check_devinf_uri(&mut self, node: &Node) {
        let Some(locator) = node.child(s::SOURCE).or_else(|| node.child(s::TARGET)) else {
            return;
        };
        let Some(uri) = locator.leaf(s::LOC_URI) else {
            return;
        };
        let right = self.version.map(Version::devinf_uri);
        if right.is_some_and(|right| right != uri) {
            let read = Version::from_devinf_uri(uri).is_some();
            let below = [locator.tag, s::LOC_URI];
            self.add_in(&below, Rule::UseDevInfUri, locator.byte, read, quoted(uri));
        }
    }
}

/// The name of a datastore without what peers leave out or add.
pub(super) fn data_store_name(name: &str) -> String {
    let name = name.split('?').next().unwrap_or(name);
    name.strip_prefix("./")
        .unwrap_or(name)
        .trim_matches('/')
        .to_lowercase()
}
