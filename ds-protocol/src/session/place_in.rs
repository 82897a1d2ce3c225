//! Where the peer's items stand: `SourceParent` and `TargetParent` in what it sends `[DSPro §hierarchy]`.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use syncml_repr::{Item, StatusCode};

use super::items::{Batch, Request, RequestKind, Requests};
use super::talk::Talk;
use crate::change::{ItemId, Key, Known, KnownState};
use crate::notice::Notice;
use crate::place::Place;
use crate::store::StoreFault;

/// Where the peer says that an item stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Said {
    #[default]
    Nothing,
    Top,
    /// Under this item.
    Under(Key),
}

impl Said {
    /// What an item says. Each side names the parent by the client's id as soon as there is one: a client as its own
    /// (`SourceParent`), a server as the receiver's (`TargetParent`).
    pub(super) fn of(item: &Item, by_target: bool) -> Self {
        let named = |uri: &&bytestring::ByteString| !is_top(uri);
        let remote = item.source_parent().filter(named);
        let local = item.target_parent().filter(named);
        let remote = remote.map(|uri| Key::Remote(ItemId::new(uri.clone())));
        let local = local.map(|uri| Key::Local(ItemId::new(uri.clone())));
        let key = if by_target {
            local.or(remote)
        } else {
            remote.or(local)
        };
        match key {
            Some(key) => Self::Under(key),
            None if item
                .source_parent()
                .or_else(|| item.target_parent())
                .is_some() =>
            {
                Self::Top
            }
            None => Self::Nothing,
        }
    }

    pub(super) fn key(&self) -> Option<&Key> {
        match self {
            Self::Nothing | Self::Top => None,
            Self::Under(key) => Some(key),
        }
    }

    /// The name of the parent, whoever gave it.
    pub(super) fn name(&self) -> Option<&ItemId> {
        let (Key::Local(name) | Key::Remote(name)) = self.key()?;
        Some(name)
    }
}

/// Whether a URI means the datastore itself.
fn is_top(uri: &str) -> bool {
    matches!(uri.trim(), "" | "." | "./" | "/")
}

impl RequestKind {
    /// Says where the item is to stand.
    pub(super) fn put(&mut self, to: Place) {
        match self {
            Self::Add(content) | Self::Replace(content) => content.place = to,
            Self::Move(place) => *place = to,
            _ => {}
        }
    }
}

impl Talk {
    /// Finds the places that the peer means. What stands under something that is not here is taken out of the requests:
    /// it waits, or is refused.
    // Long, since it is one pass in the order of the requests: what an item may stand under depends on those before it.
    pub(crate) async fn settle_places(
        &mut self,
        index: usize,
        requests: &mut Requests,
        batch: &mut Batch,
    ) -> Result<(), StoreFault> {
        let store = &mut self.common.datastores[index];
        if !store.hierarchical {
            return Ok(());
        }
        let said = requests.all.iter().map(|request| &request.said);
        store.names_top |= said.clone().any(|said| *said == Said::Top);
        let keys: Vec<Key> = said.filter_map(Said::key).cloned().collect();
        let link = store.link.clone();
        let is_afresh = store.sync_type.is_afresh();
        let tells_places = self.tells_places(index);
        self.give_way(index, requests, batch);
        let parents = match keys.is_empty() {
            true => Vec::new(),
            false => self.port.resolve(link, keys).await?,
        };
        let mut parents = parents.into_iter();
        let mut orphans = Vec::new();
        let is_atomic = requests.atomic.is_some();
        // What an Atomic brings is not here before the whole is carried out.
        let mut brought = HashSet::new();
        requests.all.retain_mut(|request| {
            if is_atomic && matches!(request.kind, RequestKind::Add(_) | RequestKind::Replace(_)) {
                brought.insert(request.id.clone());
            }
            let place = match &request.said {
                // A twin elsewhere is none, and who tells of places says nothing of the top.
                Said::Nothing
                    if tells_places
                        && (is_afresh || matches!(request.kind, RequestKind::Add(_))) =>
                {
                    Place::Top
                }
                Said::Nothing => Place::Unsaid,
                Said::Top => Place::Top,
                Said::Under(_) => match parents.next().flatten().filter(is_here) {
                    Some(parent) => Place::under(parent.local),
                    None if request
                        .said
                        .name()
                        .is_some_and(|name| brought.contains(name)) =>
                    {
                        let parent = request.said.name().cloned();
                        parent.map_or(Place::Top, |parent| Place::UnderNew(Box::new(parent)))
                    }
                    None => {
                        orphans.push(request.clone());
                        return false;
                    }
                },
            };
            request.kind.put(place);
            true
        });
        for orphan in orphans {
            if requests.atomic.is_some() || !self.let_wait(index, &orphan, batch) {
                self.refuse_orphan(index, &orphan, batch).await?;
            }
        }
        Ok(())
    }

    /// Which of these parents are here.
    pub(super) async fn are_here(
        &mut self,
        index: usize,
        keys: Vec<Key>,
    ) -> Result<Vec<bool>, StoreFault> {
        let link = self.common.datastores[index].link.clone();
        let known = self.port.resolve(link, keys).await?;
        let is_here = |known: &Option<Known>| known.as_ref().is_some_and(is_here);
        Ok(known.iter().map(is_here).collect())
    }

    /// Refuses an item whose parent did not come: what is new is not found a place for, what is here is not moved.
    async fn refuse_orphan(
        &mut self,
        index: usize,
        request: &Request,
        batch: &mut Batch,
    ) -> Result<(), StoreFault> {
        let is_known = match request.kind {
            RequestKind::Add(_) => false,
            RequestKind::Move(_) => true,
            _ => {
                let key = match self.common.role {
                    super::talk::Role::Server => Key::Remote(request.id.clone()),
                    super::talk::Role::Client => Key::Local(request.id.clone()),
                };
                self.are_here(index, vec![key]).await?.contains(&true)
            }
        };
        let status = match is_known {
            true => StatusCode::MOVE_FAILED,
            false => StatusCode::NOT_FOUND,
        };
        batch.answer(request, status);
        if let Some(parent) = request.said.name() {
            self.port.notice(Notice::Orphan {
                datastore: self.common.datastores[index].link.local.clone(),
                item: request.id.clone(),
                parent: parent.clone(),
                status: Some(status),
            });
        }
        Ok(())
    }
}

fn is_here(known: &Known) -> bool {
    known.state != KnownState::Deleted
}
