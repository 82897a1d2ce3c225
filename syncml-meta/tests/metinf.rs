//! The children of `Meta`, read and written.

mod common;

use common::{from_wbxml, from_xml, to_wbxml, to_xml};
use proptest::prelude::*;
use syncml_meta::{Anchor, Dsx, Format, Mem, MetInf, Nonce, testing};

#[test]
fn meta_001_every_child_is_read_and_written_in_order() {
    let text = "<Meta><FieldLevel xmlns=\"syncml:metinf\"/><Format xmlns=\"syncml:metinf\">b64</Format>\
        <Type xmlns=\"syncml:metinf\">text/x-vcard</Type><Mark xmlns=\"syncml:metinf\">final</Mark>\
        <Size xmlns=\"syncml:metinf\">9000</Size><Anchor xmlns=\"syncml:metinf\"><Last>1</Last><Next>2</Next></Anchor>\
        <Version xmlns=\"syncml:metinf\">3</Version><NextNonce xmlns=\"syncml:metinf\">Tm9uY2U=</NextNonce>\
        <MaxMsgSize xmlns=\"syncml:metinf\">5000</MaxMsgSize><MaxObjSize xmlns=\"syncml:metinf\">70000</MaxObjSize>\
        <EMI xmlns=\"syncml:metinf\">a</EMI><EMI xmlns=\"syncml:metinf\">b</EMI>\
        <Mem xmlns=\"syncml:metinf\"><SharedMem/><FreeMem>100</FreeMem><FreeID>7</FreeID></Mem></Meta>";
    let meta = from_xml(text);
    assert!(meta.field_level);
    assert_eq!(meta.format, Some(Format::B64));
    assert_eq!(meta.media_type.as_deref(), Some("text/x-vcard"));
    assert_eq!(meta.mark.as_deref(), Some("final"));
    assert_eq!(meta.size, Some(9000));
    assert_eq!(meta.anchor, Some(Anchor::new("2").with_last("1")));
    assert_eq!(meta.version.as_deref(), Some("3"));
    assert_eq!(meta.next_nonce, Some(Nonce::new("Nonce")));
    assert_eq!(
        (meta.max_msg_size, meta.max_obj_size),
        (Some(5000), Some(70_000))
    );
    assert_eq!(meta.emi, ["a", "b"]);
    let mem = meta.mem.expect("has Mem");
    assert_eq!(
        (mem.shared_mem, mem.free_mem, mem.free_id),
        (true, Some(100), Some(7))
    );
    assert_eq!(to_xml(&meta), text);
    assert_eq!(from_wbxml(&to_wbxml(&meta)), meta);
}

#[test]
fn meta_001_any_order_and_the_last_of_two() {
    let meta = from_xml(
        "<Meta><Size>1</Size><Type>a</Type><Size>2</Size><Format>chr</Format><Type>b</Type></Meta>",
    );
    assert_eq!(
        to_xml(&meta),
        to_xml(&from_xml(
            "<Meta><Format>chr</Format><Type>b</Type><Size>2</Size></Meta>"
        ))
    );
}

#[test]
fn meta_001_blanks_around_texts_are_none_of_them() {
    let meta = from_xml(
        "<Meta><Type> text/plain\n</Type><Anchor><Last>\t1 2 </Last><Next> 3</Next></Anchor><Size> 12 </Size></Meta>",
    );
    assert!(meta.is_type("text/plain"));
    assert_eq!(meta.anchor, Some(Anchor::new("3").with_last("1 2")));
    assert_eq!(meta.size, Some(12));
}

#[test]
fn meta_002_format_in_any_case() {
    for (text, format) in [
        ("B64", Format::B64),
        (" Bin", Format::Bin),
        ("CHR", Format::Chr),
        ("xMl", Format::Xml),
    ] {
        assert_eq!(
            from_xml(&format!("<Meta><Format>{text}</Format></Meta>")).format,
            Some(format)
        );
    }
    let other = from_xml("<Meta><Format>uuencode</Format></Meta>");
    assert_eq!(other.format, Some(Format::Other("uuencode".into())));
}

#[test]
fn meta_002_item_over_command_child_by_child() {
    let command = MetInf::default()
        .with_type("text/x-vcard")
        .with_format(Format::B64)
        .with_size(10)
        .with_emi("outer")
        .with_mem(Mem::new(Some(1), None));
    let item = MetInf::default().with_format(Format::Chr).with_emi("own");
    let both = item.inherit(&command);
    assert_eq!(both.format, Some(Format::Chr));
    assert_eq!(both.size, Some(10));
    assert_eq!(both.emi, ["own"]);
    assert!(both.is_type("text/x-vcard"));
    assert_eq!(both.mem, command.mem);
}

#[test]
fn meta_003_numbers() {
    let size = |text: &str| from_xml(&format!("<Meta><Size>{text}</Size></Meta>")).size;
    assert_eq!(size(" 0042\n"), Some(42));
    assert_eq!(size("+5"), Some(5));
    assert_eq!(size("18446744073709551616"), Some(u64::MAX));
    for none in ["", "-1", "1.5", "0x10", "12 KB", "+", "１２"] {
        assert_eq!(size(none), None, "{none:?}");
    }
}

#[test]
fn meta_004_both_spellings_of_free_id() {
    for spelling in ["FreeID", "FreeId"] {
        let meta = from_xml(&format!(
            "<Meta><Mem><FreeMem>1</FreeMem><{spelling}>2</{spelling}></Mem></Meta>"
        ));
        assert_eq!(meta.mem, Some(Mem::new(Some(1), Some(2))));
        assert!(to_xml(&meta).contains("<FreeID>2</FreeID>"));
    }
}

#[test]
fn meta_004_mem_may_lack_children() {
    assert_eq!(
        from_xml("<Meta><Mem><FreeID>2</FreeID></Mem></Meta>").mem,
        Some(Mem::new(None, Some(2)))
    );
    assert_eq!(from_xml("<Meta><Mem/></Meta>").mem, Some(Mem::default()));
}

#[test]
fn meta_005_nonce_in_base64_and_not() {
    let nonce =
        |text: &str| from_xml(&format!("<Meta><NextNonce>{text}</NextNonce></Meta>")).next_nonce;
    assert_eq!(nonce("Tm9uY2U="), Some(Nonce::new("Nonce")));
    assert_eq!(nonce(" Tm9u\n Y2U "), Some(Nonce::new("Nonce")));
    assert_eq!(nonce("not base64!"), Some(Nonce::new("not base64!")));
    assert_eq!(nonce(""), Some(Nonce::default()));
    assert_eq!(from_xml("<Meta/>").next_nonce, None);
}

/// `Meta` with `NextNonce` as OPAQUE, and before it a `Format` if there is one.
fn opaque_nonce(format: Option<&str>, octets: &[u8]) -> Option<Nonce> {
    let mut bytes = b"\x02\xA4\x01\x6A\x00\x6D\x6C\x5A\x00\x01".to_vec();
    bytes.extend([0x50, 0xC3, octets.len() as u8]);
    bytes.extend(octets);
    bytes.push(0x01);
    if let Some(format) = format {
        bytes.extend([0x47, 0x03]);
        bytes.extend(format.as_bytes());
        bytes.extend([0x00, 0x01]);
    }
    bytes.extend([0x01, 0x01, 0x01]);
    from_wbxml(&bytes).next_nonce
}

#[test]
fn meta_005_opaque_nonce_is_octets_unless_format_says_base64() {
    assert_eq!(
        opaque_nonce(None, b"Tm9uY2U="),
        Some(Nonce::new("Tm9uY2U="))
    );
    assert_eq!(
        opaque_nonce(Some("bin"), b"\xFF\x00\x80"),
        Some(Nonce::new(&b"\xFF\x00\x80"[..]))
    );
    assert_eq!(
        opaque_nonce(Some("b64"), b"Tm9uY2U="),
        Some(Nonce::new("Nonce"))
    );
    assert_eq!(
        opaque_nonce(Some("b64"), b"\xFF\xFE"),
        Some(Nonce::new(&b"\xFF\xFE"[..]))
    );
}

#[test]
fn meta_005_debug_hides_the_nonce() {
    let meta = MetInf::default().with_next_nonce(Nonce::new("secret octets"));
    let shown = format!("{meta:?}");
    assert_eq!(shown, "MetInf { next_nonce: Nonce(13 octets) }");
}

#[test]
fn meta_006_emi_is_kept_and_looked_up() {
    let meta =
        from_xml("<Meta><EMI>vendor</EMI><EMI>datapos=120</EMI><EMI>dsx.moved = 7 </EMI></Meta>");
    assert_eq!(meta.emi, ["vendor", "datapos=120", "dsx.moved = 7"]);
    assert_eq!(meta.emi_value("datapos"), Some("120"));
    assert_eq!(meta.emi_value("dsx.moved"), Some("7"));
    assert_eq!(meta.emi_value("vendor"), None);
    assert_eq!(from_xml(&to_xml(&meta)), meta);
}

/// META-006.
#[test]
fn meta_006_extensions_are_taken_apart() {
    let meta = from_xml(
        "<Meta><EMI>dsx.ls=open;ttl:60</EMI><EMI>datapos=1</EMI><EMI>dsx.ls=close</EMI><EMI>datapos= 0120 </EMI>\
         <EMI>dsx.neg=dir:both;log:valid;ids:valid;dir:up</EMI><EMI>dsx.fp=md5:q83v;op:A</EMI>\
         <EMI>dsx.devinf-uri=http://a.example/%3Bx%253B;tag:7</EMI><EMI>dsx.broken</EMI><EMI>dsx.=1</EMI><EMI>other</EMI></Meta>",
    );
    assert_eq!(meta.data_pos(), Some(120), "the last of two counts");
    let ls = meta.dsx("ls").expect("is there");
    assert_eq!((ls.value(), ls.param("ttl")), (Some("close"), None));
    let neg = meta.dsx("neg").expect("is there");
    assert_eq!((neg.value(), neg.param("dir")), (None, Some("up")));
    let fp = meta.dsx("fp").expect("is there");
    assert_eq!((fp.param("md5"), fp.param("op")), (Some("q83v"), Some("A")));
    let uri = meta.dsx("devinf-uri").expect("is there");
    assert_eq!(uri.pieces().next(), Some("http://a.example/;x%3B"));
    assert_eq!(uri.to_string(), *meta.emi[6]);
    assert_eq!((meta.dsx("broken"), meta.dsx("")), (None, None));
    assert_eq!(meta.emi.len(), 10);
    assert_eq!(from_xml(&to_xml(&meta)), meta);
}

/// META-001, META-002: a child that says nothing takes nothing away from what the command says.
#[test]
fn meta_001_empty_texts_count_as_absent() {
    let item = from_xml("<Meta><Format/><Type> </Type><Mark></Mark><Version/></Meta>");
    assert_eq!(item, MetInf::default());
    let command = MetInf::default().with_type("text/x-vcard");
    assert!(item.inherit(&command).is_type("text/x-vcard"));
}

#[test]
fn meta_007_wrapper_or_none() {
    let plain = from_xml("<Meta><Type>a</Type><Size>1</Size></Meta>");
    for wrapped in [
        "<Meta><MetInf xmlns='syncml:metinf'><Type>a</Type><Size>1</Size></MetInf></Meta>",
        "<Meta><MetInf xmlns='syncml:metinf'><Type>a</Type></MetInf><Size xmlns='syncml:metinf'>1</Size></Meta>",
        "<Meta xmlns='syncml:metinf'><Type>a</Type><Size>1</Size></Meta>",
        "<Meta xmlns:m='syncml:metinf'><m:Type>a</m:Type><m:Size>1</m:Size></Meta>",
        "<Meta xmlns='syncml:metinf1.1'><Type>a</Type><Size>1</Size></Meta>",
    ] {
        assert_eq!(from_xml(wrapped), plain, "{wrapped}");
    }
}

#[test]
fn meta_008_types_compare_by_essence() {
    let meta = from_xml("<Meta><Type>text/x-vCard; charset=\"iso-8859-1\"</Type></Meta>");
    assert!(meta.is_type("text/x-vcard"));
    assert!(!meta.is_type("text/vcard"));
    let media_type = meta.media_type.expect("has Type");
    assert_eq!(syncml_meta::charset(&media_type), Some("iso-8859-1"));
}

#[test]
fn meta_009_size_in_the_ways_peers_count() {
    let mut count = syncml_meta::size::Count::default();
    for chunk in ["QUJD\r", "\nREVG", "\nRw=="] {
        count.push(chunk.as_bytes());
    }
    assert_eq!(count.octets, 15);
    assert!(count.agrees(15, None), "as transmitted");
    assert!(
        count.agrees(16, None),
        "bare LF counted as CR LF, CR LF as itself"
    );
    assert!(count.agrees(7, Some(&Format::B64)), "before Base64");
    assert!(!count.agrees(7, None));
    assert!(!count.agrees(14, Some(&Format::B64)));
}

#[test]
fn unknown_children_are_kept_in_order() {
    let text = "<Meta><Type xmlns=\"syncml:metinf\">a</Type><Rank xmlns=\"urn:x\">1</Rank>\
        <Rank xmlns=\"urn:x\"><Deep>2</Deep></Rank></Meta>";
    let meta = from_xml(text);
    assert_eq!(meta.other.len(), 2);
    assert_eq!(to_xml(&meta), text);
    assert_eq!(from_wbxml(&to_wbxml(&meta)), meta);
}

#[test]
fn serde_round_trip() {
    let meta = MetInf::default()
        .with_type("text/plain")
        .with_format(Format::Other("x".into()))
        .with_anchor(Anchor::new("2"))
        .with_next_nonce(Nonce::new(&[0_u8, 255][..]));
    let json = serde_json::to_string(&meta).expect("serializes");
    assert_eq!(
        serde_json::from_str::<MetInf>(&json).expect("deserializes"),
        meta
    );
}

proptest! {
    /// META-006.
    #[test]
    fn meta_006_extension_round_trip(key in "[a-z-]{1,8}", pieces in proptest::collection::vec("[a-zA-Z0-9:;%/]{1,12}", 0..4)) {
        let dsx = pieces.into_iter().fold(Dsx::new(key), Dsx::with_value);
        prop_assert_eq!(Dsx::parse(&dsx.to_string()), Some(dsx));
    }

    #[test]
    fn meta_001_round_trip(meta in testing::met_inf()) {
        let xml = to_xml(&meta);
        prop_assert_eq!(&from_xml(&xml), &meta);
        let wbxml = to_wbxml(&meta);
        prop_assert_eq!(&from_wbxml(&wbxml), &meta);
        // Stable: what was read is written the same way.
        prop_assert_eq!(to_xml(&from_wbxml(&wbxml)), xml);
    }

    #[test]
    fn meta_002_inherit_keeps_what_is_its_own(own in testing::met_inf(), outer in testing::met_inf()) {
        prop_assert_eq!(own.inherit(&MetInf::default()), own.clone());
        prop_assert_eq!(MetInf::default().inherit(&outer), outer.clone());
        prop_assert_eq!(own.inherit(&own), own.clone());
        let both = own.inherit(&outer);
        prop_assert_eq!(both.format, own.format.or(outer.format));
    }

    #[test]
    fn base64_round_trip(octets: Vec<u8>, at: prop::sample::Index) {
        let mut text = syncml_meta::base64::encode(&octets);
        prop_assert_eq!(syncml_meta::base64::decode_lenient(&text), Some(octets.clone()));
        text.insert_str(at.index(text.len() + 1), "\r\n ");
        prop_assert_eq!(syncml_meta::base64::decode_lenient(&text), Some(octets.clone()));
        prop_assert_eq!(syncml_meta::base64::decode_lenient(text.trim_end_matches(['=', '\r', '\n', ' '])), Some(octets));
    }

    #[test]
    fn base64_of_anything_does_not_panic(text: String) {
        let _ = syncml_meta::base64::decode_lenient(&text);
    }

    #[test]
    fn meta_009_chunks_do_not_matter(data: Vec<u8>, at: prop::sample::Index) {
        let (mut whole, mut parts) = (syncml_meta::size::Count::default(), syncml_meta::size::Count::default());
        whole.push(&data);
        let (head, tail) = data.split_at(at.index(data.len() + 1));
        parts.push(head);
        parts.push(tail);
        prop_assert_eq!(whole, parts);
    }
}
