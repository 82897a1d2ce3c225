//! Every element of every version occurs in `testdata`, in XML and in WBXML.

use std::collections::BTreeSet;

use syncml_repr::{Bytes, Limits, Version};
use syncml_wbxml::{Event, Name, Reader, Source, Space, xml};
use testdata::{Encoding, Expect};

/// Names of the SyncML, MetInf and DevInf spaces that are new in a version. `MaxSize` is `Size` by another name.
struct Vocabulary {
    space: Space,
    v1_0: &'static str,
    v1_1: &'static str,
    v1_2: &'static str,
}

const VOCABULARIES: [Vocabulary; 3] = [
    Vocabulary {
        space: Space::SyncMl,
        v1_0: "Add Alert Archive Atomic Chal Cmd CmdID CmdRef Copy Cred Data Delete Exec Final Get Item Lang LocName \
               LocURI Map MapItem Meta MsgID MsgRef NoResp NoResults Put Replace RespURI Results Search Sequence \
               SessionID SftDel Source SourceRef Status Sync SyncBody SyncHdr SyncML Target TargetRef VerDTD VerProto",
        v1_1: "MoreData NumberOfChanges",
        v1_2: "Correlator Field Filter FilterType Move Record SourceParent TargetParent",
    },
    Vocabulary {
        space: Space::MetInf,
        v1_0: "Anchor EMI Format FreeID FreeMem Last Mark MaxMsgSize Mem MetInf Next NextNonce SharedMem Size Type Version",
        v1_1: "MaxObjSize",
        v1_2: "FieldLevel",
    },
    Vocabulary {
        space: Space::DevInf,
        v1_0: "CTCap CTType DSMem DataStore DataType DevID DevInf DevTyp DisplayName Ext FwV HwV Man MaxGUIDSize MaxID \
               MaxMem Mod OEM ParamName PropName Rx Rx-Pref SharedMem Size SourceRef SwV SyncCap SyncType Tx Tx-Pref \
               ValEnum VerCT VerDTD XNam XVal",
        v1_1: "SupportLargeObjs SupportNumberOfChanges UTC",
        v1_2: "FieldLevel Filter-Rx FilterCap FilterKeyword MaxOccur NoTruncate PropParam Property \
               SupportHierarchicalSync",
    },
];

/// Names of one space in a document.
fn names<'a>(mut source: impl Source<'a>, space: Space) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    while let Some(event) = source.next_event().expect("good fixtures can be read") {
        if let Event::Start(Name::Known(tag)) = event
            && tag.space() == space
        {
            found.insert(tag.name().replace("MaxSize", "Size"));
        }
    }
    found
}

/// Names of one space in all good documents of a version in one encoding.
fn occurring(space: Space, version: &str, encoding: Encoding) -> BTreeSet<String> {
    let limits = Limits::default();
    let mut all = BTreeSet::new();
    for fixture in testdata::fixtures().filter(|fixture| {
        fixture.media_type.starts_with("application/vnd.syncml")
            && fixture.encoding == encoding
            && fixture.version == Some(version)
            && fixture.expect == Expect::Ok
            && !fixture.name.contains("/bad/")
    }) {
        let bytes = Bytes::from_static(fixture.bytes);
        all.extend(match encoding {
            Encoding::Xml => {
                let bytes = xml::decode_charset(bytes).expect("has a known charset");
                names(xml::Reader::new(&bytes, &limits).expect("is XML"), space)
            }
            _ => names(Reader::new(&bytes, &limits).expect("is WBXML"), space),
        });
    }
    all
}

/// REPR-001, META-001, DEVINF-001: no element is left out, whatever the version and the encoding.
#[test]
fn repr_001_every_element_occurs_in_every_version_and_encoding() {
    let mut missing = Vec::new();
    let mut count = 0;
    for vocabulary in VOCABULARIES {
        let mut wanted: BTreeSet<&str> = BTreeSet::new();
        for (version, new) in [
            (Version::V1_0, vocabulary.v1_0),
            (Version::V1_1, vocabulary.v1_1),
            (Version::V1_2, vocabulary.v1_2),
        ] {
            wanted.extend(new.split_whitespace());
            for encoding in [Encoding::Xml, Encoding::Wbxml] {
                let found = occurring(vocabulary.space, &version.to_string(), encoding);
                for name in &wanted {
                    count += 1;
                    if !found.contains(*name) {
                        missing.push(format!(
                            "{name} {:?} {version} {encoding:?}",
                            vocabulary.space
                        ));
                    }
                }
            }
        }
    }
    assert_eq!(missing, [""; 0]);
    assert_eq!(count, 2 * (45 + 47 + 55 + 16 + 17 + 18 + 35 + 38 + 47));
}
