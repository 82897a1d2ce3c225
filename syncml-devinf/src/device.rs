use syncml_wbxml::sparse_debug;
use syncml_wbxml::{ByteString, Fragment};

use crate::{CtCap, DataStore, Ext};

/// What a device is and can do (`DevInf`) `[DevInf §DevInf]`.
///
/// One model for the versions 1.0, 1.1 and 1.2. [`read`](Self::read) takes any of them,
/// [`write`](Self::write) makes any of them.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct DevInf {
    /// Version of the document that was read (`VerDTD`), empty if it did not say. When a
    /// document is written its version is that of the session.
    pub ver_dtd: ByteString,
    /// Manufacturer (`Man`).
    pub man: Option<ByteString>,
    /// Model (`Mod`).
    pub model: Option<ByteString>,
    /// Company under whose name it is sold (`OEM`).
    pub oem: Option<ByteString>,
    /// Version of the firmware (`FwV`).
    pub fw_v: Option<ByteString>,
    /// Version of the software (`SwV`).
    pub sw_v: Option<ByteString>,
    /// Version of the hardware (`HwV`).
    pub hw_v: Option<ByteString>,
    /// Identity (`DevID`); mostly that of the message header, but do not count on it.
    pub dev_id: ByteString,
    /// Kind of device (`DevTyp`): `phone`, `server`, `workstation` and so on; an open set.
    pub dev_typ: ByteString,
    /// Times may be sent in UTC (`UTC`, since 1.1).
    pub utc: bool,
    /// Objects may come in chunks (`SupportLargeObjs`, since 1.1).
    pub support_large_objs: bool,
    /// `NumberOfChanges` is understood (`SupportNumberOfChanges`, since 1.1).
    pub support_number_of_changes: bool,
    /// The datastores (`DataStore`).
    pub data_stores: Vec<DataStore>,
    /// Content types of all datastores (`CTCap` up to 1.1). In 1.2 they are in the datastores;
    /// [`ct_caps`](Self::ct_caps) looks in both places.
    pub ct_caps: Vec<CtCap>,
    /// Vendor extensions (`Ext`).
    pub ext: Vec<Ext>,
    /// Unknown children, in order.
    pub other: Vec<Fragment>,
}

sparse_debug!(DevInf {
    ver_dtd,
    man,
    model,
    oem,
    fw_v,
    sw_v,
    hw_v,
    dev_id,
    dev_typ,
    utc,
    support_large_objs,
    support_number_of_changes,
    data_stores,
    ct_caps,
    ext,
    other,
});

impl DevInf {
    /// A device without datastores.
    #[must_use]
    pub fn new(dev_id: impl Into<ByteString>, dev_typ: impl Into<ByteString>) -> Self {
        Self {
            dev_id: dev_id.into(),
            dev_typ: dev_typ.into(),
            ..Self::default()
        }
    }

    /// The same with one more datastore.
    #[must_use]
    pub fn with_data_store(mut self, data_store: DataStore) -> Self {
        self.data_stores.push(data_store);
        self
    }
}
