/// Free space of a datastore (`Mem`) `[MetInf §Mem]`.
///
/// The content model demands `FreeMem` and `FreeID`, but every stack tolerates their absence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Mem {
    /// Several datastores share this memory (`SharedMem`).
    pub shared_mem: bool,
    /// Free memory in bytes (`FreeMem`).
    pub free_mem: Option<u64>,
    /// Number of items that still fit (`FreeID`; some devices spell it `FreeId`).
    pub free_id: Option<u64>,
}

impl Mem {
    /// Free memory in bytes and in items.
    #[must_use]
    pub const fn new(free_mem: Option<u64>, free_id: Option<u64>) -> Self {
        Self {
            shared_mem: false,
            free_mem,
            free_id,
        }
    }
}
