//! Turns `MANIFEST.toml` and the session folders into a table of `include_bytes!` entries.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "build/manifest.rs"]
mod manifest;

use manifest::Table;

fn main() {
    println!("cargo::rerun-if-changed=MANIFEST.toml");
    println!("cargo::rerun-if-changed=build/manifest.rs");
    if let Err(message) = run() {
        // The file is ours, so a mistake in it is a mistake of the author who just edited it: say it plainly.
        println!("cargo::error={message}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let root =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("CARGO_MANIFEST_DIR is not set")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let text = fs::read_to_string(root.join("MANIFEST.toml"))
        .map_err(|e| format!("MANIFEST.toml: {e}"))?;
    let tables = manifest::parse(&text)?;
    let licence = tables
        .first()
        .ok_or("MANIFEST.toml is empty")?
        .required("licence")?;

    let mut files = String::new();
    let mut scenarios = String::new();
    for table in &tables {
        match table.name.as_str() {
            "" => {}
            "file" => fixture(&mut files, &root, table, licence)?,
            "scenario" => scenario(&mut scenarios, &root, table, licence)?,
            other => return Err(format!("MANIFEST.toml: unknown table [[{other}]]")),
        }
    }
    let code = format!(
        "pub(crate) static FIXTURES: &[Fixture] = &[\n{files}];\n\n\
         pub(crate) static SCENARIOS: &[Scenario] = &[\n{scenarios}];\n"
    );
    fs::write(out.join("table.rs"), code).map_err(|e| format!("table.rs: {e}"))
}

fn fixture(code: &mut String, root: &Path, table: &Table, licence: &str) -> Result<(), String> {
    let path = table.required("path")?;
    let kind = match path.split('/').collect::<Vec<_>>().as_slice() {
        ["object", "contacts", _] => "Contact",
        ["object", "calendar", _] => "Calendar",
        ["object", "edits", ..] => "Edit",
        ["object", "rewrites", ..] => "Rewrite",
        ["object", ..] => "Object",
        ["san", "carrier", _] => "Carrier",
        ["san", ..] => "San",
        ["message" | "devinf" | "wbxml", "bad", ..] => "Bad",
        ["wbxml", ..] => "Wbxml",
        ["message", ..] => "Message",
        ["meta", ..] => "Meta",
        ["devinf", ..] => "DevInf",
        ["quirk", ..] => "Quirk",
        _ => return Err(format!("MANIFEST.toml: {path} is in no known folder")),
    };
    let licence = table.entries.get("licence").map_or(licence, String::as_str);
    writeln!(
        code,
        "Fixture {{ name: {path:?}, kind: Kind::{kind}, media_type: {:?}, bytes: include_bytes!({:?}), version: {}, \
         encoding: {}, origin: {}, licence: {licence:?}, spec: {:?}, expect: {}, at: {:?}, same_as: {:?}, note: {:?} }},",
        table.required("media_type")?,
        existing(root, path)?,
        version(table.required("version")?)?,
        encoding(table.required("encoding")?)?,
        origin(table.required("origin")?)?,
        table.required("spec")?,
        expect(table.required("expect")?)?,
        offset(table)?,
        table.entries.get("same_as"),
        table.required("note")?,
    )
    .map_err(|e| e.to_string())
}

fn version(text: &str) -> Result<String, String> {
    match text {
        "-" => Ok("None".into()),
        "1.0" | "1.1" | "1.2" => Ok(format!("Some({text:?})")),
        _ => Err(format!(
            "MANIFEST.toml: version {text:?} is not 1.0, 1.1, 1.2 or -"
        )),
    }
}

fn encoding(text: &str) -> Result<&'static str, String> {
    match text {
        "xml" => Ok("Encoding::Xml"),
        "wbxml" => Ok("Encoding::Wbxml"),
        "text" => Ok("Encoding::Text"),
        "binary" => Ok("Encoding::Binary"),
        _ => Err(format!(
            "MANIFEST.toml: encoding {text:?} is not xml, wbxml, text or binary"
        )),
    }
}

fn offset(table: &Table) -> Result<Option<usize>, String> {
    let Some(text) = table.entries.get("at") else {
        return Ok(None);
    };
    match text.parse() {
        Ok(offset) => Ok(Some(offset)),
        Err(_) => Err(format!("MANIFEST.toml: at {text:?} is no offset")),
    }
}

fn origin(text: &str) -> Result<String, String> {
    match text.split_once(' ') {
        None if text == "spec-derived" => Ok("Origin::SpecDerived".into()),
        None if text == "hand-made" => Ok("Origin::HandMade".into()),
        Some(("recorded", peer)) => Ok(format!("Origin::Recorded {{ peer: {peer:?} }}")),
        _ => Err(format!(
            "MANIFEST.toml: origin {text:?} is not spec-derived, hand-made or recorded PEER"
        )),
    }
}

fn expect(text: &str) -> Result<String, String> {
    match text.split_once(' ') {
        None if text == "ok" => Ok("Expect::Ok".into()),
        Some(("status", code)) => {
            let code: u16 = code
                .parse()
                .map_err(|_| format!("MANIFEST.toml: {code:?} is no status code"))?;
            Ok(format!("Expect::Status({code})"))
        }
        Some(("error", what)) => Ok(format!("Expect::Error({what:?})")),
        _ => Err(format!(
            "MANIFEST.toml: expect {text:?} is not ok, status NNN or error NAME"
        )),
    }
}

fn existing(root: &Path, path: &str) -> Result<String, String> {
    let full = root.join(path);
    if !full.is_file() {
        return Err(format!("MANIFEST.toml names {path}, which is not there"));
    }
    println!("cargo::rerun-if-changed={path}");
    full.into_os_string()
        .into_string()
        .map_err(|_| format!("{path}: not UTF-8"))
}

/// `session/NAME/NN-client.xml`, `NN-server.xml` and a `.wbxml` twin of each, `.hmac` where the transport has that header; `-lost` after the side if the message
/// never arrives.
fn scenario(code: &mut String, root: &Path, table: &Table, licence: &str) -> Result<(), String> {
    let name = table.required("name")?;
    let folder = format!("session/{name}");
    println!("cargo::rerun-if-changed={folder}");
    let mut messages: BTreeMap<u32, (&str, bool, String)> = BTreeMap::new();
    for entry in fs::read_dir(root.join(&folder)).map_err(|e| format!("{folder}: {e}"))? {
        let file = entry.map_err(|e| format!("{folder}: {e}"))?.file_name();
        let file = file
            .to_str()
            .ok_or_else(|| format!("{folder}: file name is not UTF-8"))?;
        let Some(stem) = file.strip_suffix(".xml") else {
            continue;
        };
        let (index, side) = stem
            .split_once('-')
            .ok_or_else(|| format!("{folder}/{file}: expected NN-client.xml"))?;
        let index: u32 = index
            .parse()
            .map_err(|_| format!("{folder}/{file}: does not start with a number"))?;
        let (side, lost) = side
            .strip_suffix("-lost")
            .map_or((side, false), |side| (side, true));
        let side = match side {
            "client" => "Client",
            "server" => "Server",
            _ => return Err(format!("{folder}/{file}: neither client nor server")),
        };
        if messages
            .insert(index, (side, lost, stem.to_owned()))
            .is_some()
        {
            return Err(format!("{folder}: two messages have number {index}"));
        }
    }
    if messages.is_empty() {
        return Err(format!("{folder} holds no messages"));
    }
    let mut list = String::new();
    for (index, (side, lost, stem)) in messages {
        let hmac = format!("{folder}/{stem}.hmac");
        let hmac = match root.join(&hmac).is_file() {
            true => format!(
                "Some(include_str!({:?}).trim_ascii())",
                existing(root, &hmac)?
            ),
            false => "None".to_owned(),
        };
        writeln!(
            list,
            "ScenarioMessage {{ index: {index}, from: Side::{side}, lost: {lost}, name: {stem:?}, \
             xml: include_bytes!({:?}), wbxml: include_bytes!({:?}), hmac: {hmac} }},",
            existing(root, &format!("{folder}/{stem}.xml"))?,
            existing(root, &format!("{folder}/{stem}.wbxml"))?,
        )
        .map_err(|e| e.to_string())?;
    }
    let licence = table.entries.get("licence").map_or(licence, String::as_str);
    writeln!(
        code,
        "Scenario {{ name: {name:?}, origin: {}, licence: {licence:?}, spec: {:?}, note: {:?}, messages: &[\n{list}] }},",
        origin(table.required("origin")?)?,
        table.required("spec")?,
        table.required("note")?,
    )
    .map_err(|e| e.to_string())
}
