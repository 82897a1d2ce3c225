//! The memory store keeps the rules of stores, and the suite notices stores that do not.

mod common;

use bytes::Bytes;
use common::objects;
use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::store_suite::{self, Profile, Subject};
use ds_protocol::{
    Anchors, Change, ChangeKind, ChangePage, Confirmed, Content, Cursor, Filter, Held, ItemId, Key,
    Known, Likeness, Link, MapPair, Moved, NoTwin, Opened, Operation, Outcome, PeerRecord, Place,
    Revision, Scope, Search, Secret, Store, StoreFault, SyncType, Twin,
};
use syncml_meta::Nonce;
use syncml_repr::StatusCode;

fn profile() -> Profile {
    Profile::all().with_login("alice", Secret::Password("sesame".into()))
}

fn empty() -> MemoryStore {
    MemoryStore::new()
        .with_user("alice", Secret::Password("sesame".into()))
        .with_filtering(objects::filtering)
        .with_fielding(objects::fielding())
        .with_likening(objects::likening)
}

#[test]
fn keeps_the_rules_of_stores() {
    store_suite::check(&profile(), empty);
}

/// How a store may go wrong.
#[derive(Clone, Copy, PartialEq)]
enum Flaw {
    ForgetsConfirmations,
    ListsNewerStates,
    MovesAnchorsBeforeCommit,
    ListsAddsTwice,
    DropsMaps,
    GivesTwinsTwice,
    TakesUnpairForDeletion,
    LosesParts,
    ReadsWhatHasChanged,
    ForgetsPartialObjects,
    ForgetsHolds,
    HoldsForGood,
    CountsWhatIsTooLarge,
    TakesSoftDeletionForUnpair,
    CopiesEmptily,
    TakesArchiveForDeletion,
    StopsInTheMiddle,
    FinishesTooSoon,
    ForgetsWhenItGoesOn,
    DropsTemporaryIds,
    IgnoresFilters,
    TakesBackForAll,
    AddsToTheTop,
    ListsAsItCameAbout,
    ListsDeletionsFirst,
    HidesThePeersNames,
    TakesMovesForMore,
    TakesMovesForAll,
    ReplacesToTheTop,
    GoesRound,
    TakesOrphans,
    RemovesTrees,
    RemovesNoTrees,
    MatchesAnywhere,
    ForgetsChildren,
    MovesBeforeItFails,
    SendsOnlyWhatMoved,
    IgnoresFields,
    ForgetsWhatWasSent,
    LosesWhatWasNotSent,
    ReadsWhole,
    PicksOneOfSeveral,
    TakesAlikeForEqual,
    KeepsConclusions,
}

impl Flawed {
    /// The operation that is done in the place of another.
    fn instead(&self, operation: Operation) -> Operation {
        match (operation, self.1) {
            (
                Operation::Add {
                    remote,
                    content,
                    owes_map,
                },
                Flaw::AddsToTheTop,
            ) => Operation::Add {
                remote,
                content: content.with_place(Place::Top),
                owes_map,
            },
            (Operation::Replace { local, content }, Flaw::ReplacesToTheTop)
                if content.place == Place::Unsaid =>
            {
                let content = content.with_place(Place::Top);
                Operation::Replace { local, content }
            }
            (Operation::Delete { local }, Flaw::RemovesTrees) => Operation::DeleteTree { local },
            (Operation::Resend { local }, Flaw::SendsOnlyWhatMoved) => Operation::Move {
                local,
                place: Place::Unsaid,
            },
            (Operation::DeleteTree { local }, Flaw::RemovesNoTrees) => Operation::Delete { local },
            (operation, _) => operation,
        }
    }

    /// What goes wrong after an operation.
    fn spoil(&mut self, link: &Link, operation: Operation, outcome: &mut Outcome) {
        let failed = |code| *outcome == Outcome::Refused(code);
        match (operation, self.1) {
            (Operation::Move { local, .. }, Flaw::TakesMovesForAll) => {
                let newest = Revision(u64::MAX);
                let all = Confirmed::new(ChangeKind::Replace, local, newest, false);
                self.0.confirm(link, &[all]).unwrap();
            }
            (Operation::Move { local, .. }, Flaw::GoesRound) if failed(StatusCode::MOVE_FAILED) => {
                *outcome = Outcome::Done(local);
            }
            (
                Operation::Add {
                    remote, content, ..
                },
                Flaw::TakesOrphans,
            ) if failed(StatusCode::NOT_FOUND) => {
                let content = content.with_place(Place::Top);
                let owes_map = false;
                let add = Operation::Add {
                    remote,
                    content,
                    owes_map,
                };
                *outcome = self.0.apply(link, vec![add]).unwrap().remove(0);
            }
            (Operation::Replace { local, content }, Flaw::LosesWhatWasNotSent)
                if !content.staged =>
            {
                let here = self.0.get(&link.user, &link.local, &local).cloned();
                if here.is_some_and(|here| here.data != content.data) {
                    self.0.put(&link.user, &link.local, local.clone(), content);
                    let newest = Revision(u64::MAX);
                    let confirmed = Confirmed::new(ChangeKind::Replace, local, newest, false);
                    self.0.confirm(link, &[confirmed]).unwrap();
                }
            }
            (Operation::Unpair { .. }, Flaw::ForgetsChildren) => {
                let page = self
                    .0
                    .list_changes(link, &Scope::default(), None, 9, u64::MAX);
                for change in page.unwrap().changes {
                    if change.kind == ChangeKind::Replace {
                        let Change {
                            local, revision, ..
                        } = change;
                        let known = Confirmed::new(ChangeKind::Replace, local, revision, false);
                        self.0.confirm(link, &[known]).unwrap();
                    }
                }
            }
            _ => {}
        }
    }
}

/// A memory store with a flaw.
struct Flawed(MemoryStore, Flaw);

impl Subject for Flawed {
    fn user_adds(&mut self, link: &Link, content: &Content) -> ItemId {
        self.0.user_adds(link, content)
    }

    fn user_puts(&mut self, link: &Link, id: &ItemId, content: &Content) {
        self.0.user_puts(link, id, content);
    }

    fn user_deletes(&mut self, link: &Link, id: &ItemId) {
        self.0.user_deletes(link, id);
    }

    fn user_reads(&mut self, link: &Link) -> Vec<(ItemId, Content)> {
        self.0.user_reads(link)
    }

    fn user_reads_archive(&mut self, link: &Link) -> Vec<(ItemId, Content)> {
        self.0.user_reads_archive(link)
    }

    fn reopen(&mut self) {}
}

impl Store for Flawed {
    fn load_secret(&mut self, user: &str) -> Result<Option<Secret>, StoreFault> {
        self.0.load_secret(user)
    }

    fn load_peer(&mut self, device: &str) -> Result<PeerRecord, StoreFault> {
        self.0.load_peer(device)
    }

    fn save_peer(&mut self, device: &str, record: PeerRecord) -> Result<(), StoreFault> {
        self.0.save_peer(device, record)
    }

    fn new_nonce(&mut self) -> Result<Nonce, StoreFault> {
        self.0.new_nonce()
    }

    fn open(&mut self, link: &Link) -> Result<Opened, StoreFault> {
        let opened = self.0.open(link)?;
        if self.1 == Flaw::MovesAnchorsBeforeCommit {
            self.0
                .commit(link, &Anchors::new(opened.next.clone(), "1"))?;
        }
        Ok(match self.1 {
            Flaw::FinishesTooSoon => opened.with_unfinished(None),
            Flaw::ForgetsPartialObjects => opened.with_partial(None),
            _ => opened,
        })
    }

    fn begin(&mut self, link: &Link, sync_type: SyncType, resumed: bool) -> Result<(), StoreFault> {
        let resumed = resumed && self.1 != Flaw::ForgetsWhenItGoesOn;
        self.0.begin(link, sync_type, resumed)
    }

    fn check_filter(&mut self, link: &Link, filter: &Filter) -> Result<(), StoreFault> {
        self.0.check_filter(link, filter)
    }

    fn list_changes(
        &mut self,
        link: &Link,
        scope: &Scope,
        after: Option<&Cursor>,
        limit: u32,
        budget: u64,
    ) -> Result<ChangePage, StoreFault> {
        let after = match after {
            Some(cursor) if self.1 == Flaw::ListsNewerStates => {
                let (_, place) = cursor.0.split_once(':').unwrap();
                Some(Cursor(format!("999999:{place}").into()))
            }
            _ => after.cloned(),
        };
        let everything = scope.clone().with_filter(None);
        let whole = scope.filter.clone().map(|filter| filter.with_fields([]));
        let whole = scope.clone().with_filter(whole.map(Box::new));
        let scope = match self.1 {
            Flaw::IgnoresFilters => &everything,
            Flaw::IgnoresFields => &whole,
            _ => scope,
        };
        let mut page = self
            .0
            .list_changes(link, scope, after.as_ref(), limit, budget)?;
        if self.1 == Flaw::CountsWhatIsTooLarge && after.is_none() {
            let all = Scope::default();
            page.total = self.0.list_changes(link, &all, None, 1, 1)?.total;
        }
        if self.1 == Flaw::ListsAddsTwice && after.is_none() {
            page.changes.extend(page.changes.first().cloned());
        }
        if self.1 == Flaw::TakesBackForAll {
            page.changes
                .iter_mut()
                .for_each(|change| change.soft = false);
        }
        match self.1 {
            Flaw::ListsAsItCameAbout => page.changes.sort_by_key(|change| change.revision),
            Flaw::ListsDeletionsFirst => {
                page.changes
                    .sort_by_key(|change| change.kind != ChangeKind::Delete);
            }
            _ => {}
        }
        for change in &mut page.changes {
            match (&mut change.parent, self.1) {
                (Some(parent), Flaw::HidesThePeersNames) => parent.remote = None,
                (_, Flaw::TakesMovesForMore) if change.moved == Moved::Only => {
                    change.moved = Moved::Too;
                }
                _ => {}
            }
        }
        Ok(page)
    }

    fn read_item(
        &mut self,
        link: &Link,
        local: &ItemId,
        revision: Revision,
        offset: u64,
        len: u32,
    ) -> Result<Option<Bytes>, StoreFault> {
        let part = self.0.read_item(link, local, revision, offset, len)?;
        if part.is_some() && self.1 == Flaw::ReadsWhole {
            let whole = self.0.get(&link.user, &link.local, local).unwrap();
            let (size, from) = (whole.data.len(), usize::try_from(offset).unwrap());
            let to = size.min(from.saturating_add(usize::try_from(len).unwrap()));
            return Ok(Some(whole.data.slice(from.min(to)..to)));
        }
        let is_flawed = self.1 == Flaw::ReadsWhatHasChanged;
        Ok(part.or_else(|| is_flawed.then(Bytes::new)))
    }

    fn stage_chunk(
        &mut self,
        link: &Link,
        item: &ItemId,
        total: u64,
        offset: u64,
        data: Bytes,
    ) -> Result<(), StoreFault> {
        if self.1 == Flaw::LosesParts && offset > 0 {
            return Ok(());
        }
        self.0.stage_chunk(link, item, total, offset, data)
    }

    fn apply_atomic(
        &mut self,
        link: &Link,
        operations: Vec<Operation>,
    ) -> Result<Vec<Outcome>, StoreFault> {
        let outcomes = self.0.apply_atomic(link, operations.clone())?;
        let tried = outcomes.iter().position(|outcome| match self.1 {
            Flaw::StopsInTheMiddle => *outcome == Outcome::Refused(StatusCode::NOT_FOUND),
            Flaw::MovesBeforeItFails => *outcome == Outcome::Refused(StatusCode::MOVE_FAILED),
            _ => false,
        });
        if let Some(tried) = tried {
            self.0.apply(link, operations[..tried].to_vec())?;
        }
        Ok(outcomes)
    }

    fn hold(&mut self, link: &Link, held: &[Held]) -> Result<(), StoreFault> {
        match self.1 {
            Flaw::ForgetsHolds => Ok(()),
            Flaw::HoldsForGood => {
                let held = held.iter();
                let held: Vec<_> = held
                    .map(|held| Held::new(held.local.clone(), held.revision))
                    .collect();
                self.0.hold(link, &held)
            }
            _ => self.0.hold(link, held),
        }
    }

    fn resolve(&mut self, link: &Link, keys: &[Key]) -> Result<Vec<Option<Known>>, StoreFault> {
        self.0.resolve(link, keys)
    }

    fn find_twins(
        &mut self,
        link: &Link,
        contents: &[Content],
        search: &Search,
    ) -> Result<Vec<Twin>, StoreFault> {
        if self.1 == Flaw::MatchesAnywhere {
            let contents = contents.iter().cloned();
            let contents: Vec<_> = contents.map(|it| it.with_place(Place::Unsaid)).collect();
            return self.0.find_twins(link, &contents, search);
        }
        if self.1 != Flaw::GivesTwinsTwice {
            let search = match self.1 {
                Flaw::TakesAlikeForEqual => &search.clone().with_loose(true),
                _ => search,
            };
            let mut twins = self.0.find_twins(link, contents, search)?;
            let several = twins
                .iter_mut()
                .filter(|twin| **twin == Twin::None(NoTwin::Several));
            let first = self.0.user_reads(link).into_iter().next();
            if let (Flaw::PicksOneOfSeveral, Some((first, _))) = (self.1, first) {
                several.for_each(|twin| *twin = Twin::Found(first.clone(), Likeness::SameUid));
            }
            return Ok(twins);
        }
        let one_by_one = contents.iter().map(|content| {
            self.0
                .find_twins(link, std::slice::from_ref(content), search)
        });
        Ok(one_by_one
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect())
    }

    fn apply(
        &mut self,
        link: &Link,
        operations: Vec<Operation>,
    ) -> Result<Vec<Outcome>, StoreFault> {
        let flawed = operations.into_iter().map(|operation| match operation {
            Operation::Unpair { local } if self.1 == Flaw::TakesUnpairForDeletion => {
                Operation::Delete { local }
            }
            Operation::SoftDelete { local } if self.1 == Flaw::TakesSoftDeletionForUnpair => {
                Operation::Unpair { local }
            }
            Operation::Archive { local } if self.1 == Flaw::TakesArchiveForDeletion => {
                Operation::Delete { local }
            }
            Operation::Copy {
                remote, owes_map, ..
            } if self.1 == Flaw::CopiesEmptily => Operation::Add {
                remote,
                content: Content::new("text/vcard", ""),
                owes_map,
            },
            operation => self.instead(operation),
        });
        let operations: Vec<_> = flawed.collect();
        let mut outcomes = self.0.apply(link, operations.clone())?;
        for (operation, outcome) in operations.into_iter().zip(&mut outcomes) {
            self.spoil(link, operation, outcome);
        }
        Ok(outcomes)
    }

    fn confirm(&mut self, link: &Link, confirmed: &[Confirmed]) -> Result<(), StoreFault> {
        match self.1 {
            Flaw::ForgetsConfirmations => Ok(()),
            Flaw::ForgetsWhatWasSent => {
                let scope = Scope::default().with_max_size(Some(0));
                self.0.list_changes(link, &scope, None, 0, 0)?;
                self.0.confirm(link, confirmed)
            }
            Flaw::DropsTemporaryIds => {
                let confirmed = confirmed.iter().cloned();
                let confirmed: Vec<_> = confirmed
                    .map(|confirmed| confirmed.with_temporary(None))
                    .collect();
                self.0.confirm(link, &confirmed)
            }
            _ => self.0.confirm(link, confirmed),
        }
    }

    fn list_maps(
        &mut self,
        link: &Link,
        after: Option<&ItemId>,
        limit: u32,
    ) -> Result<Vec<MapPair>, StoreFault> {
        self.0.list_maps(link, after, limit)
    }

    fn save_map(&mut self, link: &Link, pairs: &[MapPair]) -> Result<(), StoreFault> {
        if self.1 == Flaw::DropsMaps {
            Ok(())
        } else {
            self.0.save_map(link, pairs)
        }
    }

    fn confirm_maps(&mut self, link: &Link, pairs: &[MapPair]) -> Result<(), StoreFault> {
        self.0.confirm_maps(link, pairs)
    }

    fn conclude(&mut self, link: &Link, anchors: &Anchors) -> Result<(), StoreFault> {
        self.0.conclude(link, anchors)
    }

    fn commit(&mut self, link: &Link, anchors: &Anchors) -> Result<(), StoreFault> {
        self.0.commit(link, anchors)?;
        match self.1 {
            Flaw::KeepsConclusions => self.0.conclude(link, anchors),
            _ => Ok(()),
        }
    }
}

#[test]
fn the_suite_names_the_rule_that_is_broken() {
    for (flaw, rule) in [
        (Flaw::ForgetsConfirmations, "confirmed_changes_are_gone"),
        (Flaw::ListsNewerStates, "a_list_ends_where_it_began"),
        (
            Flaw::MovesAnchorsBeforeCommit,
            "slow_sync_leaves_other_devices_alone",
        ),
        (Flaw::ListsAddsTwice, "new_items_are_adds"),
        (Flaw::DropsMaps, "confirmed_items_are_unchanged"),
        (Flaw::GivesTwinsTwice, "twins_are_given_once"),
        (
            Flaw::TakesUnpairForDeletion,
            "unpair_makes_the_item_new_to_the_peer",
        ),
        (Flaw::LosesParts, "staged_parts_become_an_item"),
        (Flaw::ReadsWhatHasChanged, "a_changed_item_is_not_read"),
        (Flaw::ForgetsPartialObjects, "a_partial_object_is_told"),
        (Flaw::ForgetsHolds, "held_changes_are_not_listed"),
        (
            Flaw::HoldsForGood,
            "held_for_a_limit_until_the_peer_takes_more",
        ),
        (
            Flaw::CountsWhatIsTooLarge,
            "held_for_a_limit_until_the_peer_takes_more",
        ),
        (
            Flaw::TakesSoftDeletionForUnpair,
            "soft_deleted_items_stay_and_are_not_listed",
        ),
        (Flaw::CopiesEmptily, "a_copy_is_an_item_of_its_own"),
        (
            Flaw::TakesArchiveForDeletion,
            "archived_items_are_aside_and_deleted",
        ),
        (Flaw::StopsInTheMiddle, "none_of_them_is_done"),
        (
            Flaw::FinishesTooSoon,
            "a_session_is_unfinished_until_commit",
        ),
        (
            Flaw::KeepsConclusions,
            "what_is_concluded_is_told_while_the_session_may_go_on",
        ),
        (Flaw::ForgetsWhenItGoesOn, "a_partial_object_is_told"),
        (Flaw::IgnoresFilters, "what_passes_alone_is_listed"),
        (
            Flaw::TakesBackForAll,
            "what_does_not_pass_any_more_is_taken_back",
        ),
        (Flaw::DropsTemporaryIds, "maps_may_name_temporary_ids"),
        (Flaw::AddsToTheTop, "items_stand_where_they_were_put"),
        (
            Flaw::ListsAsItCameAbout,
            "parents_are_listed_before_children",
        ),
        (
            Flaw::ListsDeletionsFirst,
            "deletions_come_last_and_from_below",
        ),
        (
            Flaw::HidesThePeersNames,
            "parents_are_told_by_the_peers_names",
        ),
        (Flaw::TakesMovesForMore, "moves_are_told_from_other_changes"),
        (
            Flaw::TakesMovesForAll,
            "moving_says_nothing_of_other_changes",
        ),
        (
            Flaw::ReplacesToTheTop,
            "a_replace_that_names_no_place_leaves_the_item_there",
        ),
        (Flaw::GoesRound, "nothing_stands_below_itself"),
        (Flaw::TakesOrphans, "nothing_stands_under_what_is_not_there"),
        (Flaw::RemovesTrees, "what_has_children_is_not_removed"),
        (Flaw::RemovesNoTrees, "a_tree_is_removed_as_a_whole"),
        (Flaw::MatchesAnywhere, "twins_stand_in_the_same_place"),
        (
            Flaw::ForgetsChildren,
            "children_of_unpaired_items_are_told_again",
        ),
        (Flaw::SendsOnlyWhatMoved, "resend_is_a_change"),
        (Flaw::MovesBeforeItFails, "trees_are_changed_all_or_none"),
        (Flaw::IgnoresFields, "what_is_wanted_alone_is_listed"),
        (Flaw::ForgetsWhatWasSent, "what_is_wanted_alone_is_listed"),
        (
            Flaw::LosesWhatWasNotSent,
            "what_was_not_sent_survives_a_replace",
        ),
        (Flaw::ReadsWhole, "parts_are_of_what_is_wanted"),
        (Flaw::PicksOneOfSeveral, "one_of_several_is_not_chosen"),
        (
            Flaw::TakesAlikeForEqual,
            "alike_twins_are_given_where_they_are_asked_for",
        ),
    ] {
        let check = || store_suite::check(&profile(), || Flawed(empty(), flaw));
        let panic = std::panic::catch_unwind(check).expect_err(rule);
        let message = panic.downcast_ref::<String>().expect("a panic with a text");
        assert!(
            message.contains(&format!("`{rule}`")),
            "{rule} expected: {message}"
        );
    }
}

#[test]
fn items_by_hand() {
    let mut store = MemoryStore::new();
    let anna = Content::new("text/vcard", "Anna");
    let id = store.add("alice", "contacts", anna.clone());
    assert_eq!(store.get("alice", "contacts", &id), Some(&anna));
    assert_eq!(store.get("bob", "contacts", &id), None);
    assert!(
        !store.put("alice", "contacts", id.clone(), anna),
        "the same content is no change"
    );
    assert!(store.put(
        "alice",
        "contacts",
        id.clone(),
        Content::new("text/vcard", "Anna 2")
    ));
    assert!(store.remove("alice", "contacts", &id));
    assert!(!store.remove("alice", "contacts", &id));
    assert_eq!(store.items("alice", "contacts").count(), 0);
}

#[test]
fn the_matcher_decides_who_is_a_twin() {
    let link = Link::new("alice", "device", "contacts", "card");
    let upper = |content: &Content| content.data.to_ascii_uppercase();
    let mut store = MemoryStore::new().with_matcher(upper);
    let id = store.add("alice", "contacts", Content::new("text/plain", "anna"));
    let twins = store
        .find_twins(
            &link,
            &[Content::new("text/plain", "ANNA")],
            &Search::default(),
        )
        .unwrap();
    assert_eq!(twins, [Twin::Found(id, Likeness::Equal)]);
}

#[test]
fn a_foreign_cursor_is_a_fault() {
    let link = Link::new("alice", "device", "contacts", "card");
    for text in ["", "x", "1", "1:y"] {
        let fault = MemoryStore::new()
            .list_changes(&link, &Scope::default(), Some(&Cursor(text.into())), 1, 1)
            .unwrap_err();
        assert_eq!(fault.status().get(), 500, "{text}");
    }
}
