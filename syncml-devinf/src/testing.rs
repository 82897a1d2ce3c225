//! proptest strategies for device information (feature `testing`).

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use syncml_wbxml::ByteString;

use crate::{
    ContentType, CtCap, DataStore, DevInf, DsMem, Ext, FilterCap, PropParam, Property, SyncType,
};

/// A word, with a character to escape now and then.
fn word() -> BoxedStrategy<ByteString> {
    "[A-Za-z0-9./&<é-]{1,12}".prop_map(ByteString::from).boxed()
}

/// A content type, with or without a version.
pub fn content_type() -> BoxedStrategy<ContentType> {
    let known = proptest::sample::select(vec![
        ("text/x-vcard", "2.1"),
        ("text/vcard", "3.0"),
        ("text/x-own", ""),
    ]);
    prop_oneof![
        known.prop_map(|(ct_type, ver_ct)| ContentType::new(ct_type, ver_ct)),
        (word(), option::of(word())).prop_map(|(ct_type, ver_ct)| ContentType { ct_type, ver_ct }),
    ]
    .boxed()
}

/// Types that are sent or received: the preferred one and others, or none.
fn preference() -> impl Strategy<Value = (Option<ContentType>, Vec<ContentType>)> {
    option::of((content_type(), vec(content_type(), 0..2)))
        .prop_map(|types| types.map_or((None, Vec::new()), |(first, rest)| (Some(first), rest)))
}

/// A property with parameters, as 1.2 can say it.
pub fn property() -> BoxedStrategy<Property> {
    let param = (
        word(),
        option::of(word()),
        vec(word(), 0..3),
        option::of(word()),
    )
        .prop_map(
            |(param_name, data_type, val_enums, display_name)| PropParam {
                param_name,
                data_type,
                max_size: None,
                val_enums,
                display_name,
            },
        );
    (
        (
            word(),
            option::of(word()),
            any::<Option<u64>>(),
            any::<Option<u64>>(),
            any::<bool>(),
        ),
        (vec(word(), 0..3), option::of(word()), vec(param, 0..3)),
    )
        .prop_map(
            |(
                (prop_name, data_type, max_occur, max_size, no_truncate),
                (val_enums, display_name, params),
            )| Property {
                prop_name,
                data_type,
                max_occur,
                max_size,
                no_truncate,
                val_enums,
                display_name,
                params,
            },
        )
        .boxed()
}

/// A content type in detail, as 1.2 can say it.
pub fn ct_cap() -> BoxedStrategy<CtCap> {
    (content_type(), any::<bool>(), vec(property(), 0..4))
        .prop_map(
            |(ContentType { ct_type, ver_ct }, field_level, properties)| CtCap {
                ct_type,
                ver_ct,
                field_level,
                properties,
            },
        )
        .boxed()
}

/// A datastore, as 1.2 can say it.
pub fn data_store() -> BoxedStrategy<DataStore> {
    let mem = (any::<bool>(), any::<Option<u64>>(), any::<Option<u64>>()).prop_map(
        |(shared_mem, max_mem, max_id)| DsMem {
            shared_mem,
            max_mem,
            max_id,
        },
    );
    let filter_cap = (content_type(), vec(word(), 0..2), vec(word(), 0..2)).prop_map(
        |(ContentType { ct_type, ver_ct }, filter_keywords, prop_names)| FilterCap {
            ct_type,
            ver_ct,
            filter_keywords,
            prop_names,
        },
    );
    (
        (word(), option::of(word()), any::<Option<u64>>()),
        (preference(), preference()),
        (vec(ct_cap(), 0..3), option::of(mem), any::<bool>()),
        (
            vec(any::<u32>().prop_map(SyncType), 0..4),
            vec(content_type(), 0..2),
            vec(filter_cap, 0..2),
        ),
    )
        .prop_map(
            |(
                (source_ref, display_name, max_guid_size),
                ((rx_pref, rx), (tx_pref, tx)),
                (ct_caps, ds_mem, support_hierarchical_sync),
                (sync_cap, filter_rx, filter_caps),
            )| DataStore {
                source_ref,
                display_name,
                max_guid_size,
                rx_pref,
                rx,
                tx_pref,
                tx,
                ct_caps,
                ds_mem,
                support_hierarchical_sync,
                sync_cap,
                filter_rx,
                filter_caps,
                other: Vec::new(),
            },
        )
        .boxed()
}

/// A device, as 1.2 can say it.
pub fn dev_inf() -> BoxedStrategy<DevInf> {
    let ext = (word(), vec(word(), 0..3)).prop_map(|(x_nam, x_vals)| Ext { x_nam, x_vals });
    (
        (option::of(word()), option::of(word()), option::of(word())),
        (option::of(word()), option::of(word()), option::of(word())),
        (word(), word(), any::<(bool, bool, bool)>()),
        (vec(data_store(), 0..3), vec(ext, 0..2)),
    )
        .prop_map(
            |(
                (man, model, oem),
                (fw_v, sw_v, hw_v),
                (dev_id, dev_typ, flags),
                (data_stores, ext),
            )| DevInf {
                ver_dtd: ByteString::from_static("1.2"),
                man,
                model,
                oem,
                fw_v,
                sw_v,
                hw_v,
                dev_id,
                dev_typ,
                utc: flags.0,
                support_large_objs: flags.1,
                support_number_of_changes: flags.2,
                data_stores,
                ct_caps: Vec::new(),
                ext,
                other: Vec::new(),
            },
        )
        .boxed()
}
