//! `syncml validate` and `syncml decode --explain`, as a user runs them.

mod common;

use std::fmt::Write as _;
use std::fs;

use common::{failure, json, pipe, run, success};
use tempfile::tempdir;

/// Good messages, the white paper's mistakes, broken ones, recorded ones.
const SHOWN: [&str; 8] = [
    "message/init-1.1.xml",
    "message/answer-1.1.wbxml",
    "message/errata/free-id.xml",
    "message/variant/extensions.wbxml",
    "message/variant/order.xml",
    "message/bad/truncated-opaque.wbxml",
    "message/bad/foreign-command.xml",
    "message/recorded/slow-wbxml/05-client.wbxml",
];

fn fixture(name: &str) -> &'static [u8] {
    testdata::get(name)
        .unwrap_or_else(|| panic!("{name}"))
        .bytes
}

#[test]
fn explanations_of_fixtures() {
    let mut text = String::new();
    for name in SHOWN {
        let output = pipe(["decode", "--explain"], fixture(name));
        let code = output.status.code().unwrap();
        assert_eq!(code, i32::from(name.contains("truncated")), "{name}");
        let lines = String::from_utf8(output.stdout).unwrap();
        writeln!(text, "== {name}\n{lines}").unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn findings_of_fixtures() {
    let home = tempdir().unwrap();
    let mut text = String::new();
    for (index, name) in SHOWN.into_iter().enumerate() {
        let file = home.path().join(format!("{index}"));
        fs::write(&file, fixture(name)).unwrap();
        let output = run(["validate".as_ref(), file.as_os_str()]);
        let lines = String::from_utf8(output.stdout).unwrap();
        let lines = lines.replace(&file.display().to_string(), "FILE");
        writeln!(
            text,
            "== {name}: {}\n{lines}",
            output.status.code().unwrap()
        )
        .unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn secrets_are_shown_on_demand_only() {
    // The digest and the nonces of both messages.
    for (name, secrets) in [
        ("message/init-1.1.xml", &["Cred"][..]),
        ("message/answer-1.1.xml", &["Cred", "NextNonce"]),
        ("message/answer-1.1.wbxml", &["Cred", "NextNonce"]),
    ] {
        let hidden = success(pipe(["decode", "--explain"], fixture(name)));
        let shown = success(pipe(
            ["decode", "--explain", "--show-secrets"],
            fixture(name),
        ));
        let masked = hidden.lines().filter(|line| line.ends_with(" ***")).count();
        assert_eq!(masked, secrets.len(), "{hidden}");
        assert!(!shown.contains("***"), "{shown}");
        // Apart from the secrets the two are the same.
        let same = hidden.lines().zip(shown.lines());
        let other = same.filter(|(hidden, shown)| hidden != shown).count();
        assert_eq!(other, masked);
    }
    let node = "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><Replace><CmdID>1</CmdID><Item><Target>\
        <LocURI>./Mail/AAuthSecret</LocURI></Target><Data>sesame</Data></Item></Replace></SyncBody></SyncML>";
    let hidden = success(pipe(["decode", "--explain"], node.as_bytes()));
    assert!(
        hidden.contains("AAuthSecret") && !hidden.contains("sesame"),
        "{hidden}"
    );
    let error = failure(run(["decode", "--show-secrets"]), 2);
    assert!(error.contains("--explain"), "{error}");
}

#[test]
fn exit_codes_tell_the_worst_of_all_files() {
    let home = tempdir().unwrap();
    let file = |name: &str| {
        let path = home.path().join(name.rsplit('/').next().unwrap());
        fs::write(&path, fixture(name)).unwrap();
        path.into_os_string()
    };
    let clean = file("message/variant/plain.xml");
    let found = file("message/errata/duplicate-cmd-id.xml");
    let repaired = file("message/errata/free-id.xml");
    let broken = file("message/bad/truncated.xml");
    for (arguments, code) in [
        (vec![clean.clone()], 0),
        (vec![clean.clone(), repaired.clone()], 1),
        (vec!["--repairs-ok".into(), repaired.clone()], 0),
        (vec!["--repairs-ok".into(), found.clone()], 1),
        (vec![broken, found.clone()], 2),
        (vec![home.path().join("missing").into_os_string(), clean], 2),
    ] {
        let all = [vec!["validate".into()], arguments].concat();
        assert_eq!(run(all.clone()).status.code(), Some(code), "{all:?}");
    }
    let value = json(&run(["validate".into(), "--json".into(), found]).stdout);
    let finding = &value["files"][0]["findings"][0];
    assert_eq!(finding["rule"], "USE-CMD-ID-TWICE");
    assert_eq!(finding["path"], "SyncBody/Status[2]/CmdID");
    assert_eq!(finding["repaired"], false);
    assert!(finding["line"].as_u64().is_some() && finding["status"].is_null());
}

#[test]
fn rules_are_listed() {
    let text = success(run(["validate", "--rules"]));
    let value = json(&run(["validate", "--rules", "--json"]).stdout);
    let rules = value["rules"].as_array().unwrap();
    assert!(rules.len() > 80, "{}", rules.len());
    for rule in rules {
        assert!(text.contains(rule["rule"].as_str().unwrap()));
        assert!(text.contains(rule["meaning"].as_str().unwrap()));
    }
}

#[test]
fn an_explanation_as_json() {
    let plain = fixture("message/variant/plain.wbxml");
    let value = json(&pipe(["decode", "--explain", "--json"], plain).stdout);
    let lines = value["lines"].as_array().unwrap();
    let last = lines.iter().find(|line| line["name"] == "Final").unwrap();
    assert_eq!(
        (last["page"].as_u64(), last["token"].as_u64()),
        (Some(0), Some(0x12))
    );
    assert_eq!(
        plain[usize::try_from(last["byte"].as_u64().unwrap()).unwrap()],
        0x12
    );
    assert_eq!(value["findings"].as_array().unwrap().len(), 0);
}
