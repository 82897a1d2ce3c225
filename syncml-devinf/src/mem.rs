/// Space of a datastore (`DSMem`) `[DevInf §DSMem]`. Advisory: clients go beyond it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct DsMem {
    /// Several datastores share it (`SharedMem`).
    pub shared_mem: bool,
    /// Bytes (`MaxMem`).
    pub max_mem: Option<u64>,
    /// Items (`MaxID`).
    pub max_id: Option<u64>,
}

impl DsMem {
    /// Space in bytes and in items.
    #[must_use]
    pub const fn new(max_mem: Option<u64>, max_id: Option<u64>) -> Self {
        Self {
            shared_mem: false,
            max_mem,
            max_id,
        }
    }
}
