//! `syncml serve` with a certificate, and who trusts it.
#![allow(missing_docs, reason = "tests")]

mod common;

use std::fs;
use std::path::Path;

use common::{Serve, failure, json, run, success};
use tempfile::tempdir;

const CERT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls/cert.pem");
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls/key.pem");

fn folder(home: &Path) -> String {
    let folder = home.join("cards");
    fs::create_dir(&folder).unwrap();
    fs::write(
        folder.join("asa.vcf"),
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lind;Asa;;;\r\nFN:Asa Lind\r\nEND:VCARD\r\n",
    )
    .unwrap();
    format!("{}=contacts", folder.display())
}

/// A session by HTTPS, with a client that was told whom to trust; another client gives up, and says why.
#[test]
fn who_trusts_the_certificate() {
    let home = tempdir().unwrap();
    let pair = folder(home.path());
    let options = ["--tls-cert", CERT, "--tls-key", KEY];
    let server = Serve::start(&home.path().join("server.db"), &options);
    assert!(server.url.starts_with("https://"), "{}", server.url);
    let args = ["sync", &server.url, "--user", "ann:tulip", "--json", &pair];
    let error = failure(run(args), 1);
    assert!(error.contains("certificate"), "{error}");
    assert!(!error.contains("tulip"), "{error}");
    let mut trusting = args.to_vec();
    trusting.extend(["--ca", CERT]);
    let output = run(&trusting);
    assert!(output.status.success(), "{output:?}");
    let report = json(&output.stdout);
    assert_eq!(report["datastores"][0]["server"]["added"], 1, "{report}");
    // Plain HTTP is not spoken at that port.
    let plain = server.url.replace("https://", "http://");
    let output = run(["sync", &plain, "--user", "ann:tulip", &pair]);
    assert!(!output.status.success());
}

/// What cannot be used is refused before anything is made.
#[test]
fn unusable_certificates() {
    let home = tempdir().unwrap();
    let store = home.path().join("server.db");
    let store_option = format!("sqlite:{}", store.display());
    let empty = home.path().join("empty.pem");
    fs::write(&empty, "").unwrap();
    let other = home.path().join("other.pem");
    fs::write(&other, fs::read_to_string(KEY).unwrap().replace('M', "N")).unwrap();
    let (empty, other) = (empty.to_str().unwrap(), other.to_str().unwrap());
    for (cert, key, what) in [
        (CERT, "/nowhere/key.pem", "/nowhere/key.pem"),
        (empty, KEY, "empty.pem"),
        (CERT, empty, "empty.pem"),
        (CERT, other, "other.pem"),
    ] {
        let mut args = vec!["serve", "--user", "ann:tulip", "--listen", "127.0.0.1:0"];
        args.extend([
            "--store",
            &store_option,
            "--tls-cert",
            cert,
            "--tls-key",
            key,
        ]);
        let error = failure(run(&args), 1);
        assert!(error.contains(what) && error.contains("hint: "), "{error}");
        let secret = fs::read_to_string(KEY).unwrap();
        let secret = secret.lines().nth(1).unwrap();
        assert!(!error.contains(secret), "{error}");
        assert!(!store.exists());
    }
    // One without the other.
    failure(run(["serve", "--user", "ann:tulip", "--tls-cert", CERT]), 2);
}

/// A file of users holds digests; one that holds passwords is refused, and not shown.
#[test]
fn users_of_a_file() {
    let home = tempdir().unwrap();
    let pair = folder(home.path());
    let line = success(run(["password", "--user", "bob:sesame"]));
    assert!(
        line.starts_with("bob:") && !line.contains("sesame"),
        "{line}"
    );
    let users = home.path().join("users");
    fs::write(&users, format!("# who may come in\n\n{line}")).unwrap();
    let users = users.to_str().unwrap();
    let server = Serve::start(&home.path().join("server.db"), &["--users", users]);
    for (auth, version) in [
        ("md5", "1.2"),
        ("basic", "1.1"),
        ("hmac", "1.2"),
        ("basic", "1.0"),
    ] {
        let user = ["--user", "bob:sesame", "--auth", auth, "--syncml", version];
        let mut args = vec!["sync", &server.url, &pair];
        args.extend(user);
        success(run(&args));
    }
    let output = run(["sync", &server.url, "--user", "bob:wrong", &pair]);
    assert!(!output.status.success());
    // MD5 of SyncML 1.0 cannot be checked with a digest: Basic is asked for, and this client was not told to show that.
    let old = ["--user", "bob:sesame", "--auth", "md5", "--syncml", "1.0"];
    let output = run(["sync", &server.url, &pair].iter().chain(&old));
    assert!(!output.status.success());
    fs::write(users, "bob:sesame\n").unwrap();
    let store = format!("sqlite:{}", home.path().join("server.db").display());
    let error = failure(run(["serve", "--users", users, "--store", &store]), 1);
    assert!(
        error.contains(":1: ") && !error.contains("sesame"),
        "{error}"
    );
}
