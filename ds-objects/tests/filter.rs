//! Record filters: what is read, what it means, how it is written.

use ds_objects::filter::{ErrorKind, Item, LuidForm, parse};
use proptest::prelude::*;

const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Quill;Pat;;;\r\nFN:Pat Quill\r\nORG:Ink & Co;Sales\r\n\
    TEL;TYPE=CELL:+15550190\r\nTEL;TYPE=HOME:+15550191\r\nCATEGORIES:Family,Friends\r\nX-RANK:10\r\nNOTE:\r\n\
    REV:20261110T120000Z\r\nEND:VCARD\r\n";

fn event(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:Tea\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn matches(expression: &str, item: &Item<'_>) -> bool {
    parse(expression)
        .unwrap_or_else(|error| panic!("{expression}: {error}"))
        .matches(item)
}

fn card() -> Item<'static> {
    Item::new("text/vcard", CARD.as_bytes()).with_luid(Some("1012"))
}

/// FLT-001: operators, in any case, on one of several values, on components, on what is not there.
#[test]
fn operators() {
    for (expression, holds) in [
        ("FN&EQ;Pat Quill", true),
        ("fn&eq;Pat Quill", true),
        ("FN&EQ;pat quill", false),
        ("FN&iEQ;pat quill", true),
        ("FN&IEQ;PAT QUILL", true),
        ("N&EQ;Quill", true),
        ("ORG&EQ;Ink %26 Co", true),
        ("CATEGORIES&EQ;Friends", true),
        ("CATEGORIES&CON;amil", true),
        ("CATEGORIES&CON;AMIL", false),
        ("CATEGORIES&iCON;AMIL", true),
        ("CATEGORIES&NCON;amil", false),
        ("CATEGORIES&iNCON;work", true),
        ("CATEGORIES&NE;Friends", false),
        ("CATEGORIES&NE;Work", true),
        // one of two telephones
        ("TEL&EQ;+15550191", true),
        ("TEL&NE;+15550191", false),
        // numbers, not text
        ("X-RANK&GT;9", true),
        ("X-RANK&GE;10", true),
        ("X-RANK&EQ;010.0", true),
        ("X-RANK&LT;9.99", false),
        ("X-RANK&LE;-3", false),
        ("X-RANK&GT;-30", true),
        // text, where one side is no number
        ("X-RANK&LT;9a", true),
        // what is empty is not there
        ("BDAY&EQ;&NULL;", true),
        ("NOTE&EQ;&null;", true),
        ("NOTE&NE;&NULL;", false),
        ("FN&NE;&NULL;", true),
        ("FN&GT;&NULL;", false),
        ("BDAY&EQ;", false),
        ("BDAY&NE;1990-02-03", true),
        ("BDAY&LT;2030-01-01", false),
        // times
        ("REV&GE;2026-11-10T13:00:00+01:00", true),
        ("REV&GT;2026-11-10T13:00:00+01:00", false),
        ("modified&iGE;20261106T000000Z", true),
        ("modified&iGE;20261111T000000Z", false),
        ("modified&GE;ALL", true),
        ("MAXSIZE&LE;1000", true),
        ("MAXSIZE&EQ;100", false),
    ] {
        assert_eq!(matches(expression, &card()), holds, "{expression}");
    }
}

/// FLT-002: the client's id in both forms; an item that has none matches none.
#[test]
fn luid() {
    for expression in [
        "&LUID;&EQ;1012",
        "&LUID&EQ;1012",
        "&luid;&EQ;1&OR;&LUID&EQ;1012",
        " &LUID; &EQ; 1012 ",
    ] {
        assert!(matches(expression, &card()), "{expression}");
        let unknown = Item::new("text/vcard", CARD.as_bytes());
        assert!(!matches(expression, &unknown), "{expression}");
        let expr = parse(expression).unwrap();
        assert!(expr.uses_luid());
        assert!(!expr.to_text(LuidForm::Closed).contains("&LUID&"));
        assert!(!expr.to_text(LuidForm::Open).contains("&LUID;"));
        assert_eq!(parse(&expr.to_text(LuidForm::Open)).as_ref(), Ok(&expr));
    }
    assert!(!parse("LUID&EQ;1").unwrap().uses_luid());
}

/// FLT-003: from left to right, whatever the connective; parentheses say otherwise.
#[test]
fn order() {
    let (yes, no) = ("FN&EQ;Pat Quill", "FN&EQ;x");
    for (pattern, holds) in [
        ("Y&AND;N&OR;Y", true),
        ("Y&OR;N&AND;N", false),
        ("Y&OR;(N&AND;N)", true),
        ("(Y&OR;N)&AND;N", false),
        ("N&AND;(N&OR;Y)", false),
        ("((Y))", true),
        ("(Y&OR;(N&AND;(Y&OR;N)))", true),
        // other forms of the connectives
        ("Y&N", false),
        ("Y&amp;Y", true),
        ("N|Y", true),
        ("Y &and; Y | N", true),
    ] {
        let built = build(pattern, yes, no);
        assert_eq!(matches(&built, &card()), holds, "{pattern}: {built}");
    }
}

/// Puts terms in the place of `Y` and `N` that are not part of an entity.
fn build(pattern: &str, yes: &str, no: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let entity = ["&AND;", "&OR;", "&and;", "&amp;"]
            .into_iter()
            .find(|e| rest.starts_with(e));
        let (put, taken) = match (entity, c) {
            (Some(entity), _) => (entity.to_owned(), entity.len()),
            (None, 'Y') => (yes.to_owned(), 1),
            (None, 'N') => (no.to_owned(), 1),
            (None, c) => (c.to_string(), 1),
        };
        out.push_str(&put);
        rest = &rest[taken..];
    }
    out
}

/// FLT-001: a period takes what overlaps with it, what comes again, and what has no time.
#[test]
fn periods() {
    let period = "SINCE&GE;20260101T000000Z&AND;BEFORE&LT;20260201T000000Z";
    // libsynthesis' way to write the same
    let plain = "SINCE&EQ;20260101T000000Z&AND;BEFORE&EQ;20260201T000000Z";
    for (lines, holds) in [
        (
            "DTSTART:20260115T100000Z\r\nDTEND:20260115T110000Z\r\n",
            true,
        ),
        (
            "DTSTART:20251231T230000Z\r\nDTEND:20260101T010000Z\r\n",
            true,
        ),
        ("DTSTART:20251231T230000Z\r\nDURATION:PT2H\r\n", true),
        ("DTSTART:20251231T200000Z\r\nDURATION:PT2H\r\n", false),
        ("DTSTART:20251231T200000Z\r\n", false),
        ("DTSTART:20260201T000000Z\r\n", false),
        ("DTSTART;VALUE=DATE:20260131\r\n", true),
        ("DTSTART:20200101T100000Z\r\nRRULE:FREQ=DAILY\r\n", true),
        (
            "DTSTART:20200101T100000Z\r\nRRULE:FREQ=DAILY;UNTIL=20201231T000000Z\r\n",
            false,
        ),
        (
            "DTSTART:20200101T100000Z\r\nRRULE:FREQ=DAILY;UNTIL=20270101\r\n",
            true,
        ),
        ("DUE:20260110T100000Z\r\n", true),
        ("", true),
    ] {
        let content = event(lines);
        let item = Item::new("text/calendar", content.as_bytes());
        assert_eq!(matches(period, &item), holds, "{lines}");
        assert_eq!(matches(plain, &item), holds, "{lines}");
    }
    let content = event("DTSTART:20260101T000000Z\r\nDTEND:20260101T000000Z\r\n");
    let item = Item::new("text/calendar", content.as_bytes());
    assert!(!matches("SINCE&GT;20260101", &item));
    assert!(matches("BEFORE&LE;20260101", &item));
    // the properties of the event, not of the calendar
    assert!(matches("SUMMARY&EQ;Tea&AND;VERSION&EQ;&NULL;", &item));
}

/// FLT-002: objects of every kind.
#[test]
fn every_kind_of_object() {
    let email = "<Email><read>false</read><received>20260110T100000Z</received><flagged>true</flagged>\
        <emailitem><![CDATA[From: Pat <p@x.example>\r\nTo: a@x.example\r\nSubject: Tea\r\n\r\nAt four.\r\n]]></emailitem>\
        <Ext><XNam>X-Tag</XNam><XVal>green</XVal></Ext></Email>";
    let file = "<File><name>tea.txt</name><modified>20250110T100000Z</modified><attributes><h>true</h></attributes>\
        <cttype>text/plain</cttype><body enc='base64'>dGVh</body></File>";
    let folder = "<Folder><name>Eingang</name><created>20200101T000000Z</created><role>inbox</role></Folder>";
    let note = "BEGIN:VNOTE\r\nVERSION:1.1\r\nSUMMARY:Tea\r\nBODY:At four\r\nEND:VNOTE\r\n";
    let bookmark =
        "BEGIN:VBKM\r\nVERSION:1.0\r\nTITLE:Tea\r\nURL:http://tea.example\r\nEND:VBKM\r\n";
    let types = [
        "application/vnd.omads-email+xml",
        "application/vnd.omads-file+xml",
        "application/vnd.omads-folder",
    ];
    for (media_type, content, expression, holds) in [
        (types[0], email, "read&EQ;false&AND;flagged&EQ;true", true),
        (types[0], email, "forwarded&EQ;&NULL;", true),
        (types[0], email, "SINCE&GE;20260101T000000Z", true),
        (types[0], email, "modified&GE;20260111T000000Z", false),
        (types[0], email, "x-tag&EQ;green&AND;MAXSIZE&LE;1000", true),
        (
            types[1],
            file,
            "name&iCON;TEA&AND;size&LT;4&AND;h&EQ;true",
            true,
        ),
        (types[1], file, "cttype&EQ;text/html", false),
        (types[1], file, "SINCE&GE;20260101T000000Z", false),
        (
            types[2],
            folder,
            "role&EQ;inbox&AND;SINCE&GE;20260101T000000Z",
            true,
        ),
        (types[2], folder, "name&EQ;Inbox", false),
        ("text/x-vnote", note, "BODY&CON;four", true),
        ("text/x-vbookmark", bookmark, "URL&CON;tea.example", true),
        (
            "text/plain",
            "Tea\nAt four",
            "SUMMARY&EQ;Tea&AND;BODY&CON;four",
            true,
        ),
        // what does not say what it says is told by its size alone
        (types[1], email, "name&EQ;&NULL;&AND;MAXSIZE&LE;1000", true),
        #[cfg(feature = "mail")]
        (
            types[0],
            email,
            "from&EQ;p@x.example&AND;subject&EQ;Tea&AND;to&NE;b",
            true,
        ),
        #[cfg(feature = "mail")]
        (
            "message/rfc822",
            "Subject: Cake\r\n\r\n",
            "subject&EQ;Tea",
            false,
        ),
    ] {
        let item = Item::new(media_type, content.as_bytes());
        assert_eq!(matches(expression, &item), holds, "{expression}: {content}");
    }
}

/// White space belongs to a value inside of it, and where it is written as %HH; not around operators.
#[test]
fn white_space() {
    for (expression, holds) in [
        ("  FN  &EQ;  Pat Quill  &AND;  N&EQ;Quill ", true),
        ("FN&EQ;Pat  Quill", false),
        ("FN&EQ;Pat%20Quill", true),
        ("FN&EQ;Pat Quill%20", false),
    ] {
        assert_eq!(matches(expression, &card()), holds, "{expression}");
    }
}

/// FLT-001: what is wrong, and at which octet.
#[test]
fn errors() {
    let expected = ErrorKind::Expected;
    for (expression, kind, position) in [
        ("", expected("a property or &LUID;"), 0),
        ("  ", expected("a property or &LUID;"), 2),
        ("FN", expected("an operator such as &EQ;"), 2),
        ("FN&EQ", expected("an operator such as &EQ;"), 2),
        ("FN&;x", expected("an operator such as &EQ;"), 2),
        ("FN&LIKE;x", ErrorKind::Operator("LIKE".into()), 2),
        ("FN&iLIKE;x", ErrorKind::Operator("iLIKE".into()), 2),
        ("FN&EQ;x&AND;", expected("a property or &LUID;"), 12),
        ("(FN&EQ;x", expected("a closing parenthesis"), 8),
        ("FN&EQ;x)", expected("&AND; or &OR;"), 7),
        ("FN&EQ;%4", ErrorKind::Percent, 6),
        ("FN&EQ;a%4g", ErrorKind::Percent, 7),
        ("FN&EQ;%", ErrorKind::Percent, 6),
        ("FN&EQ;%ff", ErrorKind::Utf8, 6),
        (
            "FN&EQ;x&AND;MAXCOUNT&EQ;5",
            ErrorKind::Keyword("MAXCOUNT".into()),
            12,
        ),
        ("NOATT&EQ;1", ErrorKind::Keyword("NOATT".into()), 0),
        (
            "SINCE&GE;soon",
            ErrorKind::KeywordValue("a date or time of ISO 8601"),
            9,
        ),
        (
            "BEFORE&LT;&NULL;",
            ErrorKind::KeywordValue("a date or time of ISO 8601"),
            10,
        ),
        (
            "MAXSIZE&LE;big",
            ErrorKind::KeywordValue("a number of octets"),
            11,
        ),
        ("&LUID;", expected("an operator such as &EQ;"), 6),
        ("&LUIDx&EQ;1", expected("a property or &LUID;"), 0),
        ("ü&EQ;1", expected("a property or &LUID;"), 0),
    ] {
        let error = parse(expression).expect_err(expression);
        assert_eq!(
            (error.kind(), error.position()),
            (&kind, position),
            "{expression}: {error}"
        );
    }
}

/// What strangers send is short, flat and of few terms, or it is refused at once.
#[test]
fn limits() {
    let kind = |expression: &str| {
        parse(expression)
            .map_err(|error| error.kind().clone())
            .err()
    };
    let nested = |depth: usize| "(".repeat(depth) + "A&EQ;1" + &")".repeat(depth);
    assert_eq!(kind(&nested(16)), None);
    assert_eq!(kind(&nested(17)), Some(ErrorKind::Limit("parentheses")));
    assert_eq!(
        kind(&"(".repeat(8000)),
        Some(ErrorKind::Limit("parentheses"))
    );
    let terms = |n: usize| vec!["A&EQ;1"; n].join("&OR;");
    assert_eq!(kind(&terms(256)), None);
    assert_eq!(kind(&terms(257)), Some(ErrorKind::Limit("terms")));
    assert_eq!(kind(&("A&EQ;".to_owned() + &"x".repeat(8187))), None);
    assert_eq!(
        kind(&("A&EQ;".to_owned() + &"x".repeat(8188))),
        Some(ErrorKind::Limit("octets"))
    );
}

/// Content that is no card or calendar has no properties; its size and id are known.
#[test]
fn strange_content() {
    let item = Item::new("image/png", b"\x89PNG").with_luid(Some("7"));
    assert!(matches(
        "FN&EQ;&NULL;&AND;MAXSIZE&LE;4&AND;&LUID;&EQ;7",
        &item
    ));
    assert!(!matches("FN&EQ;x", &item));
}

/// What is written is what everybody reads: no bare connectives, no parentheses that say nothing.
#[test]
fn text() {
    for (expression, written) in [
        ("a & EQ;1", None),
        (
            "A&eq;1&b&ine;x y|C&CON;&NULL;",
            Some("A&EQ;1&AND;b&iNE;x y&OR;C&CON;&NULL;"),
        ),
        ("(A&EQ;1)", Some("A&EQ;1")),
        (
            "(A&EQ;1&OR;B&EQ;2)&AND;C&EQ;3",
            Some("A&EQ;1&OR;B&EQ;2&AND;C&EQ;3"),
        ),
        (
            "A&EQ;1&AND;(B&EQ;2&AND;C&EQ;3)",
            Some("A&EQ;1&AND;B&EQ;2&AND;C&EQ;3"),
        ),
        (
            "A&EQ;1&AND;(B&EQ;2&OR;C&EQ;3)",
            Some("A&EQ;1&AND;(B&EQ;2&OR;C&EQ;3)"),
        ),
        ("A&EQ;%28%29%7c%26%25%20", Some("A&EQ;(%29%7C%26%25%20")),
        ("&LUID&EQ;1012", Some("&LUID;&EQ;1012")),
    ] {
        let text = parse(expression).ok().map(|expr| expr.to_string());
        assert_eq!(text.as_deref(), written, "{expression}");
    }
}

fn expression() -> impl Strategy<Value = String> {
    let name = prop_oneof![Just("&LUID;".to_owned()), "[A-Z][A-Za-z0-9._\\[\\]-]{0,8}"];
    let operator = "&i?(EQ|NE|GT|GE|LT|LE|CON|NCON);";
    let value = prop_oneof![
        Just("&NULL;".to_owned()),
        "[^&|)%]{0,12}",
        "([a-z ]|%2[0-9]|%C3%BC){0,6}"
    ];
    let term = (name, operator, value).prop_map(|(n, o, v)| n + &o + &v);
    term.prop_recursive(4, 24, 4, |inner| {
        let join = prop_oneof![Just("&AND;"), Just("&OR;"), Just(" & "), Just("|")];
        let more = proptest::collection::vec((join, inner.clone()), 0..4);
        (inner, more, any::<bool>()).prop_map(|(first, more, group)| {
            let mut all = first;
            for (join, next) in more {
                all += join;
                all += &next;
            }
            if group { format!("({all})") } else { all }
        })
    })
}

proptest! {
    /// FLT-001: what is read, written and read again is the same, in both forms of the id.
    #[test]
    fn round_trip(expression in expression()) {
        if let Ok(expr) = parse(&expression) {
            for form in [LuidForm::Closed, LuidForm::Open] {
                let text = expr.to_text(form);
                let again = parse(&text);
                prop_assert_eq!(again.as_ref(), Ok(&expr), "{} -> {}", &expression, &text);
            }
        }
    }

    /// Any text is read or refused, and what is read can be asked of any content.
    #[test]
    fn any_text(expression in ".{0,80}", content in any::<Vec<u8>>()) {
        if let Ok(expr) = parse(&expression) {
            expr.matches(&Item::new("text/vcard", &content));
        }
    }
}
