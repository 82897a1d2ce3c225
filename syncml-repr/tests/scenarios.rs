//! The sessions and messages of the test data: what both encodings say, and whether the sessions keep the rules.

use std::collections::{BTreeMap, BTreeSet};

use syncml_repr::{
    Alert, AlertCode, Bytes, Command, Data, DecodeErrorKind, Encoding, Item, Limits, Message, MetInf, Modify, ModifyKind,
    Status, StatusCode, decode, decode_header, encode,
};
use syncml_wbxml::{ErrorKind, Space, Tag};
use testdata::{Expect, Fixture, Kind, Side};

/// One message of a session.
struct Step {
    name: String,
    from: Side,
    lost: bool,
    xml: &'static [u8],
    wbxml: &'static [u8],
    message: Message,
}

/// One session: messages that share a SessionID. A scenario has one or two.
struct Session {
    name: String,
    steps: Vec<Step>,
}

fn read(bytes: &'static [u8], encoding: Encoding, name: &str) -> Message {
    decode(&Bytes::from_static(bytes), encoding, &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn write(message: &Message, encoding: Encoding, name: &str) -> Vec<u8> {
    encode(message, encoding).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn sessions() -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    for scenario in testdata::scenarios() {
        let mut current = None;
        for message in scenario.messages {
            let name = format!("{}/{}", scenario.name, message.name);
            let step = Step {
                from: message.from,
                lost: message.lost,
                xml: message.xml,
                wbxml: message.wbxml,
                message: read(message.xml, Encoding::Xml, &name),
                name,
            };
            let id = step.message.hdr.session_id.clone();
            if current.as_ref() != Some(&id) {
                sessions.push(Session { name: format!("{} session {}", scenario.name, id.as_str()), steps: Vec::new() });
                current = Some(id);
            }
            sessions.last_mut().expect("just pushed").steps.push(step);
        }
    }
    assert!(sessions.len() >= 8, "{} sessions", sessions.len());
    sessions
}

/// A recorded session; the other encoding of its messages is not recorded.
fn recorded(folder: &str, encoding: Encoding) -> Session {
    let prefix = format!("message/recorded/{folder}/");
    let steps: Vec<Step> = testdata::all(Kind::Message)
        .filter(|fixture| fixture.name.starts_with(&prefix))
        .map(|fixture| Step {
            name: fixture.name.to_owned(),
            from: if fixture.stem().ends_with("client") { Side::Client } else { Side::Server },
            lost: false,
            xml: if encoding == Encoding::Xml { fixture.bytes } else { b"" },
            wbxml: if encoding == Encoding::Wbxml { fixture.bytes } else { b"" },
            message: read(fixture.bytes, encoding, fixture.name),
        })
        .collect();
    assert_eq!(steps.len(), 6, "{prefix}");
    Session { name: prefix, steps }
}

fn encoding_of(fixture: &Fixture) -> Encoding {
    if fixture.name.ends_with(".xml") { Encoding::Xml } else { Encoding::Wbxml }
}

/// The XML without the line ends that were added for reading: those between two tags.
fn without_line_ends(xml: &[u8]) -> String {
    let text = std::str::from_utf8(xml).expect("canonical files are UTF-8");
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('>') {
        let (head, tail) = rest.split_at(at + 1);
        out.push_str(head);
        let next = tail.trim_start();
        let gap = &tail[..tail.len() - next.len()];
        rest = if gap.contains('\n') && (next.starts_with('<') || next.is_empty()) { next } else { tail };
    }
    out.push_str(rest);
    out
}

/// All commands in the order of the wire, those inside of others after the one they are in.
fn flat(commands: &[Command]) -> Vec<&Command> {
    let mut out = Vec::new();
    for command in commands {
        out.push(command);
        match command {
            Command::Sync(sync) => out.extend(flat(&sync.commands)),
            Command::Group(group) => out.extend(flat(&group.commands)),
            _ => {}
        }
    }
    out
}

fn statuses(message: &Message) -> impl Iterator<Item = &Status> {
    message.body.commands.iter().filter_map(|command| match command {
        Command::Status(status) => Some(&**status),
        _ => None,
    })
}

fn cmd_id(command: &Command) -> &str {
    command.cmd_id().map_or("", |id| id.as_str())
}

fn items(command: &Command) -> &[Item] {
    match command {
        Command::Alert(command) => &command.items,
        Command::Modify(command) => &command.items,
        Command::Results(command) => &command.items,
        Command::Get(command) => &command.items,
        Command::Put(command) => &command.items,
        Command::Exec(command) => &command.items,
        _ => &[],
    }
}

/// TargetRef and SourceRef that a Status for this command has: what the command had.
fn refs(command: &Command) -> (Vec<&str>, Vec<&str>) {
    match command {
        Command::Sync(sync) => (
            sync.target.iter().map(|target| &*target.loc_uri).collect(),
            sync.source.iter().map(|source| &*source.loc_uri).collect(),
        ),
        Command::Map(map) => (vec![&map.target.loc_uri], vec![&map.source.loc_uri]),
        other => (
            items(other).iter().filter_map(Item::target_uri).collect(),
            items(other).iter().filter_map(Item::source_uri).collect(),
        ),
    }
}

impl Session {
    /// What the other side sent before step `at`, by MsgID.
    fn answerable(&self, at: usize) -> BTreeMap<u32, &Message> {
        let from = self.steps[at].from;
        let before = self.steps[..at].iter().filter(|step| step.from != from && !step.lost);
        before.map(|step| (step.message.hdr.msg_id.get(), &step.message)).collect()
    }

    /// The command of the other side that a status in step `at` answers; `None` for its header.
    fn answered<'a>(&'a self, at: usize, status: &Status) -> Option<&'a Command> {
        let name = &self.steps[at].name;
        let number = status.msg_ref.unwrap_or_else(|| panic!("{name}: Status without MsgRef")).get();
        let messages = self.answerable(at);
        let message = messages.get(&number).unwrap_or_else(|| panic!("{name}: MsgRef {number} was never received"));
        if status.cmd_ref.as_str() == "0" {
            return None;
        }
        let found = flat(&message.body.commands).into_iter().find(|command| cmd_id(command) == status.cmd_ref.as_str());
        Some(found.unwrap_or_else(|| panic!("{name}: MsgRef {number} has no CmdID {:?}", status.cmd_ref.as_str())))
    }

    /// Every Status is for something that was sent. Its refs mirror it; those of a header only if `strict`, since some
    /// servers change their own URI.
    fn check_refs(&self, strict: bool) -> usize {
        let mut checked = 0;
        for (at, step) in self.steps.iter().enumerate() {
            for status in statuses(&step.message) {
                let label = format!("{}: Status {}", step.name, status.cmd_id.as_str());
                let Some(command) = self.answered(at, status) else {
                    assert_eq!(&*status.cmd, "SyncHdr", "{label}");
                    let received = self.answerable(at)[&status.msg_ref.expect("checked").get()];
                    if strict {
                        assert_eq!(status.target_refs, [received.hdr.target.loc_uri.clone()], "{label}");
                        assert_eq!(status.source_refs, [received.hdr.source.loc_uri.clone()], "{label}");
                    }
                    continue;
                };
                assert_eq!(&*status.cmd, command.name(), "{label}");
                let (targets, sources) = refs(command);
                assert_eq!(status.target_refs.iter().map(|uri| &**uri).collect::<Vec<_>>(), targets, "{label}");
                assert_eq!(status.source_refs.iter().map(|uri| &**uri).collect::<Vec<_>>(), sources, "{label}");
                checked += 1;
            }
        }
        checked
    }

    /// The answer to a message has one Status for its header and for each of its commands but Statuses.
    fn check_answers(&self) {
        for (at, step) in self.steps.iter().enumerate() {
            let Some(reply) = self.steps.get(at + 1).filter(|_| !step.lost) else { continue };
            assert_ne!(step.from, reply.from, "{}: two messages of one side in a row", reply.name);
            let mut expected: Vec<String> = vec!["0".into()];
            let commands = flat(&step.message.body.commands);
            let wanted = commands.iter().filter(|command| !command.no_resp() && command.name() != "Status");
            expected.extend(wanted.map(|command| cmd_id(command).to_owned()));
            let given: Vec<String> = statuses(&reply.message)
                .filter(|status| status.msg_ref == Some(step.message.hdr.msg_id))
                .map(|status| status.cmd_ref.as_str().to_owned())
                .collect();
            assert_eq!(given, expected, "{}: what it answers of {}", reply.name, step.name);
        }
    }

    /// Alerts for a datastore are answered with the anchor that was sent.
    fn check_anchors(&self) -> usize {
        let mut checked = 0;
        for (at, step) in self.steps.iter().enumerate() {
            for status in statuses(&step.message) {
                let Some(Command::Alert(alert)) = self.answered(at, status) else { continue };
                let Some(sent) = alert_anchor(alert) else { continue };
                if matches!(status.code, StatusCode::MISSING_CREDENTIALS | StatusCode::INVALID_CREDENTIALS) {
                    continue;
                }
                let echoed = status.items.first().and_then(|item| item.data.as_ref()).and_then(Data::met_inf);
                let echoed = echoed.and_then(|meta| meta.anchor).map(|anchor| anchor.next);
                assert_eq!(echoed.as_deref(), Some(&*sent), "{}: anchor of Alert {}", step.name, alert.cmd_id.as_str());
                checked += 1;
            }
        }
        checked
    }
}

fn alert_anchor(alert: &Alert) -> Option<String> {
    let anchor = alert.items.first()?.meta.as_ref()?.anchor.as_ref()?;
    Some(anchor.next.to_string())
}

/// REPR-009, WBXML-006: the twins decode to one message, and `decode_header` agrees.
#[test]
fn wbxml_006_both_encodings_say_the_same() {
    let mut pairs: Vec<(&str, &[u8], &[u8])> = Vec::new();
    let sessions = sessions();
    for step in sessions.iter().flat_map(|session| &session.steps) {
        pairs.push((&step.name, step.xml, step.wbxml));
    }
    let messages = pairs.len();
    for fixture in testdata::all(Kind::Message) {
        let Some(stem) = fixture.name.strip_suffix(".xml") else { continue };
        let Some(twin) = testdata::get(&format!("{stem}.wbxml")) else { continue };
        pairs.push((fixture.name, fixture.bytes, twin.bytes));
    }
    assert!(messages >= 55 && pairs.len() >= messages + 20, "{messages} of {}", pairs.len());
    for (name, xml, wbxml) in pairs {
        let from_xml = read(xml, Encoding::Xml, name);
        assert_eq!(from_xml, read(wbxml, Encoding::Wbxml, name), "{name}");
        for (bytes, encoding) in [(xml, Encoding::Xml), (wbxml, Encoding::Wbxml)] {
            let hdr = decode_header(&Bytes::from_static(bytes), encoding, &Limits::default());
            assert_eq!(hdr.as_ref(), Ok(&from_xml.hdr), "{name}");
        }
    }
}

/// REPR-015, WBXML-012: decoded and encoded again, the files come back, in WBXML to the octet and in XML but for the
/// line ends between tags. So `Final` is last in all of them (DS-B-001).
#[test]
fn repr_015_canonical_bytes_come_back() {
    for session in sessions() {
        for step in &session.steps {
            assert_canonical(&step.name, step.xml, step.wbxml);
        }
    }
    let canonical = testdata::all(Kind::Message).filter(|fixture| {
        let folder = fixture.name.rsplit_once('/').map(|(folder, _)| folder);
        folder == Some("message") || fixture.stem() == "plain"
    });
    let mut count = 0;
    for fixture in canonical.filter(|fixture| fixture.name.ends_with(".xml")) {
        let twin = testdata::get(&fixture.name.replace(".xml", ".wbxml")).expect("canonical messages have twins");
        assert_canonical(fixture.name, fixture.bytes, twin.bytes);
        count += 1;
    }
    assert!(count >= 16, "{count} messages");
}

fn assert_canonical(name: &str, xml: &'static [u8], wbxml: &'static [u8]) {
    let message = read(xml, Encoding::Xml, name);
    let written = write(&message, Encoding::Xml, name);
    assert_eq!(String::from_utf8_lossy(&written), without_line_ends(xml), "{name}");
    assert_eq!(write(&message, Encoding::Wbxml, name), wbxml, "{name}");
    let end = if message.body.is_final { "<Final/></SyncBody></SyncML>" } else { "></SyncBody></SyncML>" };
    assert!(written.ends_with(end.as_bytes()), "{name}");
}

/// DS-B-003: MsgIDs and CmdIDs count from 1 without gaps; all messages of a session name the same ends.
#[test]
fn ds_b_003_ids_count_without_gaps() {
    for session in sessions() {
        let mut next: BTreeMap<bool, u32> = BTreeMap::new();
        let mut device = None;
        for step in &session.steps {
            let hdr = &step.message.hdr;
            let number = next.entry(step.from == Side::Client).or_insert(1);
            assert_eq!(hdr.msg_id.get(), *number, "{}", step.name);
            *number += 1;
            let client = if step.from == Side::Client { &hdr.source } else { &hdr.target };
            assert_eq!(device.get_or_insert_with(|| client.loc_uri.clone()), &client.loc_uri, "{}", step.name);
            let ids: Vec<&str> = flat(&step.message.body.commands).into_iter().map(cmd_id).collect();
            let expected: Vec<String> = (1..=ids.len()).map(|id| id.to_string()).collect();
            assert_eq!(ids, expected, "{}", step.name);
        }
    }
}

/// The client writes to the address it was given last: first the server's, then its RespURI.
#[test]
fn ds_c_034_resp_uri_is_the_next_target() {
    let mut moved = 0;
    for session in sessions() {
        let mut address = session.steps[0].message.hdr.target.loc_uri.clone();
        for step in &session.steps {
            let hdr = &step.message.hdr;
            match (&hdr.resp_uri, step.from) {
                (_, Side::Client) => assert_eq!(hdr.target.loc_uri, address, "{}", step.name),
                (Some(uri), Side::Server) => {
                    address = uri.clone();
                    moved += 1;
                }
                (None, Side::Server) => {}
            }
        }
    }
    assert!(moved >= 1);
}

/// DS-B-003, DS-B-004: every Status refers to a command that was sent, and its refs mirror the Item.
#[test]
fn ds_b_004_statuses_refer_to_what_was_sent() {
    let checked: usize = sessions().iter().map(|session| session.check_refs(true)).sum();
    assert!(checked >= 80, "{checked} statuses");
}

/// DS-B-002: every command but Status is answered, once, in the next message.
#[test]
fn ds_b_002_every_command_is_answered() {
    for session in sessions() {
        session.check_answers();
    }
}

/// DS-C-039: the Status of the header is first, the others follow in the order of what they answer, before any command
/// of one's own.
#[test]
fn ds_c_039_statuses_come_first_and_in_order() {
    for session in sessions() {
        for (at, step) in session.steps.iter().enumerate() {
            let commands = &step.message.body.commands;
            let leading = commands.iter().take_while(|command| command.name() == "Status").count();
            assert_eq!(leading, statuses(&step.message).count(), "{}: a Status after another command", step.name);
            if at > 0 {
                let first = statuses(&step.message).next().unwrap_or_else(|| panic!("{}: no Status", step.name));
                assert_eq!(first.cmd_ref.as_str(), "0", "{}", step.name);
            }
            let order: Vec<(u32, u32)> = statuses(&step.message)
                .map(|status| {
                    let command = status.cmd_ref.as_str().parse().expect("numbers here");
                    (status.msg_ref.expect("checked elsewhere").get(), command)
                })
                .collect();
            assert!(order.is_sorted(), "{}: {order:?}", step.name);
        }
    }
}

/// DS-B-001: `Final` and Alert 222 exclude each other, and who ended no package begins none.
#[test]
fn ds_b_001_packages_end_with_final() {
    for session in sessions() {
        let mut state: BTreeMap<bool, (u8, bool)> = BTreeMap::new();
        for step in &session.steps {
            let body = &step.message.body;
            let asks = body.commands.iter().any(
                |command| matches!(command, Command::Alert(alert) if alert.code == Some(AlertCode::NEXT_MESSAGE)),
            );
            assert!(!(asks && body.is_final), "{}: 222 beside Final", step.name);
            let client = step.from == Side::Client;
            let (package, ended) = state.get(&client).copied().unwrap_or((0, true));
            let now = body.commands.iter().filter_map(|command| stage(command, client, package)).max().unwrap_or(package);
            assert!(now >= package, "{}: back to an earlier package", step.name);
            if now > package {
                assert!(ended, "{}: a new package before the Final of the last", step.name);
                let peer_ended = state.get(&!client).is_none_or(|(_, ended)| *ended);
                assert!(peer_ended, "{}: a new package while the other side's is open", step.name);
            }
            state.insert(client, (now, body.is_final));
        }
        let last = session.steps.last().expect("sessions are not empty");
        assert!(last.message.body.is_final, "{}: ends in the middle of a package", session.name);
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

/// DS-S-027: anchors are confirmed byte by byte; Last is the Next of the session before.
#[test]
fn ds_s_027_anchors_are_echoed() {
    let checked: usize = sessions().iter().map(Session::check_anchors).sum();
    assert!(checked >= 16, "{checked} anchors");
}

/// The sessions of the tablet form one history; a session that was cut changes nothing.
#[test]
fn ds_c_019_anchors_continue_from_session_to_session() {
    let history = ["md5-challenge", "multi-message-222", "conflict", "map-resend"];
    let mut stored: BTreeMap<bool, String> = BTreeMap::new();
    for scenario in history {
        for session in sessions().iter().filter(|session| session.name.split(' ').next() == Some(scenario)) {
            let cut = session.steps.iter().any(|step| step.lost);
            let mut next = stored.clone();
            for step in &session.steps {
                for command in &step.message.body.commands {
                    let Command::Alert(alert) = command else { continue };
                    let Some(sent) = alert_anchor(alert) else { continue };
                    let last = alert.items[0].meta.as_ref().and_then(|meta| meta.anchor.as_ref()?.last.as_deref());
                    if let Some(before) = stored.get(&(step.from == Side::Client)) {
                        assert_eq!(last, Some(&**before), "{}", step.name);
                        assert_ne!(&sent, before, "{}", step.name);
                    }
                    next.insert(step.from == Side::Client, sent);
                }
            }
            if !cut {
                stored = next;
            }
        }
    }
    assert_eq!(stored.len(), 2);
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
    for session in sessions() {
        let mut open: Option<(String, Chunks)> = None;
        for (at, step) in session.steps.iter().enumerate() {
            let commands = flat(&step.message.body.commands);
            for (position, command) in commands.iter().enumerate() {
                let Command::Modify(modify) = command else { continue };
                let key = format!("{:?} {} {:?}", step.from, modify.kind.name(), refs(command));
                let meta = modify.items[0].effective_meta(modify.meta.as_deref());
                let chunk = modify.items[0].data.as_ref().and_then(Data::as_bytes).unwrap_or_default();
                if meta.emi_value("datapos") == Some("0") {
                    assert!(modify.items[0].more_data, "{}: datapos on a whole item", step.name);
                    let size = meta.size.unwrap_or_else(|| panic!("{}: first chunk without Size", step.name));
                    open = Some((key.clone(), Chunks { size, octets: Vec::new() }));
                }
                let Some((expected, chunks)) = &mut open else {
                    assert!(!modify.items[0].more_data, "{}: chunk of nothing", step.name);
                    continue;
                };
                assert_eq!(&key, expected, "{}: another item between chunks", step.name);
                assert_eq!(position + 1, commands.len(), "{}: a command after a chunk", step.name);
                chunks.octets.extend_from_slice(chunk);
                assert_eq!(chunk_status(&session, at, modify), modify.items[0].more_data, "{}", step.name);
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
    for object in whole {
        let text = String::from_utf8(object).expect("a note");
        assert!(text.contains("\r\n") && text.len() > text.chars().count(), "octets, not characters: {text}");
    }
}

/// Whether the answer to this item was 213.
fn chunk_status(session: &Session, at: usize, modify: &Modify) -> bool {
    let reply = &session.steps[at + 1].message;
    let mine = session.steps[at].message.hdr.msg_id;
    statuses(reply).any(|status| {
        status.msg_ref == Some(mine) && status.cmd_ref == modify.cmd_id && status.code == StatusCode::CHUNKED_ITEM_ACCEPTED
    })
}

/// NumberOfChanges stands in the first Sync of a side and counts its items, a chunked one once.
#[test]
fn ds_s_043_number_of_changes_is_right() {
    for session in sessions() {
        for client in [true, false] {
            let steps = session.steps.iter().filter(|step| (step.from == Side::Client) == client);
            let syncs: Vec<_> = steps
                .flat_map(|step| &step.message.body.commands)
                .filter_map(|command| if let Command::Sync(sync) = command { Some(sync) } else { None })
                .collect();
            let Some(first) = syncs.first() else { continue };
            assert!(syncs[1..].iter().all(|sync| sync.number_of_changes.is_none()), "{}", session.name);
            let changed: BTreeSet<_> = syncs.iter().flat_map(|sync| &sync.commands).map(|item| refs(item)).collect();
            assert_eq!(first.number_of_changes, Some(changed.len() as u64), "{}", session.name);
        }
    }
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
                    Command::Modify(modify) if modify.kind == ModifyKind::Add && message.from == Side::Server => {
                        added.extend(modify.items.iter().filter_map(|item| item.source_uri().map(str::to_owned)));
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
            let longest = step.xml.len().max(step.wbxml.len()) as u64;
            assert!(longest <= limit, "{}: {longest} of {limit}", step.name);
            let stated = step.message.hdr.max_msg_size().unwrap_or_else(|| panic!("{}: no MaxMsgSize", step.name));
            limits.insert(client, stated);
        }
    }
}

/// REPR-001: every element of the SyncML and MetInf spaces occurs somewhere.
#[test]
fn repr_001_every_element_occurs() {
    let mut text = String::new();
    for step in sessions().iter().flat_map(|session| &session.steps) {
        text.push_str(&without_line_ends(step.xml));
    }
    for fixture in testdata::all(Kind::Message).filter(|fixture| fixture.stem().contains("-1.")) {
        if let Ok(xml) = std::str::from_utf8(fixture.bytes) {
            text.push_str(xml);
        }
    }
    let occurs = |tag: Tag| [">", "/>", " "].iter().any(|end| text.contains(&format!("<{}{end}", tag.name())));
    let missing: Vec<&str> = Tag::all(Space::SyncMl)
        .chain(Tag::all(Space::MetInf))
        .filter(|tag| tag.name() != "MetInf" && !occurs(*tag))
        .map(Tag::name)
        .collect();
    assert_eq!(missing, [""; 0]);
}

/// REPR-003, REPR-004, REPR-008, REPR-017, WBXML-002 to WBXML-005, WBXML-008 to WBXML-010, DEVINF-011: whatever the
/// form, the message is the same.
#[test]
fn repr_004_variants_read_like_the_plain_message() {
    let plain = testdata::get("message/variant/plain.xml").expect("is in the collection");
    let plain = read(plain.bytes, Encoding::Xml, plain.name);
    let variants: Vec<_> =
        testdata::all(Kind::Message).filter(|fixture| fixture.name.starts_with("message/variant/")).collect();
    assert!(variants.len() >= 40, "{}", variants.len());
    for fixture in variants {
        assert_eq!(read(fixture.bytes, encoding_of(fixture), fixture.name), plain, "{}", fixture.name);
    }
}

/// REPR-016, META-004, DEVINF-014: the errata of the printed example are read.
#[test]
fn repr_016_errata_of_the_white_paper() {
    let erratum = |name: &str| {
        let fixture = testdata::get(&format!("message/errata/{name}")).expect("is in the collection");
        read(fixture.bytes, encoding_of(fixture), name)
    };
    let scenario = testdata::scenario("white-paper").expect("is in the collection");
    let packages: Vec<Message> =
        scenario.messages.iter().map(|message| read(message.xml, Encoding::Xml, message.name)).collect();
    assert_eq!(erratum("dev-id.xml"), packages[0]);
    assert_eq!(erratum("free-id.xml"), packages[2]);
    for name in ["blanks.xml", "blanks.wbxml"] {
        // Device information is kept as it came; its own reader trims.
        let mut message = erratum(name);
        let Command::Put(put) = &mut message.body.commands[1] else { panic!("{name}: Put is second") };
        let Command::Put(original) = &packages[0].body.commands[1] else { panic!("Put is second") };
        let devinf = put.items[0].data.as_ref().and_then(Data::devinf);
        assert!(devinf.is_some() && put.items[0].data != original.items[0].data, "{name}");
        put.items[0].data.clone_from(&original.items[0].data);
        assert_eq!(message, packages[0], "{name}");
    }
    let ids: Vec<String> =
        erratum("duplicate-cmd-id.xml").body.commands.iter().map(|command| cmd_id(command).to_owned()).collect();
    assert_eq!(ids, ["1", "1"]);
    let names: Vec<String> =
        erratum("get-without-status.wbxml").body.commands.iter().map(|command| command.name().to_owned()).collect();
    assert_eq!(names, ["Status", "Status", "Status", "Results", "Alert"]);
    for name in ["no-ver-dtd.xml", "no-ver-dtd.wbxml", "other-datastore.wbxml", "devinf-type.xml"] {
        let message = erratum(name);
        let Command::Put(put) = &message.body.commands[1] else { panic!("{name}: Put is second") };
        assert!(put.items[0].data.as_ref().and_then(Data::devinf).is_some(), "{name}");
    }
}

/// The name that the manifest has for a kind of error.
fn error_name(kind: &DecodeErrorKind) -> &'static str {
    match kind {
        DecodeErrorKind::Document(kind) => match kind {
            ErrorKind::Truncated => "truncated",
            ErrorKind::Version(_) => "version",
            ErrorKind::Charset(_) | ErrorKind::CharsetName(_) => "charset",
            ErrorKind::Integer => "integer",
            ErrorKind::TableOffset(_) => "table-offset",
            ErrorKind::Character(_) => "character",
            ErrorKind::Token(_) => "token",
            ErrorKind::Limit(_) => "limit",
            ErrorKind::NotUtf8 => "utf-8",
            ErrorKind::Xml(_) => "not-well-formed",
            ErrorKind::InternalSubset => "internal-subset",
            _ => "other",
        },
        DecodeErrorKind::NotSyncMl(_) => "root",
        DecodeErrorKind::Missing(_) => "missing",
        DecodeErrorKind::Duplicate(_) => "duplicate",
        DecodeErrorKind::NotANumber(_) => "number",
        DecodeErrorKind::Nesting => "nesting",
        _ => "other",
    }
}

/// REPR-004, REPR-014, WBXML-007, WBXML-011, DS-B-018: bad input is refused for the right reason, or survived.
#[test]
fn ds_b_018_bad_input() {
    let mut wrong = Vec::new();
    let messages = testdata::all(Kind::Bad).filter(|fixture| fixture.name.starts_with("message/"));
    for fixture in messages {
        let result = decode(&Bytes::from_static(fixture.bytes), encoding_of(fixture), &Limits::default());
        let expected = match fixture.expect {
            Expect::Ok => "ok",
            Expect::Error(name) => name,
            other => panic!("{}: {other:?}", fixture.name),
        };
        let got = result.as_ref().err().map_or("ok", |error| error_name(error.kind()));
        if got != expected {
            wrong.push(format!("{}: {got} in place of {expected}: {:?}", fixture.name, result.as_ref().err()));
        }
        match result {
            Err(error) => {
                assert!(error.position().byte <= fixture.bytes.len(), "{}: {error}", fixture.name);
                let limit = matches!(error.kind(), DecodeErrorKind::Document(ErrorKind::Limit(_)));
                let hint = if limit { StatusCode::REQUEST_ENTITY_TOO_LARGE } else { StatusCode::BAD_REQUEST };
                assert_eq!(error.status_hint(), hint, "{}", fixture.name);
            }
            // What is survived can also be written.
            Ok(message) => {
                for encoding in [Encoding::Xml, Encoding::Wbxml] {
                    let written = Bytes::from(write(&message, encoding, fixture.name));
                    decode(&written, encoding, &Limits::default()).unwrap_or_else(|e| panic!("{}: {e}", fixture.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Recorded sessions of a real peer: read without loss in either encoding, and they keep the rules that peers rely on.
#[test]
fn recorded_sessions_of_a_real_peer() {
    for (folder, encoding) in [("two-way-xml", Encoding::Xml), ("slow-wbxml", Encoding::Wbxml)] {
        let session = recorded(folder, encoding);
        assert!(session.check_refs(false) >= 10, "{folder}");
        session.check_answers();
        assert!(session.check_anchors() >= 2, "{folder}");
        for step in &session.steps {
            for other in [Encoding::Xml, Encoding::Wbxml] {
                let written = Bytes::from(write(&step.message, other, &step.name));
                let again = decode(&written, other, &Limits::default()).unwrap_or_else(|e| panic!("{}: {e}", step.name));
                assert_eq!(again, step.message, "{} by way of {other:?}", step.name);
            }
        }
        let cards = session.steps.iter().flat_map(|step| flat(&step.message.body.commands)).filter(|command| {
            let Command::Modify(modify) = command else { return false };
            let payload = modify.items[0].payload(modify.meta.as_deref().map(|meta: &MetInf| meta));
            payload.is_ok_and(|card| card.starts_with(b"BEGIN:VCARD") && card.ends_with(b"END:VCARD\n") || card.ends_with(b"END:VCARD\r\n"))
        });
        assert!(cards.count() >= 4, "{folder}");
    }
}
