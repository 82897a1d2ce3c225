//! The caller's say in a slow sync or refresh that nobody has asked for `[DSPro §negotiation]`.

use syncml_repr::StatusCode;

use super::datastore::StoreState;
use super::resume::Resumption;
use super::talk::Talk;

impl StoreState {
    /// Whether the caller is to be asked before it begins.
    fn is_unexpected(&self) -> bool {
        self.sync_type.is_afresh()
            && !self.asked.is_afresh()
            && self.resumption == Resumption::No
            && !self.agreed
    }
}

impl Talk {
    /// Asks the caller, once, where everything is to be sent although changes were asked for. Where it refuses, the
    /// datastore is given up: nothing of it has moved.
    pub(crate) async fn agree(&mut self, index: usize) {
        let store = &self.common.datastores[index];
        if !store.is_active() || !store.is_unexpected() {
            return;
        }
        let (link, asked, settled) = (store.link.clone(), store.asked, store.sync_type);
        match self.port.agree(link, asked, settled).await {
            Ok(true) => self.common.datastores[index].agreed = true,
            Ok(false) => self.common.datastores[index].fail(StatusCode::FORBIDDEN),
            Err(fault) => self.store_failed(index, &fault),
        }
    }
}
