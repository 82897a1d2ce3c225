//! Looking for twins among the files.

use ds_protocol::{Content, Link, Search, Twin};

use super::FolderStore;
use crate::store::ledger::Ledger;
use crate::store::schema::in_one_quick_step;
use crate::store::trouble::{Result, Trouble};

impl FolderStore {
    /// The items that are like these contents and have no pairing. What is noted on the way can be found again.
    pub(super) fn twins(
        &mut self,
        link: &Link,
        contents: &[Content],
        search: &Search,
    ) -> Result<Vec<Twin>> {
        let (files, datastore) = (&self.files, self.datastore);
        while in_one_quick_step::<_, Trouble>(&mut self.connection, |c| {
            let ledger = Ledger::new(c, link, datastore)?;
            ledger.make_fingerprints(&|item, name| files.read_known(c, item, name))
        })? {}
        in_one_quick_step(&mut self.connection, |c| {
            let ledger = Ledger::new(c, link, datastore)?;
            ledger.find_twins(contents, search, true, &|item, name| {
                files.read_known(c, item, name)
            })
        })
    }
}
