//! Every device information document of `testdata` by what its manifest says.

use syncml_devinf::{Bytes, DevInf, Limits, Version};
use syncml_wbxml::{Error, ErrorKind};
use testdata::{Encoding, Expect, Fixture};

fn documents() -> impl Iterator<Item = &'static Fixture> {
    testdata::fixtures().filter(|fixture| {
        fixture
            .media_type
            .starts_with("application/vnd.syncml-devinf+")
    })
}

fn good() -> impl Iterator<Item = &'static Fixture> {
    documents().filter(|fixture| fixture.expect == Expect::Ok)
}

fn try_read(bytes: Bytes, encoding: Encoding) -> Result<DevInf, Error> {
    match encoding {
        Encoding::Xml => DevInf::from_xml(&bytes, &Limits::default()),
        _ => DevInf::from_wbxml(&bytes, &Limits::default()),
    }
}

fn read(fixture: &Fixture) -> DevInf {
    try_read(Bytes::from_static(fixture.bytes), fixture.encoding)
        .unwrap_or_else(|error| panic!("{}: {error}", fixture.name))
}

fn version_of(fixture: &Fixture) -> Version {
    match fixture.version {
        Some("1.0") => Version::V1_0,
        Some("1.1") => Version::V1_1,
        _ => Version::V1_2,
    }
}

fn write(devinf: &DevInf, version: Version, encoding: Encoding) -> Bytes {
    let written = match encoding {
        Encoding::Xml => devinf.to_xml(version),
        _ => devinf.to_wbxml(version),
    };
    Bytes::from(written.expect("good fixtures can be written"))
}

/// DEVINF-001: a document and its twin in the other encoding are one device.
#[test]
fn devinf_001_twins_are_equal() {
    let mut pairs = 0;
    for fixture in good().filter(|fixture| fixture.encoding == Encoding::Xml) {
        let Some(twin) = fixture.twin() else { continue };
        pairs += 1;
        assert_eq!(read(fixture), read(twin), "{}", fixture.name);
    }
    assert!(pairs >= 40, "{pairs}");
}

/// DEVINF-014: what devices write in their own way reads like what they mean.
#[test]
fn devinf_014_oddities_read_like_their_models() {
    let mut count = 0;
    for fixture in good() {
        let Some(model) = fixture.model() else {
            continue;
        };
        count += 1;
        assert_eq!(read(fixture), read(model), "{}", fixture.name);
    }
    assert!(count >= 35, "{count}");
}

/// DEVINF-001: read, written and read again, the second writing is the first, in either encoding.
#[test]
fn devinf_001_written_again_it_is_the_same() {
    for fixture in good() {
        let devinf = read(fixture);
        let version = version_of(fixture);
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let written = write(&devinf, version, encoding);
            let again = try_read(written.clone(), encoding)
                .unwrap_or_else(|error| panic!("{}: {error}", fixture.name));
            assert_eq!(
                write(&again, version, encoding),
                written,
                "{} as {encoding:?}",
                fixture.name
            );
        }
    }
}

/// DEVINF-001: documents of 1.2 in the order of the specification are written as they are. To peers of older versions
/// less is said than they may say.
#[test]
fn devinf_001_canonical_bytes_come_back() {
    let mut count = 0;
    for fixture in good() {
        let folder = fixture.name.rsplit_once('/').map(|(folder, _)| folder);
        if folder != Some("devinf") || fixture.same_as.is_some() || fixture.version != Some("1.2") {
            continue;
        }
        count += 1;
        let written = write(&read(fixture), version_of(fixture), fixture.encoding);
        let file: Vec<u8> = match fixture.encoding {
            Encoding::Xml => fixture
                .bytes
                .iter()
                .copied()
                .filter(|octet| *octet != b'\n')
                .collect(),
            _ => fixture.bytes.to_vec(),
        };
        assert_eq!(
            written.escape_ascii().to_string(),
            file.escape_ascii().to_string(),
            "{}",
            fixture.name
        );
    }
    assert!(count >= 12, "{count}");
}

/// The name that the manifest has for a kind of error.
fn error_name(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Truncated => "truncated",
        ErrorKind::Version(_) => "version",
        ErrorKind::Charset(_) => "charset",
        ErrorKind::TableOffset(_) => "table-offset",
        ErrorKind::Limit(_) => "limit",
        ErrorKind::Xml(_) => "not-well-formed",
        ErrorKind::InternalSubset => "internal-subset",
        ErrorKind::Root => "root",
        _ => "other",
    }
}

/// DEVINF-001: bad documents are refused for the reason that the manifest names, where it says.
#[test]
fn devinf_001_bad_documents_are_refused() {
    let mut count = 0;
    for fixture in documents() {
        let Expect::Error(expected) = fixture.expect else {
            continue;
        };
        count += 1;
        let error =
            try_read(Bytes::from_static(fixture.bytes), fixture.encoding).expect_err(fixture.name);
        assert_eq!(
            error_name(error.kind()),
            expected,
            "{}: {error}",
            fixture.name
        );
        let byte = error.position().byte;
        assert!(byte <= fixture.bytes.len(), "{}: {error}", fixture.name);
        assert!(
            fixture.at.is_none_or(|at| at == byte),
            "{}: {error}",
            fixture.name
        );
    }
    assert!(count >= 14, "{count}");
}
