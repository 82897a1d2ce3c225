//! Random runs: a store and the memory store go the same way and must give the same answers.

use std::collections::BTreeMap;

use super::super::dice::Dice;
use super::*;
use crate::change::Held;

impl Dice {
    /// Few different ones, so that equal contents are common.
    fn card(&mut self) -> Content {
        if self.one_in(12) {
            return long_card("Long", 3_000);
        }
        card(["Anna", "Bert", "Edna", "Jörg", "王"][self.roll(5)])
    }

    fn remote(&mut self) -> ItemId {
        remote(self.roll(6))
    }

    /// The id of an item that was sent under another one than its own.
    fn temporary(&mut self) -> ItemId {
        id(&format!("#{}", self.roll(3)))
    }

    /// The most that a peer takes.
    fn max_size(&mut self) -> Option<u64> {
        [None, None, Some(200), Some(2_000)][self.roll(4)]
    }

    fn link(&mut self) -> Link {
        if self.one_in(3) { other_link() } else { link() }
    }
}

/// Both stores, and which id of the one is which of the other.
struct Twins<S> {
    store: S,
    model: MemoryStore,
    /// Ids in the model, in the order they came up, with the store's.
    ids: Vec<(ItemId, ItemId)>,
    to_model: BTreeMap<ItemId, ItemId>,
    /// What each link was sent last and may still confirm: as the model lists it, and as the store does.
    sent: BTreeMap<Link, Vec<(Change, Change)>>,
    commits: u32,
    profile: Profile,
}

pub(super) fn run<S: Subject>(store: S, seed: u32, profile: &Profile) -> Check {
    let mut dice = Dice::new(u64::from(seed));
    let mut twins = Twins {
        store,
        model: MemoryStore::new(),
        ids: Vec::new(),
        to_model: BTreeMap::new(),
        sent: BTreeMap::new(),
        commits: 0,
        profile: profile.clone(),
    };
    for step in 0..profile.steps {
        let what = dice.roll(NAMES.len());
        twins
            .step(&mut dice, what)
            .and_then(|()| twins.compare_items())
            .map_err(|Failure(how)| Failure(format!("step {step} ({}): {how}", NAMES[what])))?;
    }
    Ok(())
}

/// What each roll of the dice does.
const NAMES: [&str; 40] = [
    "user adds",
    "user adds",
    "user puts",
    "user puts",
    "user puts",
    "user deletes",
    "user deletes",
    "apply",
    "apply",
    "apply",
    "apply",
    "apply",
    "apply",
    "list",
    "list",
    "list",
    "list",
    "confirm",
    "confirm",
    "confirm",
    "save map",
    "save map",
    "save map",
    "confirm maps",
    "commit",
    "commit",
    "commit",
    "slow sync",
    "resolve",
    "resolve",
    "find twins",
    "reopen",
    "hold",
    "hold",
    "hold",
    "stage",
    "stage",
    "go on",
    "apply all or none",
    "apply all or none",
];

impl<S: Subject> Twins<S> {
    fn step(&mut self, dice: &mut Dice, what: usize) -> Check {
        let link = dice.link();
        match NAMES[what] {
            "user adds" => {
                let content = dice.card();
                let theirs = self.store.user_adds(&link, &content);
                let ours = self.model.user_adds(&link, &content);
                self.met(ours, theirs)?;
                self.look(&link)
            }
            "user puts" => {
                let content = dice.card();
                let fresh = id(&format!("k{}.vcf", dice.roll(4)));
                let (ours, theirs) = match dice.pick(&self.ids) {
                    Some(known) if !dice.one_in(4) => known.clone(),
                    _ => (fresh.clone(), fresh),
                };
                self.store.user_puts(&link, &theirs, &content);
                self.model.user_puts(&link, &ours, &content);
                self.met(ours, theirs)?;
                self.look(&link)
            }
            "user deletes" => {
                let Some((ours, theirs)) = dice.pick(&self.ids).cloned() else {
                    return Ok(());
                };
                if self.model.get(&link.user, &link.local, &ours).is_some() {
                    self.store.user_deletes(&link, &theirs);
                    self.model.user_deletes(&link, &ours);
                }
                self.look(&link)
            }
            "apply" => self.apply(dice, &link),
            "list" => self.list(dice, &link),
            "confirm" => self.confirm(dice, &link),
            "save map" => self.save_map(dice, &link),
            "confirm maps" => self.confirm_maps(dice, &link),
            "commit" => self.commit(&link),
            "slow sync" => {
                self.store.begin(&link, SyncType::Slow, false)?;
                self.model.begin(&link, SyncType::Slow, false)?;
                self.sent.remove(&link);
                self.list(dice, &link)
            }
            "resolve" => self.resolve(&link),
            "find twins" => self.find_twins(dice, &link),
            "hold" => self.hold(dice, &link),
            "stage" => self.stage(dice, &link),
            "go on" => {
                self.store.begin(&link, SyncType::Slow, true)?;
                self.model.begin(&link, SyncType::Slow, true)?;
                self.list(dice, &link)
            }
            "apply all or none" if self.profile.atomic => self.apply_atomic(dice, &link),
            "apply all or none" => Ok(()),
            _ => {
                self.store.reopen();
                Ok(())
            }
        }
    }

    /// Lets a store that looks for edits see them.
    fn look(&mut self, link: &Link) -> Check {
        self.model.begin(link, SyncType::TwoWay, true)?;
        Ok(self.store.begin(link, SyncType::TwoWay, true)?)
    }

    /// Notes that both stores speak of one item.
    fn met(&mut self, ours: ItemId, theirs: ItemId) -> Check {
        if let Some(known) = self
            .to_model
            .get(&theirs)
            .filter(|known| **known != ours)
            .cloned()
            && self.is_gone(&known)?
        {
            // What is deleted everywhere, and every device knows, may lend its id to a new item.
            self.to_model.remove(&theirs);
            self.ids.retain(|(gone, _)| *gone != known);
        }
        match (
            self.to_model.get(&theirs),
            self.ids.iter().find(|(known, _)| *known == ours),
        ) {
            (None, None) => {
                self.to_model.insert(theirs.clone(), ours.clone());
                self.ids.push((ours, theirs));
            }
            (Some(known), Some(_)) => same!(ours, *known, "the item that {theirs:?} means"),
            (known, _) => {
                return Err(Failure(format!(
                    "{theirs:?} should mean {ours:?}, but means {known:?}"
                )));
            }
        }
        Ok(())
    }

    /// Whether an item of the model is deleted on all sides.
    fn is_gone(&mut self, ours: &ItemId) -> Result<bool, Failure> {
        let key = [Key::Local(ours.clone())];
        Ok(self.model.resolve(&link(), &key)? == [None]
            && self.model.resolve(&other_link(), &key)? == [None])
    }

    /// A store's id, as the model has it.
    fn translate(&self, theirs: &ItemId) -> Result<ItemId, Failure> {
        self.to_model
            .get(theirs)
            .cloned()
            .ok_or_else(|| Failure(format!("the store speaks of {theirs:?}, which never was")))
    }

    fn compare_items(&mut self) -> Check {
        let mut found = Vec::new();
        for (theirs, content) in self.store.user_reads(&link()) {
            found.push((self.translate(&theirs)?, content));
        }
        found.sort_by(|left, right| left.0.cmp(&right.0));
        same!(found, self.model.user_reads(&link()), "the items");
        Ok(())
    }

    /// Operations for the model, and the same for the store.
    fn operations(&self, dice: &mut Dice) -> (Vec<Operation>, Vec<Operation>) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..=dice.roll(4) {
            let (our_id, their_id) = match dice.pick(&self.ids) {
                Some(known) if !dice.one_in(12) => known.clone(),
                _ => (unknown(), unknown()),
            };
            let (mut content, remote) = (dice.card(), dice.remote());
            if dice.one_in(8) {
                content = Content::staged("text/vcard");
            }
            let what = dice.roll(10);
            let operation = |local: &ItemId| match what {
                0 | 1 => add(&remote, &content),
                2 => add_owing(&remote, &content),
                3 | 4 => replace(local, &content),
                5 => delete(local),
                6 => pair(local, &remote),
                7 => soft_delete(local),
                8 => copy(local, &remote, false),
                _ => unpair(local),
            };
            ours.push(operation(&our_id));
            theirs.push(operation(&their_id));
        }
        (ours, theirs)
    }

    fn apply(&mut self, dice: &mut Dice, link: &Link) -> Check {
        let (ours, theirs) = self.operations(dice);
        let wanted = self.model.apply(link, ours.clone())?;
        let found = self.store.apply(link, theirs)?;
        self.compare_outcomes(found, wanted, ours)
    }

    fn apply_atomic(&mut self, dice: &mut Dice, link: &Link) -> Check {
        let (ours, theirs) = self.operations(dice);
        let wanted = self.model.apply_atomic(link, ours.clone())?;
        let found = self.store.apply_atomic(link, theirs)?;
        self.compare_outcomes(found, wanted, ours)
    }

    fn compare_outcomes(
        &mut self,
        found: Vec<Outcome>,
        wanted: Vec<Outcome>,
        operations: Vec<Operation>,
    ) -> Check {
        same!(found.len(), wanted.len(), "outcomes of {operations:?}");
        for ((found, wanted), operation) in found.into_iter().zip(wanted).zip(operations) {
            match (found, wanted) {
                (Outcome::Refused(found), Outcome::Refused(wanted)) => {
                    same!(found, wanted, "status of {operation:?}");
                }
                (Outcome::Done(theirs), Outcome::Done(ours)) => {
                    if ours != unknown() {
                        self.met(ours, theirs)?;
                    }
                }
                (found, wanted) => {
                    return Err(Failure(format!(
                        "outcome of {operation:?}\n  found: {found:?}\n wanted: {wanted:?}"
                    )));
                }
            }
        }
        Ok(())
    }

    /// Holds back some of what was listed last.
    fn hold(&mut self, dice: &mut Dice, link: &Link) -> Check {
        let limit = [None, Some(200), Some(2_000)][dice.roll(3)];
        let held = |change: &Change| {
            let held = Held::new(change.local.clone(), change.revision);
            match limit {
                Some(limit) => held.with_limit(limit),
                None => held,
            }
        };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for (one, other) in self.sent.get(link).into_iter().flatten() {
            if dice.one_in(2) {
                ours.push(held(one));
                theirs.push(held(other));
            }
        }
        self.model.hold(link, &ours)?;
        self.store.hold(link, &theirs)?;
        self.list(dice, link)
    }

    /// A part of a large object: the first, the next, or one that does not fit.
    fn stage(&mut self, dice: &mut Dice, link: &Link) -> Check {
        let (item, content) = (dice.remote(), dice.card());
        let partial = self.model.open(link)?.partial;
        let (item, offset) = match partial {
            Some(partial) if dice.one_in(2) => (partial.item, partial.held),
            _ if dice.one_in(4) => (item, dice.roll(300) as u64),
            _ => (item, 0),
        };
        let stage = |store: &mut dyn Store| {
            let data = content.data.clone();
            store.stage_chunk(link, &item, 5_000, offset, data).is_ok()
        };
        let wanted = stage(&mut self.model);
        same!(
            stage(&mut self.store),
            wanted,
            "whether a part at {offset} is taken"
        );
        let (ours, theirs) = (self.model.open(link)?, self.store.open(link)?);
        same!(theirs.partial, ours.partial, "the partial object");
        Ok(())
    }

    fn list(&mut self, dice: &mut Dice, link: &Link) -> Check {
        let (limit, budget) = (1 + dice.roll(5), [500, 1_000, u64::MAX][dice.roll(3)]);
        let scope = Scope::default().with_max_size(dice.max_size());
        let ours = pages(&mut self.model, link, &scope, limit, budget)?;
        let theirs = pages(&mut self.store, link, &scope, limit, budget)?;
        let mut by_id = BTreeMap::new();
        for mut change in theirs {
            let local = self.translate(&change.local)?;
            let as_found = change.clone();
            change.local = local.clone();
            holds!(
                by_id.insert(local, (change, as_found)).is_none(),
                "{:?} is listed twice",
                by_id.len()
            );
        }
        let mut wanted = seen(&ours);
        let mut found = seen(
            &by_id
                .values()
                .map(|(change, _)| change.clone())
                .collect::<Vec<_>>(),
        );
        if budget != u64::MAX {
            // Where pages end depends on the order, which is a store's own choice.
            wanted
                .iter_mut()
                .chain(&mut found)
                .for_each(|change| change.3 = None);
        }
        same!(found, wanted, "changes");
        let pairs = ours
            .into_iter()
            .filter_map(|ours| Some((by_id.remove(&ours.local)?.1, ours)));
        self.sent.insert(
            link.clone(),
            pairs.map(|(theirs, ours)| (ours, theirs)).collect(),
        );
        Ok(())
    }

    fn confirm(&mut self, dice: &mut Dice, link: &Link) -> Check {
        let awaits_map = dice.one_in(2);
        let taken: Vec<_> = self
            .sent
            .get(link)
            .into_iter()
            .flatten()
            .filter(|_| !dice.one_in(3))
            .cloned()
            .collect();
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for (one, other) in &taken {
            let temporary = dice.one_in(4).then(|| dice.temporary());
            ours.push(confirmed(one, awaits_map).with_temporary(temporary.clone()));
            theirs.push(confirmed(other, awaits_map).with_temporary(temporary));
        }
        self.model.confirm(link, &ours)?;
        self.store.confirm(link, &theirs)?;
        self.list(dice, link)
    }

    fn save_map(&mut self, dice: &mut Dice, link: &Link) -> Check {
        let remote = dice.remote();
        if dice.one_in(4) {
            let named = [MapPair::new(dice.temporary(), remote)];
            self.model.save_map(link, &named)?;
            return Ok(self.store.save_map(link, &named)?);
        }
        let Some((ours, theirs)) = dice.pick(&self.ids).cloned() else {
            return Ok(());
        };
        // A store may forget what is gone on both sides.
        if self.model.resolve(link, &[Key::Local(ours.clone())])? == [None] {
            return Ok(());
        }
        self.model
            .save_map(link, &[MapPair::new(ours, remote.clone())])?;
        self.store.save_map(link, &[MapPair::new(theirs, remote)])?;
        Ok(())
    }

    /// What is owed, in both stores: own id of the model, own id of the store, peer's id.
    fn owed(&mut self, link: &Link) -> Result<Vec<(ItemId, ItemId, ItemId)>, Failure> {
        let wanted = self.model.list_maps(link, None, 1_000)?;
        let listed = self.store.list_maps(link, None, 1_000)?;
        // In pieces they come in the same order, and none twice.
        let mut after = None;
        for pair in &listed {
            let next = self.store.list_maps(link, after, 1)?;
            same!(next.first(), Some(pair), "the next of the maps owed");
            after = Some(&pair.local);
        }
        let mut found = Vec::new();
        for MapPair { local, remote } in listed {
            found.push((self.translate(&local)?, local, remote));
        }
        found.sort();
        let translated: Vec<_> = found
            .iter()
            .map(|(ours, _, remote)| MapPair::new(ours.clone(), remote.clone()))
            .collect();
        same!(translated, wanted, "owed maps");
        Ok(found)
    }

    fn confirm_maps(&mut self, dice: &mut Dice, link: &Link) -> Check {
        let mut owed = self.owed(link)?;
        owed.retain(|_| !dice.one_in(3));
        let ours: Vec<_> = owed
            .iter()
            .map(|(ours, _, remote)| MapPair::new(ours.clone(), remote.clone()))
            .collect();
        let theirs: Vec<_> = owed
            .iter()
            .map(|(_, theirs, remote)| MapPair::new(theirs.clone(), remote.clone()))
            .collect();
        self.model.confirm_maps(link, &ours)?;
        self.store.confirm_maps(link, &theirs)?;
        self.owed(link)?;
        Ok(())
    }

    fn commit(&mut self, link: &Link) -> Check {
        let (ours, theirs) = (self.model.open(link)?, self.store.open(link)?);
        same!(theirs.last, ours.last, "Last");
        same!(
            theirs.unfinished,
            ours.unfinished,
            "the session that was not finished"
        );
        self.commits += 1;
        let anchors = Anchors::new(format!("own {}", self.commits), "peer");
        self.model.commit(link, &anchors)?;
        self.store.commit(link, &anchors)?;
        // A session confirms nothing after Commit.
        self.sent.remove(link);
        Ok(())
    }

    fn resolve(&mut self, link: &Link) -> Check {
        let locals = self
            .ids
            .iter()
            .map(|(ours, theirs)| (Key::Local(ours.clone()), Key::Local(theirs.clone())));
        let remotes =
            (0..6).map(|number| (Key::Remote(remote(number)), Key::Remote(remote(number))));
        let (ours, theirs): (Vec<_>, Vec<_>) = locals.chain(remotes).unzip();
        let wanted = self.model.resolve(link, &ours)?;
        let found = self.store.resolve(link, &theirs)?;
        same!(found.len(), wanted.len(), "answers to {ours:?}");
        for ((found, wanted), key) in found.into_iter().zip(wanted).zip(ours) {
            let found = match found {
                Some(known) => Some((self.translate(&known.local)?, known.state)),
                None => None,
            };
            same!(
                found,
                wanted.map(|known| (known.local, known.state)),
                "what is known of {key:?}"
            );
        }
        Ok(())
    }

    fn find_twins(&mut self, dice: &mut Dice, link: &Link) -> Check {
        let contents: Vec<_> = (0..5).map(|_| dice.card()).collect();
        let search = Search::default();
        let wanted = own_items(&self.model.find_twins(link, &contents, &search)?);
        let found = own_items(&self.store.find_twins(link, &contents, &search)?);
        // Of several that are equal, any will do.
        let shape =
            |twins: &[Option<ItemId>]| twins.iter().map(Option::is_some).collect::<Vec<_>>();
        same!(
            shape(&found),
            shape(&wanted),
            "which of {contents:?} have a twin"
        );
        let items: BTreeMap<_, _> = self.store.user_reads(link).into_iter().collect();
        let mut given = Vec::new();
        for (twin, content) in found.into_iter().zip(&contents) {
            let Some(twin) = twin else { continue };
            same!(
                items.get(&twin),
                Some(content),
                "content of the twin {twin:?}"
            );
            holds!(
                !given.contains(&twin),
                "the twin {twin:?} was given out twice"
            );
            given.push(twin);
        }
        Ok(())
    }
}

fn unknown() -> ItemId {
    id("none.vcf")
}

/// Every change, over pages of this size.
fn pages(
    store: &mut impl Store,
    link: &Link,
    scope: &Scope,
    limit: usize,
    budget: u64,
) -> Result<Vec<Change>, Failure> {
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let mut changes: Vec<Change> = Vec::new();
    let mut total = None;
    loop {
        let after = changes.last().map(|change| change.cursor.clone());
        let page = store.list_changes(link, scope, after.as_ref(), limit, budget)?;
        total = total.or(page.total);
        let inline = page
            .changes
            .iter()
            .filter_map(|change| Some(change.content.as_ref()?.data.len() as u64));
        holds!(
            inline.sum::<u64>() <= budget,
            "a page above its budget of {budget}"
        );
        holds!(
            page.changes.len() <= limit as usize,
            "a page above its limit of {limit}"
        );
        holds!(
            !page.more || !page.changes.is_empty(),
            "an empty page that says there is more"
        );
        changes.extend(page.changes);
        if !page.more {
            break;
        }
    }
    let fits = |change: &&Change| {
        let inline = change
            .content
            .as_ref()
            .map(|content| content.data.len() as u64);
        let size = inline.or_else(|| Some(change.large.as_ref()?.size));
        size.zip(scope.max_size)
            .is_none_or(|(size, most)| size <= most)
    };
    same!(
        total,
        Some(changes.iter().filter(fits).count() as u64),
        "the length of the list, told on its first page"
    );
    Ok(changes)
}
