//! Packages: where they begin and end, and what they add up to.

use std::collections::{BTreeMap, BTreeSet};

use syncml_repr::{
    AlertCode, Command, Data, Encoding, Modify, ModifyKind, StatusCode, SyncCmd, Version,
};
use testdata::Side;

use crate::session::{Session, alert_anchor, flat, read, refs, sessions, statuses};

/// DS-B-001: `Final` and Alert 222 exclude each other; a package begins after the `Final` of the last, and nothing of it
/// comes after its own.
#[test]
fn ds_b_001_packages_end_with_final() {
    for session in sessions() {
        let mut state: BTreeMap<bool, (u8, bool)> = BTreeMap::new();
        let mut refused = false;
        for step in &session.steps {
            let body = &step.message.body;
            let asks = body.commands.iter().any(
                |command| matches!(command, Command::Alert(alert) if alert.code == Some(AlertCode::NEXT_MESSAGE)),
            );
            assert!(!(asks && body.is_final), "{}: 222 beside Final", step.name);
            let client = step.from == Side::Client;
            let (package, ended) = state.get(&client).copied().unwrap_or((0, true));
            let own = body
                .commands
                .iter()
                .filter_map(|command| stage(command, client, package))
                .max();
            match own {
                Some(now) if now > package => {
                    assert!(
                        ended,
                        "{}: a new package before the Final of the last",
                        step.name
                    );
                    // A client may map what it has at once.
                    let maps = body
                        .commands
                        .iter()
                        .all(|command| matches!(command, Command::Map(_) | Command::Status(_)));
                    let peer_ended = maps || state.get(&!client).is_none_or(|(_, ended)| *ended);
                    assert!(
                        peer_ended,
                        "{}: a new package while the other side's is open",
                        step.name
                    );
                }
                Some(now) => {
                    assert_eq!(now, package, "{}: back to an earlier package", step.name);
                    assert!(
                        !ended || refused,
                        "{}: more of a package after its Final",
                        step.name
                    );
                }
                // Only acknowledges a piece of the other side's package, or ends the session.
                None => {}
            }
            let ends = body.is_final || (own.is_none() && ended);
            let now = own.unwrap_or(package);
            refused = statuses(&step.message).any(|status| {
                let code = status.code;
                code == StatusCode::MISSING_CREDENTIALS || code == StatusCode::INVALID_CREDENTIALS
            });
            state.insert(client, (now, ends));
        }
        let last = session.steps.last().expect("sessions are not empty");
        assert!(
            last.message.body.is_final,
            "{}: ends in the middle of a package",
            session.name
        );
    }
}

/// The package a command belongs to, counted per side: 1 initialisation, 2 changes, 3 Map after them.
fn stage(command: &Command, client: bool, before: u8) -> Option<u8> {
    match command {
        Command::Put(_) | Command::Get(_) => Some(1),
        Command::Alert(alert) if alert_anchor(alert).is_some() => Some(1),
        Command::Results(_) if !client => Some(1),
        Command::Sync(_) => Some(2),
        Command::Map(_) => Some(if before < 2 { 2 } else { 3 }),
        _ => None,
    }
}

/// The object of which chunks are under way.
#[derive(Default)]
struct Chunks {
    size: u64,
    octets: Vec<u8>,
}

/// DS-C-009, DS-C-060: chunks add up to their Size, one a message and last in it; 213 for all but the last.
#[test]
fn ds_c_009_chunks_add_up_to_size() {
    let mut whole: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut finished = 0;
    let sound = |session: &Session| !session.name.starts_with("large-object-errors");
    for session in sessions().into_iter().filter(sound) {
        let mut open: Option<(String, Chunks)> = None;
        for (at, step) in session.steps.iter().enumerate() {
            let commands = flat(&step.message.body.commands);
            for (position, command) in commands.iter().enumerate() {
                let Command::Modify(modify) = command else {
                    continue;
                };
                let key = format!("{:?} {} {:?}", step.from, modify.kind.name(), refs(command));
                let meta = modify.items[0].effective_meta(modify.meta.as_deref());
                let chunk = modify.items[0]
                    .data
                    .as_ref()
                    .and_then(Data::as_bytes)
                    .unwrap_or_default();
                if meta.emi_value("datapos") == Some("0") {
                    assert!(
                        modify.items[0].more_data,
                        "{}: datapos on a whole item",
                        step.name
                    );
                    let size = meta
                        .size
                        .unwrap_or_else(|| panic!("{}: first chunk without Size", step.name));
                    open = Some((
                        key.clone(),
                        Chunks {
                            size,
                            octets: Vec::new(),
                        },
                    ));
                }
                let Some((expected, chunks)) = &mut open else {
                    assert!(
                        !modify.items[0].more_data,
                        "{}: chunk of nothing",
                        step.name
                    );
                    continue;
                };
                assert_eq!(&key, expected, "{}: another item between chunks", step.name);
                assert_eq!(
                    position + 1,
                    commands.len(),
                    "{}: a command after a chunk",
                    step.name
                );
                chunks.octets.extend_from_slice(chunk);
                assert_eq!(
                    chunk_status(&session, at, modify),
                    modify.items[0].more_data,
                    "{}",
                    step.name
                );
                if !modify.items[0].more_data {
                    assert_eq!(chunks.octets.len() as u64, chunks.size, "{}", step.name);
                    whole.insert(std::mem::take(&mut chunks.octets));
                    finished += 1;
                    open = None;
                }
            }
        }
    }
    assert!(finished >= 1);
    // One object is text, whose octets are more than its characters.
    let is_note = |object: &Vec<u8>| {
        let text = std::str::from_utf8(object).expect("text or Base64");
        text.contains("\r\n") && text.len() > text.chars().count()
    };
    assert!(whole.iter().any(is_note), "octets, not characters");
}

/// DS-S-062, DS-S-063, DS-B-022: what is wrong with an object has its own code: too large (416), without Size (411), not
/// what was announced (424), or broken off by another item, which an Alert 223 tells.
#[test]
fn ds_s_063_broken_objects() {
    let mut seen = BTreeSet::new();
    for session in sessions() {
        if !session.name.starts_with("large-object-errors") {
            continue;
        }
        let mut limit = 0;
        let mut open: Option<(Option<&str>, u64, u64)> = None;
        for (at, step) in session.steps.iter().enumerate() {
            if step.from == Side::Server {
                limit = step.message.hdr.max_obj_size().expect("a limit");
                continue;
            }
            for command in flat(&step.message.body.commands) {
                let Command::Modify(modify) = command else {
                    continue;
                };
                let item = &modify.items[0];
                let size = item.effective_meta(modify.meta.as_deref()).size;
                let octets = item.data.as_ref().and_then(Data::as_bytes).expect("data");
                let length = octets.len() as u64;
                let ours = item.source_uri();
                if let Some((object, ..)) = open.filter(|(object, ..)| *object != ours) {
                    let reply = &session.steps[at + 1].message.body.commands;
                    let told = reply.iter().any(|command| {
                        matches!(command, Command::Alert(alert)
                            if alert.code == Some(AlertCode::NO_END_OF_DATA) && alert.items[0].source_uri() == object)
                    });
                    assert!(told, "{}: 223 for {object:?}", step.name);
                    seen.insert(223);
                    open = None;
                }
                let code = match (open.take(), size) {
                    (None, None) if item.more_data => 411,
                    (None, Some(size)) if size > limit => 416,
                    (None, Some(size)) if item.more_data => {
                        open = Some((ours, size, length));
                        213
                    }
                    (Some((_, size, before)), _) if size != before + length => 424,
                    _ => 201,
                };
                let status = session.status_of(at, command).expect("checked elsewhere");
                assert_eq!(status.code.get(), code, "{}", step.name);
                seen.insert(code);
            }
        }
    }
    assert_eq!(seen, BTreeSet::from([201, 213, 223, 411, 416, 424]));
}

/// Whether the answer to this item was 213.
fn chunk_status(session: &Session, at: usize, modify: &Modify) -> bool {
    let reply = &session.steps[at + 1].message;
    let mine = session.steps[at].message.hdr.msg_id;
    statuses(reply).any(|status| {
        status.msg_ref == Some(mine)
            && status.cmd_ref == modify.cmd_id
            && status.code == StatusCode::CHUNKED_ITEM_ACCEPTED
    })
}

/// NumberOfChanges stands in the first Sync of a side and counts its items, a chunked one once. SyncML 1.0 has none.
#[test]
fn ds_s_043_number_of_changes_is_right() {
    for session in sessions() {
        for client in [true, false] {
            let steps = session
                .steps
                .iter()
                .filter(|step| (step.from == Side::Client) == client);
            let syncs: Vec<_> = steps
                .flat_map(|step| &step.message.body.commands)
                .filter_map(|command| {
                    if let Command::Sync(sync) = command {
                        Some(sync)
                    } else {
                        None
                    }
                })
                .collect();
            let mut datastores: BTreeMap<_, Vec<&SyncCmd>> = BTreeMap::new();
            for sync in syncs {
                let source = sync.source.as_ref().map(|source| source.loc_uri.clone());
                datastores.entry(source).or_default().push(sync);
            }
            for syncs in datastores.values() {
                let told: Vec<_> = syncs.iter().map(|sync| sync.number_of_changes).collect();
                let items = syncs.iter().flat_map(|sync| flat(&sync.commands));
                let items: Vec<(bool, _)> = items
                    .filter_map(|command| match command {
                        Command::Modify(item) => Some((item.items[0].more_data, refs(command))),
                        _ => None,
                    })
                    .collect();
                let chunked = items.iter().filter(|(more, _)| *more).map(|(_, item)| item);
                let chunked: BTreeSet<_> = chunked.collect();
                let whole = items.iter().filter(|(_, item)| !chunked.contains(item));
                let sent = (chunked.len() + whole.count()) as u64;
                if session.steps[0].message.hdr.version() == Some(Version::V1_0) {
                    assert!(told.iter().all(Option::is_none), "{}", session.name);
                    continue;
                }
                // A session that is suspended does not send them all, nor does one whose other side has no room for them.
                let cut = has_little_room(&session) || session.steps.iter().any(|step| {
                    step.message.body.commands.iter().any(|command| {
                        matches!(command, Command::Alert(alert) if alert.code == Some(AlertCode::SUSPEND))
                    })
                });
                assert!(
                    told[0].is_some_and(|told| told == sent || cut && told > sent),
                    "{}: {told:?}, and sent {sent}",
                    session.name
                );
                assert!(told[1..].iter().all(Option::is_none), "{}", session.name);
            }
        }
    }
}

/// Whether the client has told how much it can take.
fn has_little_room(session: &Session) -> bool {
    session
        .commands(Side::Client)
        .any(|(_, command)| match command {
            Command::Sync(sync) => sync.meta.as_ref().is_some_and(|meta| meta.mem.is_some()),
            _ => false,
        })
}

/// DS-C-024: Map pairs are the Adds that the client executed; every one arrives, if not at once then next time.
#[test]
fn ds_c_024_added_items_are_mapped() {
    for scenario in testdata::scenarios() {
        let mut added = BTreeSet::new();
        let mut mapped = BTreeSet::new();
        for message in scenario.messages {
            let value = read(message.xml, Encoding::Xml, message.name);
            for command in flat(&value.body.commands) {
                match command {
                    Command::Modify(modify)
                        if modify.kind == ModifyKind::Add && message.from == Side::Server =>
                    {
                        added.extend(
                            modify
                                .items
                                .iter()
                                .filter_map(|item| item.source_uri().map(str::to_owned)),
                        );
                    }
                    Command::Map(map) if !message.lost => {
                        mapped.extend(map.items.iter().map(|item| item.target.loc_uri.to_string()));
                    }
                    _ => {}
                }
            }
        }
        assert_eq!(added, mapped, "{}", scenario.name);
    }
}

/// DS-C-035, DS-S-040: no message is larger than its receiver said last, in either encoding.
#[test]
fn ds_s_040_messages_fit_the_receiver() {
    for session in sessions() {
        let mut limits: BTreeMap<bool, u64> = BTreeMap::new();
        for step in &session.steps {
            let client = step.from == Side::Client;
            let limit = limits.get(&!client).copied().unwrap_or(u64::MAX);
            // One was held in WBXML; its XML is for reading.
            let xml = match step.name.contains("-wbxml/") {
                true => 0,
                false => step.xml.len(),
            };
            let longest = step.wbxml.len().max(xml) as u64;
            assert!(longest <= limit, "{}: {longest} of {limit}", step.name);
            let stated = step
                .message
                .hdr
                .max_msg_size()
                .unwrap_or_else(|| panic!("{}: no MaxMsgSize", step.name));
            limits.insert(client, stated);
        }
    }
}
