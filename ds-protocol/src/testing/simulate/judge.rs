//! What must hold after every turn, after every session, and when nothing goes wrong any more.

use std::collections::{BTreeMap, BTreeSet};

use syncml_repr::{Message, StatusCode};

use super::body::{self, Label};
use super::device::index_of;
use super::edit::Place;
use super::fault::End;
use super::guise::groups;
use super::session::Running;
use super::world::World;
use crate::change::{Content, ItemId};
use crate::effect::Effect;
use crate::engine::Closed;
use crate::notice::Notice;
use crate::sync_type::SyncType;

/// Items of which a session has told that they are not in step, by datastore.
pub(super) type Excuses = BTreeSet<u32>;

/// Every body is whole and belongs where it is, and none is there twice.
pub(super) fn after_turn(world: &mut World, place: Place) -> Result<(), String> {
    for store in 0..world.plan.setting.stores.len() {
        let mut seen = BTreeMap::new();
        for (id, content) in world.items(place, store) {
            let Some(label) = body::read(&content) else {
                let text = String::from_utf8_lossy(&content.data);
                let text: String = text.chars().take(40).collect();
                return Err(format!(
                    "{place:?} has an item in datastore {store} that nobody wrote: {id:?} {text:?}"
                ));
            };
            if !world.model.see(store, label.version) {
                return Err(format!(
                    "{place:?} has state {} in datastore {store}, where it does not belong",
                    label.version
                ));
            }
            // In a tree, a slow sync tells copies by where they stand.
            let above = content.place.parent().cloned();
            if let Some(other) = seen.insert((label.version, above), id.clone())
                && !may_be_twice(world, store, label.version)
                && !world.model.returns(label.version)
            {
                return Err(format!(
                    "{place:?} has state {} in datastore {store} twice: {other:?} and {id:?}",
                    label.version
                ));
            }
        }
    }
    Ok(())
}

/// The datastore and the item of which a notice says that it is not in step, and whether that is a conflict.
fn told(notice: &Notice) -> Option<(&str, &ItemId, bool)> {
    Some(match notice {
        Notice::Conflict {
            datastore, item, ..
        } => (datastore, item, true),
        Notice::ItemRefused {
            datastore, item, ..
        }
        | Notice::ItemHeld { datastore, item }
        | Notice::TooLarge { datastore, item }
        | Notice::NoRoom { datastore, item }
        | Notice::Incomplete {
            datastore, item, ..
        }
        | Notice::Orphan {
            datastore, item, ..
        } => (datastore, item, false),
        _ => return None,
    })
}

/// Notes what a session told in its last turn.
pub(super) fn hear(world: &mut World, session: &mut Running, end: End) {
    let notices = &session.notices[end as usize];
    let from = session.heard[end as usize];
    for notice in &notices[from..] {
        if end == End::Client && matches!(notice, Notice::ServerAuthenticated { .. }) {
            world.tally.strike("server that proves who it is");
        }
        let Some((datastore, id, is_conflict)) = told(notice) else {
            continue;
        };
        let Some(store) = index_of(datastore) else {
            continue;
        };
        for item in world.meant(session.plan.device, end, store, id) {
            match is_conflict {
                true => world.model.conflicted.insert(item),
                false => world.model.refused.insert(item),
            };
        }
    }
    if world.log.is_some() {
        for notice in &notices[from..] {
            let said = format!("{end:?} tells {notice:?}");
            world.say(|| said);
        }
    }
    session.heard[end as usize] = session.notices[end as usize].len();
}

/// What a session has told of items that are not in step.
pub(super) fn excuses(world: &World, session: &Running) -> Excuses {
    let mut excuses = Excuses::new();
    for end in [End::Client, End::Server] {
        for notice in &session.notices[end as usize] {
            if let Some((datastore, id, _)) = told(notice)
                && let Some(store) = index_of(datastore)
            {
                excuses.extend(world.meant(session.plan.device, end, store, id));
            }
        }
    }
    excuses
}

/// A session in which nothing goes wrong ends well.
pub(super) fn is_quiet(session: &Running) -> Result<(), String> {
    match &session.closed[0] {
        Some(Closed::Complete) => Ok(()),
        other => Err(format!("a quiet session ends as {other:?}")),
    }
}

/// Where a session has ended well, both sides have the same.
pub(super) fn after_session(world: &mut World, session: &Running) -> Result<(), String> {
    let whole = [Some(Closed::Complete), Some(Closed::Complete)];
    let plain = matches!(session.plan.sync_type, SyncType::TwoWay | SyncType::Slow);
    let is_cut = session.closed != whole || session.is_disturbed;
    let was_cut = std::mem::replace(&mut world.devices[session.plan.device].was_cut, is_cut);
    if session.closed != whole || session.is_disturbed || !plain {
        return Ok(());
    }
    let excuses = excuses(world, session);
    let device = session.plan.device;
    // What came into a filter again, after a session that was cut had taken it out, may need a session to find that out.
    if was_cut && world.devices[device].setting.colour.is_some() {
        return Ok(());
    }
    for store in 0..world.plan.setting.stores.len() {
        let ended = |end: End| {
            session.notices[end as usize].iter().any(|notice| {
                matches!(notice, Notice::DatastoreDone { datastore, status } if index_of(datastore) == Some(store) && status.is_success())
            })
        };
        // What comes to the top is taken away from some peers, and comes again with the next session.
        let own = &world.plan.setting;
        let tells_top = own.server_is_kin && own.devices[device].is_kin;
        let is_plain = tells_top || !own.stores[store].tree;
        // A side that is full is sent nothing new any more.
        let full = session.notices.iter().flatten().any(|notice| {
            matches!(notice, Notice::ItemRefused { status, .. } if *status == StatusCode::DEVICE_FULL)
        });
        // What was deleted before a slow sync went on is told in the next session.
        let resumed = session.notices[0]
            .iter()
            .any(|notice| matches!(notice, Notice::Resumed { datastore, .. } if index_of(datastore) == Some(store)));
        if ended(End::Client) && ended(End::Server) && is_plain && !resumed && !full {
            is_equal(world, device, store, &excuses)
                .and_then(|()| are_paired(world, device, store, &excuses))
                .map_err(|why| format!("after a session that ended well: {why}"))?;
        }
    }
    Ok(())
}

/// What each Atomic of a message brings that is not at a place yet.
pub(super) fn brought(world: &World, place: Place, message: &Message) -> Vec<BTreeSet<u32>> {
    let stores = 0..world.plan.setting.stores.len();
    let there: BTreeSet<u32> = stores
        .flat_map(|store| world.versions(place, store))
        .collect();
    let groups = groups(message).into_iter().map(|texts| {
        let labels = texts.into_iter().filter_map(|text| {
            body::read(&Content::new(body::MEDIA_TYPE, text.as_bytes().to_vec()))
        });
        let versions = labels.map(|label| label.version);
        versions
            .filter(|version| !there.contains(version))
            .collect()
    });
    groups.collect()
}

/// All of what an Atomic brings is there, or nothing. What is in conflict may have given way.
pub(super) fn all_or_none(
    world: &mut World,
    place: Place,
    groups: &[BTreeSet<u32>],
) -> Result<(), String> {
    for group in groups.iter().filter(|group| !group.is_empty()) {
        let stores = 0..world.plan.setting.stores.len();
        let there: BTreeSet<u32> = stores
            .flat_map(|store| world.versions(place, store))
            .collect();
        let gives_way = |version: &&u32| world.model.is_told(**version);
        let is_there = |version: &&u32| there.contains(version);
        let done = group.iter().any(|version| there.contains(version));
        let left = group
            .iter()
            .any(|version| !is_there(&version) && !gives_way(&version));
        if done && left {
            return Err(format!(
                "{place:?} has a part of what is to be done together: {group:?}"
            ));
        }
        world.tally.strike(match done {
            true => "Atomic done",
            false => "Atomic not done",
        });
    }
    Ok(())
}

/// A side that can tell that a message was changed does nothing of what it says.
pub(super) fn nothing_believed(done: &[Effect], tells: bool) -> Result<(), String> {
    let is_belief = |effect: &&Effect| {
        !matches!(
            effect,
            Effect::LoadSecret { .. }
                | Effect::Authorize { .. }
                | Effect::LoadPeer { .. }
                | Effect::SavePeer { .. }
                | Effect::SpendNonce { .. }
                | Effect::NewNonce
        )
    };
    match done.iter().find(is_belief).filter(|_| tells) {
        Some(effect) => Err(format!("a changed message leads to {effect:?}")),
        None => Ok(()),
    }
}

/// The states of a datastore at a place, each with the one above it.
type Shape = BTreeSet<(u32, Option<u32>)>;

fn shape(world: &World, (device, place): (usize, Place), store: usize, excuses: &Excuses) -> Shape {
    let items = world.items(place, store);
    let labels: BTreeMap<&ItemId, Label> = items
        .iter()
        .filter_map(|(id, content)| Some((id, body::read(content)?)))
        .collect();
    let is_excused = |version: u32| {
        let item = world.model.item(version);
        item.is_none_or(|item| {
            excuses.contains(&item)
                || world.model.refused.contains(&item)
                || world.model.is_forgone(device, item)
        })
    };
    let shown = items.iter().filter_map(|(id, content)| {
        let version = labels.get(id).map(|label| label.version)?;
        let above = content.place.parent().and_then(|above| labels.get(above));
        let above = above.map(|label| label.version);
        (!is_excused(version)).then(|| (version, above.filter(|above| !is_excused(*above))))
    });
    shown.collect()
}

/// A device has what it is to have of a datastore.
fn is_equal(world: &World, device: usize, store: usize, excuses: &Excuses) -> Result<(), String> {
    let here = shape(world, (device, Place::Device(device)), store, excuses);
    let mut there = shape(world, (device, Place::Server), store, excuses);
    if let Some(colour) = world.devices[device].setting.colour {
        let wanted: BTreeSet<u32> = world
            .items(Place::Server, store)
            .iter()
            .filter_map(|(_, content)| body::read(content))
            .filter(|label| label.colour == colour)
            .map(|label| label.version)
            .collect();
        there.retain(|(version, _)| wanted.contains(version));
    }
    if here == there {
        return Ok(());
    }
    let only = |a: &Shape, b: &Shape| a.difference(b).copied().collect::<Vec<_>>();
    Err(format!(
        "datastore {store}: device {device} alone has {:?}, the server alone {:?} (state, the one above)",
        only(&here, &there),
        only(&there, &here)
    ))
}

/// Each item of a device is paired with the server's item that has the same state, and with no other.
fn are_paired(
    world: &mut World,
    device: usize,
    store: usize,
    excuses: &Excuses,
) -> Result<(), String> {
    for (luid, content) in world.items(Place::Device(device), store) {
        let Some(label) = body::read(&content) else {
            continue;
        };
        let item = world.model.item(label.version);
        let is_excused = |item: u32| {
            excuses.contains(&item)
                || world.model.refused.contains(&item)
                || world.model.is_forgone(device, item)
        };
        if item.is_none_or(is_excused) {
            continue;
        }
        let paired = world.paired(device, store, &luid);
        if paired != Some(label.version) {
            return Err(format!(
                "datastore {store}: the item of device {device} with state {} is paired with state {paired:?}",
                label.version
            ));
        }
    }
    Ok(())
}

/// All devices have what they are to have.
pub(super) fn all_equal(world: &World, excuses: &Excuses) -> Result<(), String> {
    for store in 0..world.plan.setting.stores.len() {
        for device in 0..world.devices.len() {
            is_equal(world, device, store, excuses)?;
        }
    }
    Ok(())
}

/// A folder that was deleted and is not empty comes back from each device by itself, and so does what was deleted at one
/// place and changed at another, after everything was compared. What is too large for a device stays there as it was.
/// Below a folder that was changed, a slow sync finds nothing that is the same; what is there in both folders a person
/// may put into one.
fn may_be_twice(world: &World, store: usize, version: u32) -> bool {
    let tree = world.plan.setting.stores[store].tree;
    let model = &world.model;
    let returns = model.returns(version);
    let is_refused = model.is_refused(version);
    (returns && (tree || is_refused || model.is_told(version)))
        || (tree && (is_refused || model.meets_copies(version) || model.is_moved_twice(version)))
}

/// Nothing is there twice, not even what was replaced once and has come back.
pub(super) fn nothing_doubled(world: &World) -> Result<(), String> {
    for place in world.places() {
        for store in 0..world.plan.setting.stores.len() {
            let mut seen = BTreeSet::new();
            for (_, content) in world.items(place, store) {
                let Some(label) = body::read(&content) else {
                    continue;
                };
                let above = content.place.parent().cloned();
                let may_be = may_be_twice(world, store, label.version);
                if !seen.insert((label.version, above)) && !may_be {
                    return Err(format!(
                        "{place:?} has state {} in datastore {store} twice in the end",
                        label.version
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Nothing is lost, and nothing has come back.
pub(super) fn nothing_lost(world: &World) -> Result<(), String> {
    for store in 0..world.plan.setting.stores.len() {
        let left = world.versions(Place::Server, store);
        let mut elsewhere = BTreeSet::new();
        for place in world.places() {
            elsewhere.extend(world.versions(place, store));
        }
        world
            .model
            .judge(store, &left, &elsewhere)
            .map_err(|why| format!("datastore {store}: {why}"))?;
    }
    Ok(())
}
