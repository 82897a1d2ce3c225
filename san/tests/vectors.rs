//! The published vectors, SAN-001, SAN-002, SAN-011 and SAN-013, read from the files other languages use too.

use san::{
    Application, ContentType, DigestMismatch, EncodeError, Initiator, Notification, ParseErrorKind,
    Secret, SyncRequest, SyncType, Tolerance, UiMode, Unverified, Version,
};
use testdata::{Expect, Fixture, Kind};

/// One table of `VECTORS.toml`.
struct Vector {
    fixture: &'static Fixture,
    password: String,
    nonce: Vec<u8>,
    table: toml::Table,
}

impl Vector {
    fn all() -> Vec<Self> {
        let file: toml::Table = testdata::SAN_VECTORS.parse().expect("VECTORS.toml is TOML");
        file["vector"]
            .as_array()
            .expect("an array")
            .iter()
            .map(|value| {
                let table = value.as_table().expect("a table").clone();
                let text = |key: &str| table[key].as_str().expect("a string").to_owned();
                let name = format!("san/{}", text("file"));
                let fixture = testdata::get(&name)
                    .unwrap_or_else(|| panic!("{name} is not in the collection"));
                Self {
                    fixture,
                    password: text("password"),
                    nonce: hex(&text("nonce_hex")),
                    table,
                }
            })
            .collect()
    }

    fn get(name: &str) -> Self {
        let found = Self::all()
            .into_iter()
            .find(|vector| vector.fixture.stem() == name);
        found.unwrap_or_else(|| panic!("no vector {name}"))
    }

    fn secret(&self) -> Secret<'_> {
        Secret::new(&self.password, &self.nonce)
    }

    fn application(&self) -> Application {
        Application::from_media_type(self.fixture.media_type).expect("a notification")
    }

    fn parse(&self) -> Result<Unverified<'static>, san::ParseError> {
        Unverified::parse_as(self.application(), self.fixture.bytes)
    }

    /// The fields, if the table lists them.
    fn expected(&self) -> Option<Notification> {
        self.table.get("server_id")?;
        let number = |table: &toml::Table, key: &str| table[key].as_integer().expect("a number");
        let text =
            |table: &toml::Table, key: &str| table[key].as_str().expect("a string").to_owned();
        let mut expected = match self.application() {
            Application::DeviceManagement => {
                Notification::device_management(text(&self.table, "server_id"), 0)
            }
            _ => Notification::new(text(&self.table, "server_id"), 0),
        };
        expected.session_id = u16::try_from(number(&self.table, "session_id")).expect("16 bits");
        expected.version = match number(&self.table, "version") {
            11 => Version::V1_1,
            12 => Version::V1_2,
            other => panic!("version {other}"),
        };
        expected.ui_mode = match number(&self.table, "ui_mode") {
            1 => UiMode::Background,
            2 => UiMode::Informative,
            3 => UiMode::UserInteraction,
            other => panic!("ui-mode {other}"),
        };
        expected.initiator = if number(&self.table, "initiator") == 1 {
            Initiator::Server
        } else {
            Initiator::User
        };
        expected.vendor = hex(&text(&self.table, "vendor_hex"));
        for sync in self.table["syncs"].as_array().expect("an array") {
            let sync = sync.as_table().expect("a table");
            let sync_type = u8::try_from(number(sync, "sync_type"))
                .ok()
                .and_then(SyncType::from_value);
            let content_type = u32::try_from(number(sync, "content_type"))
                .ok()
                .and_then(ContentType::new);
            expected.syncs.push(SyncRequest::new(
                sync_type.expect("a sync type"),
                content_type.expect("24 bits"),
                text(sync, "uri"),
            ));
        }
        Some(expected)
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |c: u8| char::from(c).to_digit(16).expect("a hex digit");
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::try_from(digit(pair[0]) * 16 + digit(pair[1])).expect("a byte"))
        .collect()
}

#[test]
fn every_fixture_has_a_vector() {
    let mut named: Vec<&str> = Vector::all()
        .iter()
        .map(|vector| vector.fixture.name)
        .collect();
    let mut all: Vec<&str> = testdata::all(Kind::San)
        .map(|fixture| fixture.name)
        .collect();
    named.sort_unstable();
    all.sort_unstable();
    assert_eq!(named, all);
}

#[test]
fn san_001_vectors_are_read_to_their_fields() {
    let mut read = 0;
    for vector in Vector::all() {
        let Some(expected) = vector.expected() else {
            continue;
        };
        let unverified = vector
            .parse()
            .unwrap_or_else(|e| panic!("{}: {e}", vector.fixture.name));
        assert_eq!(*unverified.claimed(), expected, "{}", vector.fixture.name);
        read += 1;
    }
    assert!(read >= 9, "N1, N2, A to E and the two made after them");
}

#[test]
fn san_001_vectors_are_written_bit_exact() {
    for name in [
        "n1-nokia-contacts",
        "n2-nokia-calendar",
        "a-two-stores",
        "b-all-stores",
        "c-vendor-data",
        "d-dm",
    ] {
        let vector = Vector::get(name);
        let notification = vector.expected().expect("has fields");
        let bytes = notification.encode(&vector.secret()).expect("encodes");
        assert_eq!(bytes, vector.fixture.bytes, "{name}");
        assert_eq!(notification.encoded_len(), bytes.len(), "{name}");
    }
    let unsigned = Vector::get("e-unauthenticated");
    let notification = unsigned.expected().expect("has fields");
    assert_eq!(
        notification.encode_unsigned().expect("encodes"),
        unsigned.fixture.bytes
    );
}

#[test]
fn san_002_vectors_have_the_outcome_the_manifest_says() {
    for vector in Vector::all() {
        let name = vector.fixture.name;
        let outcome = match vector.parse() {
            Ok(unverified) => match unverified.verify(&vector.secret()) {
                Ok(_) => Expect::Ok,
                Err(DigestMismatch { .. }) => Expect::Error("digest"),
            },
            Err(error) => Expect::Error(match error.kind() {
                ParseErrorKind::Truncated { .. } => "truncated",
                ParseErrorKind::Version(_) => "version",
                ParseErrorKind::SyncType(_) => "sync-type",
                ParseErrorKind::Text { .. } => "text",
                other => panic!("{name}: {other:?}"),
            }),
        };
        assert_eq!(outcome, vector.fixture.expect, "{name}");
    }
}

#[test]
fn san_002_any_flipped_bit_fails() {
    let vector = Vector::get("a-two-stores");
    for index in 0..vector.fixture.bytes.len() {
        for bit in 0..8 {
            let mut bytes = vector.fixture.bytes.to_vec();
            bytes[index] ^= 1 << bit;
            // Either it is no notification any more, or not the server's.
            let trusted = Unverified::parse(&bytes)
                .ok()
                .and_then(|u| u.verify(&vector.secret()).ok());
            assert_eq!(trusted, None, "byte {index} bit {bit}");
        }
    }
}

#[test]
fn san_002_wrong_secrets_fail() {
    let vector = Vector::get("a-two-stores");
    let verify = |secret: Secret<'_>| vector.parse().expect("reads").verify(&secret);
    assert!(verify(vector.secret()).is_ok());
    for secret in [
        Secret::new("", b"Nonce-01"),
        Secret::new("s3cret", b""),
        Secret::new("s3cret", b"Tm9uY2UtMDE="),
        Secret::new("S3cret", b"Nonce-01"),
        Secret::new("s3cret:", b"Nonce-01"),
    ] {
        assert_eq!(verify(secret), Err(DigestMismatch::default()));
    }
}

#[test]
fn san_002_tolerances_are_opt_in_and_one_at_a_time() {
    let verify = |name: &str, secret: &Secret<'_>, tolerance: &Tolerance<'_>| {
        Vector::get(name)
            .parse()
            .expect("reads")
            .verify_with(secret, tolerance)
            .is_ok()
    };
    let none = Tolerance::default();
    let zero = none.with_zero_digest(true);
    assert!(verify("e-unauthenticated", &Secret::new("pw", b""), &zero));
    assert!(!verify("e-unauthenticated", &Secret::new("pw", b""), &none));
    assert!(!verify(
        "flipped-bit",
        &Secret::new("s3cret", b"Nonce-01"),
        &zero
    ));
    let colon = none.with_no_colon_without_password(true);
    assert!(verify("wrong-colon", &Secret::new("", b""), &colon));
    assert!(
        !verify("wrong-colon", &Secret::new("x", b""), &colon),
        "only without a password"
    );
    assert!(!verify("wrong-colon", &Secret::new("", b""), &zero));
    // The nonce as Base64 text: made here, there is no captured one.
    let base64 = Notification::new("server", 1)
        .encode(&Secret::new("pw", b"Tm9uY2UtMDE="))
        .expect("encodes");
    let accepts = |tolerance: &Tolerance<'_>| {
        Unverified::parse(&base64)
            .expect("reads")
            .verify_with(&Secret::new("pw", b"Nonce-01"), tolerance)
            .is_ok()
    };
    assert!(accepts(&none.with_nonce_as_base64(true)));
    assert!(
        !accepts(&none)
            && !accepts(&zero)
            && !accepts(&colon)
            && !accepts(&none.with_user_name("server"))
    );
}

#[test]
fn san_011_every_truncation_of_a_is_refused_with_its_place() {
    let bytes = Vector::get("a-two-stores").fixture.bytes;
    for len in 0..bytes.len() {
        // After the server identifier the body may be missing altogether: no list of syncs.
        let result = Unverified::parse(&bytes[..len]);
        if len == 40 {
            assert!(result.is_ok_and(|unverified| unverified.claimed().syncs.is_empty()));
            continue;
        }
        let error = result.expect_err("truncated");
        assert!(
            matches!(error.kind(), ParseErrorKind::Truncated { .. }),
            "{len}: {error}"
        );
        assert!(error.position() <= len, "{len}: {error}");
    }
}

#[test]
fn san_011_errors_name_field_and_byte() {
    for (name, expected) in [
        ("short-header", "input ends inside header at byte 16"),
        ("truncated-uri", "input ends inside server-URI at byte 61"),
        ("missing-sync", "input ends inside sync-type at byte 71"),
        (
            "id-overrun",
            "input ends inside server-identifier at byte 24",
        ),
        ("version-2", "unknown version 2.0 at byte 16"),
        ("reserved-type", "sync type 11 is reserved at byte 41"),
        ("id-not-utf8", "server-identifier is not UTF-8 at byte 24"),
    ] {
        assert_eq!(
            Vector::get(name).parse().expect_err(name).to_string(),
            expected
        );
    }
    let long = vec![0; san::MAX_LEN + 1];
    assert_eq!(
        *Unverified::parse(&long).expect_err("too long").kind(),
        ParseErrorKind::TooLong
    );
}

#[test]
fn san_011_what_does_not_fit_is_not_written() {
    let secret = Secret::new("pw", b"");
    let sync = SyncRequest::new(SyncType::TwoWay, ContentType::UNSPECIFIED, "x");
    let mut many = Notification::new("s", 1);
    many.syncs = vec![sync.clone(); 15];
    assert!(many.encode(&secret).is_ok());
    many.syncs.push(sync.clone());
    assert_eq!(many.encode(&secret), Err(EncodeError::TooManySyncs(16)));
    many.syncs = vec![sync.clone(); 300];
    assert_eq!(many.encode(&secret), Err(EncodeError::TooManySyncs(300)));
    assert_eq!(
        Notification::new("s".repeat(256), 1).encode(&secret),
        Err(EncodeError::ServerIdTooLong(256))
    );
    let uri = SyncRequest::new(SyncType::TwoWay, ContentType::UNSPECIFIED, "u".repeat(256));
    let long = Notification::new("s", 1)
        .with_sync(sync.clone())
        .with_sync(uri);
    assert_eq!(
        long.encode(&secret),
        Err(EncodeError::ServerUriTooLong { index: 1, len: 256 })
    );
    let dm = Notification::device_management("s", 1).with_sync(sync);
    assert_eq!(
        dm.encode_unsigned(),
        Err(EncodeError::SyncsInDeviceManagement)
    );
    let mut vendor = Notification::new("s", 1);
    vendor.vendor = vec![0; san::MAX_LEN];
    assert_eq!(
        vendor.encode(&secret),
        Err(EncodeError::TooLong(san::MAX_LEN + 26))
    );
}

#[test]
fn san_013_future_bits_are_ignored_and_written_as_zero() {
    let vector = Vector::get("future-bits");
    let notification = vector
        .parse()
        .expect("reads")
        .verify(&vector.secret())
        .expect("signed with those bits");
    let plain = Vector::get("a-two-stores");
    assert_eq!(
        notification.encode(&vector.secret()).expect("encodes"),
        plain.fixture.bytes
    );
}

#[test]
fn debug_of_an_unverified_notification_shows_no_digest() {
    let shown = format!("{:?}", Vector::get("b-all-stores").parse().expect("reads"));
    assert!(
        shown.contains("srv") && !shown.contains("digest") && !shown.contains("14, 48"),
        "{shown}"
    );
}
