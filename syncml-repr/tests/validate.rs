//! What the validator finds in the messages of the test data.

use std::fmt::Write as _;

use syncml_repr::validate::{Report, Rule, validate};
use syncml_repr::{Bytes, Encoding, Limits, decode};
use testdata::{Fixture, Kind, Origin};

/// Forms that XML or WBXML leave free: there is nothing to find.
const FREE: [&str; 11] = [
    "plain.xml",
    "plain.wbxml",
    "no-declaration.xml",
    "single-quotes.xml",
    "cdata.xml",
    "character-references.xml",
    "fpi-string-nul.wbxml",
    "version-1.1.wbxml",
    "version-1.3.wbxml",
    "string-table.wbxml",
    "devinf-string-table.wbxml",
];

/// Messages whose findings are worth a look: device makers' mistakes, and what is beyond them.
const SHOWN: [&str; 34] = [
    "message/rare-1.2.xml",
    "message/errata/blanks.xml",
    "message/errata/dev-id.xml",
    "message/errata/devinf-type.xml",
    "message/errata/duplicate-cmd-id.wbxml",
    "message/errata/free-id.xml",
    "message/errata/no-ver-dtd.wbxml",
    "message/errata/other-datastore.xml",
    "message/variant/comments.xml",
    "message/variant/devinf-escaped.xml",
    "message/variant/devinf-fpi.wbxml",
    "message/variant/devinf-xml-opaque.wbxml",
    "message/variant/empty-with-content.wbxml",
    "message/variant/extensions.wbxml",
    "message/variant/literal-xmlns.wbxml",
    "message/variant/namespace-on-meta.xml",
    "message/variant/namespace-version.xml",
    "message/variant/order.xml",
    "message/variant/prefixes.xml",
    "message/bad/alert-code-text.xml",
    "message/bad/deep.xml",
    "message/bad/devinf-truncated.wbxml",
    "message/bad/foreign-command.xml",
    "message/bad/no-session-id.xml",
    "message/bad/no-versions.xml",
    "message/bad/not-utf-8.wbxml",
    "message/bad/numbers.xml",
    "message/bad/page-unknown.wbxml",
    "message/bad/status-in-header.xml",
    "message/bad/token-unknown.wbxml",
    "message/bad/truncated-opaque.wbxml",
    "message/bad/two-session-ids.xml",
    "message/recorded/two-way-xml/02-server.xml",
    "message/recorded/slow-wbxml/01-client.wbxml",
];

fn report(bytes: &Bytes, encoding: Encoding) -> Report {
    validate(bytes, encoding, &Limits::default())
}

/// The messages of the test data, good and bad.
fn messages() -> impl Iterator<Item = (&'static Fixture, Bytes, Encoding)> {
    testdata::fixtures()
        .filter(|fixture| matches!(fixture.kind, Kind::Message | Kind::Bad))
        .filter(|fixture| fixture.name.starts_with("message/"))
        .filter_map(|fixture| {
            let (_, end) = fixture.name.rsplit_once('.')?;
            let encoding = match end {
                "xml" => Encoding::Xml,
                "wbxml" => Encoding::Wbxml,
                _ => return None,
            };
            Some((fixture, Bytes::from_static(fixture.bytes), encoding))
        })
}

fn shown(report: &Report) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let repaired = if finding.repaired { ", repaired" } else { "" };
        let status = finding
            .status
            .map_or(String::new(), |status| format!(" [{status}]"));
        writeln!(text, "{}: {finding}{status}{repaired}", finding.position)
            .expect("strings can be written to");
    }
    text
}

/// REPR-016, DEVINF-014: findings in full.
#[test]
fn repr_016_findings() {
    let mut text = String::new();
    for name in SHOWN {
        let (_, bytes, encoding) = messages()
            .find(|(fixture, ..)| fixture.name == name)
            .unwrap_or_else(|| panic!("{name}"));
        writeln!(text, "== {name}\n{}", shown(&report(&bytes, encoding)))
            .expect("strings can be written to");
    }
    insta::assert_snapshot!(text);
}

/// Whatever the decoder refuses is a finding with the Status, the path and the place that it gives,
/// and nothing else has a Status.
#[test]
fn the_error_of_the_decoder_is_a_finding() {
    for (fixture, bytes, encoding) in messages() {
        let report = report(&bytes, encoding);
        let fatal: Vec<_> = report
            .findings
            .iter()
            .filter(|one| one.status.is_some())
            .collect();
        match decode(&bytes, encoding, &Limits::default()) {
            Ok(_) => assert!(report.is_readable() && fatal.is_empty(), "{}", fixture.name),
            // Device information is looked at for itself.
            Err(_) if fixture.name.ends_with("/devinf-root.wbxml") => {}
            Err(error) => {
                let [finding] = fatal[..] else {
                    panic!("{}: {fatal:?}", fixture.name)
                };
                assert_eq!(finding.path, error.path(), "{}", fixture.name);
                assert_eq!(
                    finding.position.byte,
                    error.position().byte,
                    "{}",
                    fixture.name
                );
                assert_eq!(
                    finding.status,
                    Some(error.status_hint()),
                    "{}",
                    fixture.name
                );
            }
        }
    }
}

/// WBXML-010, REPR-003, REPR-004, REPR-017: what the decoder reads as if it were right is found, and
/// found to be repaired.
#[test]
fn variants_are_repaired() {
    let mut count = 0;
    for (fixture, bytes, encoding) in messages() {
        if !fixture.name.starts_with("message/variant/") {
            continue;
        }
        let report = report(&bytes, encoding);
        assert_eq!(
            report.is_clean(),
            FREE.contains(&fixture.file_name()),
            "{}:\n{}",
            fixture.name,
            shown(&report)
        );
        assert_eq!(
            report.repairs().count(),
            report.findings.len(),
            "{}",
            fixture.name
        );
        count += 1;
    }
    assert!(count >= 40, "{count}");
}

/// WBXML-006: both encodings break the same rules of content and usage, in the same elements.
#[test]
fn wbxml_006_twins_break_the_same_rules() {
    let rules = |bytes: &Bytes, encoding| {
        let of_content =
            |rule: &Rule| matches!(rule.id().split('-').next(), Some("DTD" | "VER" | "USE"));
        let findings = report(bytes, encoding).findings.into_iter();
        let mut rules: Vec<_> = findings
            .filter(|finding| of_content(&finding.rule))
            .map(|finding| (finding.path, finding.rule))
            .collect();
        rules.sort();
        rules
    };
    let mut count = 0;
    for (fixture, xml, encoding) in messages() {
        let is_twin = fixture.kind == Kind::Message
            && encoding == Encoding::Xml
            && !fixture.name.starts_with("message/variant/")
            && !fixture.name.starts_with("message/quirks/");
        let Some(stem) = fixture.name.strip_suffix(".xml").filter(|_| is_twin) else {
            continue;
        };
        let Some(twin) = testdata::get(&format!("{stem}.wbxml")) else {
            continue;
        };
        let wbxml = Bytes::from_static(twin.bytes);
        assert_eq!(
            rules(&xml, Encoding::Xml),
            rules(&wbxml, Encoding::Wbxml),
            "{stem}"
        );
        count += 1;
    }
    for message in testdata::scenarios().flat_map(|scenario| scenario.messages) {
        let (xml, wbxml) = (
            Bytes::from_static(message.xml),
            Bytes::from_static(message.wbxml),
        );
        let twins = [rules(&xml, Encoding::Xml), rules(&wbxml, Encoding::Wbxml)];
        assert_eq!(twins[0], twins[1], "{}", message.name);
        count += 1;
    }
    assert!(count >= 60, "{count}");
}

/// A client that is refused asks for what there is none of; and peers of this project name the top of a tree by an empty
/// address.
const ON_PURPOSE: [(&str, Rule); 2] = [
    ("refused-commands", Rule::UseAlertCode),
    ("hierarchy", Rule::UseLocUri),
];

/// Sessions are written as they should be, in both forms. In the device information of our own engines CTCap is left out
/// on purpose: real peers take a short one for all that can be kept, and drop the rest.
#[test]
fn sessions_are_clean() {
    let left_out = ["Put", "Results"].map(|of| format!("SyncBody/{of}/Item/Data/DevInf/DataStore"));
    for scenario in testdata::scenarios() {
        for message in scenario.messages {
            for (bytes, encoding) in [
                (message.xml, Encoding::Xml),
                (message.wbxml, Encoding::Wbxml),
            ] {
                let report = report(&Bytes::from_static(bytes), encoding);
                let is_ours = scenario.origin == Origin::HandMade;
                let mut findings = report.findings.iter();
                let is_clean = findings.all(|finding| {
                    let meant = ON_PURPOSE.contains(&(scenario.name, finding.rule));
                    meant
                        || is_ours
                            && finding.rule == Rule::DtdMissing
                            && left_out.contains(&finding.path)
                });
                assert!(
                    is_clean,
                    "{}/{}:\n{}",
                    scenario.name,
                    message.name,
                    shown(&report)
                );
            }
        }
    }
}

/// REPR-014: every beginning of a document gives a report, and so does one octet changed.
#[test]
fn repr_014_broken_documents() {
    for (name, step) in [
        ("message/variant/plain.xml", 11),
        ("message/variant/plain.wbxml", 2),
    ] {
        let (_, bytes, encoding) = messages()
            .find(|(fixture, ..)| fixture.name == name)
            .unwrap_or_else(|| panic!("{name}"));
        for end in (0..bytes.len() - 2).step_by(step) {
            assert!(
                !report(&bytes.slice(..end), encoding).is_readable(),
                "{name} {end}"
            );
        }
        for at in (0..bytes.len()).step_by(step) {
            for octet in [0x00, 0x80, 0xFF, bytes[at] ^ 1, bytes[at] ^ 0x40] {
                let mut changed = bytes.to_vec();
                changed[at] = octet;
                let changed = Bytes::from(changed);
                let report = report(&changed, encoding);
                let read = decode(&changed, encoding, &Limits::default());
                // The root may have become that of device information.
                assert!(
                    report.is_readable() == read.is_ok() || at < 6,
                    "{name} {at} {octet:02X}"
                );
            }
        }
    }
}

/// REPR-014: a report has a limit; what is beyond is counted.
#[test]
fn repr_014_a_report_has_a_limit() {
    let (_, plain, _) = messages()
        .find(|(fixture, ..)| fixture.name == "message/variant/plain.xml")
        .expect("is there");
    let text = String::from_utf8_lossy(&plain).replace("<Final/>", &"<X/>".repeat(3_000));
    let report = report(&text.into(), Encoding::Xml);
    assert_eq!((report.findings.len(), report.omitted), (1_000, 2_000));
}

/// DEVINF-014: device information stands alone as well.
#[test]
fn devinf_014_documents_of_device_information() {
    let text = "<DevInf xmlns='syncml:devinf'><VerDTD>1.1</VerDTD><DevID>1</DevID><DevTyp>phone</DevTyp>\
        <DataStore><SourceRef>./b</SourceRef>";
    let report = report(&Bytes::from(text), Encoding::Xml);
    let [finding] = &report.findings[..] else {
        panic!("{}", shown(&report))
    };
    assert_eq!(
        (finding.rule, &*finding.path),
        (Rule::ReadDocument, "DataStore")
    );
    for fixture in testdata::all(Kind::DevInf) {
        let encoding = if fixture.name.ends_with(".xml") {
            Encoding::Xml
        } else {
            Encoding::Wbxml
        };
        let report = validate(
            &Bytes::from_static(fixture.bytes),
            encoding,
            &Limits::default(),
        );
        assert!(
            report.is_readable(),
            "{}:\n{}",
            fixture.name,
            shown(&report)
        );
    }
}

/// Credentials and nonces are in no report.
#[test]
fn no_secrets() {
    let cred = |data: &str| {
        format!(
            "<SyncML><SyncHdr><SessionID>1</SessionID><MsgID>1</MsgID><Source><LocURI>x</LocURI></Source>\
             <Cred><Data>{data}</Data></Cred></SyncHdr><SyncBody><Status><Chal><Meta>\
             <NextNonce>{data}</NextNonce></Meta></Chal></Status></SyncBody></SyncML>"
        )
    };
    for data in ["sesame!", " c2VzYW1lIQ", "c2VzYW1lIQ==", "c2VzYW1l\nIQ=="] {
        let report = report(&cred(data).into(), Encoding::Xml);
        assert!(
            report
                .findings
                .iter()
                .any(|one| one.rule == Rule::UseCredData),
            "{data}"
        );
        let text = format!("{report:?}{}", shown(&report));
        assert!(
            !text.contains("sesame") && !text.contains("c2VzYW1l"),
            "{text}"
        );
    }
}
