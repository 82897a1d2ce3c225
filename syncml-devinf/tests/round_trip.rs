//! What is written reads back the same.

use proptest::prelude::*;
use syncml_devinf::{Bytes, DevInf, Limits, Version, testing};

fn from_xml(bytes: Vec<u8>) -> DevInf {
    DevInf::from_xml(&bytes.into(), &Limits::default()).expect("can be read")
}

fn from_wbxml(bytes: Vec<u8>) -> DevInf {
    DevInf::from_wbxml(&bytes.into(), &Limits::default()).expect("can be read")
}

/// DEVINF-003: the documents of `testdata` in all versions. What a version cannot say is left out
/// once, and no more is lost then.
#[test]
fn devinf_003_fixtures_in_every_version() {
    let fixtures = testdata::all(testdata::Kind::DevInf);
    for fixture in fixtures.filter(|fixture| fixture.expect == testdata::Expect::Ok) {
        let bytes = Bytes::from_static(fixture.bytes);
        let devinf = DevInf::from_bytes(&bytes, &Limits::default()).expect(fixture.name);
        for version in Version::ALL {
            let once = from_wbxml(devinf.to_wbxml(version).expect("can be written"));
            let twice = from_wbxml(once.to_wbxml(version).expect("can be written"));
            assert_eq!(twice, once, "{} {version}", fixture.name);
            let twin = from_xml(once.to_xml(version).expect("can be written"));
            assert_eq!(twin, once, "{} {version}", fixture.name);
        }
    }
}

proptest! {
    /// DEVINF-001.
    #[test]
    fn devinf_001_round_trip_in_1_2(devinf in testing::dev_inf()) {
        let version = Version::V1_2;
        prop_assert_eq!(&from_xml(devinf.to_xml(version).expect("can be written")), &devinf);
        prop_assert_eq!(&from_wbxml(devinf.to_wbxml(version).expect("can be written")), &devinf);
        let fragment = devinf.to_fragment(version).expect("can be written");
        prop_assert_eq!(&DevInf::from_fragment(&fragment).expect("can be read"), &devinf);
        let json = serde_json::to_string(&devinf).expect("serializes");
        prop_assert_eq!(&serde_json::from_str::<DevInf>(&json).expect("deserializes"), &devinf);
    }

    /// DEVINF-003: what an older version can say survives it, and is said the same way again.
    #[test]
    fn devinf_003_round_trip_in_older_versions(devinf in testing::dev_inf()) {
        for version in [Version::V1_0, Version::V1_1] {
            let xml = devinf.to_xml(version).expect("can be written");
            let read = from_xml(xml.clone());
            prop_assert_eq!(&from_wbxml(devinf.to_wbxml(version).expect("can be written")), &read);
            let again = read.to_xml(version).expect("can be written");
            prop_assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&xml));
            prop_assert_eq!(&read.dev_id, &devinf.dev_id);
            prop_assert_eq!(&read.ext, &devinf.ext);
            for (old, new) in read.data_stores.iter().zip(&devinf.data_stores) {
                prop_assert_eq!(&old.rx, &new.rx);
                prop_assert_eq!(&old.sync_cap, &new.sync_cap);
                prop_assert_eq!(&old.ds_mem, &new.ds_mem);
            }
        }
    }

    /// DEVINF-010.
    #[test]
    fn devinf_010_order_of_elements_does_not_change_the_fingerprint(devinf in testing::dev_inf()) {
        let mut turned = devinf.clone();
        turned.data_stores.reverse();
        turned.ext.reverse();
        for store in &mut turned.data_stores {
            store.sync_cap.reverse();
            store.ct_caps.reverse();
            store.ct_caps.iter_mut().for_each(|cap| cap.properties.reverse());
        }
        prop_assert_eq!(turned.fingerprint(), devinf.fingerprint());
        turned.utc = !turned.utc;
        prop_assert_ne!(turned.fingerprint(), devinf.fingerprint());
    }

    #[test]
    fn any_xml_of_these_elements_is_survived(
        names in proptest::collection::vec(proptest::sample::select(vec![
            "DataStore", "CTCap", "Property", "PropName", "PropParam", "ParamName", "ValEnum", "Size", "CTType", "VerCT",
            "/", "/", "/", "/", "/",
        ]), 0..60)
    ) {
        let mut text = String::from("<DevInf>");
        let mut open = Vec::new();
        for name in names {
            if name != "/" {
                text.push_str(&format!("<{name}>"));
                open.push(name);
            } else if let Some(name) = open.pop() {
                text.push_str(&format!("1</{name}>"));
            }
        }
        open.iter().rev().for_each(|name| text.push_str(&format!("</{name}>")));
        text.push_str("</DevInf>");
        let devinf = DevInf::from_xml(&Bytes::from(text), &Limits::default()).expect("can be read");
        for version in Version::ALL {
            let written = devinf.to_xml(version).expect("can be written");
            let again = from_xml(written.clone()).to_xml(version).expect("can be written");
            prop_assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&written));
        }
    }
}
