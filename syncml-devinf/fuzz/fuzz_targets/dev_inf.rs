//! No panic; what can be read can be written in each version, and reads and writes the same from then
//! on, in both encodings; the views of it do not panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use syncml_devinf::{Bytes, Detail, DevInf, ErrorKind, Limits, Version, common_type};

fn read(written: Vec<u8>) -> DevInf {
    DevInf::from_bytes(&Bytes::from(written), &Limits::default()).expect("what was written can be read")
}

fuzz_target!(|data: &[u8]| {
    let limits = Limits::default()
        .with_max_depth(20)
        .with_max_elements(500)
        .with_max_text(10_000);
    let Ok(devinf) = DevInf::from_bytes(&Bytes::copy_from_slice(data), &limits) else {
        return;
    };
    for version in Version::ALL {
        let wbxml = match devinf.to_wbxml(version) {
            Ok(wbxml) => wbxml,
            Err(error) => {
                // A string table may hold what is no name.
                assert!(matches!(error.kind(), ErrorKind::Limit(_) | ErrorKind::Name(_)), "{error}");
                continue;
            }
        };
        let once = read(wbxml.clone());
        assert_eq!(once.to_wbxml(version).expect("can be written"), wbxml);
        match once.to_xml(version) {
            Ok(xml) => {
                // In strangers octets become text, and white space between elements goes away.
                let mut twin = read(xml);
                twin.other.clone_from(&once.other);
                for (store, own) in twin.data_stores.iter_mut().zip(&once.data_stores) {
                    store.other.clone_from(&own.other);
                }
                assert_eq!(twin, once);
            }
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::NotXml | ErrorKind::Name(_)), "{error}");
            }
        }
    }
    let less = devinf.with_detail(Detail::None);
    assert!(less.ct_caps.is_empty());
    let _ = (devinf.fingerprint(), devinf.version(), devinf.dsx_features().count());
    for store in &devinf.data_stores {
        assert!(devinf.data_store(&store.source_ref).is_some());
        let _ = common_type(store, store);
        for cap in devinf.ct_caps(store) {
            let _ = devinf.supports_property(store, &cap.ct_type, "TEL");
            let _ = cap.properties.iter().flat_map(|property| property.type_values()).count();
        }
    }
});
