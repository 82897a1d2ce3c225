//! The manifest, the folders and the compiled table say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use testdata::{Encoding, Expect, Kind, Side};

#[path = "../build/manifest.rs"]
mod manifest;

const DATA_FOLDERS: [&str; 7] = [
    "object", "san", "message", "meta", "quirk", "devinf", "wbxml",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text() -> String {
    fs::read_to_string(root().join("MANIFEST.toml")).expect("manifest is readable")
}

fn files_below(folder: &Path, found: &mut BTreeSet<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("folder is readable").path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            let name = path.strip_prefix(root()).expect("below the root");
            found.insert(name.to_str().expect("UTF-8").replace('\\', "/"));
        }
    }
}

#[test]
fn small_reader_agrees_with_a_full_toml_parser() {
    let text = text();
    let full: toml::Table = text.parse().expect("MANIFEST.toml is TOML");
    let mut expected = BTreeMap::new();
    for name in ["file", "scenario"] {
        let tables = full
            .get(name)
            .and_then(toml::Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let tables: Vec<BTreeMap<String, String>> = tables
            .iter()
            .map(|table| {
                let table = table.as_table().expect("a table");
                table
                    .iter()
                    .map(|(k, v)| (k.clone(), v.as_str().expect("a string").to_owned()))
                    .collect()
            })
            .collect();
        expected.insert(name, tables);
    }
    let mut ours: BTreeMap<&str, Vec<BTreeMap<String, String>>> =
        BTreeMap::from([("file", Vec::new()), ("scenario", Vec::new())]);
    for table in manifest::parse(&text)
        .expect("our reader takes it")
        .into_iter()
        .skip(1)
    {
        let name = if table.name == "file" {
            "file"
        } else {
            "scenario"
        };
        ours.entry(name).or_default().push(table.entries);
    }
    assert_eq!(ours, expected);
}

#[test]
fn small_reader_refuses_what_it_does_not_know() {
    for bad in [
        "key = 1",
        "key \"x\"",
        "[[open",
        "k = \"a\"\nk = \"b\"",
        "k = \"\\n\"",
        "k = \"a\"b\"",
    ] {
        assert!(manifest::parse(bad).is_err(), "{bad:?}");
    }
    let missing = manifest::parse("[[file]]\npath = \"x\"").expect("reads");
    let error = missing[1].required("note").expect_err("note is missing");
    assert!(error.contains("\"x\"") && error.contains("note"), "{error}");
}

#[test]
fn every_file_is_listed_once() {
    let mut found = BTreeSet::new();
    for folder in DATA_FOLDERS {
        files_below(&root().join(folder), &mut found);
    }
    found.retain(|name| !name.ends_with("/README.md") && name != "san/VECTORS.toml");
    let listed: Vec<String> = testdata::fixtures().map(|f| f.name.to_owned()).collect();
    let unique: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), unique.len(), "a file is listed twice");
    assert_eq!(unique, found, "left: manifest, right: folders");
}

#[test]
fn every_session_folder_is_listed_and_complete() {
    let mut folders = BTreeSet::new();
    if let Ok(entries) = fs::read_dir(root().join("session")) {
        for entry in entries {
            let entry = entry.expect("folder is readable");
            if entry.path().is_dir() {
                folders.insert(entry.file_name().into_string().expect("UTF-8"));
            }
        }
    }
    let listed: BTreeSet<String> = testdata::scenarios().map(|s| s.name.to_owned()).collect();
    assert_eq!(listed, folders, "left: manifest, right: folders");
    for scenario in testdata::scenarios() {
        assert_eq!(testdata::scenario(scenario.name), Some(scenario));
        for (position, message) in (1..).zip(scenario.messages) {
            assert_eq!(
                message.index, position,
                "{}: numbers run from 1 without a gap",
                scenario.name
            );
            let side = match message.from {
                Side::Client => "client",
                Side::Server => "server",
            };
            let lost = if message.lost { "-lost" } else { "" };
            assert!(
                message.name.ends_with(&format!("{side}{lost}")),
                "{}/{}",
                scenario.name,
                message.name
            );
        }
    }
}

#[test]
fn embedded_bytes_are_the_files() {
    for fixture in testdata::fixtures() {
        let file = fs::read(root().join(fixture.name)).expect("file is readable");
        assert_eq!(file, fixture.bytes, "{}", fixture.name);
        assert_eq!(testdata::get(fixture.name), Some(fixture));
        assert!(
            !fixture.note.is_empty() && !fixture.spec.is_empty() && !fixture.licence.is_empty()
        );
    }
}

#[test]
fn collection_is_as_large_as_promised() {
    assert!(testdata::all(Kind::Contact).count() >= 24);
    assert!(testdata::all(Kind::Calendar).count() >= 12);
    assert!(testdata::all(Kind::San).count() >= 7);
}

#[test]
fn encodings_are_those_of_the_names() {
    for fixture in testdata::fixtures() {
        let expected = match fixture
            .name
            .rsplit_once('.')
            .map(|(_, extension)| extension)
        {
            Some("xml") => Encoding::Xml,
            Some("wbxml") => Encoding::Wbxml,
            Some("san" | "sms" | "wsp" | "obex") => Encoding::Binary,
            _ => Encoding::Text,
        };
        assert_eq!(fixture.encoding, expected, "{}", fixture.name);
        for (suffix, encoding) in [("+xml", Encoding::Xml), ("+wbxml", Encoding::Wbxml)] {
            if fixture.media_type.ends_with(suffix) {
                assert_eq!(fixture.encoding, encoding, "{}", fixture.name);
            }
        }
    }
}

#[test]
fn twins_and_models_agree() {
    let mut pairs = 0;
    let mut models = 0;
    for fixture in testdata::fixtures() {
        if let Some(twin) = fixture.twin() {
            pairs += 1;
            assert_eq!(twin.twin(), Some(fixture));
            assert_eq!(
                (fixture.kind, fixture.version, fixture.expect),
                (twin.kind, twin.version, twin.expect),
                "{}",
                fixture.name
            );
        }
        let Some(path) = fixture.same_as else {
            continue;
        };
        models += 1;
        let model = fixture
            .model()
            .unwrap_or_else(|| panic!("{}: no {path}", fixture.name));
        assert_eq!(
            (
                fixture.encoding,
                fixture.expect,
                model.expect,
                model.same_as
            ),
            (model.encoding, Expect::Ok, Expect::Ok, None),
            "{}",
            fixture.name
        );
    }
    assert!(pairs >= 600 && models >= 100, "{pairs} {models}");
}

#[test]
fn places_are_those_of_errors() {
    let mut count = 0;
    for fixture in testdata::fixtures() {
        let Some(at) = fixture.at else { continue };
        count += 1;
        assert!(
            matches!(fixture.expect, Expect::Error(_)) && at <= fixture.bytes.len(),
            "{}",
            fixture.name
        );
    }
    assert!(count >= 60, "{count}");
}

/// The README counts the files of each folder; those of the wire layer are what the collection promises most of.
#[test]
fn readme_counts_the_files() {
    let readme = fs::read_to_string(root().join("README.md")).expect("is readable");
    let mut rows = 0;
    for line in readme.lines() {
        let Some((folder, rest)) = line
            .strip_prefix("| `")
            .and_then(|row| row.split_once("/` | "))
        else {
            continue;
        };
        let Some(count) = rest
            .split(" | ")
            .next()
            .and_then(|cell| cell.parse::<usize>().ok())
        else {
            continue;
        };
        rows += 1;
        let prefix = format!("{folder}/");
        // A folder within has a row of its own, but not those of versions and of recorded sessions.
        let whole = folder.ends_with("element") || folder.ends_with("recorded");
        let found = testdata::fixtures().filter(|fixture| {
            let rest = fixture.name.strip_prefix(&prefix);
            rest.is_some_and(|rest| whole || !rest.contains('/'))
        });
        assert_eq!(found.count(), count, "{folder}/");
    }
    assert!(rows >= 15, "{rows}");
}

#[test]
fn edits_and_rewrites_have_originals() {
    for kind in [Kind::Edit, Kind::Rewrite] {
        assert!(testdata::all(kind).count() >= 3);
        for fixture in testdata::all(kind) {
            let original = fixture
                .original()
                .unwrap_or_else(|| panic!("{} has no original", fixture.name));
            assert_ne!(original.bytes, fixture.bytes, "{}", fixture.name);
            assert_eq!(original.file_name(), fixture.file_name());
        }
    }
    assert!(testdata::all(Kind::Contact).all(|fixture| fixture.original().is_none()));
}

#[test]
fn originals_use_crlf_and_fold_at_75_octets() {
    for fixture in testdata::all(Kind::Contact).chain(testdata::all(Kind::Calendar)) {
        let text =
            std::str::from_utf8(fixture.bytes).unwrap_or_else(|_| panic!("{}", fixture.name));
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(
            lines.last(),
            Some(&""),
            "{} ends with a line end",
            fixture.name
        );
        for line in &lines {
            assert!(
                !line.contains(['\r', '\n']),
                "{}: bare line end",
                fixture.name
            );
            assert!(line.len() <= 76, "{}: {} octets", fixture.name, line.len());
        }
    }
}

#[test]
fn names_split_into_stem_and_extension() {
    let fixture =
        testdata::get("object/calendar/old-phone-todo.vcs").expect("is in the collection");
    assert_eq!(
        (fixture.file_name(), fixture.stem()),
        ("old-phone-todo.vcs", "old-phone-todo")
    );
}
