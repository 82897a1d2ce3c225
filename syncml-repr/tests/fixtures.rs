//! Every message of `testdata` by what its manifest says: read, compared, written again; or refused for the right
//! reason at the right place.

#[path = "common/canonical.rs"]
mod canonical;

use canonical::assert_canonical;
use syncml_repr::validate::validate;
use syncml_repr::{
    Bytes, DecodeErrorKind, Encoding, Limits, Message, StatusCode, decode, decode_header, encode,
};
use syncml_wbxml::ErrorKind;
use testdata::{Expect, Fixture, Kind, Origin};

const BOTH: [Encoding; 2] = [Encoding::Xml, Encoding::Wbxml];

/// Whether it is a SyncML message, good or bad; not device information, and no document of another language.
fn is_message(fixture: &Fixture) -> bool {
    let media_type = fixture.media_type;
    media_type.starts_with("application/vnd.syncml+")
        || media_type.starts_with("application/vnd.syncml.dm+")
}

fn messages() -> impl Iterator<Item = &'static Fixture> {
    testdata::fixtures().filter(|fixture| is_message(fixture))
}

/// Messages that are to be read.
fn good() -> impl Iterator<Item = &'static Fixture> {
    messages().filter(|fixture| fixture.expect == Expect::Ok)
}

fn encoding_of(fixture: &Fixture) -> Encoding {
    match fixture.encoding {
        testdata::Encoding::Xml => Encoding::Xml,
        _ => Encoding::Wbxml,
    }
}

fn try_read(fixture: &Fixture) -> Result<Message, syncml_repr::DecodeError> {
    let bytes = Bytes::from_static(fixture.bytes);
    decode(&bytes, encoding_of(fixture), &Limits::default())
}

fn read(fixture: &Fixture) -> Message {
    try_read(fixture).unwrap_or_else(|error| panic!("{}: {error}", fixture.name))
}

/// What is wrong with any of them, in one go.
fn none_wrong(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// REPR-001, REPR-009, REPR-016: what is to be read is read.
#[test]
fn repr_001_good_messages_are_read() {
    let wrong: Vec<String> = good()
        .filter_map(|fixture| {
            let error = try_read(fixture).err()?;
            Some(format!("{}: {error}", fixture.name))
        })
        .collect();
    none_wrong(&wrong);
    assert!(good().count() >= 400, "{}", good().count());
}

/// WBXML-006, REPR-009: a document and its twin in the other encoding are one message, and `decode_header` agrees.
#[test]
fn wbxml_006_twins_are_equal() {
    let mut pairs = 0;
    let mut wrong = Vec::new();
    for fixture in good().filter(|fixture| encoding_of(fixture) == Encoding::Xml) {
        let Some(twin) = fixture.twin() else { continue };
        pairs += 1;
        if read(fixture) != read(twin) {
            wrong.push(difference(fixture, &read(fixture), &read(twin)));
        }
        for one in [fixture, twin] {
            let bytes = Bytes::from_static(one.bytes);
            let hdr = decode_header(&bytes, encoding_of(one), &Limits::default());
            assert_eq!(hdr, Ok(read(one).hdr), "{}", one.name);
        }
    }
    none_wrong(&wrong);
    assert!(pairs >= 250, "{pairs}");
}

/// REPR-003, REPR-004, REPR-008, REPR-017, META-004: what peers write in their own way reads like what they mean.
#[test]
fn repr_004_oddities_read_like_their_models() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for fixture in good() {
        let Some(path) = fixture.same_as else {
            continue;
        };
        let model = fixture
            .model()
            .unwrap_or_else(|| panic!("{}: no {path}", fixture.name));
        count += 1;
        if read(fixture) != read(model) {
            wrong.push(difference(fixture, &read(fixture), &read(model)));
        }
    }
    none_wrong(&wrong);
    assert!(count >= 100, "{count}");
}

/// Fixtures that say something in a way that is not written: blanks, numbers that are none, nonces that are no Base64,
/// text as OPAQUE.
const OTHERWISE: [&str; 9] = [
    "message/errata/blanks.xml",
    "meta/nonce-not-base64.xml",
    "meta/nonce-text.xml",
    "meta/sizes-no-number.xml",
    "meta/sizes-saturated.xml",
    "quirk/auth-type-case.xml",
    "quirk/q-203-nonce-not-base64.xml",
    "quirk/q-206-digest-line-break.xml",
    "wbxml/vector/01-plain.xml",
];

/// REPR-015, WBXML-012: what says everything as it should be said is written as it was.
#[test]
fn repr_015_canonical_bytes_come_back() {
    let mut count = 0;
    for fixture in good() {
        let Some(twin) = fixture.twin() else { continue };
        if encoding_of(fixture) == Encoding::Wbxml
            || fixture.same_as.is_some()
            || OTHERWISE.contains(&fixture.name)
            || TOO_NEW.contains(&fixture.stem())
        {
            continue;
        }
        assert_canonical(fixture.name, &read(fixture), fixture.bytes, twin.bytes);
        count += 1;
    }
    assert!(count >= 250, "{count} messages");
}

/// REPR-001: what the manifest derives from a specification keeps its document types, versions and forms. Rules of usage
/// are another matter: a file has everything that an element can hold, whether anybody means it or not.
#[test]
fn repr_001_examples_keep_the_dtd() {
    let mut count = 0;
    let mut wrong = Vec::new();
    let examples = good().filter(|fixture| {
        fixture.origin == Origin::SpecDerived && !fixture.name.starts_with("message/errata/")
    });
    for fixture in examples {
        let bytes = Bytes::from_static(fixture.bytes);
        let report = validate(&bytes, encoding_of(fixture), &Limits::default());
        let form = report
            .findings
            .iter()
            .filter(|finding| !finding.rule.id().starts_with("USE-"));
        wrong.extend(form.map(|finding| format!("{}: {finding}", fixture.name)));
        count += 1;
    }
    none_wrong(&wrong);
    assert!(count >= 110, "{count}");
}

/// Fixtures with octets, which XML has in Base64 only: they come back with Format `b64`.
const OCTETS: [&str; 13] = [
    "message/bad/control-character.xml",
    "message/bad/devinf-truncated.wbxml",
    "message/bad/nested-deep.wbxml",
    "message/bad/not-utf-8.wbxml",
    "message/libwbxml/mgmt-tree.wbxml",
    "message/payload/chunk-half-character.wbxml",
    "message/payload/chunk-other-half.wbxml",
    "message/payload/nul.wbxml",
    "message/payload/octets-without-format.wbxml",
    "message/payload/octets.wbxml",
    "meta/cred-md5-bin.wbxml",
    "meta/cred-md5-raw.wbxml",
    "meta/nonce-raw-bin.wbxml",
];

/// Fixtures that use elements of a later version than their own, which a reader takes and a writer refuses.
const TOO_NEW: [&str; 2] = ["newer-elements-in-1.0", "parents-in-1.1"];

/// REPR-015: decoded, encoded and decoded again it is the same message, in either encoding.
#[test]
fn repr_015_written_again_it_is_the_same() {
    let mut wrong = Vec::new();
    for fixture in good() {
        let mut message = read(fixture);
        if OCTETS.contains(&fixture.name) {
            let in_base64 = again(&message, Encoding::Xml).expect("can be written and read");
            assert_ne!(in_base64, message, "{}: has no octets", fixture.name);
            assert_eq!(
                again(&message, Encoding::Wbxml).as_ref(),
                Ok(&message),
                "{}",
                fixture.name
            );
            message = in_base64;
        }
        for encoding in BOTH {
            match again(&message, encoding) {
                Ok(again) if TOO_NEW.contains(&fixture.stem()) => {
                    wrong.push(format!("{} was written: {again:?}", fixture.name));
                }
                Ok(again) if again != message => {
                    let what = difference(fixture, &again, &message);
                    wrong.push(format!("{what}, by way of {encoding:?}"));
                }
                Err(_) if TOO_NEW.contains(&fixture.stem()) => {}
                Err(error) => wrong.push(format!("{} as {encoding:?}: {error}", fixture.name)),
                Ok(_) => {}
            }
        }
    }
    none_wrong(&wrong);
}

/// Writes a message and reads it.
fn again(message: &Message, encoding: Encoding) -> Result<Message, String> {
    let written = encode(message, encoding).map_err(|error| error.to_string())?;
    decode(&Bytes::from(written), encoding, &Limits::default()).map_err(|error| error.to_string())
}

/// The first line in which two messages differ.
fn difference(fixture: &Fixture, got: &Message, expected: &Message) -> String {
    let (got, expected) = (format!("{got:#?}"), format!("{expected:#?}"));
    let lines = got
        .lines()
        .zip(expected.lines())
        .find(|(got, expected)| got != expected);
    let (got, expected) = lines.unwrap_or(("", "less or more of the same"));
    format!(
        "{}: {} in place of {}",
        fixture.name,
        got.trim(),
        expected.trim()
    )
}

/// The name that the manifest has for a kind of error.
fn error_name(kind: &DecodeErrorKind) -> &'static str {
    match kind {
        DecodeErrorKind::Document(kind) => match kind {
            ErrorKind::Truncated => "truncated",
            ErrorKind::Version(_) => "version",
            ErrorKind::Charset(_) | ErrorKind::CharsetName(_) => "charset",
            ErrorKind::Integer => "integer",
            ErrorKind::TableOffset(_) => "table-offset",
            ErrorKind::Character(_) => "character",
            ErrorKind::Token(_) => "token",
            ErrorKind::Limit(_) => "limit",
            ErrorKind::Xml(_) => "not-well-formed",
            ErrorKind::InternalSubset => "internal-subset",
            _ => "other",
        },
        DecodeErrorKind::NotSyncMl(_) => "root",
        DecodeErrorKind::Missing(_) => "missing",
        DecodeErrorKind::Duplicate(_) => "duplicate",
        DecodeErrorKind::NotANumber(_) => "number",
        DecodeErrorKind::Nesting => "nesting",
        _ => "other",
    }
}

/// REPR-004, REPR-014, WBXML-007, WBXML-011, DS-B-018: bad input is refused for the reason that the manifest names, at
/// the place it names, and with a fitting Status.
#[test]
fn repr_014_bad_messages_are_refused() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for fixture in messages() {
        let Expect::Error(expected) = fixture.expect else {
            continue;
        };
        count += 1;
        let Err(error) = try_read(fixture) else {
            wrong.push(format!("{}: read in place of {expected}", fixture.name));
            continue;
        };
        if error_name(error.kind()) != expected {
            wrong.push(format!("{}: {error} in place of {expected}", fixture.name));
        }
        let byte = error.position().byte;
        if byte > fixture.bytes.len() || fixture.at.is_some_and(|at| at != byte) {
            wrong.push(format!(
                "{}: {error} in place of {:?}",
                fixture.name, fixture.at
            ));
        }
        let limit = matches!(error.kind(), DecodeErrorKind::Document(ErrorKind::Limit(_)));
        let hint = if limit {
            StatusCode::REQUEST_ENTITY_TOO_LARGE
        } else {
            StatusCode::BAD_REQUEST
        };
        assert_eq!(error.status_hint(), hint, "{}", fixture.name);
    }
    none_wrong(&wrong);
    assert!(count >= 80, "{count}");
    assert!(
        testdata::all(Kind::Bad).count() > count,
        "some are survived"
    );
}
