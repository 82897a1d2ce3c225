//! Twins of the peer's items, in a slow sync or refresh `[DSPro §slow sync]`.

use std::collections::HashMap;

use super::items::{Request, RequestKind};
use super::talk::Talk;
use crate::change::{Content, ItemId, Known};
use crate::defect::Defect;
use crate::place::Place;
use crate::store::StoreFault;
use crate::twin::{Finding, NoTwin, Search, Twin};

impl Talk {
    /// For each request, what a search for an own item has come to that is like one that is unknown here, where
    /// `compares` says so of its kind.
    pub(crate) async fn find_twins(
        &mut self,
        index: usize,
        requests: &mut [Request],
        known: &[Option<Known>],
        loose: bool,
        compares: impl Fn(&RequestKind) -> bool,
    ) -> Result<Vec<Option<Twin>>, StoreFault> {
        let mut twins = vec![None; requests.len()];
        if Defect::TwinsIgnored.is_armed() {
            return Ok(twins);
        }
        // What an Atomic brings under something it brings, too: it has a twin only where that has one.
        let mut below = HashMap::<ItemId, Vec<usize>>::new();
        let mut places = Vec::with_capacity(requests.len());
        for (place, (request, known)) in requests.iter().zip(known).enumerate() {
            let content = request.kind.content().filter(|_| known.is_none());
            match content.map(|content| &content.place) {
                None => {}
                Some(_) if !compares(&request.kind) => {}
                Some(Place::UnderNew(parent)) => {
                    below.entry((**parent).clone()).or_default().push(place);
                    twins[place] = Some(Twin::None(NoTwin::Nothing));
                }
                Some(_) => places.push(place),
            }
        }
        while !places.is_empty() {
            let contents = places
                .iter()
                .filter_map(|place| requests[*place].kind.content());
            let contents: Vec<Content> = contents.cloned().collect();
            let store = &self.common.datastores[index];
            let (link, filter) = (store.link.clone(), store.filter.clone());
            let search = Search::default().with_loose(loose).with_filter(filter);
            let found = self.port.find_twins(link, contents, search).await?;
            let mut next = Vec::new();
            for (place, twin) in places.into_iter().zip(found) {
                if let Some(parent) = twin.found() {
                    for child in below.remove(&requests[place].id).unwrap_or_default() {
                        requests[child].kind.put(Place::under(parent.clone()));
                        next.push(child);
                    }
                }
                twins[place] = Some(twin);
            }
            places = next;
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
