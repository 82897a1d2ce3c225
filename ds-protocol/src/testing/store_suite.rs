//! Checks of anybody's [`Store`], rule by rule.
//!
//! An engine trusts its store: what is confirmed is not listed again, what changed meanwhile is, a pair never points to
//! two items. [`check`] tries each of these rules on a new, empty store, and then lets a seeded random
//! run go over the store and over [`MemoryStore`] side by side, which must give the same answers.
//!
//! The store is wrapped in a [`Subject`], which adds what a person does beside synchronising: adding,
//! editing and deleting items. A store that learns of such edits by looking (a folder) may do so in
//! [`Store::begin`]; the rules never list changes without it.
//!
//! ```
//! use ds_protocol::memory::MemoryStore;
//! use ds_protocol::testing::store_suite::{self, Profile};
//! use ds_protocol::Secret;
//!
//! let secret = Secret::Password("sesame".into());
//! store_suite::check(&Profile::all().with_login("alice", secret.clone()), || {
//!     MemoryStore::new().with_user("alice", secret.clone())
//! });
//! ```

mod alike;
mod apply;
mod atomic;
mod copy;
mod fields;
mod filter;
mod hold;
mod list;
mod map;
mod random;
mod remember;
mod resolve;
mod resume;
mod slow;
mod soft;
mod stage;
mod tree;

use std::fmt;

use bytes::Bytes;
use bytestring::ByteString;
use syncml_repr::StatusCode;

use crate::change::{
    Change, ChangeKind, Confirmed, Content, Cursor, ItemId, Key, Known, KnownState, MapPair,
    Operation, Outcome, Scope,
};
use crate::link::{Anchors, Link};
use crate::memory::MemoryStore;
use crate::peer::Secret;
use crate::store::{Store, StoreFault};
use crate::sync_type::SyncType;
use crate::twin::{Search, Twin};

/// A store under test, with the hands of a person on it.
///
/// The link says whose items are meant (`user` and `local`); its peer does not matter to a person.
pub trait Subject: Store {
    /// Adds an item under an id of the store's choice.
    fn user_adds(&mut self, link: &Link, content: &Content) -> ItemId;
    /// Gives the item with this id a new content, or brings a deleted one back under the same id.
    fn user_puts(&mut self, link: &Link, id: &ItemId, content: &Content);
    /// Deletes an item that is there.
    fn user_deletes(&mut self, link: &Link, id: &ItemId);
    /// All items, in any order.
    fn user_reads(&mut self, link: &Link) -> Vec<(ItemId, Content)>;
    /// What was put into the archive, oldest first. A store without one has nothing there.
    fn user_reads_archive(&mut self, link: &Link) -> Vec<(ItemId, Content)> {
        let _ = link;
        Vec::new()
    }
    /// Closes the store and opens it again; a store in memory does nothing.
    fn reopen(&mut self);
}

impl Subject for MemoryStore {
    fn user_adds(&mut self, link: &Link, content: &Content) -> ItemId {
        self.add(&link.user, &link.local, content.clone())
    }

    fn user_puts(&mut self, link: &Link, id: &ItemId, content: &Content) {
        self.put(&link.user, &link.local, id.clone(), content.clone());
    }

    fn user_deletes(&mut self, link: &Link, id: &ItemId) {
        self.remove(&link.user, &link.local, id);
    }

    fn user_reads(&mut self, link: &Link) -> Vec<(ItemId, Content)> {
        self.items(&link.user, &link.local)
            .map(|(id, content)| (id.clone(), content.clone()))
            .collect()
    }

    fn user_reads_archive(&mut self, link: &Link) -> Vec<(ItemId, Content)> {
        self.archived(&link.user, &link.local)
            .map(|(id, content)| (id.clone(), content.clone()))
            .collect()
    }

    fn reopen(&mut self) {}
}

/// What a store claims to be, so that rules that do not concern it are left out.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Profile {
    /// A user whose secret the store knows; none: a client's store, which knows none.
    pub login: Option<(ByteString, Secret)>,
    /// Whether it keeps several users and datastores apart. Default: no.
    pub many: bool,
    /// Whether it can do all of some operations or none. Default: no.
    pub atomic: bool,
    /// Whether it has an archive. Default: no.
    pub archive: bool,
    /// Whether it keeps a tree of items. Default: no.
    pub tree: bool,
    /// Length of each random run, in steps. Default: 400.
    pub steps: u32,
    /// Number of random runs. Default: 20.
    pub runs: u32,
}

impl Profile {
    /// One person's store of one datastore, as a client has it.
    #[must_use]
    pub fn client() -> Self {
        Self {
            login: None,
            many: false,
            atomic: false,
            archive: false,
            tree: false,
            steps: 400,
            runs: 20,
        }
    }

    /// Every rule that needs no login.
    #[must_use]
    pub fn all() -> Self {
        Self {
            many: true,
            atomic: true,
            archive: true,
            tree: true,
            ..Self::client()
        }
    }

    /// With a user whose secret the store knows.
    #[must_use]
    pub fn with_login(mut self, user: impl Into<ByteString>, secret: Secret) -> Self {
        self.login = Some((user.into(), secret));
        self
    }

    /// With other random runs: so many, of so many steps.
    #[must_use]
    pub fn with_random(mut self, runs: u32, steps: u32) -> Self {
        self.runs = runs;
        self.steps = steps;
        self
    }
}

/// Checks a store against every rule; `factory` makes an empty one each time.
///
/// # Panics
///
/// With the name of the rule that is broken, and how.
pub fn check<S: Subject>(profile: &Profile, mut factory: impl FnMut() -> S) {
    let rules = [
        list::rules(),
        apply::rules(),
        resolve::rules(),
        map::rules(),
        slow::rules(),
        stage::rules(),
        filter::rules(),
        hold::rules(),
        soft::rules(),
        copy::rules(),
        atomic::rules(),
        resume::rules(),
        fields::rules(),
        alike::rules(),
        remember::rules(),
        tree::rules(),
    ];
    for Rule { name, needs, run } in rules.into_iter().flatten() {
        let applies = match needs {
            Needs::Nothing => true,
            Needs::Many => profile.many,
            Needs::Atomic => profile.atomic,
            Needs::Archive => profile.archive,
            Needs::Tree => profile.tree,
            Needs::Login => profile.login.is_some(),
        };
        if applies {
            let mut bench = Bench {
                store: factory(),
                profile: profile.clone(),
            };
            if let Err(failure) = run(&mut bench) {
                panic!("store rule `{name}` is broken: {failure}");
            }
        }
    }
    for seed in 0..profile.runs {
        if let Err(failure) = random::run(factory(), seed, profile) {
            panic!(
                "store rule `random_runs_agree_with_the_memory_store` is broken (seed {seed}): {failure}"
            );
        }
    }
}

/// A rule that stores must keep.
struct Rule<S> {
    name: &'static str,
    needs: Needs,
    run: fn(&mut Bench<S>) -> Check,
}

enum Needs {
    Nothing,
    Many,
    Atomic,
    Archive,
    Tree,
    Login,
}

type Check = Result<(), Failure>;

/// How a rule was broken.
struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<StoreFault> for Failure {
    fn from(fault: StoreFault) -> Self {
        Self(format!("the store failed: {fault}"))
    }
}

/// The rules of a module: each is named like the function that tries it.
macro_rules! rules {
    ($($needs:ident: $($name:ident),+ $(,)?;)+) => {
        pub(super) fn rules<S: super::Subject>() -> Vec<$crate::testing::store_suite::Rule<S>> {
            vec![$($(super::Rule { name: stringify!($name), needs: super::Needs::$needs, run: $name }),+),+]
        }
    };
}

/// Breaks the rule unless both are equal.
macro_rules! same {
    ($found:expr, $wanted:expr, $($what:tt)+) => {{
        let (found, wanted) = (&$found, &$wanted);
        if found != wanted {
            return Err($crate::testing::store_suite::Failure(format!("{}\n  found: {found:?}\n wanted: {wanted:?}", format_args!($($what)+))));
        }
    }};
}

/// Breaks the rule unless the condition holds.
macro_rules! holds {
    ($condition:expr, $($what:tt)+) => {
        if !$condition {
            return Err($crate::testing::store_suite::Failure(format!($($what)+)));
        }
    };
}

use {holds, rules, same};

/// An empty store and short ways to say what a session does to it.
struct Bench<S> {
    store: S,
    profile: Profile,
}

/// The pair most rules use.
fn link() -> Link {
    Link::new("alice", "device-1", "contacts", "card")
}

/// Another device of the same user, on the same datastore.
fn other_link() -> Link {
    Link::new("alice", "device-2", "contacts", "card")
}

fn id(text: &str) -> ItemId {
    ItemId::new(text)
}

fn remote(number: usize) -> ItemId {
    ItemId::new(format!("R{number}"))
}

/// A contact.
fn card(name: &str) -> Content {
    Content::new(
        "text/vcard",
        format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name};;;;\r\nFN:{name}\r\nEND:VCARD\r\n"),
    )
}

/// A contact of about this many octets.
fn long_card(name: &str, octets: usize) -> Content {
    card(&format!("{name} {}", "x".repeat(octets / 2)))
}

fn add(remote: &ItemId, content: &Content) -> Operation {
    Operation::Add {
        remote: remote.clone(),
        content: content.clone(),
        owes_map: false,
    }
}

fn add_owing(remote: &ItemId, content: &Content) -> Operation {
    Operation::Add {
        remote: remote.clone(),
        content: content.clone(),
        owes_map: true,
    }
}

fn replace(local: &ItemId, content: &Content) -> Operation {
    Operation::Replace {
        local: local.clone(),
        content: content.clone(),
    }
}

fn delete(local: &ItemId) -> Operation {
    Operation::Delete {
        local: local.clone(),
    }
}

fn soft_delete(local: &ItemId) -> Operation {
    Operation::SoftDelete {
        local: local.clone(),
    }
}

fn copy(local: &ItemId, remote: &ItemId, owes_map: bool) -> Operation {
    Operation::Copy {
        local: local.clone(),
        remote: remote.clone(),
        owes_map,
    }
}

fn pair(local: &ItemId, remote: &ItemId) -> Operation {
    Operation::Pair {
        local: local.clone(),
        remote: remote.clone(),
        owes_map: false,
    }
}

fn unpair(local: &ItemId) -> Operation {
    Operation::Unpair {
        local: local.clone(),
    }
}

/// A change without the numbers that are the store's own business.
type Seen = (ChangeKind, ItemId, Option<ItemId>, Option<Content>);

fn seen(changes: &[Change]) -> Vec<Seen> {
    let mut seen: Vec<Seen> = changes
        .iter()
        .map(|change| {
            (
                change.kind,
                change.local.clone(),
                change.remote.clone(),
                change.content.clone(),
            )
        })
        .collect();
    seen.sort_by(|left, right| left.1.cmp(&right.1));
    seen
}

fn seen_add(local: &ItemId, content: &Content) -> Seen {
    (ChangeKind::Add, local.clone(), None, Some(content.clone()))
}

fn seen_replace(local: &ItemId, remote: Option<&ItemId>, content: &Content) -> Seen {
    (
        ChangeKind::Replace,
        local.clone(),
        remote.cloned(),
        Some(content.clone()),
    )
}

fn seen_delete(local: &ItemId, remote: Option<&ItemId>) -> Seen {
    (ChangeKind::Delete, local.clone(), remote.cloned(), None)
}

/// The answer to "the peer has this change now".
fn confirmed(change: &Change, awaits_map: bool) -> Confirmed {
    let awaits_map = awaits_map && change.kind == ChangeKind::Add;
    Confirmed::new(
        change.kind,
        change.local.clone(),
        change.revision,
        awaits_map,
    )
}

fn own_items(twins: &[Twin]) -> Vec<Option<ItemId>> {
    twins.iter().map(|twin| twin.found().cloned()).collect()
}

impl<S: Subject> Bench<S> {
    fn user_adds(&mut self, content: &Content) -> ItemId {
        self.store.user_adds(&link(), content)
    }

    fn user_puts(&mut self, id: &ItemId, content: &Content) {
        self.store.user_puts(&link(), id, content);
    }

    fn user_deletes(&mut self, id: &ItemId) {
        self.store.user_deletes(&link(), id);
    }

    fn reopen(&mut self) {
        self.store.reopen();
    }

    /// All items, ordered by id.
    fn user_reads(&mut self) -> Vec<(ItemId, Content)> {
        let mut items = self.store.user_reads(&link());
        items.sort_by(|left, right| left.0.cmp(&right.0));
        items
    }

    /// Every change, over pages of some changes each.
    fn changes(&mut self, link: &Link) -> Result<Vec<Change>, Failure> {
        self.store.begin(link, SyncType::TwoWay, false)?;
        self.rest(link, None)
    }

    /// Every change behind a place in a list.
    fn rest(&mut self, link: &Link, after: Option<Cursor>) -> Result<Vec<Change>, Failure> {
        let mut changes: Vec<Change> = Vec::new();
        let mut after = after;
        loop {
            let page =
                self.store
                    .list_changes(link, &Scope::default(), after.as_ref(), 3, u64::MAX)?;
            let more = page.more;
            changes.extend(page.changes);
            if !more {
                return Ok(changes);
            }
            let last = changes.last().map(|change| change.cursor.clone());
            if last == after {
                return Err(Failure(
                    "a list of changes does not go on behind its own cursor".into(),
                ));
            }
            after = last;
        }
    }

    /// What is listed, in comparable form, ordered by id.
    fn seen(&mut self, link: &Link) -> Result<Vec<Seen>, Failure> {
        Ok(seen(&self.changes(link)?))
    }

    fn apply(&mut self, link: &Link, operations: Vec<Operation>) -> Result<Vec<Outcome>, Failure> {
        let wanted = operations.len();
        let outcomes = self.store.apply(link, operations)?;
        same!(
            outcomes.len(),
            wanted,
            "Apply gives one outcome for each operation"
        );
        Ok(outcomes)
    }

    /// Carries out one operation that must not be refused; returns the own id.
    fn done(&mut self, link: &Link, operation: Operation) -> Result<ItemId, Failure> {
        match self.apply(link, vec![operation.clone()])?.pop() {
            Some(Outcome::Done(local)) => Ok(local),
            other => Err(Failure(format!(
                "{operation:?} must be done, but: {other:?}"
            ))),
        }
    }

    fn confirm(&mut self, link: &Link, changes: &[Change], awaits_map: bool) -> Check {
        let confirmed: Vec<_> = changes
            .iter()
            .map(|change| confirmed(change, awaits_map))
            .collect();
        Ok(self.store.confirm(link, &confirmed)?)
    }

    fn commit(&mut self, link: &Link) -> Check {
        let next = self.store.open(link)?.next;
        Ok(self.store.commit(link, &Anchors::new(next, "peer"))?)
    }

    /// A whole session in which the peer takes all changes and has none.
    fn in_step(&mut self, link: &Link) -> Check {
        let changes = self.changes(link)?;
        self.confirm(link, &changes, false)?;
        self.commit(link)
    }

    /// The only change there is.
    fn only(&mut self, link: &Link) -> Result<Change, Failure> {
        let mut changes = self.changes(link)?;
        match (changes.pop(), changes.len()) {
            (Some(change), 0) => Ok(change),
            (last, others) => Err(Failure(format!(
                "one change is wanted, but there are {others} more and: {last:?}"
            ))),
        }
    }

    fn resolve(&mut self, link: &Link, key: Key) -> Result<Option<Known>, Failure> {
        let mut known = self.store.resolve(link, &[key])?;
        same!(known.len(), 1, "Resolve gives one answer for each key");
        Ok(known.pop().flatten())
    }

    fn resolve_remote(
        &mut self,
        link: &Link,
        remote: &ItemId,
    ) -> Result<Option<(ItemId, KnownState)>, Failure> {
        let known = self.resolve(link, Key::Remote(remote.clone()))?;
        Ok(known.map(|known| (known.local, known.state)))
    }

    fn resolve_local(
        &mut self,
        link: &Link,
        local: &ItemId,
    ) -> Result<Option<KnownState>, Failure> {
        let known = self.resolve(link, Key::Local(local.clone()))?;
        if let Some(known) = &known {
            same!(
                known.local,
                *local,
                "an item that is asked for by its own id is answered with that id"
            );
        }
        Ok(known.map(|known| known.state))
    }

    /// Own items with these contents.
    fn twins(&mut self, contents: &[Content]) -> Result<Vec<Option<ItemId>>, Failure> {
        let twins = self
            .store
            .find_twins(&link(), contents, &Search::default())?;
        same!(twins.len(), contents.len(), "one answer for each content");
        Ok(own_items(&twins))
    }

    fn save_map(&mut self, link: &Link, local: &ItemId, remote: &ItemId) -> Check {
        Ok(self
            .store
            .save_map(link, &[MapPair::new(local.clone(), remote.clone())])?)
    }
}
