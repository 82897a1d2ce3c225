//! Which Status answers what.

use std::collections::BTreeMap;
use std::slice::from_ref;

use syncml_repr::{AlertCode, Command, Data, StatusCode};
use testdata::Side;

use crate::session::{Session, Step, alert_anchor, cmd_id, flat, refs, sessions, statuses};

impl Session {
    /// Every Status is for something that was sent. Its refs mirror it; those of a header only if `strict`, since some
    /// servers change their own URI.
    pub(crate) fn check_refs(&self, strict: bool) -> usize {
        let mut checked = 0;
        for (at, step) in self.steps.iter().enumerate() {
            for status in statuses(&step.message) {
                let label = format!("{}: Status {}", step.name, status.cmd_id.as_str());
                let Some(command) = self.answered(at, status) else {
                    assert_eq!(status.cmd.as_str(), "SyncHdr", "{label}");
                    let received = self.answerable(at)[&status.msg_ref.expect("checked").get()];
                    if strict {
                        assert_eq!(
                            status.target_refs.as_slice(),
                            from_ref(&received.hdr.target.loc_uri),
                            "{label}"
                        );
                        assert_eq!(
                            status.source_refs.as_slice(),
                            from_ref(&received.hdr.source.loc_uri),
                            "{label}"
                        );
                    }
                    continue;
                };
                assert_eq!(status.cmd.as_str(), command.name(), "{label}");
                let (targets, sources) = refs(command);
                assert_eq!(
                    status
                        .target_refs
                        .iter()
                        .map(|uri| &**uri)
                        .collect::<Vec<_>>(),
                    targets,
                    "{label}"
                );
                assert_eq!(
                    status
                        .source_refs
                        .iter()
                        .map(|uri| &**uri)
                        .collect::<Vec<_>>(),
                    sources,
                    "{label}"
                );
                checked += 1;
            }
        }
        checked
    }

    /// The answer to a message has one Status for its header and for each of its commands but Statuses. A side that needs
    /// time answers the header alone and goes on with its package; the other Statuses then come together, later.
    pub(crate) fn check_answers(&self) {
        for (at, step) in self.steps.iter().enumerate() {
            let Some(reply) = self.steps.get(at + 1).filter(|_| !step.lost) else {
                continue;
            };
            assert_ne!(
                step.from, reply.from,
                "{}: two messages of one side in a row",
                reply.name
            );
            // Who was told to wait asks, and says nothing to that.
            let asks = asks_for_late(reply);
            let mut expected: Vec<String> = if asks { Vec::new() } else { vec!["0".into()] };
            let commands = flat(&step.message.body.commands);
            let wanted = commands
                .iter()
                .filter(|command| !command.no_resp() && command.name() != "Status")
                .filter(|_| !step.message.hdr.no_resp);
            expected.extend(wanted.map(|command| cmd_id(command).to_owned()));
            let of_this = |reply: &Step| -> Vec<String> {
                let given = statuses(&reply.message);
                given
                    .filter(|status| status.msg_ref == Some(step.message.hdr.msg_id))
                    .map(|status| status.cmd_ref.as_str().to_owned())
                    .collect()
            };
            let mut given = of_this(reply);
            if given == ["0"] && !reply.message.body.is_final {
                let later = self.steps[at + 2..]
                    .iter()
                    .filter(|late| late.from == reply.from);
                let late = later.map(of_this).find(|late| !late.is_empty());
                given.extend(late.unwrap_or_default());
            }
            assert_eq!(
                given, expected,
                "{}: what it answers of {}",
                reply.name, step.name
            );
        }
    }

    /// Alerts for a datastore are answered with the anchor that was sent.
    pub(crate) fn check_anchors(&self) -> usize {
        let mut checked = 0;
        for (at, step) in self.steps.iter().enumerate() {
            for status in statuses(&step.message) {
                let Some(Command::Alert(alert)) = self.answered(at, status) else {
                    continue;
                };
                let Some(sent) = alert_anchor(alert) else {
                    continue;
                };
                if matches!(
                    status.code,
                    StatusCode::MISSING_CREDENTIALS | StatusCode::INVALID_CREDENTIALS
                ) {
                    continue;
                }
                let echoed = status
                    .items
                    .first()
                    .and_then(|item| item.data.as_ref())
                    .and_then(Data::met_inf);
                let echoed = echoed
                    .and_then(|meta| meta.anchor)
                    .map(|anchor| anchor.next);
                assert_eq!(
                    echoed.as_deref(),
                    Some(&*sent),
                    "{}: anchor of Alert {}",
                    step.name,
                    alert.cmd_id.as_str()
                );
                checked += 1;
            }
        }
        checked
    }
}

/// DS-B-003: MsgIDs and CmdIDs count from 1 without gaps; all messages of a session name the same ends.
#[test]
fn ds_b_003_ids_count_without_gaps() {
    for session in sessions() {
        let mut next: BTreeMap<bool, u32> = BTreeMap::new();
        let mut device = None;
        for step in session.messages() {
            let hdr = &step.message.hdr;
            let number = next.entry(step.from == Side::Client).or_insert(1);
            assert_eq!(hdr.msg_id.get(), *number, "{}", step.name);
            *number += 1;
            let client = if step.from == Side::Client {
                &hdr.source
            } else {
                &hdr.target
            };
            assert_eq!(
                device.get_or_insert_with(|| client.loc_uri.clone()),
                &client.loc_uri,
                "{}",
                step.name
            );
            let ids: Vec<&str> = flat(&step.message.body.commands)
                .into_iter()
                .map(cmd_id)
                .collect();
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
    let checked: usize = sessions()
        .iter()
        .map(|session| session.check_refs(true))
        .sum();
    assert!(checked >= 75, "{checked} statuses");
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
            let leading = commands
                .iter()
                .take_while(|command| command.name() == "Status")
                .count();
            assert_eq!(
                leading,
                statuses(&step.message).count(),
                "{}: a Status after another command",
                step.name
            );
            if at > 0 && !asks_for_late(step) {
                let first = statuses(&step.message)
                    .next()
                    .unwrap_or_else(|| panic!("{}: no Status", step.name));
                assert_eq!(first.cmd_ref.as_str(), "0", "{}", step.name);
            }
            let order: Vec<(u32, u32)> = statuses(&step.message)
                .map(|status| {
                    let command = status.cmd_ref.as_str().parse().expect("numbers here");
                    (status.msg_ref.expect("checked elsewhere").get(), command)
                })
                .collect();
            // The Status of the header comes before what is late.
            let rest = order.get(1..).unwrap_or_default();
            assert!(rest.is_sorted(), "{}: {order:?}", step.name);
        }
    }
}

/// Whether a message is the question of a client that was told to wait.
fn asks_for_late(step: &Step) -> bool {
    let commands = step.message.body.commands.iter();
    let mut alerts = commands.filter_map(|command| match command {
        Command::Alert(alert) => alert.code,
        _ => None,
    });
    alerts.any(|code| code == AlertCode::RESULT_ALERT)
}

/// DS-C-011, DS-S-011: a server that is busy says 101 for the header and nothing else; the client says Alert 221 between
/// the two headers and nothing else, and gets an answer to that, too.
#[test]
fn ds_c_011_busy_and_asked() {
    let mut busy = 0;
    for session in sessions() {
        for (at, step) in session.steps.iter().enumerate() {
            let mut told = statuses(&step.message);
            let is_busy = told.any(|status| status.code == StatusCode::IN_PROGRESS);
            let Some(asked) = session.steps.get(at + 1).filter(|_| is_busy) else {
                assert!(!is_busy, "{}", step.name);
                continue;
            };
            busy += 1;
            assert_eq!(step.from, Side::Server, "{}", step.name);
            let alone =
                |step: &Step| step.message.body.commands.len() == 1 && !step.message.body.is_final;
            assert!(alone(step), "{}", step.name);
            assert!(alone(asked) && asks_for_late(asked), "{}", asked.name);
            let alert = &asked.message.body.commands[0];
            let hdr = &asked.message.hdr;
            let ends = (vec![&*hdr.target.loc_uri], vec![&*hdr.source.loc_uri]);
            assert_eq!(refs(alert), ends, "{}", asked.name);
            let answer = session.status_of(at + 1, alert).expect("an answer");
            assert!(answer.code.is_success(), "{}", asked.name);
        }
    }
    assert!(busy >= 1);
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
    let history = [
        "md5-challenge",
        "multi-message-222",
        "conflict",
        "map-resend",
    ];
    let mut stored: BTreeMap<bool, String> = BTreeMap::new();
    for scenario in history {
        for session in sessions()
            .iter()
            .filter(|session| session.name.split(' ').next() == Some(scenario))
        {
            let cut = session.steps.iter().any(|step| step.lost);
            let mut next = stored.clone();
            for step in &session.steps {
                for command in &step.message.body.commands {
                    let Command::Alert(alert) = command else {
                        continue;
                    };
                    let Some(sent) = alert_anchor(alert) else {
                        continue;
                    };
                    let last = alert.items[0]
                        .meta
                        .as_ref()
                        .and_then(|meta| meta.anchor.as_ref()?.last.as_deref());
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
