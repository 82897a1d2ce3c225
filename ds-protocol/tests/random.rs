//! Random edits on both sides, any size, encoding and version, cuts at any message: both sides end up the same.

mod common;

use std::collections::BTreeSet;

use common::{NAMES, USER, World, card, moved, sizes};
use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::Variant;
use ds_protocol::{AuthScheme, Closed, ConflictPolicy, ItemId};
use proptest::prelude::*;
use syncml_devinf::Version;
use syncml_wbxml::Encoding;

/// What a person does between sessions, or what befalls a session.
#[derive(Clone, Debug)]
enum Step {
    Add {
        client: bool,
    },
    Edit {
        client: bool,
        which: usize,
    },
    Remove {
        client: bool,
        which: usize,
    },
    Sync,
    /// A session that loses a message: the client's or the server's nth.
    Cut {
        answer: bool,
        message: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<bool>().prop_map(|client| Step::Add { client }),
        3 => (any::<bool>(), 0..20usize).prop_map(|(client, which)| Step::Edit { client, which }),
        2 => (any::<bool>(), 0..20usize).prop_map(|(client, which)| Step::Remove { client, which }),
        2 => Just(Step::Sync),
        3 => (any::<bool>(), 1..9usize).prop_map(|(answer, message)| Step::Cut { answer, message }),
    ]
}

#[derive(Clone, Debug)]
struct Setting {
    encoding: Encoding,
    version: Version,
    auth: AuthScheme,
    size: u64,
    policy: ConflictPolicy,
    variant: Variant,
}

fn setting() -> impl Strategy<Value = Setting> {
    (
        prop_oneof![Just(Encoding::Xml), Just(Encoding::Wbxml)],
        prop_oneof![
            Just(Version::V1_0),
            Just(Version::V1_1),
            Just(Version::V1_2)
        ],
        prop_oneof![Just(AuthScheme::Basic), Just(AuthScheme::Md5)],
        2500..20_000u64,
        prop_oneof![
            Just(ConflictPolicy::ClientWins),
            Just(ConflictPolicy::ServerWins)
        ],
        prop_oneof![Just(Variant::Plain), Just(Variant::All)],
    )
        .prop_map(|(encoding, version, auth, size, policy, variant)| Setting {
            encoding,
            version,
            auth,
            size,
            policy,
            variant,
        })
}

fn nth(store: &MemoryStore, name: &str, which: usize) -> Option<ItemId> {
    let mut ids: Vec<_> = store.items(USER, name).map(|(id, _)| id.clone()).collect();
    ids.sort();
    if ids.is_empty() {
        None
    } else {
        ids.get(which % ids.len()).cloned()
    }
}

proptest! {
    /// DS-B-015, DS-B-016, DS-B-017: no item is lost, doubled or invented, and the sides agree after two quiet sessions.
    #[test]
    fn both_sides_agree(setting in setting(), steps in prop::collection::vec(step(), 1..40)) {
        let mut world = World::new().with_encoding(setting.encoding).with_variant(setting.variant);
        world.client_config.version = setting.version;
        world.client_config.auth = setting.auth;
        world.client_config.sizes = sizes(setting.size);
        world.server_config.sizes = sizes(setting.size);
        for datastore in &mut world.server_config.datastores {
            datastore.conflict = setting.policy;
        }
        let mut made = 0;
        let mut texts = BTreeSet::new();
        let mut never_touched = BTreeSet::new();
        let mut new_text = |never_touched: &mut BTreeSet<String>, texts: &mut BTreeSet<String>, fresh: bool| {
            made += 1;
            let text = format!("Item;{made}");
            texts.insert(text.clone());
            if fresh {
                never_touched.insert(text.clone());
            }
            text
        };
        for step in steps {
            match step {
                Step::Add { client } => {
                    let text = new_text(&mut never_touched, &mut texts, true);
                    if client { world.add_client(&text); } else { world.add_server(&text); }
                }
                Step::Edit { client, which } | Step::Remove { client, which } => {
                    let (store, name) = if client { (&mut world.client, NAMES[0].0) } else { (&mut world.server, NAMES[0].1) };
                    let Some(id) = nth(store, name, which) else { continue };
                    let old = String::from_utf8_lossy(&store.get(USER, name, &id).unwrap().data).into_owned();
                    never_touched.retain(|text| !old.contains(&format!("N:{text}\r")) && !old.contains(&format!("N:{text}\n")));
                    if matches!(step, Step::Remove { .. }) {
                        prop_assert!(store.remove(USER, name, &id));
                    } else {
                        let text = new_text(&mut never_touched, &mut texts, false);
                        prop_assert!(store.put(USER, name, id, card(&text)));
                    }
                }
                Step::Sync => {
                    world.sync();
                }
                Step::Cut { answer, message } => {
                    let mut pair = world.pair();
                    if answer { pair.lost_answers.push(message) } else { pair.lost_requests.push(message) }
                    let transcript = pair.run(&mut world.client, &mut world.server);
                    prop_assert!(transcript.client.is_some());
                }
            }
        }
        world.sync();
        world.sync();
        let quiet = world.sync();
        prop_assert_eq!(quiet.client.clone(), Some(Closed::Complete));
        prop_assert_eq!(moved(&quiet), [[0; 4]; 2], "{}", quiet);
        let [client, server] = world.contents(0);
        prop_assert_eq!(&client, &server);
        for (data, count) in &client {
            prop_assert_eq!(*count, 1, "doubled: {}", String::from_utf8_lossy(data));
        }
        // Nothing invented; and what nobody ever edited or deleted is still there.
        let left: BTreeSet<String> = client.keys().map(|data| {
            let text = String::from_utf8_lossy(data).into_owned();
            text.lines().find_map(|line| line.strip_prefix("N:")).unwrap_or_default().to_owned()
        }).collect();
        prop_assert!(left.is_subset(&texts));
        prop_assert!(never_touched.is_subset(&left), "lost: {:?}", never_touched.difference(&left));
    }
}
