//! Items of the client that are here already, and differ `[DSPro §slow sync]`.

use super::conflict::Decision;
use super::turn::Server;
use crate::change::{ItemId, Key, Known, MapPair, Operation};
use crate::config::ConflictPolicy;
use crate::notice::Notice;
use crate::session::items::{Request, RequestKind};
use crate::store::StoreFault;
use crate::sync_type::SyncType;
use crate::twin::{Likeness, Twin};
use syncml_repr::StatusCode;

impl Server {
    /// Pairs own items that are no more than alike with those of the client, which has an older state of each; from
    /// then on such an item is known, and changed on both sides.
    pub(super) async fn pair_loosely(
        &mut self,
        index: usize,
        requests: &[Request],
        twins: &[Option<Twin>],
        known: &mut [Option<Known>],
    ) -> Result<(), StoreFault> {
        let store = &self.talk.common.datastores[index];
        let (link, sync_type) = (store.link.clone(), store.sync_type);
        let (mut pairs, mut places) = (Vec::new(), Vec::new());
        for (place, (request, twin)) in requests.iter().zip(twins).enumerate() {
            let Some(Twin::Found(local, likeness)) = twin else {
                continue;
            };
            if *likeness == Likeness::Equal {
                continue;
            }
            pairs.push(MapPair::new(local.clone(), request.id.clone()));
            if likeness.differs() {
                places.push((place, *likeness, Key::Local(local.clone())));
                self.talk.port.notice(Notice::Paired {
                    datastore: link.local.clone(),
                    item: local.clone(),
                    theirs: request.id.clone(),
                    likeness: *likeness,
                });
            }
        }
        if pairs.is_empty() {
            return Ok(());
        }
        self.talk.port.save_map(link.clone(), pairs).await?;
        if places.is_empty() {
            return Ok(());
        }
        let keys = places.iter().map(|(.., key)| key.clone()).collect();
        let resolved = self.talk.port.resolve(link, keys).await?;
        for ((place, likeness, _), mut found) in places.into_iter().zip(resolved) {
            if let Some(found) = &mut found {
                found.conflict = match (sync_type, likeness) {
                    // Nobody has changed one into the other: what either of them says is to stay.
                    (SyncType::Slow, Likeness::Alike) => Some(ConflictPolicy::Merge),
                    (SyncType::Slow, _) => found.conflict,
                    // A refresh leaves what the client has.
                    _ => Some(ConflictPolicy::ClientWins),
                };
            }
            if let Some(known) = known.get_mut(place) {
                *known = found;
            }
        }
        Ok(())
    }
}

/// What is to be done about an item that is here with the same content; none: it is not.
#[inline]
pub(super) fn matched(
    twin: Option<&Twin>,
    kind: &RequestKind,
    luid: &ItemId,
    of_add: StatusCode,
) -> Option<Decision> {
    let Some(Twin::Found(local, likeness)) = twin else {
        return None;
    };
    let status = match kind {
        RequestKind::Add(_) => of_add,
        _ => StatusCode::OK,
    };
    let (local, remote) = (local.clone(), luid.clone());
    let operation = match likeness {
        Likeness::Equal => Operation::Pair {
            local,
            remote,
            owes_map: false,
        },
        // The store puts the two together: what the client was not to have stays.
        Likeness::Shown => Operation::Replace {
            local,
            content: kind.content()?.clone(),
        },
        _ => return None,
    };
    Some(Decision::plain(operation, status))
}
