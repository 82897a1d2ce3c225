//! Twins of the peer's items, in a slow sync or refresh `[DSPro §slow sync]`.

use super::items::{Request, RequestKind};
use super::talk::Talk;
use crate::change::{Content, Known};
use crate::defect::Defect;
use crate::store::StoreFault;
use crate::twin::{Finding, Search, Twin};

impl Talk {
    /// For each request, what a search for an own item has come to that is like one that is unknown here, where
    /// `compares` says so of its kind.
    pub(crate) async fn find_twins(
        &mut self,
        index: usize,
        requests: &[Request],
        known: &[Option<Known>],
        loose: bool,
        compares: impl Fn(&RequestKind) -> bool,
    ) -> Result<Vec<Option<Twin>>, StoreFault> {
        let mut twins = vec![None; requests.len()];
        let (places, contents): (Vec<usize>, Vec<Content>) = requests
            .iter()
            .zip(known)
            .enumerate()
            .filter(|(_, (request, known))| known.is_none() && compares(&request.kind))
            .filter_map(|(place, (request, _))| Some((place, request.kind.content()?.clone())))
            .unzip();
        if !contents.is_empty() && !Defect::TwinsIgnored.is_armed() {
            let store = &self.common.datastores[index];
            let (link, filter) = (store.link.clone(), store.filter.clone());
            let search = Search::default().with_loose(loose).with_filter(filter);
            let found = self.port.find_twins(link, contents, search).await?;
            for (place, twin) in places.into_iter().zip(found) {
                twins[place] = Some(twin);
            }
        }
        Ok(twins)
    }
}

impl From<&Twin> for Finding {
    fn from(twin: &Twin) -> Self {
        match twin {
            Twin::Found(_, likeness) => Self::Twin(*likeness),
            Twin::None(why) => Self::NoTwin(*why),
        }
    }
}
