use std::collections::HashSet;

use syncml_wbxml::{Version, essence, same_essence};

use crate::{CtCap, DataStore, DevInf, Ext, Property, SyncType};

/// Name of the extension that lists the protocol's extensions.
const DSX: &str = "X-DSX";

impl DevInf {
    /// The version of the document: as stated, else by its shape. `None` for an unknown one.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        if !self.ver_dtd.is_empty() {
            return Version::parse(&self.ver_dtd);
        }
        let is_new = self.data_stores.iter().any(DataStore::is_new)
            || self.ct_caps.iter().any(CtCap::is_new);
        Some(if is_new { Version::V1_2 } else { Version::V1_1 })
    }

    /// The datastore that an address means.
    ///
    /// Devices and servers spell the address of a datastore in different ways, so that the best
    /// match counts: the same address but for `./`, slashes at the ends and what follows `?`; else
    /// the longest one that the address begins with, as in `./contacts` for `./contacts/work`;
    /// else one with the same last part. If all that finds nothing, case does not count.
    ///
    /// ```
    /// use syncml_devinf::{ContentType, DataStore, DevInf};
    ///
    /// let card = ContentType::new("text/vcard", "3.0");
    /// let device = DevInf::new("d", "server")
    ///     .with_data_store(DataStore::new("/Calendar", card.clone()))
    ///     .with_data_store(DataStore::new("/Calendar/Events", card));
    /// let found = |uri| device.data_store(uri).map(|store| &*store.source_ref);
    /// assert_eq!(found("./Calendar/"), Some("/Calendar"));
    /// assert_eq!(found("Calendar/Events/2027"), Some("/Calendar/Events"));
    /// assert_eq!(found("http://example.net/ds/Events"), Some("/Calendar/Events"));
    /// assert_eq!(found("./calendar"), Some("/Calendar"));
    /// assert_eq!(found("./Tasks"), None);
    /// ```
    #[must_use]
    pub fn data_store(&self, uri: &str) -> Option<&DataStore> {
        self.find_data_store(uri, |one, other| one == other)
            .or_else(|| self.find_data_store(uri, str::eq_ignore_ascii_case))
    }

    fn find_data_store(&self, uri: &str, same: fn(&str, &str) -> bool) -> Option<&DataStore> {
        let uri = plain(uri);
        let mut best: Option<(&DataStore, usize)> = None;
        for store in &self.data_stores {
            let own = plain(&store.source_ref);
            if same(own, uri) {
                return Some(store);
            }
            let begins = !own.is_empty()
                && uri.get(..own.len()).is_some_and(|start| same(start, own))
                && uri[own.len()..].starts_with('/');
            if begins && best.is_none_or(|(_, len)| own.len() > len) {
                best = Some((store, own.len()));
            }
        }
        best.map(|(store, _)| store).or_else(|| {
            let last = base_name(uri);
            self.data_stores
                .iter()
                .find(|store| !last.is_empty() && same(base_name(plain(&store.source_ref)), last))
        })
    }

    /// The content types of a datastore in detail: its own (1.2), else those of the device (1.0,
    /// 1.1) that it sends or receives, or all of them if it does not say what it sends and
    /// receives. None at all means that nothing is known, not that nothing is supported.
    pub fn ct_caps<'a>(&'a self, store: &'a DataStore) -> impl Iterator<Item = &'a CtCap> {
        let global = if store.ct_caps.is_empty() {
            self.ct_caps.as_slice()
        } else {
            &[]
        };
        // Without parameters and case. A set, since a document may hold many of both.
        let mut types = HashSet::new();
        if !global.is_empty() {
            let all = store.receives().chain(store.sends());
            types.extend(all.map(|one| essence(&one.ct_type).to_ascii_lowercase()));
        }
        let global = global.iter().filter(move |cap| {
            types.is_empty() || types.contains(&essence(&cap.ct_type).to_ascii_lowercase())
        });
        store.ct_caps.iter().chain(global)
    }

    /// Whether a datastore knows a property of a content type; `None` if that is not known,
    /// because the datastore says nothing about the properties of the type.
    ///
    /// The other side must not take it for a deletion if a property is missing that the datastore
    /// does not know.
    #[must_use]
    pub fn supports_property(&self, store: &DataStore, ct_type: &str, name: &str) -> Option<bool> {
        let mut known = None;
        for cap in self.ct_caps(store) {
            if !cap.properties.is_empty() && same_essence(&cap.ct_type, ct_type) {
                known = Some(known == Some(true) || cap.property(name).is_some());
            }
        }
        known
    }

    /// Whether a datastore is there and names this sync type.
    #[must_use]
    pub fn supports(&self, uri: &str, sync_type: SyncType) -> bool {
        self.data_store(uri)
            .is_some_and(|store| store.sync_cap.contains(&sync_type))
    }

    /// The vendor extension of this name, in any case.
    #[must_use]
    pub fn ext(&self, x_nam: &str) -> Option<&Ext> {
        self.ext
            .iter()
            .find(|ext| ext.x_nam.eq_ignore_ascii_case(x_nam))
    }

    /// The extensions of the protocol that the device announces (`Ext` named `X-DSX`), each with
    /// its version: `("poll", "1")` for the value `poll/1`.
    pub fn dsx_features(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ext(DSX)
            .into_iter()
            .flat_map(|ext| &ext.x_vals)
            .filter_map(|token| token.split_once('/'))
    }
}

impl DataStore {
    /// Whether it says what only 1.2 can say.
    fn is_new(&self) -> bool {
        self.support_hierarchical_sync
            || !(self.ct_caps.is_empty()
                && self.filter_rx.is_empty()
                && self.filter_caps.is_empty())
    }
}

impl CtCap {
    /// Whether it says what only 1.2 can say.
    fn is_new(&self) -> bool {
        let is_new = |property: &Property| property.max_occur.is_some() || property.no_truncate;
        self.field_level || self.properties.iter().any(is_new)
    }
}

/// An address without what is spelled in different ways.
fn plain(uri: &str) -> &str {
    let uri = uri.trim();
    let uri = uri.split(['?', '#']).next().unwrap_or(uri);
    uri.strip_prefix("./").unwrap_or(uri).trim_matches('/')
}

fn base_name(uri: &str) -> &str {
    uri.rsplit('/').next().unwrap_or(uri)
}
