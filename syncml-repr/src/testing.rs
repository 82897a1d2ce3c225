//! proptest strategies for messages, shared with the crates above (feature `testing`).
//!
//! The messages use everything that their version has, also where nobody would: what can be
//! written must read back the same.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use syncml_meta::testing::{anchor, foreign_element, identifier, met_inf, text};
use syncml_meta::{MetInf, Version};
use syncml_wbxml::tag::devinf;
use syncml_wbxml::{ByteString, Fragment, FragmentBuilder, Tag, put_end, put_leaf, put_start};

use crate::{
    Alert, AlertCode, Chal, CmdId, Command, Cred, DEVINF_XML, Data, Exec, Filter, Get, Group,
    GroupKind, Item, Locator, Map, MapItem, Message, Modify, ModifyKind, MsgId, Put, Results,
    Search, SessionId, Status, StatusCode, SyncCmd, SyncHdr, UnknownCmd,
};

/// Any of the three versions.
pub fn version() -> BoxedStrategy<Version> {
    proptest::sample::select(Version::ALL.to_vec()).boxed()
}

/// A message of any version.
pub fn message() -> BoxedStrategy<Message> {
    version().prop_flat_map(message_of).boxed()
}

/// A message of this version.
pub fn message_of(version: Version) -> BoxedStrategy<Message> {
    (header(version), vec(command(version), 0..6), any::<bool>())
        .prop_map(|(hdr, commands, is_final)| Message::new(hdr, commands, is_final))
        .boxed()
}

/// A header of this version.
pub fn header(version: Version) -> BoxedStrategy<SyncHdr> {
    (
        (identifier(), any::<u32>()),
        (locator(Version::V1_0), locator(Version::V1_0)),
        (option::of(identifier()), any::<bool>()),
        (cred(version), meta(version)),
    )
        .prop_map(
            move |((session_id, msg_id), (target, source), (resp_uri, no_resp), (cred, meta))| {
                let mut hdr = SyncHdr::new(
                    version,
                    SessionId::new(session_id),
                    MsgId::new(msg_id),
                    target,
                    source,
                );
                hdr.resp_uri = resp_uri;
                hdr.no_resp = no_resp;
                hdr.cred = cred;
                hdr.meta = meta;
                hdr
            },
        )
        .boxed()
}

/// A command that this version has in the body of a message.
pub fn command(version: Version) -> BoxedStrategy<Command> {
    let group = group(version, anywhere(version));
    prop_oneof![
        4 => anywhere(version),
        3 => status(version).prop_map(Command::from),
        2 => sync(version).prop_map(Command::from),
        1 => group.prop_map(Command::from),
        1 => in_body(version),
    ]
    .boxed()
}

/// A command that this version has in the body of a message, and in groups too.
fn anywhere(version: Version) -> BoxedStrategy<Command> {
    let map = map(version).prop_map(Command::from);
    if version == Version::V1_0 {
        return prop_oneof![
            map,
            modify(version, vec![ModifyKind::Copy]).prop_map(Command::from)
        ]
        .boxed();
    }
    prop_oneof![
        map,
        modify(version, kinds(version)).prop_map(Command::from),
        get(version).prop_map(Command::from),
        alert(version).prop_map(Command::from),
        exec(version).prop_map(Command::from),
    ]
    .boxed()
}

/// A command that stands in the body of a message only.
fn in_body(version: Version) -> BoxedStrategy<Command> {
    prop_oneof![
        alert(version).prop_map(Command::from),
        get(version).prop_map(Command::from),
        put(version).prop_map(Command::from),
        results(version).prop_map(Command::from),
        search(version).prop_map(Command::from),
        exec(version).prop_map(Command::from),
        unknown().prop_map(Command::from),
    ]
    .boxed()
}

/// A Sync with changes, some of them in groups.
pub fn sync(version: Version) -> BoxedStrategy<SyncCmd> {
    let change = modify(version, kinds(version))
        .prop_map(Command::from)
        .boxed();
    let command =
        prop_oneof![4 => change.clone(), 1 => group(version, change).prop_map(Command::from)];
    let number = if version == Version::V1_0 {
        Just(None).boxed()
    } else {
        any::<Option<u64>>().boxed()
    };
    (
        (cmd_id(), any::<bool>(), cred(version)),
        (
            option::of(locator(version)),
            option::of(locator(Version::V1_0)),
        ),
        (meta(version), number, vec(command, 0..4)),
    )
        .prop_map(
            |((cmd_id, no_resp, cred), (target, source), (meta, number_of_changes, commands))| {
                SyncCmd {
                    cmd_id,
                    no_resp,
                    cred,
                    target,
                    source,
                    meta,
                    number_of_changes,
                    commands,
                }
            },
        )
        .boxed()
}

/// An `Add`, `Copy`, `Delete`, `Move` or `Replace` of one of these kinds.
pub fn modify(version: Version, kinds: Vec<ModifyKind>) -> BoxedStrategy<Modify> {
    (
        proptest::sample::select(kinds),
        (cmd_id(), any::<bool>(), cred(version), meta(version)),
        (any::<bool>(), any::<bool>()),
        vec(item(version), 0..3),
    )
        .prop_map(
            |(kind, (cmd_id, no_resp, cred, meta), (archive, sft_del), items)| {
                let delete = kind == ModifyKind::Delete;
                let (archive, sft_del) = (archive && delete, sft_del && delete);
                Modify {
                    kind,
                    cmd_id,
                    no_resp,
                    archive,
                    sft_del,
                    cred,
                    meta,
                    items: items.into(),
                }
            },
        )
        .boxed()
}

/// The kinds of commands that change items which this version has.
fn kinds(version: Version) -> Vec<ModifyKind> {
    ModifyKind::ALL
        .into_iter()
        .filter(|kind| *kind != ModifyKind::Move || version >= Version::V1_2)
        .collect()
}

fn group(version: Version, inner: BoxedStrategy<Command>) -> BoxedStrategy<Group> {
    (
        proptest::sample::select(vec![GroupKind::Atomic, GroupKind::Sequence]),
        any::<bool>(),
        cmd_id(),
        meta(version),
        vec(inner, 0..3),
    )
        .prop_map(|(kind, no_resp, cmd_id, meta, commands)| Group {
            kind,
            cmd_id,
            no_resp,
            meta,
            commands,
        })
        .boxed()
}

/// A Status.
pub fn status(version: Version) -> BoxedStrategy<Status> {
    (
        (
            cmd_id(),
            option::of(any::<u32>().prop_map(MsgId::new)),
            cmd_id(),
            identifier(),
        ),
        (vec(identifier(), 0..3), vec(identifier(), 0..3)),
        (
            cred(version),
            option::of(meta(version)),
            any::<u16>(),
            vec(item(version), 0..2),
        ),
    )
        .prop_map(
            |(
                (cmd_id, msg_ref, cmd_ref, cmd),
                (target_refs, source_refs),
                (cred, chal, code, items),
            )| Status {
                cmd_id,
                msg_ref,
                cmd_ref,
                cmd: cmd.into(),
                target_refs: target_refs.into(),
                source_refs: source_refs.into(),
                cred,
                chal: chal.map(|meta| {
                    Box::new(Chal {
                        meta: meta.map(Arc::unwrap_or_clone).unwrap_or_default(),
                    })
                }),
                code: StatusCode::new(code),
                items,
            },
        )
        .boxed()
}

fn results(version: Version) -> BoxedStrategy<Results> {
    (
        (
            cmd_id(),
            option::of(any::<u32>().prop_map(MsgId::new)),
            cmd_id(),
        ),
        (
            meta(version),
            option::of(identifier()),
            option::of(identifier()),
        ),
        vec(prop_oneof![item(version), devinf_item(version)], 0..3),
    )
        .prop_map(
            |((cmd_id, msg_ref, cmd_ref), (meta, target_ref, source_ref), items)| Results {
                cmd_id,
                msg_ref,
                cmd_ref,
                meta,
                target_ref,
                source_ref,
                items,
            },
        )
        .boxed()
}

fn alert(version: Version) -> BoxedStrategy<Alert> {
    (
        (cmd_id(), any::<bool>(), cred(version)),
        (any::<Option<u16>>(), correlator(version)),
        vec(item(version), 0..3),
    )
        .prop_map(
            |((cmd_id, no_resp, cred), (code, correlator), items)| Alert {
                cmd_id,
                no_resp,
                cred,
                code: code.map(AlertCode::new),
                correlator,
                items,
            },
        )
        .boxed()
}

fn map(version: Version) -> BoxedStrategy<Map> {
    let pair = (locator(Version::V1_0), locator(Version::V1_0))
        .prop_map(|(target, source)| MapItem { target, source });
    (
        cmd_id(),
        (locator(version), locator(Version::V1_0)),
        (cred(version), meta(version)),
        vec(pair, 0..3),
    )
        .prop_map(|(cmd_id, (target, source), (cred, meta), items)| Map {
            cmd_id,
            target,
            source,
            cred,
            meta,
            items,
        })
        .boxed()
}

fn get(version: Version) -> BoxedStrategy<Get> {
    exchange(version, false)
        .prop_map(|(cmd_id, no_resp, lang, cred, meta, items)| Get {
            cmd_id,
            no_resp,
            lang,
            cred,
            meta,
            items,
        })
        .boxed()
}

fn put(version: Version) -> BoxedStrategy<Put> {
    exchange(version, true)
        .prop_map(|(cmd_id, no_resp, lang, cred, meta, items)| Put {
            cmd_id,
            no_resp,
            lang,
            cred,
            meta,
            items,
        })
        .boxed()
}

type Exchange = (
    CmdId,
    bool,
    Option<ByteString>,
    Option<Box<Cred>>,
    Option<Arc<MetInf>>,
    Vec<Item>,
);

/// What Get and Put hold.
fn exchange(version: Version, devinf: bool) -> BoxedStrategy<Exchange> {
    let items = if devinf {
        prop_oneof![item(version), devinf_item(version)].boxed()
    } else {
        item(version).boxed()
    };
    (
        cmd_id(),
        any::<bool>(),
        option::of(identifier()),
        cred(version),
        meta(version),
        vec(items, 0..2),
    )
        .boxed()
}

fn exec(version: Version) -> BoxedStrategy<Exec> {
    (
        cmd_id(),
        any::<bool>(),
        cred(version),
        meta(version),
        correlator(version),
        vec(item(version), 0..2),
    )
        .prop_map(|(cmd_id, no_resp, cred, meta, correlator, items)| Exec {
            cmd_id,
            no_resp,
            cred,
            meta,
            correlator,
            items,
        })
        .boxed()
}

fn search(version: Version) -> BoxedStrategy<Search> {
    (
        (cmd_id(), any::<bool>(), any::<bool>(), cred(version)),
        (
            option::of(locator(version)),
            vec(locator(Version::V1_0), 0..3),
        ),
        (option::of(identifier()), meta(version), option::of(data())),
    )
        .prop_map(
            |((cmd_id, no_resp, no_results, cred), (target, sources), (lang, meta, data))| Search {
                cmd_id,
                no_resp,
                no_results,
                cred,
                target,
                sources,
                lang,
                meta,
                data,
            },
        )
        .boxed()
}

fn unknown() -> BoxedStrategy<UnknownCmd> {
    foreign_element().prop_map(UnknownCmd::new).boxed()
}

/// An item without octets that are no text, since those look different in the two encodings.
pub fn item(version: Version) -> BoxedStrategy<Item> {
    let parents = if version >= Version::V1_2 {
        (option::of(identifier()), option::of(identifier())).boxed()
    } else {
        Just((None, None)).boxed()
    };
    (
        (
            option::of(locator(version)),
            option::of(locator(Version::V1_0)),
            parents,
        ),
        (meta(version), option::of(data()), any::<bool>()),
    )
        .prop_map(
            move |((target, source, (source_parent, target_parent)), (meta, data, more_data))| {
                let mut item = Item::new().with_more_data(more_data && version >= Version::V1_1);
                if let Some(parent) = source_parent {
                    item = item.with_source_parent(parent);
                }
                if let Some(parent) = target_parent {
                    item = item.with_target_parent(parent);
                }
                (item.target, item.source) = (target, source);
                (item.meta, item.data) = (meta, data);
                item
            },
        )
        .boxed()
}

/// An item with octets, most of them no text, and with their media type.
pub fn item_with_octets() -> BoxedStrategy<Item> {
    (identifier(), vec(any::<u8>(), 0..40))
        .prop_map(|(uri, octets)| {
            Item::new()
                .with_source(Locator::new(uri))
                .with_meta(
                    MetInf::default()
                        .with_type("image/jpeg")
                        .with_format(syncml_meta::Format::Bin),
                )
                .with_data(Data::from_octets(octets))
        })
        .boxed()
}

/// An item with a short device information document.
fn devinf_item(version: Version) -> BoxedStrategy<Item> {
    (identifier(), identifier(), any::<bool>())
        .prop_map(move |(uri, dev_id, properties)| {
            // Properties of a filter; there are none before.
            let data = if properties && version >= Version::V1_2 {
                vec![
                    element(devinf::PROPERTY, &[(devinf::PROP_NAME, "N")]),
                    element(
                        devinf::PROPERTY,
                        &[(devinf::PROP_NAME, "TEL"), (devinf::MAX_SIZE, "40")],
                    ),
                ]
            } else {
                vec![element(
                    devinf::DEV_INF,
                    &[
                        (devinf::VER_DTD, version.as_str()),
                        (devinf::DEV_ID, &dev_id),
                        (devinf::DEV_TYP, "phone"),
                    ],
                )]
            };
            Item::new()
                .with_source(Locator::new(uri))
                .with_meta(MetInf::default().with_type(DEVINF_XML))
                .with_data(Data::Markup(data))
        })
        .boxed()
}

/// Text, or an anchor that is confirmed, or a foreign element.
pub fn data() -> BoxedStrategy<Data> {
    let anchor = anchor().prop_map(|anchor| {
        let mut builder = FragmentBuilder::new();
        anchor.write(&mut builder).expect("events are balanced");
        Data::from(builder.finish().expect("events are balanced"))
    });
    prop_oneof![
        6 => text().prop_map(Data::from),
        1 => anchor,
        1 => foreign_element().prop_map(Data::from),
    ]
    .boxed()
}

fn element(tag: Tag, leaves: &[(Tag, &str)]) -> Fragment {
    let mut builder = FragmentBuilder::new();
    let put = |builder: &mut FragmentBuilder| {
        put_start(builder, tag)?;
        leaves
            .iter()
            .try_for_each(|(tag, text)| put_leaf(builder, *tag, text))?;
        put_end(builder)
    };
    put(&mut builder).expect("events are balanced");
    builder.finish().expect("events are balanced")
}

/// An address; with a filter now and then if the version has them.
pub fn locator(version: Version) -> BoxedStrategy<Locator> {
    let plain = (identifier(), option::of(identifier())).prop_map(|(loc_uri, loc_name)| {
        let locator = Locator::new(loc_uri);
        match loc_name {
            Some(loc_name) => locator.with_name(loc_name),
            None => locator,
        }
    });
    if version < Version::V1_2 {
        return plain.boxed();
    }
    (plain, option::weighted(0.1, filter()))
        .prop_map(|(locator, filter)| match filter {
            Some(filter) => locator.with_filter(filter),
            None => locator,
        })
        .boxed()
}

fn filter() -> BoxedStrategy<Filter> {
    // No filter in the filter: its items have plain addresses.
    (
        meta(Version::V1_2),
        option::of(prop_oneof![item(Version::V1_1), devinf_item(Version::V1_2)]),
        option::of(item(Version::V1_1)),
        option::of(proptest::sample::select(vec!["INCLUSIVE", "EXCLUSIVE"])),
    )
        .prop_map(|(meta, field, record, filter_type)| Filter {
            meta: meta.map(Arc::unwrap_or_clone).unwrap_or_default(),
            field,
            record,
            filter_type: filter_type.map(Into::into),
        })
        .boxed()
}

/// Credentials, now and then.
fn cred(version: Version) -> BoxedStrategy<Option<Box<Cred>>> {
    option::weighted(
        0.1,
        (meta(version), text()).prop_map(|(meta, text)| {
            Box::new(Cred {
                meta,
                data: text.into(),
            })
        }),
    )
    .boxed()
}

/// Meta information that this version has, now and then.
fn meta(version: Version) -> BoxedStrategy<Option<Arc<MetInf>>> {
    option::weighted(0.3, met_inf())
        .prop_map(move |meta| {
            let mut meta = meta?;
            meta.field_level &= version >= Version::V1_2;
            meta.max_obj_size = meta.max_obj_size.filter(|_| version >= Version::V1_1);
            (!meta.is_empty()).then(|| Arc::new(meta))
        })
        .boxed()
}

fn cmd_id() -> BoxedStrategy<CmdId> {
    prop_oneof![4 => any::<u16>().prop_map(|number| u32::from(number).into()), 1 => identifier().prop_map(CmdId::new)]
    .boxed()
}

fn correlator(version: Version) -> BoxedStrategy<Option<ByteString>> {
    if version >= Version::V1_2 {
        option::of(identifier()).boxed()
    } else {
        Just(None).boxed()
    }
}
