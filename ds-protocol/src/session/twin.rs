//! Twins of the peer's items, in a slow sync or refresh `[DSPro §slow sync]`.

use std::collections::HashMap;

use super::items::{Request, RequestKind};
use super::talk::Talk;
use crate::change::{ItemId, Known};
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
        let mut contents = Vec::with_capacity(requests.len());
        for (place, (request, known)) in requests.iter().zip(known).enumerate() {
            let Some(content) = request.kind.content().filter(|_| known.is_none()) else {
                continue;
            };
            if !compares(&request.kind) {
                continue;
            }
            if let Place::UnderNew(parent) = &content.place {
                below.entry((**parent).clone()).or_default().push(place);
                twins[place] = Some(Twin::None(NoTwin::Nothing));
            } else {
                places.push(place);
                contents.push(content.clone());
            }
        }
        while !contents.is_empty() {
            let store = &self.common.datastores[index];
            let (link, filter) = (store.link.clone(), store.filter.clone());
            let search = Search::default().with_loose(loose).with_filter(filter);
            let asked = std::mem::take(&mut contents);
            let found = self.port.find_twins(link, asked, search).await?;
            for (place, twin) in std::mem::take(&mut places).into_iter().zip(found) {
                if let Some(parent) = twin.found().filter(|_| !below.is_empty()) {
                    for child in below.remove(&requests[place].id).unwrap_or_default() {
                        let kind = &mut requests[child].kind;
                        kind.put(Place::under(parent.clone()));
                        places.push(child);
                        contents.extend(kind.content().cloned());
                    }
                }
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
