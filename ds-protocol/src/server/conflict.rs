//! What a server does with an item of the client, given what became of it here: the whole matrix as
//! one function `[DSPro §conflicts]`.

use syncml_repr::StatusCode;

use crate::change::{Content, ItemId, Known, KnownState, Operation, Resolution};
use crate::config::{ConflictPolicy, Datastore, Writes};
use crate::defect::Defect;
use crate::place::Place;
use crate::session::items::RequestKind;

/// What to do, and what the client is told when it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    /// None: nothing is to be done.
    pub(crate) operation: Option<Operation>,
    pub(crate) status: StatusCode,
    /// Both sides had changed the item.
    pub(crate) conflict: bool,
}

/// How a datastore decides.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    policy: ConflictPolicy,
    deletes_win: bool,
    writes: Writes,
    /// A change may go out without what an item carries.
    hierarchical: bool,
}

impl Decision {
    pub(crate) fn nothing(status: StatusCode) -> Self {
        Self {
            operation: None,
            status,
            conflict: false,
        }
    }

    pub(crate) fn plain(operation: Operation, status: StatusCode) -> Self {
        Self {
            operation: Some(operation),
            ..Self::nothing(status)
        }
    }

    fn conflict(operation: impl Into<Option<Operation>>, status: StatusCode) -> Self {
        Self {
            operation: operation.into(),
            conflict: true,
            ..Self::nothing(status)
        }
    }
}

impl Rules {
    pub(crate) fn of(datastore: &Datastore) -> Self {
        Self {
            policy: datastore.conflict,
            deletes_win: datastore.deletes_win,
            writes: datastore.writes,
            hierarchical: datastore.hierarchical,
        }
    }

    /// The policy for an item; the store's word goes before the datastore's.
    pub(crate) fn policy(&self, known: &Known) -> ConflictPolicy {
        known.conflict.unwrap_or(self.policy)
    }

    /// Whether the client is to decide, and needs our version for that.
    pub(crate) fn hands_over(&self, known: &Known) -> bool {
        self.policy(known) == ConflictPolicy::ClientDecides
    }

    /// The policy that asks the store about this item: both sides have a version of it.
    pub(crate) fn asks(&self, kind: &RequestKind, known: &Known) -> Option<ConflictPolicy> {
        let policy = self.policy(known);
        let asks = matches!(policy, ConflictPolicy::NewestWins | ConflictPolicy::Merge)
            && known.state == KnownState::Changed
            && self.writes == Writes::Taken
            && kind.content().is_some();
        asks.then_some(policy)
    }

    /// Whether it matters that both sides may have made the same change: else there would be two of it. In a tree each may
    /// have put it elsewhere.
    pub(crate) fn doubles(&self, kind: &RequestKind, known: &Known) -> bool {
        self.policy(known) == ConflictPolicy::Duplicate
            && known.state == KnownState::Changed
            && kind
                .content()
                .is_some_and(|content| !content.staged && content.place == Place::Unsaid)
    }

    /// Decides about an item of the client. `asked` is what the store said where it was asked.
    pub(crate) fn decide(
        &self,
        kind: RequestKind,
        luid: &ItemId,
        known: Option<&Known>,
        asked: Option<Resolution>,
    ) -> Decision {
        let adds = matches!(kind, RequestKind::Add(_));
        let decision = match known {
            None => unknown(kind, luid),
            Some(known) => self.decide_known(kind, luid, known, asked),
        };
        let gone = known.is_some_and(|known| known.state == KnownState::Deleted);
        let writes = decision
            .operation
            .as_ref()
            .is_some_and(|operation| writes(operation, gone));
        match self.writes {
            Writes::Refused if writes => Decision::nothing(StatusCode::FORBIDDEN),
            Writes::Ignored if writes && adds => Decision::nothing(StatusCode::ITEM_ADDED),
            Writes::Ignored if writes => Decision::nothing(StatusCode::OK),
            _ => decision,
        }
    }

    /// Decides about an item that is here: one arm for each of what may meet in the matrix.
    fn decide_known(
        &self,
        kind: RequestKind,
        luid: &ItemId,
        known: &Known,
        asked: Option<Resolution>,
    ) -> Decision {
        let local = known.local.clone();
        match (kind, known.state) {
            // An Add of an item we know: its Status was lost, so it comes again.
            (RequestKind::Add(content) | RequestKind::Replace(content), KnownState::Unchanged) => {
                Decision::plain(Operation::Replace { local, content }, StatusCode::OK)
            }
            (RequestKind::Add(content) | RequestKind::Replace(content), KnownState::Changed) => {
                let resolution = asked.unwrap_or_else(|| preset(self.policy(known)));
                let follows = resolution == Resolution::ServerWins || self.hands_over(known);
                let is_ours = self.hierarchical && follows;
                let resend = is_ours.then(|| Operation::Resend {
                    local: local.clone(),
                });
                let decision = both_changed(resolution, local, luid, content);
                Decision {
                    operation: decision.operation.or(resend),
                    ..decision
                }
            }
            (RequestKind::Add(content) | RequestKind::Replace(content), KnownState::Deleted) => {
                match self.policy(known) {
                    // The Delete is still to be sent.
                    ConflictPolicy::ServerWins => {
                        Decision::conflict(None, StatusCode::CONFLICT_RESOLVED_SERVER_WINS)
                    }
                    ConflictPolicy::Unresolved => Decision::conflict(None, StatusCode::CONFLICT),
                    // There is nothing to compare with, or to keep beside it: data survives.
                    _ => Decision::conflict(
                        add(luid, content),
                        StatusCode::CONFLICT_RESOLVED_CLIENT_WINS,
                    ),
                }
            }
            // The client has dropped its copy, and keeps out of what became of ours, unless that is gone.
            (RequestKind::SoftDelete, KnownState::Deleted) => Decision::plain(
                Operation::Delete { local },
                StatusCode::SOFT_DELETE_CONFLICT,
            ),
            (RequestKind::SoftDelete, _) => {
                Decision::plain(Operation::SoftDelete { local }, StatusCode::OK)
            }
            (RequestKind::Copy(_), KnownState::Deleted) => Decision::nothing(StatusCode::NOT_FOUND),
            (RequestKind::Copy(copy), _) => {
                let operation = Operation::Copy {
                    local,
                    remote: copy,
                    owes_map: false,
                };
                Decision::plain(operation, StatusCode::ITEM_ADDED)
            }
            (RequestKind::Move(place), KnownState::Unchanged) => {
                Decision::plain(Operation::Move { local, place }, StatusCode::OK)
            }
            (RequestKind::Move(place), state) => moved(self.policy(known), state, local, place),
            (kind, KnownState::Unchanged) => {
                let (operation, status) = delete(&kind, local);
                Decision::plain(operation, status)
            }
            (_, KnownState::Deleted) => {
                Decision::plain(Operation::Delete { local }, StatusCode::OK)
            }
            (kind, KnownState::Changed) => match self.policy(known) {
                ConflictPolicy::Unresolved => Decision::conflict(None, StatusCode::CONFLICT),
                _ if Defect::DeleteWins.is_armed() => {
                    let (operation, status) = delete(&kind, local);
                    Decision::plain(operation, status)
                }
                ConflictPolicy::ClientWins if self.deletes_win => Decision::conflict(
                    delete(&kind, local).0,
                    StatusCode::CONFLICT_RESOLVED_CLIENT_WINS,
                ),
                // Data survives: the client gets the item back as a new one.
                _ => Decision::conflict(
                    Operation::Unpair { local },
                    StatusCode::CONFLICT_RESOLVED_SERVER_WINS,
                ),
            },
        }
    }
}

/// What a policy says that asks nobody.
fn preset(policy: ConflictPolicy) -> Resolution {
    match policy {
        ConflictPolicy::ServerWins => Resolution::ServerWins,
        ConflictPolicy::Duplicate => Resolution::Duplicate,
        ConflictPolicy::Unresolved | ConflictPolicy::ClientDecides => Resolution::Unresolved,
        ConflictPolicy::ClientWins | ConflictPolicy::NewestWins | ConflictPolicy::Merge => {
            Resolution::ClientWins
        }
    }
}

/// Both sides have a version of the item.
fn both_changed(
    resolution: Resolution,
    local: ItemId,
    luid: &ItemId,
    content: Content,
) -> Decision {
    match resolution {
        Resolution::ClientWins => Decision::conflict(
            Operation::Replace { local, content },
            StatusCode::CONFLICT_RESOLVED_CLIENT_WINS,
        ),
        // Ours is newer than what the client has, so it is sent in the next package.
        Resolution::ServerWins if Defect::ServerChangeDropped.is_armed() => {
            let pair = Operation::Pair {
                local,
                remote: luid.clone(),
                owes_map: false,
            };
            Decision::conflict(pair, StatusCode::CONFLICT_RESOLVED_SERVER_WINS)
        }
        Resolution::ServerWins => {
            Decision::conflict(None, StatusCode::CONFLICT_RESOLVED_SERVER_WINS)
        }
        // So is what became of both, unless it is what the client has.
        Resolution::Merged(mut merged) => {
            if merged.place == Place::Unsaid {
                // Who puts contents together says nothing of places: there the client's word counts.
                merged.place = content.place.clone();
            }
            let operation = match merged == content {
                true => Operation::Replace { local, content },
                false => Operation::Merge {
                    local,
                    content: merged,
                },
            };
            Decision::conflict(operation, StatusCode::CONFLICT_RESOLVED_MERGE)
        }
        // The client's version takes the pairing along, and ours goes to the client as a new item.
        Resolution::Duplicate => {
            Decision::conflict(add(luid, content), StatusCode::CONFLICT_RESOLVED_DUPLICATE)
        }
        Resolution::Unresolved => Decision::conflict(None, StatusCode::CONFLICT),
    }
}

/// The client has moved an item that was changed or deleted here. What was changed is sent to it in any case; there is
/// nothing to keep beside it, or to bring back.
fn moved(policy: ConflictPolicy, state: KnownState, local: ItemId, place: Place) -> Decision {
    let operation = Operation::Move {
        local: local.clone(),
        place,
    };
    match policy {
        ConflictPolicy::Unresolved => Decision::conflict(None, StatusCode::CONFLICT),
        ConflictPolicy::ServerWins => {
            // Where it stands is to be told, too, even where only its content was changed here.
            let resend = (state == KnownState::Changed).then_some(Operation::Resend { local });
            Decision::conflict(resend, StatusCode::CONFLICT_RESOLVED_SERVER_WINS)
        }
        _ if state == KnownState::Deleted => {
            Decision::conflict(None, StatusCode::CONFLICT_RESOLVED_SERVER_WINS)
        }
        ConflictPolicy::Merge => Decision::conflict(operation, StatusCode::CONFLICT_RESOLVED_MERGE),
        _ => Decision::conflict(operation, StatusCode::CONFLICT_RESOLVED_CLIENT_WINS),
    }
}

fn unknown(kind: RequestKind, luid: &ItemId) -> Decision {
    match kind {
        RequestKind::Add(content) | RequestKind::Replace(content) => {
            Decision::plain(add(luid, content), StatusCode::ITEM_ADDED)
        }
        RequestKind::Copy(_) | RequestKind::Move(_) => Decision::nothing(StatusCode::NOT_FOUND),
        // Nothing is here that it could delete: that is what it wants.
        _ => Decision::nothing(StatusCode::ITEM_NOT_DELETED),
    }
}

fn add(luid: &ItemId, content: Content) -> Operation {
    Operation::Add {
        remote: luid.clone(),
        content,
        owes_map: false,
    }
}

fn delete(kind: &RequestKind, local: ItemId) -> (Operation, StatusCode) {
    match kind {
        RequestKind::Archive => (Operation::Archive { local }, StatusCode::OK),
        RequestKind::DeleteInstead => (
            Operation::Delete { local },
            StatusCode::DELETE_WITHOUT_ARCHIVE,
        ),
        _ => (Operation::Delete { local }, StatusCode::OK),
    }
}

/// Whether an operation changes items, and not only what is known of the client's.
fn writes(operation: &Operation, gone: bool) -> bool {
    match operation {
        Operation::Pair { .. }
        | Operation::Unpair { .. }
        | Operation::Resend { .. }
        | Operation::SoftDelete { .. } => false,
        Operation::Delete { .. } => !gone,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use ConflictPolicy::*;
    use KnownState::*;

    const POLICIES: [ConflictPolicy; 7] = [
        ClientWins,
        ServerWins,
        NewestWins,
        Merge,
        Duplicate,
        Unresolved,
        ClientDecides,
    ];

    fn luid() -> ItemId {
        ItemId::new("L1")
    }

    fn guid() -> ItemId {
        ItemId::new("G1")
    }

    fn theirs() -> Content {
        Content::new("text/vcard", "theirs")
    }

    fn merged() -> Content {
        Content::new("text/vcard", "merged")
    }

    /// Name of an operation in the tables below.
    fn name(operation: Option<&Operation>) -> &'static str {
        match operation {
            None => "-",
            Some(Operation::Add {
                remote,
                content,
                owes_map: false,
            }) if (remote, content) == (&luid(), &theirs()) => "add",
            Some(Operation::Copy {
                local,
                remote,
                owes_map: false,
            }) if (local, remote) == (&guid(), &ItemId::new("L2")) => "copy",
            Some(Operation::Replace { local, content })
                if (local, content) == (&guid(), &theirs()) =>
            {
                "replace"
            }
            Some(Operation::Merge { local, content })
                if (local, content) == (&guid(), &merged()) =>
            {
                "merge"
            }
            Some(Operation::Delete { local }) if *local == guid() => "delete",
            Some(Operation::Move {
                local,
                place: Place::Top,
            }) if *local == guid() => "move",
            Some(Operation::SoftDelete { local }) if *local == guid() => "soft",
            Some(Operation::Archive { local }) if *local == guid() => "archive",
            Some(Operation::Unpair { local }) if *local == guid() => "unpair",
            Some(Operation::Resend { local }) if *local == guid() => "resend",
            other => panic!("{other:?}"),
        }
    }

    fn decide(
        rules: &Rules,
        kind: &RequestKind,
        state: Option<KnownState>,
        asked: Option<Resolution>,
    ) -> (&'static str, u16) {
        let known = state.map(|state| Known::new(guid(), state));
        let decision = rules.decide(kind.clone(), &luid(), known.as_ref(), asked);
        let status = decision.status.get();
        let is_conflict = [207, 208, 209, 409, 419].contains(&status);
        assert_eq!(decision.conflict, is_conflict, "{kind:?} {state:?}");
        (name(decision.operation.as_ref()), status)
    }

    /// DS-S-036, DS-S-037, DS-S-052, DS-S-053, DS-S-056, DS-B-026: what the client sent × what became of it here × each policy.
    /// Rows that name no policy hold for all.
    #[test]
    fn matrix() {
        let kinds = [
            RequestKind::Add(theirs()),
            RequestKind::Replace(theirs()),
            RequestKind::Delete,
            RequestKind::SoftDelete,
            RequestKind::Archive,
            RequestKind::DeleteInstead,
            RequestKind::Copy(ItemId::new("L2")),
            RequestKind::Move(Place::Top),
        ];
        type Row = [(&'static str, u16); 8];
        let none: Row = [
            ("add", 201),
            ("add", 201),
            ("-", 211),
            ("-", 211),
            ("-", 211),
            ("-", 211),
            ("-", 404),
            ("-", 404),
        ];
        let unchanged: Row = [
            ("replace", 200),
            ("replace", 200),
            ("delete", 200),
            ("soft", 200),
            ("archive", 200),
            ("delete", 210),
            ("copy", 201),
            ("move", 200),
        ];
        // Adds and Replaces, Deletes of each kind
        let changed = |content: (&'static str, u16),
                       delete: (&'static str, u16),
                       moved: (&'static str, u16)|
         -> Row {
            [
                content,
                content,
                delete,
                ("soft", 200),
                delete,
                delete,
                ("copy", 201),
                moved,
            ]
        };
        let deleted = |content: (&'static str, u16), moved: (&'static str, u16)| -> Row {
            [
                content,
                content,
                ("delete", 200),
                ("delete", 423),
                ("delete", 200),
                ("delete", 200),
                ("-", 404),
                moved,
            ]
        };
        for policy in POLICIES {
            let rules = Rules {
                policy,
                ..Rules::default()
            };
            let (on_changed, on_deleted) = match policy {
                ClientWins | NewestWins | Merge => (
                    changed(
                        ("replace", 208),
                        ("unpair", 419),
                        ("move", if policy == Merge { 207 } else { 208 }),
                    ),
                    deleted(("add", 208), ("-", 419)),
                ),
                ServerWins => (
                    changed(("-", 419), ("unpair", 419), ("resend", 419)),
                    deleted(("-", 419), ("-", 419)),
                ),
                Duplicate => (
                    changed(("add", 209), ("unpair", 419), ("move", 208)),
                    deleted(("add", 208), ("-", 419)),
                ),
                Unresolved => (
                    changed(("-", 409), ("-", 409), ("-", 409)),
                    deleted(("-", 409), ("-", 409)),
                ),
                ClientDecides => (
                    changed(("-", 409), ("unpair", 419), ("move", 208)),
                    deleted(("add", 208), ("-", 419)),
                ),
            };
            for (state, row) in [
                (None, none),
                (Some(Unchanged), unchanged),
                (Some(Changed), on_changed),
                (Some(Deleted), on_deleted),
            ] {
                for (kind, expected) in kinds.iter().zip(row) {
                    let decided = decide(&rules, kind, state, None);
                    assert_eq!(decided, expected, "{policy:?} {state:?} {kind:?}");
                }
            }
        }
    }

    /// DS-S-036: what the store says where it is asked, and when it is.
    #[test]
    fn asked() {
        for policy in POLICIES {
            let rules = Rules {
                policy,
                ..Rules::default()
            };
            for state in [Unchanged, Changed, Deleted] {
                let known = Known::new(guid(), state);
                for kind in [
                    RequestKind::Add(theirs()),
                    RequestKind::Replace(theirs()),
                    RequestKind::Delete,
                ] {
                    let asks = matches!(policy, NewestWins | Merge)
                        && state == Changed
                        && !matches!(kind, RequestKind::Delete);
                    assert_eq!(rules.asks(&kind, &known), asks.then_some(policy));
                }
            }
        }
        let rules = Rules {
            policy: Merge,
            ..Rules::default()
        };
        for (said, expected) in [
            (Resolution::ClientWins, ("replace", 208)),
            (Resolution::ServerWins, ("-", 419)),
            (Resolution::Merged(merged()), ("merge", 207)),
            (Resolution::Merged(theirs()), ("replace", 207)),
            (Resolution::Duplicate, ("add", 209)),
            (Resolution::Unresolved, ("-", 409)),
        ] {
            let kind = RequestKind::Replace(theirs());
            let decided = decide(&rules, &kind, Some(Changed), Some(said.clone()));
            assert_eq!(decided, expected, "{said:?}");
        }
    }

    /// The store's word for an item goes before the policy of the datastore.
    #[test]
    fn word_of_the_store() {
        let rules = Rules::default();
        let mut known = Known::new(guid(), Changed);
        known.conflict = Some(ServerWins);
        let decision = rules.decide(RequestKind::Replace(theirs()), &luid(), Some(&known), None);
        assert_eq!(decision.status, StatusCode::CONFLICT_RESOLVED_SERVER_WINS);
    }

    /// A client's Delete wins over a change where that is wanted, and under that policy alone.
    #[test]
    fn deletes_that_win() {
        for policy in POLICIES {
            let rules = Rules {
                policy,
                deletes_win: true,
                ..Rules::default()
            };
            let expected = match policy {
                ClientWins => ("delete", 208),
                Unresolved => ("-", 409),
                _ => ("unpair", 419),
            };
            let decided = decide(&rules, &RequestKind::Delete, Some(Changed), None);
            assert_eq!(decided, expected, "{policy:?}");
        }
    }

    /// DS-S-059: a read-only datastore says so or keeps silent, and takes note of what the client has all the same.
    #[test]
    fn read_only() {
        for (writes, add, other) in [(Writes::Refused, 403, 403), (Writes::Ignored, 201, 200)] {
            let rules = Rules {
                writes,
                ..Rules::default()
            };
            for (kind, state, expected) in [
                (RequestKind::Add(theirs()), None, ("-", add)),
                (RequestKind::Replace(theirs()), None, ("-", other)),
                (
                    RequestKind::Replace(theirs()),
                    Some(Unchanged),
                    ("-", other),
                ),
                (RequestKind::Replace(theirs()), Some(Changed), ("-", other)),
                (RequestKind::Delete, Some(Unchanged), ("-", other)),
                (RequestKind::Delete, Some(Deleted), ("delete", 200)),
                (RequestKind::Delete, None, ("-", 211)),
                (RequestKind::SoftDelete, Some(Unchanged), ("soft", 200)),
                (
                    RequestKind::Copy(ItemId::new("L2")),
                    Some(Unchanged),
                    ("-", other),
                ),
                (RequestKind::Move(Place::Top), Some(Unchanged), ("-", other)),
            ] {
                let decided = decide(&rules, &kind, state, None);
                assert_eq!(decided, expected, "{writes:?} {kind:?} {state:?}");
            }
        }
    }
}
