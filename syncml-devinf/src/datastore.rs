use syncml_wbxml::sparse_debug;
use syncml_wbxml::{ByteString, Fragment};

use crate::{ContentType, CtCap, DsMem, FilterCap, SyncType};

/// What one datastore can do (`DataStore`) `[DevInf §DataStore]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct DataStore {
    /// Address (`SourceRef`), as alerts name it.
    pub source_ref: ByteString,
    /// Name for people (`DisplayName`).
    pub display_name: Option<ByteString>,
    /// Longest id of the server in bytes that the store can keep (`MaxGUIDSize`); clients only.
    pub max_guid_size: Option<u64>,
    /// Type it likes best to receive (`Rx-Pref`).
    pub rx_pref: Option<ContentType>,
    /// Other types it can receive (`Rx`).
    pub rx: Vec<ContentType>,
    /// Type it likes best to send (`Tx-Pref`).
    pub tx_pref: Option<ContentType>,
    /// Other types it can send (`Tx`).
    pub tx: Vec<ContentType>,
    /// Content types in detail (`CTCap`, here since 1.2).
    pub ct_caps: Vec<CtCap>,
    /// Space (`DSMem`).
    pub ds_mem: Option<DsMem>,
    /// Folders are understood (`SupportHierarchicalSync`, since 1.2).
    pub support_hierarchical_sync: bool,
    /// Sync types (`SyncCap`).
    pub sync_cap: Vec<SyncType>,
    /// Grammars of filters it can receive (`Filter-Rx`, since 1.2).
    pub filter_rx: Vec<ContentType>,
    /// What can be filtered on (`FilterCap`, since 1.2).
    pub filter_caps: Vec<FilterCap>,
    /// Unknown children, in order.
    pub other: Vec<Fragment>,
}

sparse_debug!(DataStore {
    source_ref,
    display_name,
    max_guid_size,
    rx_pref,
    rx,
    tx_pref,
    tx,
    ct_caps,
    ds_mem,
    support_hierarchical_sync,
    sync_cap,
    filter_rx,
    filter_caps,
    other,
});

impl DataStore {
    /// A datastore that sends and receives one content type.
    #[must_use]
    pub fn new(source_ref: impl Into<ByteString>, content_type: ContentType) -> Self {
        Self {
            source_ref: source_ref.into(),
            rx_pref: Some(content_type.clone()),
            tx_pref: Some(content_type),
            ..Self::default()
        }
    }

    /// The same with these sync types.
    #[must_use]
    pub fn with_sync_cap(mut self, sync_types: impl IntoIterator<Item = SyncType>) -> Self {
        self.sync_cap.extend(sync_types);
        self
    }

    /// The same with one more content type in detail.
    #[must_use]
    pub fn with_ct_cap(mut self, ct_cap: CtCap) -> Self {
        self.ct_caps.push(ct_cap);
        self
    }
}
