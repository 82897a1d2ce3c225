//! Generated cards: lossless reading, and fingerprints that see content only.

use ds_objects::{ContentLine, Dialect, Object, Param, fingerprint, parse};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::FileFailurePersistence;

/// Text people type, with everything that needs escaping.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ -~]{0,40}",
        2 => "[a-zäöüßéñ;,:\\\\\n ]{0,60}",
        1 => "(🐢|漢字|дом|לילה| ){0,20}",
    ]
}

fn param() -> impl Strategy<Value = (&'static str, String)> {
    (
        select(&["TYPE", "X-A", "LANGUAGE", "VALUE"][..]),
        "[a-zA-Z0-9-]{1,8}",
    )
}

fn line(dialect: Dialect) -> impl Strategy<Value = ContentLine> {
    let one = (
        select(&["FN", "NOTE", "TEL", "X-THING", "TITLE"][..]),
        text(),
    )
        .prop_map(move |(name, text)| ContentLine::text_line(dialect, name, &text));
    let parts = (
        select(&["N", "ADR", "ORG", "X-PARTS"][..]),
        prop::collection::vec(text(), 1..6),
    )
        .prop_map(move |(name, parts)| {
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            ContentLine::structured_line(dialect, name, &parts)
        });
    (
        prop_oneof![one, parts],
        prop::collection::vec(param(), 0..3),
    )
        .prop_map(|(line, params)| {
            params.iter().fold(line, |line, (name, value)| {
                line.with_param(Param::new(name, value))
            })
        })
}

fn dialect() -> impl Strategy<Value = Dialect> {
    select(&[Dialect::Old, Dialect::MimeDir][..])
}

fn lines() -> impl Strategy<Value = (Dialect, Vec<ContentLine>)> {
    dialect().prop_flat_map(|dialect| (Just(dialect), prop::collection::vec(line(dialect), 0..12)))
}

fn card(dialect: Dialect, lines: &[ContentLine]) -> Vec<u8> {
    let version = if dialect == Dialect::Old {
        "2.1"
    } else {
        "3.0"
    };
    let mut out = format!("BEGIN:VCARD\r\nVERSION:{version}\r\n").into_bytes();
    for line in lines {
        line.write(&mut out);
    }
    out.extend_from_slice(b"END:VCARD\r\n");
    out
}

/// Folds a MIME-DIR card anywhere, also inside characters and names.
fn refold(bytes: &[u8], cuts: &[Index]) -> Vec<u8> {
    let unfolded = bytes.to_vec();
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(unfolded.len())).collect();
    places.sort_unstable();
    places.dedup();
    let mut out = Vec::new();
    for (index, byte) in unfolded.iter().enumerate() {
        // Only inside a line: between two octets neither of which belongs to a line end.
        let previous = index.checked_sub(1).map(|i| unfolded[i]);
        let inside =
            previous.is_some_and(|p| !matches!(p, b'\r' | b'\n')) && !matches!(byte, b'\r' | b'\n');
        if inside && places.binary_search(&index).is_ok() {
            out.extend_from_slice(b"\r\n ");
        }
        out.push(*byte);
    }
    out
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 512,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource(
            "proptest-regressions",
        ))),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn written_values_are_read_back(dialect in dialect(), text in text(), parts in prop::collection::vec(text(), 1..6)) {
        let refs: Vec<&str> = parts.iter().map(String::as_str).collect();
        let lines = [ContentLine::text_line(dialect, "NOTE", &text), ContentLine::structured_line(dialect, "N", &refs)];
        let bytes = card(dialect, &lines);
        let Ok(Object::VCard(card)) = parse("text/vcard", &bytes) else { panic!("reads") };
        prop_assert_eq!(card.first("NOTE").expect("NOTE").text(), text);
        // A backslash at the end of a component cannot be told from an escape in the old family.
        if dialect == Dialect::MimeDir || !parts.iter().any(|part| part.contains('\\')) {
            prop_assert_eq!(card.first("N").expect("N").components(), parts);
        }
    }

    #[test]
    fn written_lines_are_short((dialect, mut lines) in lines()) {
        // Name and parameters are not broken; those of real properties are shorter than these.
        lines.retain(|line| line.params().filter(|param| param.name() != Some("ENCODING")).count() < 3);
        for line in card(dialect, &lines).split(|b| *b == b'\n') {
            prop_assert!(line.len() <= 76);
        }
    }

    #[test]
    fn any_bytes_in_a_card_come_back(body in prop::collection::vec(any::<u8>(), 0..400), old in any::<bool>()) {
        let version = if old { "2.1" } else { "3.0" };
        let bytes = [format!("BEGIN:VCARD\nVERSION:{version}\n").as_bytes(), &body, b"\nEND:VCARD\n"].concat();
        if let Ok(object) = parse("text/vcard", &bytes) {
            prop_assert_eq!(object.encode(), bytes);
        }
    }

    #[test]
    fn noisy_lines_come_back(
        body in "((PHOTO;ENCODING=BASE64|NOTE;QUOTED-PRINTABLE|item.X;P=\"|TEL)(:|\n| |=\r\n|;|[A-Za-z0-9=]|\t|\r){0,12}){0,12}",
        old in any::<bool>(),
    ) {
        let version = if old { "2.1" } else { "3.0" };
        let bytes = format!("BEGIN:VCARD\nVERSION:{version}\n{body}\nEND:VCARD\n").into_bytes();
        if let Ok(object) = parse("text/vcard", &bytes) {
            prop_assert_eq!(object.encode(), bytes);
        }
    }

    #[test]
    fn obj_013_order_and_line_ends_do_not_matter((dialect, lines) in lines(), keys in prop::collection::vec(any::<u32>(), 12)) {
        let base = card(dialect, &lines);
        let mut shuffled: Vec<_> = keys.into_iter().zip(lines).collect();
        shuffled.sort_by_key(|(key, _)| *key);
        let shuffled: Vec<ContentLine> = shuffled.into_iter().map(|(_, line)| line).collect();
        let other = card(dialect, &shuffled);
        prop_assert_eq!(fingerprint::of("text/vcard", &other), fingerprint::of("text/vcard", &base));
        let feeds: Vec<u8> = base.iter().copied().filter(|b| *b != b'\r').collect();
        prop_assert_eq!(fingerprint::of("text/vcard", &feeds), fingerprint::of("text/vcard", &base));
    }

    #[test]
    fn obj_013_folding_does_not_matter(
        lines in prop::collection::vec(line(Dialect::MimeDir), 0..12),
        cuts in prop::collection::vec(any::<Index>(), 0..40),
    ) {
        let base = card(Dialect::MimeDir, &lines);
        // BEGIN and VERSION must stay whole, else nobody knows what it is.
        let start = b"BEGIN:VCARD\r\nVERSION:3.0\r\n".len();
        let folded = [&base[..start], &refold(&base[start..], &cuts)[..]].concat();
        prop_assert_eq!(fingerprint::of("text/vcard", &folded), fingerprint::of("text/vcard", &base));
    }

    #[test]
    fn obj_013_the_version_of_a_card_does_not_matter(
        texts in prop::collection::vec((select(&["FN", "NOTE", "TITLE"][..]), "[ -\\[\\]-~äöü🐢\n]{1,40}"), 0..6),
        parts in prop::collection::vec("[ -\\[\\]-~äöü]{0,12}", 1..6),
    ) {
        let refs: Vec<&str> = parts.iter().map(String::as_str).collect();
        let build = |dialect| {
            let mut lines: Vec<_> = texts.iter().map(|(name, text)| ContentLine::text_line(dialect, name, text)).collect();
            lines.push(ContentLine::structured_line(dialect, "N", &refs));
            fingerprint::of("text/vcard", &card(dialect, &lines))
        };
        prop_assert_eq!(build(Dialect::Old), build(Dialect::MimeDir));
    }

    #[test]
    fn obj_013_another_text_is_another_fingerprint((dialect, mut lines) in lines(), a in text(), b in text()) {
        let value = |text: &str| ContentLine::text_line(dialect, "NOTE", text);
        lines.push(value(&a));
        let first = fingerprint::of("text/vcard", &card(dialect, &lines));
        lines.pop();
        lines.push(value(&b));
        let second = fingerprint::of("text/vcard", &card(dialect, &lines));
        prop_assert_eq!(first == second, a == b);
    }

    #[test]
    fn obj_013_any_bytes_have_a_fingerprint(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for media_type in ["", "text/vcard", "text/calendar", "image/png"] {
            prop_assert_eq!(fingerprint::of(media_type, &bytes), fingerprint::of(media_type, &bytes.clone()));
        }
        prop_assert_eq!(fingerprint::canonical("image/png", &bytes), bytes);
    }
}
