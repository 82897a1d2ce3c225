//! Objects as careless programs write them: all are read, come back byte for byte, and say what their model says.

use ds_objects::{ContentLine, Object, fingerprint, parse};
use testdata::Fixture;

fn lenient() -> impl Iterator<Item = &'static Fixture> {
    testdata::all(testdata::Kind::Object)
        .filter(|fixture| fixture.name.starts_with("object/lenient/"))
}

fn read(fixture: &Fixture) -> Object {
    parse(fixture.media_type, fixture.bytes).unwrap_or_else(|e| panic!("{}: {e}", fixture.name))
}

fn text(object: &Object, name: &str) -> Option<String> {
    let line = object.lines().iter().find(|line| line.is(name));
    line.map(ContentLine::text)
}

#[test]
fn obj_005_careless_objects_are_read_and_come_back() {
    let mut count = 0;
    for fixture in lenient() {
        count += 1;
        let object = read(fixture);
        assert_eq!(object.encode(), fixture.bytes, "{}", fixture.name);
    }
    assert!(count >= 45, "{count}");
}

#[test]
fn obj_005_careless_objects_say_what_their_models_say() {
    let mut count = 0;
    for fixture in lenient() {
        let Some(model) = fixture.model() else {
            continue;
        };
        count += 1;
        let canonical = |fixture: &Fixture| {
            let canonical = fingerprint::canonical(fixture.media_type, fixture.bytes);
            String::from_utf8_lossy(&canonical).into_owned()
        };
        assert_eq!(canonical(fixture), canonical(model), "{}", fixture.name);
        let title = |fixture: &Fixture| read(fixture).title();
        assert_eq!(title(fixture), title(model), "{}", fixture.name);
    }
    assert!(count >= 30, "{count}");
}

#[test]
fn obj_005_what_is_odd_is_understood() {
    let object = |name: &str| {
        let name = format!("object/lenient/{name}");
        read(testdata::get(&name).expect("is in the collection"))
    };
    for name in ["latin-1-unlabelled.vcf", "utf-8-unlabelled.vcf"] {
        let card = object(name);
        assert_eq!(card.title().as_deref(), Some("Jörg Müller"), "{name}");
    }
    let note = object("model-note.vnt");
    assert_eq!(text(&note, "BODY").as_deref(), Some("Bröd\nmjölk"));
    assert_eq!(note.title().as_deref(), Some("Bröd"));
    let bookmark = object("bookmark.vbm");
    assert_eq!(bookmark.title().as_deref(), Some("Tea"));
    assert_eq!(
        text(&bookmark, "X-IRMC-URL").as_deref(),
        Some("[InternetShortcut]\nURL=http://tea.example/")
    );
    let Object::VCard(card) = object("nested-card.vcf") else {
        panic!("a card")
    };
    assert_eq!(card.properties().filter(|line| line.is("TEL")).count(), 1);
    let Object::VCard(card) = object("unknown-component.vcf") else {
        panic!("a card")
    };
    assert!(card.first("X-A").is_none() && card.first("NOTE").is_some());
    let stray = object("stray-line.vcf");
    assert_eq!(stray.lines().iter().filter(|l| l.is_stray()).count(), 1);
}

/// Cut anywhere, an object is read or refused, and what is read comes back.
#[test]
fn every_truncation_is_survived() {
    for fixture in lenient() {
        for end in 0..fixture.bytes.len() {
            let bytes = &fixture.bytes[..end];
            if let Ok(object) = parse(fixture.media_type, bytes) {
                assert_eq!(object.encode(), bytes, "{} up to {end}", fixture.name);
            }
        }
    }
}
