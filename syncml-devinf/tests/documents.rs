//! Documents of all versions, read and written.

use syncml_devinf::{
    ByteString, Bytes, ContentType, CtCap, Detail, DevInf, DsMem, Ext, FilterCap, Limits,
    PropParam, Property, SyncType, Version, common_type,
};

/// A device with one datastore that has everything.
const MINIMUM: &str = "<DevInf xmlns=\"syncml:devinf\"><VerDTD>1.2</VerDTD><Man>M</Man><Mod>X</Mod><SwV>1</SwV>\
    <DevID>IMEI:1</DevID><DevTyp>phone</DevTyp><UTC/><SupportLargeObjs/><SupportNumberOfChanges/>\
    <DataStore><SourceRef>./pb</SourceRef><MaxGUIDSize>64</MaxGUIDSize>\
    <Rx-Pref><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT></Rx-Pref>\
    <Tx-Pref><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT></Tx-Pref>\
    <CTCap><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT>\
    <Property><PropName>BEGIN</PropName><ValEnum>VCARD</ValEnum></Property>\
    <Property><PropName>TEL</PropName><MaxOccur>4</MaxOccur><MaxSize>40</MaxSize>\
    <PropParam><ParamName>TYPE</ParamName><ValEnum>HOME</ValEnum><ValEnum>CELL</ValEnum></PropParam></Property></CTCap>\
    <DSMem><MaxID>500</MaxID></DSMem>\
    <SyncCap><SyncType>1</SyncType><SyncType>2</SyncType><SyncType>7</SyncType></SyncCap></DataStore></DevInf>";

/// The same device in 1.1, where content types are flat and behind the datastores.
const MINIMUM_1_1: &str = "<DevInf xmlns=\"syncml:devinf\"><VerDTD>1.1</VerDTD><Man>M</Man><Mod>X</Mod><SwV>1</SwV>\
    <DevID>IMEI:1</DevID><DevTyp>phone</DevTyp><UTC/><SupportLargeObjs/><SupportNumberOfChanges/>\
    <DataStore><SourceRef>./pb</SourceRef><MaxGUIDSize>64</MaxGUIDSize>\
    <Rx-Pref><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT></Rx-Pref>\
    <Tx-Pref><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT></Tx-Pref>\
    <DSMem><MaxID>500</MaxID></DSMem>\
    <SyncCap><SyncType>1</SyncType><SyncType>2</SyncType><SyncType>7</SyncType></SyncCap></DataStore>\
    <CTCap><CTType>text/x-vcard</CTType><PropName>BEGIN</PropName><ValEnum>VCARD</ValEnum>\
    <PropName>TEL</PropName><DataType>chr</DataType><Size>40</Size>\
    <ParamName>HOME</ParamName><ParamName>CELL</ParamName></CTCap></DevInf>";

fn read(xml: &str) -> DevInf {
    DevInf::from_xml(&Bytes::copy_from_slice(xml.as_bytes()), &Limits::default())
        .expect("can be read")
}

/// XML without the declaration.
fn write(devinf: &DevInf, version: Version) -> String {
    let text =
        String::from_utf8(devinf.to_xml(version).expect("can be written")).expect("is UTF-8");
    text[text.find("<DevInf").expect("has a root")..].to_owned()
}

fn through_wbxml(devinf: &DevInf, version: Version) -> DevInf {
    let bytes = Bytes::from(devinf.to_wbxml(version).expect("can be written"));
    DevInf::from_wbxml(&bytes, &Limits::default()).expect("can be read")
}

#[test]
fn devinf_001_minimum_document_both_ways() {
    let devinf = read(MINIMUM);
    assert_eq!(devinf.model.as_deref(), Some("X"));
    assert!(devinf.utc && devinf.support_large_objs && devinf.support_number_of_changes);
    let store = &devinf.data_stores[0];
    assert_eq!(store.max_guid_size, Some(64));
    assert_eq!(store.rx_pref, Some(ContentType::new("text/x-vcard", "2.1")));
    assert_eq!(store.ds_mem, Some(DsMem::new(None, Some(500))));
    assert_eq!(
        store.sync_cap,
        [SyncType::TWO_WAY, SyncType::SLOW, SyncType::SERVER_ALERTED]
    );
    let tel = store.ct_caps[0].property("tel").expect("has TEL");
    assert_eq!((tel.max_occur, tel.max_size), (Some(4), Some(40)));
    assert_eq!(
        tel.params,
        [PropParam::new("TYPE").with_values(["HOME", "CELL"])]
    );
    assert_eq!(write(&devinf, Version::V1_2), MINIMUM);
    assert_eq!(through_wbxml(&devinf, Version::V1_2), devinf);
    let fragment = devinf.to_fragment(Version::V1_2).expect("can be written");
    assert_eq!(
        DevInf::from_fragment(&fragment).expect("can be read"),
        devinf
    );
}

#[test]
fn devinf_001_everything_of_1_2() {
    let text = "<DevInf xmlns=\"syncml:devinf\"><VerDTD>1.2</VerDTD><OEM>o</OEM><FwV>f</FwV><HwV>h</HwV><DevID>d</DevID>\
        <DevTyp>server</DevTyp><DataStore><SourceRef>./c</SourceRef><DisplayName>Cards</DisplayName>\
        <Rx-Pref><CTType>text/vcard</CTType><VerCT>3.0</VerCT></Rx-Pref><Rx><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT></Rx>\
        <Tx-Pref><CTType>text/vcard</CTType><VerCT>3.0</VerCT></Tx-Pref><Tx><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT></Tx>\
        <CTCap><CTType>text/vcard</CTType><VerCT>3.0</VerCT><FieldLevel/><Property><PropName>NOTE</PropName>\
        <DataType>chr</DataType><MaxOccur>1</MaxOccur><MaxSize>9</MaxSize><NoTruncate/><ValEnum>a, b</ValEnum>\
        <DisplayName>Note</DisplayName><PropParam><ParamName>LANGUAGE</ParamName><DataType>chr</DataType>\
        <ValEnum>en</ValEnum><DisplayName>Language</DisplayName></PropParam></Property></CTCap>\
        <DSMem><SharedMem/><MaxMem>1000</MaxMem><MaxID>5</MaxID></DSMem><SupportHierarchicalSync/>\
        <SyncCap><SyncType>1</SyncType></SyncCap>\
        <Filter-Rx><CTType>syncml:filtertype-cgi</CTType><VerCT>1.0</VerCT></Filter-Rx>\
        <FilterCap><CTType>text/vcard</CTType><VerCT>3.0</VerCT><FilterKeyword>SINCE</FilterKeyword>\
        <PropName>FN</PropName></FilterCap></DataStore>\
        <Ext><XNam>X-One</XNam><XVal>1</XVal><XVal>2</XVal></Ext></DevInf>";
    let devinf = read(text);
    assert_eq!(write(&devinf, Version::V1_2), text);
    assert_eq!(through_wbxml(&devinf, Version::V1_2), devinf);
    let store = &devinf.data_stores[0];
    assert!(store.support_hierarchical_sync && store.ct_caps[0].field_level);
    assert_eq!(
        store.filter_rx,
        [ContentType::new("syncml:filtertype-cgi", "1.0")]
    );
    let mut filter = FilterCap::default();
    filter.ct_type = "text/vcard".into();
    filter.ver_ct = Some("3.0".into());
    filter.filter_keywords.push("SINCE".into());
    filter.prop_names.push("FN".into());
    assert_eq!(store.filter_caps, [filter]);
    assert_eq!(devinf.ext("x-one"), Some(&Ext::new("X-One", ["1", "2"])));
    insta::assert_debug_snapshot!(devinf);
}

#[test]
fn devinf_002_flat_content_types() {
    let devinf = read(MINIMUM_1_1);
    assert_eq!(devinf.version(), Some(Version::V1_1));
    let cap = &devinf.ct_caps[0];
    assert_eq!(
        cap.property("BEGIN").expect("has BEGIN").val_enums,
        ["VCARD"]
    );
    let tel = cap.property("TEL").expect("has TEL");
    assert_eq!(
        (tel.data_type.as_deref(), tel.max_size),
        (Some("chr"), Some(40))
    );
    assert_eq!(tel.type_values().collect::<Vec<_>>(), ["HOME", "CELL"]);
    assert_eq!(write(&devinf, Version::V1_1), MINIMUM_1_1);
    assert_eq!(through_wbxml(&devinf, Version::V1_1), devinf);
}

/// One `CTCap` with all types, as one engine writes it, and values that belong to parameters.
#[test]
fn devinf_002_many_types_in_one_element() {
    let devinf = read(
        "<DevInf><VerDTD>1.1</VerDTD><CTCap><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT><PropName>TEL</PropName>\
         <DisplayName>Telephone</DisplayName><ParamName>TYPE</ParamName><ValEnum>HOME</ValEnum><DisplayName>Type</DisplayName>\
         <ParamName>X</ParamName><DataType>int</DataType><Size>2</Size><PropName>N</PropName><Size>30</Size>\
         <CTType>text/x-vcalendar</CTType><PropName>SUMMARY</PropName></CTCap></DevInf>",
    );
    let [card, calendar] = devinf.ct_caps.as_slice() else {
        panic!("{devinf:?}")
    };
    assert_eq!(
        (card.version(), calendar.version()),
        (Some("2.1"), Some("1.0"))
    );
    let tel = card.property("TEL").expect("has TEL");
    assert_eq!(tel.display_name.as_deref(), Some("Telephone"));
    assert_eq!(tel.params[0].val_enums, ["HOME"]);
    assert_eq!(tel.params[0].display_name.as_deref(), Some("Type"));
    assert_eq!(
        (tel.params[1].data_type.as_deref(), tel.params[1].max_size),
        (Some("int"), Some(2))
    );
    assert_eq!(card.property("N").expect("has N").max_size, Some(30));
    assert_eq!(calendar.properties, [Property::new("SUMMARY")]);
}

#[test]
fn devinf_002_what_1_0_lacks_is_left_out() {
    let devinf = read(MINIMUM);
    let text = write(&devinf, Version::V1_0);
    assert!(text.contains("<VerDTD>1.0</VerDTD>"));
    for name in [
        "UTC",
        "SupportLargeObjs",
        "SupportNumberOfChanges",
        "Property",
        "MaxSize",
        "DataType",
    ] {
        assert!(!text.contains(&format!("<{name}")), "{name} in {text}");
    }
    // Phones of that time crash on lengths.
    assert!(
        text.contains(
            "<CTCap><CTType>text/x-vcard</CTType><PropName>BEGIN</PropName><ValEnum>VCARD</ValEnum>\
        <PropName>TEL</PropName><ParamName>HOME</ParamName>"
        ),
        "{text}"
    );
}

#[test]
fn devinf_003_one_model_for_all_versions() {
    let new = read(MINIMUM);
    let old = read(MINIMUM_1_1);
    assert_eq!(write(&new, Version::V1_1), MINIMUM_1_1);
    // The other way the maximal number of TEL is lost, which 1.1 cannot say, and bare types stay bare.
    let back = write(&old, Version::V1_2);
    assert!(
        back.contains(
            "<CTCap><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT><Property><PropName>BEGIN</PropName>"
        ),
        "{back}"
    );
    assert!(
        back.contains("<MaxSize>40</MaxSize><PropParam><ParamName>HOME</ParamName></PropParam>"),
        "{back}"
    );
    for (devinf, version) in [(&new, Version::V1_2), (&old, Version::V1_1)] {
        let store = &devinf.data_stores[0];
        let caps: Vec<&CtCap> = devinf.ct_caps(store).collect();
        assert_eq!(caps.len(), 1, "{version}");
        assert_eq!(caps[0].version(), Some("2.1"));
        let tel = caps[0].property("TEL").expect("has TEL");
        assert_eq!(tel.type_values().collect::<Vec<_>>(), ["HOME", "CELL"]);
    }
}

/// A content type that two datastores have is written once in 1.1.
#[test]
fn devinf_003_content_types_are_not_repeated() {
    let mut devinf = read(MINIMUM);
    let mut second = devinf.data_stores[0].clone();
    second.source_ref = "./sim".into();
    devinf.data_stores.push(second);
    assert_eq!(write(&devinf, Version::V1_1).matches("<CTCap>").count(), 1);
    assert_eq!(write(&devinf, Version::V1_2).matches("<CTCap>").count(), 2);
}

#[test]
fn devinf_004_a_type_both_know() {
    let store = |rx: &[(&str, &str)], tx: &[(&str, &str)]| {
        let list = |types: &[(&str, &str)]| {
            types
                .iter()
                .map(|(name, version)| ContentType::new(name.to_string(), version.to_string()))
                .collect()
        };
        let mut store = syncml_devinf::DataStore::default();
        store.rx = list(rx);
        store.tx = list(tx);
        store
    };
    const V2: (&str, &str) = ("text/x-vcard", "2.1");
    const V3: (&str, &str) = ("text/vcard", "3.0");
    for (tx, rx, expected) in [
        (&[V2, V3][..], &[V3, V2][..], Some(V3)),
        (&[V2, V3], &[V2], Some(V2)),
        (&[V3], &[V2], None),
        (
            &[("TEXT/X-VCARD; charset=utf-8", "2.1")],
            &[V2],
            Some(("TEXT/X-VCARD; charset=utf-8", "2.1")),
        ),
        (&[("text/x-vcard", "")], &[V2], Some(V2)),
        (&[V2], &[("text/x-vcard", "")], Some(V2)),
        (&[("text/x-vcard", "3.0")], &[V2], None),
        (&[V2], &[], None),
    ] {
        let (sender, receiver) = (store(&[], tx), store(rx, &[]));
        let expected = expected.map(|(name, version)| ContentType::new(name, version));
        assert_eq!(
            common_type(&sender, &receiver),
            expected.as_ref(),
            "{tx:?} {rx:?}"
        );
    }
}

/// DEVINF-005, Q-313: some peers demand a version of every type.
#[test]
fn devinf_005_missing_and_empty_versions() {
    let devinf = read(
        "<DevInf><DataStore><SourceRef>n</SourceRef><Rx-Pref><CTType>text/plain</CTType></Rx-Pref>\
         <Tx-Pref><CTType>x/y</CTType><VerCT/></Tx-Pref></DataStore></DevInf>",
    );
    let store = &devinf.data_stores[0];
    let (rx, tx) = (
        store.rx_pref.as_ref().expect("is there"),
        store.tx_pref.as_ref().expect("is there"),
    );
    assert_eq!((rx.ver_ct.as_ref(), rx.version()), (None, Some("1.0")));
    assert_eq!((tx.ver_ct.as_ref(), tx.version()), (None, None));
    let text = write(&devinf, Version::V1_2);
    assert!(
        text.contains("<Rx-Pref><CTType>text/plain</CTType><VerCT>1.0</VerCT></Rx-Pref>")
            && text.contains("<Tx-Pref><CTType>x/y</CTType><VerCT/></Tx-Pref>"),
        "{text}"
    );
    // Only Rx: the first one is preferred.
    let only = read(
        "<DevInf><DataStore><Rx><CTType>a/b</CTType></Rx><Rx><CTType>c/d</CTType></Rx></DataStore></DevInf>",
    );
    assert_eq!(
        only.data_stores[0]
            .receives()
            .next()
            .map(|one| &*one.ct_type),
        Some("a/b")
    );
    assert!(write(&only, Version::V1_1).contains(
        "<Rx-Pref><CTType>a/b</CTType><VerCT/></Rx-Pref><Rx><CTType>c/d</CTType><VerCT/></Rx>"
    ));
    // Two of them: nothing is lost.
    let two = read(
        "<DevInf><DataStore><Tx-Pref><CTType>a/b</CTType></Tx-Pref><Tx><CTType>e/f</CTType></Tx>\
         <Tx-Pref><CTType>c/d</CTType></Tx-Pref></DataStore></DevInf>",
    );
    let types = two.data_stores[0].sends().map(|one| &*one.ct_type);
    assert_eq!(types.collect::<Vec<_>>(), ["a/b", "e/f", "c/d"]);
}

#[test]
fn devinf_006_sync_types() {
    let devinf = read(
        "<DevInf><DataStore><SourceRef>./c</SourceRef><SyncCap><SyncType>01</SyncType><SyncType> 2 </SyncType>\
         <SyncType>390001</SyncType><SyncType>none</SyncType></SyncCap></DataStore></DevInf>",
    );
    assert_eq!(
        devinf.data_stores[0].sync_cap,
        [SyncType(1), SyncType(2), SyncType(390_001)]
    );
    assert!(devinf.supports("c", SyncType::TWO_WAY));
    assert!(!devinf.supports("c", SyncType::ONE_WAY_FROM_CLIENT));
    assert!(!devinf.supports("d", SyncType::TWO_WAY));
    let text = write(&devinf, Version::V1_2);
    assert!(
        text.contains("<SyncType>1</SyncType><SyncType>2</SyncType><SyncType>390001</SyncType>"),
        "{text}"
    );
}

#[test]
fn devinf_007_sizes_and_content_types_can_be_ignored() {
    let mut devinf = read(MINIMUM);
    devinf.forget_sizes();
    assert_eq!(
        write(&devinf, Version::V1_2),
        MINIMUM.replace("<MaxSize>40</MaxSize>", "")
    );
    let without = devinf.with_detail(Detail::None);
    assert_eq!(without.ct_caps(&without.data_stores[0]).count(), 0);
}

#[test]
fn devinf_008_datastores_by_best_match() {
    let card = ContentType::new("text/vcard", "3.0");
    let mut devinf = DevInf::new("d", "server");
    for name in [
        "./contacts",
        "./contacts/work",
        "/Calendar",
        "/Calendar/Events",
        "notes?x=1",
    ] {
        devinf
            .data_stores
            .push(syncml_devinf::DataStore::new(name, card.clone()));
    }
    for (uri, expected) in [
        ("./contacts", Some("./contacts")),
        ("contacts", Some("./contacts")),
        ("contacts/", Some("./contacts")),
        (" ./contacts?filter ", Some("./contacts")),
        ("./contacts/james_bond", Some("./contacts")),
        ("./contacts/work/7", Some("./contacts/work")),
        ("./contactsbook", None),
        ("Calendar/Events", Some("/Calendar/Events")),
        ("/Calendar", Some("/Calendar")),
        ("http://s.example/ds/notes", Some("notes?x=1")),
        ("", None),
        ("./", None),
    ] {
        let found = devinf.data_store(uri).map(|store| &*store.source_ref);
        assert_eq!(found, expected, "{uri:?}");
    }
}

#[test]
fn devinf_009_less_detail_is_shorter() {
    let devinf = read(MINIMUM);
    let lens = Detail::DESCENDING.map(|detail| {
        devinf
            .with_detail(detail)
            .to_wbxml(Version::V1_2)
            .expect("can be written")
            .len()
    });
    assert!(lens[0] > lens[1] && lens[1] > lens[2], "{lens:?}");
    let names = devinf.with_detail(Detail::Names);
    assert_eq!(
        names.data_stores[0].ct_caps[0].properties,
        [Property::new("BEGIN"), Property::new("TEL")]
    );
    assert_eq!(devinf.with_detail(Detail::Full), devinf);
    // Nothing else is lost.
    assert_eq!(
        devinf.with_detail(Detail::None).data_stores[0].sync_cap,
        devinf.data_stores[0].sync_cap
    );
}

#[test]
fn devinf_010_fingerprint_means_the_content() {
    let devinf = read(MINIMUM);
    let same = [
        MINIMUM.replace("<Man>M</Man><Mod>X</Mod>", "<Mod>X</Mod>\n<Man> M </Man>"),
        MINIMUM.replace(
            "<UTC/><SupportLargeObjs/>",
            "<SupportLargeObjs></SupportLargeObjs><UTC/>",
        ),
        MINIMUM.replace(
            "<SyncType>1</SyncType><SyncType>2</SyncType>",
            "<SyncType>02</SyncType><SyncType>1</SyncType>",
        ),
        MINIMUM.replace(
            "<ValEnum>HOME</ValEnum><ValEnum>CELL</ValEnum>",
            "<ValEnum>CELL</ValEnum><ValEnum>HOME</ValEnum>",
        ),
    ];
    for text in same {
        assert_eq!(read(&text).fingerprint(), devinf.fingerprint(), "{text}");
    }
    let other = [
        MINIMUM.replace("<UTC/>", ""),
        MINIMUM.replace("<Man>M</Man><Mod>X</Mod>", "<Man>X</Man><Mod>M</Mod>"),
        MINIMUM.replace("<MaxSize>40</MaxSize>", "<MaxSize>41</MaxSize>"),
        MINIMUM.replace("<ValEnum>CELL</ValEnum>", ""),
        MINIMUM.replace(
            "</PropParam></Property></CTCap>",
            "</PropParam></Property><Property><PropName>N</PropName></Property></CTCap>",
        ),
    ];
    for text in other {
        assert_ne!(read(&text).fingerprint(), devinf.fingerprint(), "{text}");
    }
}

#[test]
fn devinf_012_unknown_things_survive() {
    let text = "<DevInf xmlns=\"syncml:devinf\"><VerDTD>1.2</VerDTD><DevID>d</DevID><DevTyp>phone</DevTyp><DataStore>\
        <SourceRef>./c</SourceRef><Rank xmlns=\"urn:x\">1</Rank></DataStore>\
        <Ext><XNam>X-DSX</XNam><XVal>moved=1</XVal><XVal>poll</XVal></Ext><Ext><XNam>Other</XNam></Ext>\
        <Colour xmlns=\"urn:x\"><Red/></Colour></DevInf>";
    let devinf = read(text);
    assert_eq!(write(&devinf, Version::V1_2), text);
    assert_eq!(through_wbxml(&devinf, Version::V1_2), devinf);
    assert_eq!(
        devinf.ext("X-DSX").expect("is there").x_vals,
        ["moved=1", "poll"]
    );
    let spelled = read(&text.replace("XNam>", "Xnam>").replace("XVal>", "Xval>"));
    assert_eq!(spelled, devinf);
}

/// DEVINF-013: only a client says how long an id may be that it has to keep.
#[test]
fn devinf_013_max_guid_size_of_clients_only() {
    let mut devinf = read(MINIMUM);
    for (dev_typ, is_written) in [
        ("phone", true),
        ("workstation", true),
        ("server", false),
        ("Server", false),
    ] {
        devinf.dev_typ = dev_typ.into();
        for version in Version::ALL {
            let text = write(&devinf, version);
            assert_eq!(
                text.contains("<MaxGUIDSize>64</MaxGUIDSize>"),
                is_written,
                "{text}"
            );
        }
    }
}

/// Errata of the printed example: spelling, blanks, no version.
#[test]
fn devinf_014_white_paper_document() {
    let devinf = read(
        "<DevInf xmlns='syncml:devinf'><Man>Big Factory, Ltd. </Man><DevId> 1234 </DevId><DevTyp>handheld</DevTyp>\
         <DataStore><SourceRef> ./contacts </SourceRef><Rx-Pref><CTType> text/vcard </CTType><VerCT> 3.0</VerCT></Rx-Pref>\
         <SyncCap><SyncType>01</SyncType></SyncCap></DataStore></DevInf>",
    );
    assert_eq!(devinf.dev_id, "1234");
    assert!(devinf.ver_dtd.is_empty());
    assert_eq!(devinf.man.as_deref(), Some("Big Factory, Ltd."));
    let store = devinf
        .data_store("./contacts/james_bond")
        .expect("is there");
    assert_eq!(store.rx_pref, Some(ContentType::new("text/vcard", "3.0")));
    assert_eq!(devinf.version(), Some(Version::V1_1));
    assert_eq!(
        read(&MINIMUM.replace("<VerDTD>1.2</VerDTD>", "")).version(),
        Some(Version::V1_2)
    );
    assert_eq!(
        read(&MINIMUM.replace("<VerDTD>1.2", "<VerDTD>2.0")).version(),
        None
    );
}

/// Quirks of phones: parameters without a group, content types behind `SyncCap` or outside of the
/// datastore, empty data types.
#[test]
fn phones_put_things_elsewhere() {
    let expected = read(MINIMUM).data_stores.remove(0).ct_caps.remove(0);
    let ungrouped = MINIMUM
        .replace("<PropParam>", "")
        .replace("</PropParam>", "");
    assert_eq!(read(&ungrouped).data_stores[0].ct_caps[0], expected);

    let (start, end) = (
        MINIMUM.find("<CTCap>").expect("is there"),
        MINIMUM.find("</CTCap>").expect("is there") + 8,
    );
    let cap = &MINIMUM[start..end];
    let without = MINIMUM.replace(cap, "");
    let behind = read(&without.replace("</SyncCap>", &format!("</SyncCap>{cap}")));
    assert_eq!(behind, read(MINIMUM));
    let outside = read(&without.replace("</DataStore>", &format!("</DataStore>{cap}")));
    let store = &outside.data_stores[0];
    assert_eq!(outside.ct_caps(store).collect::<Vec<_>>(), [&expected]);

    let empty = read(&MINIMUM.replace(
        "<MaxOccur>4</MaxOccur>",
        "<DataType/><MaxOccur>4</MaxOccur>",
    ));
    assert_eq!(empty, read(MINIMUM));
}

/// Content types of the device belong to the datastores that have them.
#[test]
fn content_types_of_the_device_by_datastore() {
    let devinf = read(
        "<DevInf><DataStore><SourceRef>a</SourceRef><Rx-Pref><CTType>x/a</CTType></Rx-Pref></DataStore>\
         <DataStore><SourceRef>b</SourceRef></DataStore>\
         <CTCap><CTType>X/A</CTType></CTCap><CTCap><CTType>x/b</CTType></CTCap></DevInf>",
    );
    let types = |uri| {
        let store = devinf.data_store(uri).expect("is there");
        devinf
            .ct_caps(store)
            .map(|cap| cap.ct_type.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(types("a"), ["X/A"]);
    assert_eq!(types("b"), ["X/A", "x/b"]);
}

#[test]
fn version_of_a_type_by_its_properties() {
    let cap = |version: &[&str]| {
        CtCap::new("text/x-own", "").with_property(
            Property::new("VERSION").with_values(version.iter().map(|one| one.to_string())),
        )
    };
    assert_eq!(cap(&["4.0"]).version(), Some("4.0"));
    assert_eq!(cap(&["1.0", "2.0"]).version(), None);
    assert_eq!(CtCap::new("text/vcard", "").version(), Some("3.0"));
    assert_eq!(CtCap::new("text/vcard", "4.0").version(), Some("4.0"));
}

#[test]
fn type_values_in_all_forms() {
    let tel = Property::new("TEL")
        .with_param(PropParam::new("HOME"))
        .with_param(PropParam::new("CELL;WORK"))
        .with_param(PropParam::new("Type").with_values(["FAX"]))
        .with_param(PropParam::new("ENCODING").with_values(["BASE64"]))
        .with_param(PropParam::new("CHARSET"));
    assert_eq!(
        tel.type_values().collect::<Vec<_>>(),
        ["HOME", "CELL", "WORK", "FAX"]
    );
}

#[test]
fn properties_of_a_filter() {
    let properties = [
        Property::new("N"),
        Property::new("TEL").with_param(PropParam::new("TYPE").with_values(["CELL"])),
    ];
    let fragments: Vec<_> = properties
        .iter()
        .map(|property| property.to_fragment().expect("can be written"))
        .collect();
    assert_eq!(
        Property::from_fragments(&fragments).expect("can be read"),
        properties
    );
    let mut devinf = DevInf::default();
    devinf
        .ct_caps
        .push(CtCap::new("text/x-vcard", "2.1").with_property(properties[1].clone()));
    let mut store = syncml_devinf::DataStore::default();
    store.rx_pref = Some(ContentType::new("text/x-vcard", "2.1"));
    devinf.data_stores.push(store);
    let around = devinf.to_fragment(Version::V1_2).expect("can be written");
    assert_eq!(
        Property::from_fragments(&[around]).expect("can be read"),
        properties[1..]
    );
}

#[test]
fn other_roots_are_refused() {
    for text in [
        "<SyncML/>",
        "<Property xmlns='syncml:devinf'/>",
        "<DevInf/><DevInf/>",
        "<DevInf>",
    ] {
        assert!(
            DevInf::from_xml(&Bytes::copy_from_slice(text.as_bytes()), &Limits::default()).is_err(),
            "{text}"
        );
    }
}

#[test]
fn documents_are_not_copied() {
    let text =
        ByteString::from(MINIMUM.replace(">X<", ">A model name that is long enough to notice<"));
    let devinf = DevInf::from_xml(text.as_bytes(), &Limits::default()).expect("can be read");
    let model = devinf.model.expect("has a model");
    assert!(text.as_bytes().as_ptr_range().contains(&model.as_ptr()));
}
