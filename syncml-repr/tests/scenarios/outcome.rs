//! What an outcome means for what comes after it.

use std::collections::{BTreeMap, BTreeSet};

use syncml_devinf::DevInf;
use syncml_repr::{
    AlertCode, Command, Data, Group, GroupKind, Message, ModifyKind, StatusCode, SyncCmd, Version,
};
use testdata::Side;

use crate::session::{Session, flat, sessions, statuses};

/// Codes of the commands in a group, in their order.
fn codes(session: &Session, at: usize, group: &Group) -> Vec<u16> {
    let children = group.commands.iter();
    children
        .map(|child| {
            let status = session.status_of(at, child).expect("checked elsewhere");
            status.code.get()
        })
        .collect()
}

/// DS-B-027: in an Atomic that is done everything is done; in one that has failed, one command has a failure of its own,
/// what was done before it is undone (216) or could not be (516), and nothing behind it was tried (215).
#[test]
fn ds_b_027_all_or_nothing() {
    let (mut done, mut failed) = (0, 0);
    for session in sessions() {
        for (at, command) in session.commands(Side::Client) {
            let Command::Group(group) = command else {
                continue;
            };
            if group.kind != GroupKind::Atomic {
                continue;
            }
            let own = session.status_of(at, command).expect("checked elsewhere");
            let codes = codes(&session, at, group);
            if own.code.is_success() {
                let is_done = |code: &u16| (200..300).contains(code) && !matches!(code, 215 | 216);
                assert!(codes.iter().all(is_done), "{}: {codes:?}", session.name);
                done += 1;
                continue;
            }
            assert_eq!(own.code, StatusCode::ATOMIC_FAILED, "{}", session.name);
            let undone = codes.iter().take_while(|code| matches!(code, 216 | 516));
            let (_, rest) = codes.split_at(undone.count());
            assert!(rest[0] >= 400, "{}: {codes:?}", session.name);
            assert!(rest[1..].iter().all(|code| *code == 215), "{codes:?}");
            failed += 1;
        }
    }
    assert!(done >= 1 && failed >= 2, "{done} {failed}");
}

/// DS-S-055: a Sequence is answered 200 whatever becomes of what is in it.
#[test]
fn ds_s_055_sequences_are_carried_out() {
    let mut seen = 0;
    for session in sessions() {
        for (at, command) in session.commands(Side::Client) {
            if matches!(command, Command::Group(group) if group.kind == GroupKind::Sequence) {
                let status = session.status_of(at, command).expect("checked elsewhere");
                assert_eq!(status.code, StatusCode::OK, "{}", session.name);
                seen += 1;
            }
        }
    }
    assert!(seen >= 1);
}

/// DS-S-036: where the server's version wins (419) or both are made one (207), that version follows for the client's
/// item; where both are kept (209) or a Delete loses, an item follows that is new to the client.
#[test]
fn ds_s_036_the_winner_follows() {
    let mut seen = BTreeSet::new();
    for session in sessions() {
        let follows: Vec<(ModifyKind, Option<String>)> = session
            .commands(Side::Server)
            .filter_map(|(_, command)| match command {
                Command::Modify(modify) => {
                    Some((modify.kind, modify.items[0].target_uri().map(str::to_owned)))
                }
                _ => None,
            })
            .collect();
        for (at, command) in session.commands(Side::Client) {
            let Command::Modify(modify) = command else {
                continue;
            };
            let Some(code) = session.status_of(at, command).map(|it| it.code.get()) else {
                continue;
            };
            let luid = modify.items[0].source_uri().map(str::to_owned);
            let expected = match (code, modify.kind) {
                (209, _) | (419, ModifyKind::Delete) => (ModifyKind::Add, None),
                (207 | 419, _) => (ModifyKind::Replace, luid),
                _ => continue,
            };
            assert!(follows.contains(&expected), "{}: {code}", session.name);
            seen.insert(code);
        }
    }
    assert_eq!(seen, BTreeSet::from([207, 209, 419]));
}

/// Device information that a command hands over.
fn dev_inf(command: &Command) -> Option<DevInf> {
    let item = match command {
        Command::Put(put) => put.items.first(),
        Command::Results(results) => results.items.first(),
        _ => None,
    };
    let fragment = item?.data.as_ref()?.devinf()?;
    Some(DevInf::from_fragment(fragment).expect("device information"))
}

/// The name of a datastore.
fn name(uri: &str) -> &str {
    uri.split('?')
        .next()
        .unwrap_or_default()
        .trim_start_matches("./")
}

fn syncs(session: &Session) -> impl Iterator<Item = &SyncCmd> {
    let both = [Side::Client, Side::Server];
    let commands = both.into_iter().flat_map(|side| session.commands(side));
    commands.filter_map(|(_, command)| match command {
        Command::Sync(sync) => Some(&**sync),
        _ => None,
    })
}

/// DS-S-023, DS-C-049: a datastore whose Alert was refused, by either side, takes no part.
#[test]
fn ds_s_023_refused_datastores_take_no_part() {
    let mut refused = 0;
    for session in sessions() {
        for side in [Side::Client, Side::Server] {
            for (at, command) in session.commands(side) {
                let Command::Alert(alert) = command else {
                    continue;
                };
                let Some(status) = session.status_of(at, command) else {
                    continue;
                };
                let code = status.code;
                let again = [
                    StatusCode::REFRESH_REQUIRED,
                    StatusCode::MISSING_CREDENTIALS,
                    StatusCode::INVALID_CREDENTIALS,
                ];
                let item = alert.items.first();
                let anchored = item.is_some_and(|item| {
                    item.meta.as_ref().is_some_and(|meta| meta.anchor.is_some())
                });
                if !anchored || code.is_success() || again.contains(&code) {
                    continue;
                }
                let source = item.and_then(|item| item.source_uri()).map(name);
                let mut spoken = syncs(&session).flat_map(|sync| [&sync.target, &sync.source]);
                let takes_part =
                    spoken.any(|uri| uri.as_ref().map(|uri| name(&uri.loc_uri)) == source);
                assert!(!takes_part, "{}: {source:?}", session.name);
                refused += 1;
            }
        }
    }
    assert!(refused >= 3, "{refused}");
}

/// DS-S-025: after 508 the server alerts a type that begins afresh, and nobody sends a Delete.
#[test]
fn ds_s_025_afresh_after_508() {
    let mut seen = 0;
    for session in sessions() {
        let afresh = [
            AlertCode::SLOW,
            AlertCode::REFRESH_FROM_CLIENT,
            AlertCode::REFRESH_FROM_SERVER,
        ];
        let refused = session.commands(Side::Client).any(|(at, command)| {
            let status = session.status_of(at, command);
            matches!(command, Command::Alert(_))
                && status.is_some_and(|status| status.code == StatusCode::REFRESH_REQUIRED)
        });
        if !refused {
            continue;
        }
        seen += 1;
        let alerts = session
            .commands(Side::Server)
            .filter_map(|(_, command)| match command {
                Command::Alert(alert) => alert.code,
                _ => None,
            });
        let types: Vec<AlertCode> = alerts
            .filter(|code| (200..=210).contains(&code.get()))
            .collect();
        assert!(types.iter().all(|code| afresh.contains(code)), "{types:?}");
        let deletes = syncs(&session)
            .flat_map(|sync| flat(&sync.commands))
            .filter(|item| matches!(item, Command::Modify(it) if it.kind == ModifyKind::Delete));
        assert_eq!(deletes.count(), 0, "{}", session.name);
    }
    assert!(seen >= 3, "{seen}");
}

/// DS-C-013, DS-S-013: a filter goes to a server that has offered filters for that datastore before, and what does not
/// pass it any more goes from the client alone.
#[test]
fn ds_c_013_filters_are_offered_first() {
    let (mut sent, mut offers) = (0, false);
    let mut scenario = String::new();
    for session in sessions() {
        let folder = session.steps[0].name.split('/').next().unwrap_or_default();
        if scenario != folder {
            (scenario, offers) = (folder.to_owned(), false);
        }
        for step in &session.steps {
            for command in flat(&step.message.body.commands) {
                let filtered = match command {
                    Command::Alert(alert) => alert.items.iter().any(|item| {
                        let target = item.target.as_ref();
                        target.is_some_and(|target| target.filter().is_some())
                    }),
                    _ => false,
                };
                assert!(!filtered || offers, "{}: a filter unasked", step.name);
                sent += u32::from(filtered);
                let said = dev_inf(command).filter(|_| step.from == Side::Server);
                let mut stores = said.iter().flat_map(|said| &said.data_stores);
                offers |= stores.any(|store| !store.filter_rx.is_empty());
            }
        }
        if scenario == "record-filter" {
            let mut items = syncs(&session).flat_map(|sync| flat(&sync.commands));
            assert!(items.all(|item| match item {
                Command::Modify(item) => item.kind != ModifyKind::Delete || item.sft_del,
                _ => true,
            }));
        }
    }
    assert!(sent >= 2);
}

/// DS-S-042: no more new items go to a client than it has said it has room for.
#[test]
fn ds_s_042_free_ids_are_respected() {
    let mut told = 0;
    for session in sessions() {
        let room: Option<u64> = session.commands(Side::Client).find_map(|(_, command)| {
            let Command::Sync(sync) = command else {
                return None;
            };
            sync.meta.as_ref()?.mem?.free_id
        });
        let adds = session.commands(Side::Server).filter(
            |(_, command)| matches!(command, Command::Modify(it) if it.kind == ModifyKind::Add),
        );
        if let Some(room) = room {
            assert!(adds.count() as u64 <= room, "{}", session.name);
            told += 1;
        }
    }
    assert!(told >= 2);
}

/// DS-S-035: no id of a new item is longer than the client says it can keep, in this or an earlier session.
#[test]
fn ds_s_035_ids_are_short_enough() {
    let mut limits: BTreeMap<String, usize> = BTreeMap::new();
    let mut longest = 0;
    for session in sessions() {
        let folder = session.steps[0].name.split('/').next().unwrap_or_default();
        for (_, command) in session.commands(Side::Client) {
            let sizes = dev_inf(command)
                .into_iter()
                .flat_map(|said| said.data_stores);
            let size = sizes.filter_map(|store| store.max_guid_size).min();
            if let Some(size) = size {
                limits.insert(folder.to_owned(), usize::try_from(size).expect("small"));
            }
        }
        let Some(limit) = limits.get(folder) else {
            continue;
        };
        for (_, command) in session.commands(Side::Server) {
            let Command::Modify(modify) = command else {
                continue;
            };
            let length = modify.items[0].source_uri().map_or(0, str::len);
            assert!(length <= *limit, "{}: {length} of {limit}", session.name);
            longest = longest.max(length);
        }
    }
    assert!(longest > 0);
}

/// DS-S-047, DS-C-048: both sides of a session speak one version; where it is refused, the client comes again in one that
/// the server has named.
#[test]
fn ds_c_048_one_version_a_session() {
    let mut named: Option<(String, Vec<String>)> = None;
    let mut seen = BTreeSet::new();
    for session in sessions() {
        let folder = session.steps[0].name.split('/').next().unwrap_or_default();
        let first = &session.steps[0].message.hdr;
        let version = first.version();
        seen.insert(version.map(Version::as_str));
        if let Some((_, list)) = named.take().filter(|(of, _)| of == folder) {
            assert!(list.contains(&first.ver_dtd.to_string()), "{list:?}");
            seen.insert(Some("again"));
        }
        for step in &session.steps {
            let refusal = statuses(&step.message).find(|status| {
                let refused = status.code == StatusCode::DTD_VERSION_NOT_SUPPORTED;
                refused && status.cmd_ref.as_str() == "0"
            });
            let Some(refusal) = refusal else {
                assert_eq!(step.message.hdr.version(), version, "{}", step.name);
                continue;
            };
            let list = refusal.items.first().and_then(|item| item.data.as_ref());
            let list = list.and_then(Data::as_text).expect("versions");
            let list = list.split(',').map(str::to_owned).collect();
            named = Some((folder.to_owned(), list));
        }
    }
    let all = ["1.0", "1.1", "1.2", "again"];
    assert_eq!(seen, all.into_iter().map(Some).collect());
}

/// DS-C-007, DS-S-007, DS-C-016, SAN-005: a session that was asked for has the id it was asked for under, and asks for the
/// datastores that were named, each with the code of a client that stands for the server's.
#[test]
fn ds_c_007_what_was_asked_for() {
    let mut seen = 0;
    for session in sessions() {
        let Some(notification) = &session.notification else {
            continue;
        };
        let first = &session.steps[0].message;
        assert_eq!(first.hdr.session_id, notification.message.hdr.session_id);
        assert_eq!(
            statuses(first).count(),
            0,
            "{}: nobody answers it",
            session.name
        );
        let alerts = |message: &Message| -> Vec<(u16, String)> {
            let commands = message.body.commands.iter();
            let alerts = commands.filter_map(|command| match command {
                Command::Alert(alert) => Some(alert),
                _ => None,
            });
            let named = alerts.map(|alert| {
                let item = &alert.items[0];
                // Each side names the server's datastore, in its place.
                let uri = item
                    .target_uri()
                    .or_else(|| item.source_uri())
                    .expect("a datastore");
                (alert.code.expect("a code").get(), name(uri).to_owned())
            });
            named.collect()
        };
        let asked: Vec<(u16, String)> = alerts(&notification.message)
            .into_iter()
            .map(|(code, name)| match code {
                206 => (200, name),
                207..=210 => (code - 5, name),
                code => panic!("{}: {code}", notification.name),
            })
            .collect();
        assert_eq!(alerts(first), asked, "{}", session.name);
        seen += 1;
    }
    assert!(seen >= 1);
}

/// DS-C-030, DS-C-032: a challenge is met with credentials of the kind it asks for, or of a stronger one.
#[test]
fn ds_c_030_challenges_are_met() {
    let mut met = BTreeSet::new();
    for session in sessions() {
        for (at, step) in session.steps.iter().enumerate() {
            let asked = statuses(&step.message).find(|status| {
                let code = status.code;
                let refused = [
                    StatusCode::MISSING_CREDENTIALS,
                    StatusCode::INVALID_CREDENTIALS,
                ];
                status.cmd_ref.as_str() == "0" && refused.contains(&code)
            });
            let (Some(asked), Some(answer)) = (asked, session.steps.get(at + 1)) else {
                continue;
            };
            let chal = asked.chal.as_ref().expect("a challenge");
            if answer.hmac.is_some() {
                assert!(chal.is_scheme("syncml:auth-MAC"), "{}", answer.name);
                continue;
            }
            let cred = answer.message.hdr.cred.as_ref().expect("credentials");
            let scheme = cred.scheme();
            assert!(chal.is_scheme(scheme), "{}: {scheme}", answer.name);
            met.insert(step.from == Side::Client);
        }
    }
    assert_eq!(met.len(), 2, "both sides are asked");
}

/// DS-C-007, DS-S-007, SAN-003: the Alerts of package 0 come back as the plain types, in a session under its id.
#[test]
fn san_003_what_the_server_has_asked_for() {
    let mut asked = BTreeSet::new();
    for session in sessions() {
        let Some(notification) = &session.notification else {
            continue;
        };
        let alerts = |commands: &[Command]| -> Vec<(u16, String)> {
            let alerts = flat(commands)
                .into_iter()
                .filter_map(|command| match command {
                    Command::Alert(alert) => Some(alert),
                    _ => None,
                });
            alerts
                .map(|alert| {
                    let item = &alert.items[0];
                    // The server's datastore is what package 0 comes from and package 1 goes to.
                    let named = item
                        .target_uri()
                        .or_else(|| item.source_uri())
                        .expect("a name");
                    (alert.code.expect("a code").get(), named.to_owned())
                })
                .collect()
        };
        let wanted = alerts(&notification.message.body.commands);
        let wanted: Vec<_> = wanted
            .into_iter()
            .map(|(code, named)| {
                asked.insert(code);
                let plain = match code {
                    206 => 200,
                    code => code - 5,
                };
                (plain, named)
            })
            .collect();
        let first = &session.steps[0].message;
        assert_eq!(first.hdr.session_id, notification.message.hdr.session_id);
        assert_eq!(alerts(&first.body.commands), wanted, "{}", session.name);
    }
    assert_eq!(asked, BTreeSet::from([206, 207, 208, 209, 210]));
}
