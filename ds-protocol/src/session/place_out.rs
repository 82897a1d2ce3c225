//! Where own items stand: `SourceParent` and `TargetParent` in what is sent `[DSPro §hierarchy]`.

use serde::{Deserialize, Serialize};
use syncml_devinf::Version;
use syncml_repr::Item;

use super::compose::Composer;
use super::talk::{Role, Talk};
use crate::change::{Change, ChangeKind, ItemId};
use crate::notice::Notice;
use crate::place::Moved;

/// What is said of the place of an item that is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Standing {
    /// Nothing: a new item stands at the top, another stays where it is.
    #[default]
    Unsaid,
    /// Under this item of the peer's.
    Target(ItemId),
    /// Under this item of ours.
    Source(ItemId),
    /// At the top.
    Top,
}

impl Standing {
    pub(super) fn write(&self, item: Item, role: Role) -> Item {
        match (self, role) {
            (Self::Unsaid, _) => item,
            (Self::Target(parent), _) => item.with_target_parent(parent.text()),
            (Self::Source(parent), _) => item.with_source_parent(parent.text()),
            (Self::Top, Role::Client) => item.with_source_parent(""),
            (Self::Top, Role::Server) => item.with_target_parent(""),
        }
    }
}

impl Talk {
    /// Whether both sides keep a tree of the items of a datastore.
    pub(super) fn tells_places(&self, index: usize) -> bool {
        self.common.datastores[index].hierarchical
            && self.common.version == Version::V1_2
            && self.is_tree(index)
    }

    /// Whether a change goes out as Move.
    pub(super) fn moves(&self, index: usize, change: &Change) -> bool {
        change.kind == ChangeKind::Replace
            && change.moved == Moved::Only
            && self.tells_places(index)
            && (self.common.is_kin || self.profile().takes_move)
    }

    /// What to say of the place of a changed item; none: the peer does not have the item that it stands under, and is
    /// not sent this one either. Parents come first in a list, so one that is not there now does not come any more.
    ///
    /// Where a peer is not known to understand the top, an item that has come there is taken away from it, and comes as
    /// a new one with the next list.
    pub(super) fn stand(
        &self,
        index: usize,
        change: &mut Change,
        composer: &Composer,
    ) -> Option<Standing> {
        if change.kind == ChangeKind::Delete || !self.tells_places(index) {
            return Some(Standing::Unsaid);
        }
        let is_moved = change.kind == ChangeKind::Replace && change.moved != Moved::No;
        let Some(parent) = &change.parent else {
            if !is_moved {
                return Some(Standing::Unsaid);
            }
            let names_top = self.common.datastores[index].names_top;
            if names_top || self.common.is_kin || self.profile().takes_top {
                return Some(Standing::Top);
            }
            if self.common.datastores[index].sync_type.is_afresh() {
                // Nothing is taken away in a sync that sends everything.
                return Some(Standing::Unsaid);
            }
            change.kind = ChangeKind::Delete;
            change.content = None;
            change.large = None;
            return Some(Standing::Unsaid);
        };
        let sent = parent
            .sent
            .as_ref()
            .or_else(|| composer.sent(&parent.local));
        match (self.common.role, &parent.remote, sent) {
            (Role::Server, Some(remote), _) => Some(Standing::Target(remote.clone())),
            (Role::Server, None, Some(name)) => Some(Standing::Source(name.clone())),
            (Role::Client, Some(_), _) | (Role::Client, _, Some(_)) => {
                Some(Standing::Source(parent.local.clone()))
            }
            // It stays where it is for the peer.
            (_, None, None) if change.kind == ChangeKind::Replace && !is_moved => {
                Some(Standing::Unsaid)
            }
            (_, None, None) => {
                self.port.notice(Notice::Orphan {
                    datastore: self.common.datastores[index].link.local.clone(),
                    item: change.local.clone(),
                    parent: parent.local.clone(),
                    status: None,
                });
                None
            }
        }
    }
}
