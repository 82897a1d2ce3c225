use syncml_wbxml::{Version, same_essence};

use crate::{CtCap, DataStore, DevInf, Ext, SyncType};

impl DevInf {
    /// The version of the document: as stated, else by its shape. `None` for an unknown one.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        if !self.ver_dtd.is_empty() {
            return Version::parse(&self.ver_dtd);
        }
        let grouped = self
            .data_stores
            .iter()
            .any(|store| !store.ct_caps.is_empty());
        Some(if grouped {
            Version::V1_2
        } else {
            Version::V1_1
        })
    }

    /// The datastore that an address means.
    ///
    /// Devices and servers spell the address of a datastore in different ways, so that the best
    /// match counts: the same address but for `./`, slashes at the ends and what follows `?`; else
    /// the longest one that the address begins with, as in `./contacts` for `./contacts/work`;
    /// else one with the same last part.
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
    /// assert_eq!(found("./Tasks"), None);
    /// ```
    #[must_use]
    pub fn data_store(&self, uri: &str) -> Option<&DataStore> {
        let uri = plain(uri);
        let mut best: Option<(&DataStore, usize)> = None;
        for store in &self.data_stores {
            let own = plain(&store.source_ref);
            if own == uri {
                return Some(store);
            }
            let begins = uri
                .strip_prefix(own)
                .is_some_and(|rest| rest.starts_with('/'))
                && !own.is_empty();
            if begins && best.is_none_or(|(_, len)| own.len() > len) {
                best = Some((store, own.len()));
            }
        }
        best.map(|(store, _)| store).or_else(|| {
            let last = base_name(uri);
            self.data_stores
                .iter()
                .find(|store| !last.is_empty() && base_name(plain(&store.source_ref)) == last)
        })
    }

    /// The content types of a datastore in detail: its own (1.2), else those of the device (1.0,
    /// 1.1) that it sends or receives, or all of them if it does not say what it sends and
    /// receives. None at all means that nothing is known, not that nothing is supported.
    pub fn ct_caps<'a>(&'a self, store: &'a DataStore) -> impl Iterator<Item = &'a CtCap> {
        let open = store.receives().chain(store.sends()).next().is_none();
        let global = self.ct_caps.iter().filter(move |cap| {
            open || store
                .receives()
                .chain(store.sends())
                .any(|content_type| same_essence(&content_type.ct_type, &cap.ct_type))
        });
        let use_global = store.ct_caps.is_empty();
        store
            .ct_caps
            .iter()
            .chain(global.filter(move |_| use_global))
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
