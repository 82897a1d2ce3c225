//! Each oddity of peers that shows in a message, up to device information: the finding it makes, or
//! why it makes none.

use syncml_repr::validate::{Rule, validate};
use syncml_repr::{Bytes, Encoding, Limits};

/// What the validator makes of an oddity.
enum Seen {
    /// There is a finding, and nothing of another rule but of these.
    As(&'static [Rule]),
    /// Only who knows the session can tell: what came before, or what the other side announced.
    InSession,
    /// It breaks no rule; it is what the peer lacks, expects or does with it that is odd.
    Allowed,
}
use Seen::{Allowed, As, InSession};

const TABLE: &[(&str, Seen)] = &[
    ("q-101-msg-id-3-first", InSession),
    ("q-102-msg-id-again", InSession),
    ("q-104-final-though-more", InSession),
    ("q-105-222-with-final", As(&[Rule::UseFinal])),
    ("q-106-222-only", InSession),
    ("q-108-sync-status-first", Allowed),
    ("q-109-statuses-left-out", InSession),
    ("q-111-refs-in-item", As(&[Rule::UseStatusRef])),
    ("q-112-older-message", InSession),
    ("q-113-no-msg-ref", As(&[Rule::DtdMissing])),
    ("q-114-cmd-id-twice", As(&[Rule::UseCmdIdTwice])),
    ("q-115-refused-without-resp-uri", Allowed),
    ("q-116-again-in-same-session", Allowed),
    ("q-117-target-host", InSession),
    ("q-117-target-slash", InSession),
    ("q-118-empty-body", As(&[Rule::DtdMissing])),
    ("q-118-header-status-only", Allowed),
    ("q-119-sync-first", InSession),
    ("q-120-201-alert-only", InSession),
    ("q-120-508-status-only", InSession),
    ("q-121-400-for-version", Allowed),
    ("q-122-505-for-version", Allowed),
    ("q-123-namespace-lower-case", As(&[Rule::XmlNamespaceCase])),
    ("q-123-namespace-of-1.1", As(&[Rule::XmlNamespaceVersion])),
    ("q-123-namespace-reset", As(&[Rule::XmlNamespace])),
    (
        "q-123-namespace-unversioned",
        As(&[Rule::XmlNamespaceVersion]),
    ),
    ("q-123-no-namespace", As(&[Rule::XmlNamespace])),
    ("q-124-public-id-1", As(&[Rule::WbxPublicId])),
    ("q-124-public-id-case", As(&[Rule::WbxPublicId])),
    ("q-124-public-id-devinf", As(&[Rule::WbxPublicIdOther])),
    ("q-124-public-id-oma", As(&[Rule::WbxPublicId])),
    ("q-124-public-id-string", As(&[Rule::WbxTable])),
    ("q-125-byte-order-mark", As(&[Rule::XmlByteOrderMark])),
    ("q-125-white-space", As(&[Rule::XmlStart])),
    ("q-126-cr-cr-lf", As(&[Rule::XmlLineEnd])),
    ("q-128-source-other-than-notified", InSession),
    ("q-129-late-slow", InSession),
    ("q-130-old-source-ref", InSession),
    ("q-131-unfinished-without-222", InSession),
    ("q-132-refused-without-final", Allowed),
    ("q-133-status-per-item", Allowed),
    ("q-134-results-first", Allowed),
    ("q-135-package-2-complete", Allowed),
    ("q-137-221-header-uris", Allowed),
    ("q-137-222-header-uris", As(&[Rule::UseFinal])),
    ("q-137-223-header-uris", Allowed),
    ("q-201-digest-formula-1.0", InSession),
    ("q-201-digest-no-padding", As(&[Rule::UseCredData])),
    ("q-202-digest-empty-nonce", InSession),
    ("q-203-nonce-not-base64", As(&[Rule::UseNonce])),
    (
        "q-204-cred-without-meta",
        As(&[Rule::UseCredType, Rule::UseCredFormat]),
    ),
    ("q-204-cred-without-type", As(&[Rule::UseCredType])),
    (
        "q-205-basic-plain",
        As(&[Rule::UseCredFormat, Rule::UseCredData]),
    ),
    ("q-205-format-missing", As(&[Rule::UseCredFormat])),
    ("q-206-digest-line-break", As(&[Rule::UseCredData])),
    ("q-207-no-loc-name", Allowed),
    ("q-208-nonce-out-of-step", InSession),
    (
        "q-209-unknown-challenge",
        As(&[Rule::UseCredFormat, Rule::UseChalType]),
    ),
    ("q-210-challenge-with-212", Allowed),
    ("q-211-200-for-credentials", Allowed),
    ("q-301-source-ref-with-cgi", Allowed),
    ("q-302-vendor-sync-type", As(&[Rule::UseSyncType])),
    ("q-303-sync-type-zeros", As(&[Rule::UseSyncType])),
    ("q-304-photo-size", Allowed),
    ("q-305-ctcap-incomplete", Allowed),
    ("q-306-ctcap-with-sizes", Allowed),
    ("q-307-no-ctcap", Allowed),
    ("q-308-names-as-parameters", Allowed),
    ("q-308-type-with-values", Allowed),
    ("q-309-put-in-slow-sync", Allowed),
    ("q-310-store-not-in-devinf", As(&[Rule::UseDataStore])),
    ("q-311-store-below-another", Allowed),
    ("q-312-get-refused", Allowed),
    ("q-313-no-version", As(&[Rule::DtdMissing])),
    ("q-314-blanks", As(&[Rule::UseBlanks])),
    ("q-314-dev-id-spelling", As(&[Rule::XmlSpelling])),
    ("q-314-no-ver-dtd", As(&[Rule::DtdMissing])),
    ("q-315-max-id", Allowed),
    ("q-316-utc-claimed", Allowed),
    ("q-317-uri-of-1.1", As(&[Rule::UseDevInfUri])),
    ("q-317-uri-without-dot", As(&[Rule::UseDevInfUri])),
    ("q-318-devinf-as-xml", As(&[Rule::UseDevInfForm])),
    ("q-319-id-prefix", Allowed),
    ("q-320-no-put", Allowed),
];

/// The rules that a message breaks, each once.
fn rules(name: &str, bytes: &'static [u8]) -> Vec<Rule> {
    let is_xml = name.ends_with(".xml");
    let encoding = if is_xml {
        Encoding::Xml
    } else {
        Encoding::Wbxml
    };
    let report = validate(&Bytes::from_static(bytes), encoding, &Limits::default());
    assert!(report.is_readable(), "{name}: {report:?}");
    let mut rules: Vec<_> = report.findings.iter().map(|finding| finding.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// REPR-003, REPR-017, META-005, DEVINF-005, DEVINF-006, DEVINF-014, WBXML-003: quirks of header,
/// authentication and device information.
#[test]
fn quirks_of_header_authentication_and_device_information() {
    let mut used = 0;
    for fixture in testdata::fixtures() {
        let Some((stem, _)) = fixture
            .name
            .strip_prefix("quirk/")
            .and_then(|name| name.rsplit_once('.'))
        else {
            continue;
        };
        let is_listed = ["q-1", "q-2", "q-3"]
            .iter()
            .any(|start| stem.starts_with(start));
        if !is_listed || stem.ends_with("-plain") {
            continue;
        }
        let row = TABLE.iter().find(|(name, _)| *name == stem);
        let Some((_, seen)) = row else {
            panic!("{stem} is not in the table")
        };
        let expected = match seen {
            As(expected) => *expected,
            InSession | Allowed => &[],
        };
        assert_eq!(
            rules(fixture.name, fixture.bytes),
            expected,
            "{}",
            fixture.name
        );
        used += 1;
    }
    assert!(used >= TABLE.len(), "{used} files for {} rows", TABLE.len());
    for (stem, _) in TABLE {
        let has = |end| testdata::get(&format!("quirk/{stem}.{end}")).is_some();
        assert!(has("xml") || has("wbxml"), "{stem}");
    }
}
