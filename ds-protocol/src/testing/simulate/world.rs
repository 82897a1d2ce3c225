//! One server and its devices, and everything that happens to them.

use std::collections::{BTreeMap, BTreeSet};

use super::body::{self, Label};
use super::device::{self, Device, USER, index_of, own_name, server_name};
use super::edit::{Edit, Place, What};
use super::fault::End;
use super::guise::{group, soften};
use super::host::{Answered, Host};
use super::judge::{self, Excuses};
use super::model::Model;
use super::plan::{Plan, SessionPlan, Step};
use super::report::Tally;
use super::session::Running;
use super::tap::{Answer, Tap};
use super::transcript;
use super::turn::drive;
use syncml_repr::Message;

use crate::change::{Content, ItemId, Key, Resolution};
use crate::config::ConflictPolicy;
use crate::effect::{Effect, Reply};
use crate::engine::{Engine, Input, Received, Transmit};
use crate::link::Link;
use crate::memory::MemoryStore;
use crate::notice::Notice;
use crate::snapshot::SessionKey;
use crate::store::Store;
use crate::sync_type::SyncType;

/// Quiet rounds, in each of which every device has one session, until nothing differs any more.
pub(super) const ROUNDS: u32 = 5;

/// Octets of ids that are too long for devices of ours.
const LONG: usize = 260;

/// Octets of a session at rest, beside those that are a matter of message sizes.
const WEIGHT: u64 = 65_536;

/// The world of a plan.
#[derive(Debug)]
pub(super) struct World {
    pub(super) plan: Plan,
    pub(super) model: Model,
    pub(super) server: MemoryStore,
    pub(super) devices: Vec<Device>,
    pub(super) host: Host,
    #[cfg(feature = "san")]
    pub(super) post: super::notify::Post,
    /// Which item of the model an id means.
    ids: BTreeMap<(Place, usize, ItemId), u32>,
    /// What devices have put away for themselves alone, under the ids it had there.
    forgone: BTreeSet<(usize, usize, ItemId)>,
    pub(super) tally: Tally,
    /// What happens, in words; none: nobody listens.
    pub(super) log: Option<Vec<String>>,
}

impl World {
    pub(super) fn new(plan: &Plan, listens: bool) -> Self {
        let setting = &plan.setting;
        let devices = setting.devices.iter().cloned().enumerate();
        Self {
            model: Model::default(),
            server: device::server_store(),
            devices: devices.map(|(at, own)| Device::new(at, own)).collect(),
            host: Host::new(device::server_config(setting)),
            #[cfg(feature = "san")]
            post: super::notify::Post::default(),
            ids: BTreeMap::new(),
            forgone: BTreeSet::new(),
            tally: Tally::default(),
            log: listens.then(Vec::new),
            plan: plan.clone(),
        }
    }

    pub(super) fn say(&mut self, what: impl FnOnce() -> String) {
        if let Some(log) = &mut self.log {
            log.push(what());
        }
    }

    /// Lets everything happen, and then everybody find together.
    ///
    /// # Errors
    ///
    /// What is wrong.
    pub(super) fn play(&mut self) -> Result<(), String> {
        for step in self.plan.steps.clone() {
            self.say(|| format!("-- {step:?}"));
            match step {
                Step::Edit(edit) => self.edit(&edit),
                Step::Session(plan) => {
                    let session = self.begin(plan);
                    self.finish(session)?;
                }
                #[cfg(feature = "san")]
                Step::Notify(plan) => self.notify(&plan)?,
                // Without notifications the device comes by itself.
                #[cfg(not(feature = "san"))]
                Step::Notify(plan) => drop(plan),
                Step::Overlap { first, second, at } => self.overlap(first, second, at)?,
                Step::Refilter { device, colour } => {
                    if let Some(device) = self.devices.get_mut(device)
                        && device.setting.colour.is_some()
                    {
                        device.setting.colour = colour;
                    }
                }
            }
        }
        self.converge()
    }

    fn begin(&mut self, plan: SessionPlan) -> Running {
        self.tally.sessions += 1;
        let sync_type = plan.sync_type;
        let device = plan.device.min(self.devices.len().saturating_sub(1));
        let plan = SessionPlan { device, ..plan };
        let config = self.devices[device].config(&self.plan.setting, sync_type);
        Running::new(plan, config)
    }

    pub(super) fn finish(&mut self, mut session: Running) -> Result<Running, String> {
        while !session.is_over() && session.exchange(self)? {}
        for name in session.struck() {
            self.tally.strike(name);
        }
        judge::after_session(self, &session)?;
        Ok(session)
    }

    fn overlap(&mut self, first: SessionPlan, second: SessionPlan, at: u32) -> Result<(), String> {
        self.tally.strike("two sessions at once");
        let mut first = self.begin(first);
        first.is_disturbed = true;
        for _ in 0..at {
            if first.is_over() || !first.exchange(self)? {
                break;
            }
        }
        let mut second = self.begin(second);
        second.is_disturbed = true;
        if second.plan.device != first.plan.device {
            self.finish(second)?;
            return self.finish(first).map(drop);
        }
        // A device has one session at a time; of the other one its last message is still on its way.
        if let Some(stray) = first.stray(self)? {
            second.is_late(at, stray, first.plan.sync_type);
        }
        self.finish(second).map(drop)
    }

    /// Everybody has quiet sessions until nothing differs.
    fn converge(&mut self) -> Result<(), String> {
        let mut why = String::new();
        for round in 1..=ROUNDS {
            self.say(|| format!("-- quiet round {round}"));
            let mut excuses = Excuses::default();
            for device in 0..self.devices.len() {
                let session = self.begin(SessionPlan::quiet(device));
                let session = self.finish(session)?;
                excuses.extend(judge::excuses(self, &session));
                judge::is_quiet(&session)?;
            }
            // What comes to the top of a tree is taken away from some peers first, and comes again with the next session.
            let judged = judge::all_equal(self, &excuses)
                .and_then(|()| judge::nothing_doubled(self))
                .and_then(|()| judge::nothing_lost(self));
            match judged {
                Ok(()) => {
                    self.tally.rounds(round);
                    return Ok(());
                }
                Err(wrong) => why = wrong,
            }
        }
        Err(format!("after {ROUNDS} quiet rounds: {why}"))
    }

    fn store(&self, place: Place) -> &MemoryStore {
        match place {
            Place::Server => &self.server,
            Place::Device(number) => &self.devices[number].store,
        }
    }

    fn store_mut(&mut self, place: Place) -> &mut MemoryStore {
        match place {
            Place::Server => &mut self.server,
            Place::Device(number) => &mut self.devices[number].store,
        }
    }

    pub(super) fn places(&self) -> impl Iterator<Item = Place> + use<> {
        let devices = (0..self.devices.len()).map(Place::Device);
        devices.chain([Place::Server])
    }

    pub(super) fn items(&self, place: Place, store: usize) -> Vec<(ItemId, Content)> {
        items(self.store(place), place, store)
    }

    /// Does what a person does.
    pub(super) fn edit(&mut self, edit: &Edit) {
        let place = match edit.place {
            Place::Device(number) if number >= self.devices.len() => return,
            place => place,
        };
        let Some(setting) = self.plan.setting.stores.get(edit.store) else {
            return;
        };
        let (tree, store) = (setting.tree, edit.store);
        let there = self.items(place, store);
        let nth = |number: usize| there.get(number.checked_rem(there.len())?).cloned();
        let label = |content: &Content| body::read(content);
        match &edit.what {
            What::Add {
                size,
                colour,
                under,
            } => {
                let version = self.model.add(store);
                let mut content = body::write(
                    Label {
                        version,
                        colour: *colour,
                    },
                    *size,
                );
                if let Some((parent, _)) = under.filter(|_| tree).and_then(nth) {
                    content = content.under(parent);
                }
                self.create(place, store, content);
            }
            What::AddBoth { size, colour } => {
                // Nobody can tell that two new items are one where changes alone are sent.
                let Place::Device(number) = place else { return };
                if self.devices[number].has_met() || self.devices[number].setting.colour.is_some() {
                    return;
                }
                let version = self.model.add(store);
                let label = Label {
                    version,
                    colour: *colour,
                };
                for place in [place, Place::Server] {
                    self.create(place, store, body::write(label, *size));
                }
            }
            What::Replace { item, size, colour } => {
                let Some((id, old)) = nth(*item) else { return };
                let Some(of) = label(&old) else { return };
                let version = self.model.replace(of);
                let content = body::write(
                    Label {
                        version,
                        colour: *colour,
                    },
                    *size,
                );
                self.store_mut(place)
                    .put(USER, &name(place, store), id, content);
            }
            What::Delete { item } => {
                let Some((id, _)) = nth(*item) else { return };
                self.store_mut(place).remove(USER, &name(place, store), &id);
                let left: BTreeSet<_> = self
                    .items(place, store)
                    .into_iter()
                    .map(|(id, _)| id)
                    .collect();
                for (_, gone) in there.iter().filter(|(id, _)| !left.contains(id)) {
                    if let Some(gone) = label(gone) {
                        self.model.delete(gone.version);
                    }
                }
            }
            What::Forgo { item } => {
                let Place::Device(device) = place else { return };
                // What is below it would be the device's to put away, too.
                let Some((id, content)) = nth(*item).filter(|_| !tree) else {
                    return;
                };
                // What nobody else has is deleted.
                let elsewhere = self.versions(Place::Server, store);
                let Some(label) = label(&content).filter(|it| elsewhere.contains(&it.version))
                else {
                    return;
                };
                self.model.forgo(device, label.version);
                self.store_mut(place).remove(USER, &name(place, store), &id);
                self.tally.strike("item put away by one device alone");
                self.forgone.insert((device, store, id));
            }
            What::Move { item, under } => {
                let Some((id, content)) = nth(*item).filter(|_| tree) else {
                    return;
                };
                let to = under
                    .and_then(nth)
                    .map_or(crate::place::Place::Top, |(parent, _)| {
                        crate::place::Place::under(parent)
                    });
                if let Some(label) = label(&content) {
                    self.model.relocate(label.version);
                }
                let content = content.with_place(to);
                self.store_mut(place)
                    .put(USER, &name(place, store), id, content);
            }
        }
        self.note_ids(place);
    }

    /// A new item, of which the server may have a long id.
    fn create(&mut self, place: Place, store: usize, content: Content) {
        let name = name(place, store);
        if place == Place::Server && self.plan.setting.long_ids {
            let id = format!("{:x>LONG$}", self.ids.len());
            if !self.server.put(USER, &name, ItemId::new(id), content) {
                self.say(|| "nothing is there for it to stand under".to_owned());
            }
            return;
        }
        self.store_mut(place).add(USER, &name, content);
    }

    /// What a message looks like that a device has sent.
    pub(super) fn disguise(&self, session: &Running, from: End, message: &mut Message) {
        if from == End::Client {
            let device = session.plan.device;
            soften(message, |datastore, luid| {
                let store = index_of(datastore.trim_start_matches("./"));
                store.is_some_and(|store| self.forgone.contains(&(device, store, luid.clone())))
            });
        }
        if session.plan.atomic {
            group(message);
        }
    }

    fn note_ids(&mut self, place: Place) {
        for store in 0..self.plan.setting.stores.len() {
            for (id, content) in self.items(place, store) {
                let item = body::read(&content).and_then(|label| self.model.item(label.version));
                if let Some(item) = item {
                    if place == Place::Server && id.as_str().len() >= LONG {
                        let revision = self.server.revision(USER, &server_name(store), &id);
                        let temporary = ItemId::new(format!("#{}", revision.unwrap_or_default()));
                        self.ids.insert((place, store, temporary), item);
                    }
                    self.ids.insert((place, store, id), item);
                }
            }
        }
    }

    /// The items that an id may mean: at this place, or in a session with this device at the other.
    pub(super) fn meant(&self, device: usize, end: End, store: usize, id: &ItemId) -> Vec<u32> {
        let places = match end {
            End::Client => [Place::Device(device), Place::Server],
            End::Server => [Place::Server, Place::Device(device)],
        };
        let found = places.map(|place| self.ids.get(&(place, store, id.clone())).copied());
        // Ids of both sides may be the same number: the own one goes first.
        found.into_iter().flatten().collect()
    }

    pub(super) fn before_turn(&mut self, session: &Running, _end: End) {
        let types = [Some(session.plan.sync_type), session.stray_type];
        for refresh in types.into_iter().flatten() {
            self.waive(session.plan.device, refresh);
        }
    }

    /// What a session of this type removes, if it does.
    fn waive(&mut self, device: usize, refresh: SyncType) {
        if !refresh.is_refresh() {
            return;
        }
        for store in 0..self.plan.setting.stores.len() {
            let here = self.versions(Place::Device(device), store);
            let there = self.versions(Place::Server, store);
            match refresh {
                SyncType::RefreshFromClient => self.model.waive(there.difference(&here).copied()),
                _ => self.model.waive(here.difference(&there).copied()),
            }
        }
    }

    pub(super) fn after_turn(&mut self, session: &mut Running, end: End) -> Result<(), String> {
        let place = match end {
            End::Client => Place::Device(session.plan.device),
            End::Server => Place::Server,
        };
        self.note_ids(place);
        judge::hear(self, session, end);
        judge::after_turn(self, place)
    }

    /// States of items that are somewhere.
    pub(super) fn versions(&self, place: Place, store: usize) -> BTreeSet<u32> {
        let items = self.items(place, store);
        let labels = items.iter().filter_map(|(_, content)| body::read(content));
        labels.map(|label| label.version).collect()
    }

    /// The server takes a message of a device.
    pub(super) fn ask(
        &mut self,
        device: usize,
        tap: &mut Tap,
        received: Received,
        request: &Transmit,
        notices: &mut Vec<Notice>,
    ) -> Result<Answered, String> {
        let Self {
            host,
            server,
            model,
            devices,
            ..
        } = self;
        let client = &devices[device].store;
        let mut perform = |effect: Effect| {
            witness(model, (End::Server, client, server), &effect);
            match reconcile(model, server, &effect) {
                Some(resolution) => Answer::Reply(Ok(Reply::Reconciled(Box::new(resolution)))),
                None => tap.perform(server, effect),
            }
        };
        host.take(&mut perform, received, request, notices)
    }

    /// The state of the server's item that its store pairs with an item of a device; none: with none.
    pub(super) fn paired(&mut self, device: usize, store: usize, luid: &ItemId) -> Option<u32> {
        let device = self.devices[device].id();
        let link = Link::new(USER, device, server_name(store), own_name(store));
        let known = self.server.resolve(&link, &[Key::Remote(luid.clone())]);
        let known = known.ok()?.pop()??;
        let content = self.server.get(USER, &server_name(store), &known.local)?;
        Some(body::read(content)?.version)
    }

    /// What a session that rests takes of memory is a matter of message sizes.
    pub(super) fn weigh(&mut self, session: &Running) -> Result<(), String> {
        let key = SessionKey::new(
            session.config.device.id.clone(),
            session.config.session_id.clone(),
        );
        let weight = self.host.weight(&key) as u64;
        let sizes = &self.plan.setting.server;
        let largest = sizes.max_msg_size.max(session.config.sizes.max_msg_size);
        let most = WEIGHT + largest * 8;
        self.tally.heaviest = self.tally.heaviest.max(weight);
        match weight > most {
            true => Err(format!(
                "a session at rest has {weight} octets, and {most} are allowed"
            )),
            false => Ok(()),
        }
    }

    /// A copy of the server takes a message that nobody has sent.
    pub(super) fn try_on_server(
        &mut self,
        (corrupted, tells): (Received, bool),
        sent: &Transmit,
    ) -> Result<(), String> {
        let mut store = self.server.clone();
        let mut session = self.host.copy(&corrupted, sent);
        let taken = session.handle(Input::Message(Box::new(corrupted)));
        taken.map_err(|misuse| misuse.to_string())?;
        let mut tap = Tap::new(End::Server, &[]);
        let mut done = Vec::new();
        let mut perform = |effect: Effect| {
            done.push(effect.clone());
            tap.perform(&mut store, effect)
        };
        drive(&mut session, &mut perform, &mut Vec::new())?;
        judge::nothing_believed(&done, tells)
    }

    pub(super) fn note_message(&mut self, session: &Running, from: End, message: &Message) {
        let device = session.plan.device;
        self.say(|| format!("{from:?}, device {device}, {}", transcript::of(message)));
    }
}

/// What an effect says that the model must know.
pub(super) fn witness(
    model: &mut Model,
    (end, client, server): (End, &MemoryStore, &MemoryStore),
    effect: &Effect,
) {
    let Effect::Begin {
        link,
        sync_type,
        resumed: _,
    } = effect
    else {
        return;
    };
    let _ = end;
    if let Some(store) = index_of(&link.local).filter(|_| sync_type.is_afresh()) {
        for (place, from) in [(Place::Device(0), client), (Place::Server, server)] {
            let there = items(from, place, store);
            let labels = there.iter().filter_map(|(_, content)| body::read(content));
            model.begin_afresh(labels.map(|label| label.version));
        }
    }
}

/// What the server's store makes of two versions of an item.
fn reconcile(model: &mut Model, server: &MemoryStore, effect: &Effect) -> Option<Resolution> {
    let Effect::Reconcile {
        link,
        policy,
        local,
        theirs,
    } = effect
    else {
        return None;
    };
    let ours = server.get(&link.user, &link.local, local)?;
    let (ours, theirs) = (body::read(ours)?, body::read(theirs)?);
    Some(match policy {
        ConflictPolicy::Merge => {
            let version = model.merge(ours, theirs);
            let colour = ours.colour.max(theirs.colour);
            Resolution::Merged(body::write(Label { version, colour }, 100))
        }
        _ if theirs.version > ours.version => Resolution::ClientWins,
        _ => Resolution::ServerWins,
    })
}

fn name(place: Place, store: usize) -> String {
    match place {
        Place::Server => server_name(store),
        Place::Device(_) => own_name(store),
    }
}

fn items(from: &MemoryStore, place: Place, store: usize) -> Vec<(ItemId, Content)> {
    from.items(USER, &name(place, store))
        .map(|(id, content)| (id.clone(), content.clone()))
        .collect()
}
