//! Damaged objects: every fixture cut at each octet, and with each octet flipped, dropped, doubled or replaced by one that
//! means something. No panic, and nothing lost in what is read. And long inputs, which take time in proportion.
//!
//! `HOSTILE=n` takes one damage of n, `HOSTILE=1` all; default 997 (a prime, so that every place and kind gets its turn).

use std::time::{Duration, Instant};

use ds_objects::convert::{Options, convert};
use ds_objects::filter::{self, Item};
use ds_objects::model;
use ds_objects::omads::{BodyReader, Email, File, Folder};
use ds_objects::{Format, fingerprint, parse, title};

/// Octets with a meaning in one of the forms.
const HOSTILE: [u8; 14] = *b"\0\n\r\t :;,=\\\"<&\xFF";
/// What nobody calls long, however slow the machine and whatever else it does.
const SHORT: Duration = Duration::from_secs(2);

/// Work on `size` octets that takes at most in proportion to them.
///
/// Work that is quadratic takes 16 times as long for four times the octets. A machine that does other things between two
/// looks at the clock may seem to say so: it is asked again, and long is only what is long in itself, too.
fn assert_linear(name: &str, size: usize, work: impl Fn(usize)) {
    let time = |size| {
        let begin = Instant::now();
        work(size);
        begin.elapsed()
    };
    let mut ratios = Vec::new();
    for _ in 0..5 {
        let large = time(size);
        if large < SHORT {
            return;
        }
        let small = time(size / 4);
        if large < small * 10 {
            return;
        }
        ratios.push(large.as_secs_f64() / small.as_secs_f64());
    }
    panic!("{name:?}: a quarter of it is faster by {ratios:.1?}");
}

/// All the damages of an input.
fn damages(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let with = |index: usize, octets: &[u8]| {
        let (before, behind) = bytes.split_at(index);
        [before, octets, &behind[1..]].concat()
    };
    (0..bytes.len()).flat_map(move |index| {
        let own = bytes[index];
        let flips = [0x01, 0x20, 0x80].map(|bit| with(index, &[own ^ bit]));
        let others = [
            bytes[..index].to_vec(),
            with(index, &[]),
            with(index, &[own, own]),
        ];
        let replaced = HOSTILE.map(|octet| with(index, &[octet]));
        flips.into_iter().chain(others).chain(replaced)
    })
}

fn stride() -> usize {
    let told = std::env::var("HOSTILE").ok();
    told.and_then(|n| n.parse().ok()).unwrap_or(997)
}

/// Damages all inputs, looks at what it is told to, and tells how many there were.
fn look_at_all<'a>(
    inputs: impl Iterator<Item = (&'a str, &'a [u8])>,
    look: impl Fn(&str, &[u8]),
) -> usize {
    let mut count = 0;
    for (name, bytes) in inputs {
        for damaged in damages(bytes).step_by(stride()) {
            look(name, &damaged);
            count += 1;
        }
    }
    count
}

#[test]
fn damaged_objects_are_read_or_refused() {
    let filter = filter::parse("N&CON;a&AND;SINCE&GE;20200101").expect("is a filter");
    let fixtures = testdata::fixtures().filter(|fixture| fixture.name.starts_with("object/"));
    let inputs = fixtures.map(|fixture| (fixture.media_type, fixture.bytes));
    let count = look_at_all(inputs, |media_type, bytes| {
        let _ = title(bytes);
        let _ = fingerprint::of(media_type, bytes);
        let _ = filter.matches(&Item::new(media_type, bytes));
        let Ok(object) = parse(media_type, bytes) else {
            return;
        };
        assert_eq!(object.encode(), bytes);
        for line in object.lines() {
            let _ = (line.text(), line.components(), line.binary());
        }
        let _ = model::Item::of(&object);
        for to in [
            Format::VCard21,
            Format::VCard40,
            Format::VCalendar10,
            Format::ICalendar20,
        ] {
            if let Some(converted) = convert(&object, to, &Options::default()) {
                let written = converted.object.encode();
                let again = parse(to.media_type(), &written);
                assert_eq!(again.map(|again| again.encode()), Ok(written));
            }
        }
    });
    assert!(count > 500_000 / stride(), "{count} inputs");
}

const DOCUMENTS: [&str; 5] = [
    "<?xml version=\"1.0\"?><File xmlns='x'><name>a&amp;b.txt</name><created>20030809T016500</created><attributes>\
     <h>TRUE</h><e>false</e></attributes><cttype>text/plain</cttype><body enc=\"base64\">dGVh\r\n IQ==</body><size>4</size>\
     <Ext><XNam>n</XNam><XVal>v</XVal></Ext></File>",
    "<File><name>t</name><body>a &lt; b<![CDATA[ ]] > ]]></body></File>",
    "<![CDATA[<Email><read>true</read><emailitem enc='quoted-printable'><![CDATA[Subject: a=\r\n=3D\r\n\r\nb]]&gt;</emailitem>\
     <Ext><XNam>x-funambol-size</XNam><XVal>9</XVal></Ext></Email>]]>",
    "<Email><flagged>FALSE</flagged><received/><emailitem cid=\"1\"><![CDATA[Subject: ]]]]><![CDATA[>]]></emailitem></Email>",
    "<!DOCTYPE Folder><Folder><name>Inbox & more</name><role>inbox</role><!-- c --><x:other a='1'/></Folder>",
];

#[test]
fn damaged_documents_are_read_or_refused() {
    let inputs = DOCUMENTS.iter().map(|text| ("xml", text.as_bytes()));
    look_at_all(inputs, |_, bytes| {
        if let Ok(email) = Email::parse(bytes) {
            let again = Email::parse(&email.encode());
            assert_eq!(again.map(|again| again.item), Ok(email.item));
        }
        if let Ok(folder) = Folder::parse(bytes) {
            assert!(Folder::parse(&folder.encode()).is_ok());
        }
        if let Ok(file) = File::parse(bytes) {
            let again = File::parse(&file.encode());
            assert_eq!(again.map(|again| again.body), Ok(file.body));
        }
        let mut reader = BodyReader::new();
        if reader.feed(bytes, &mut |_| {}).is_ok() {
            let _ = reader.finish();
        }
    });
}

/// Inputs of an eighth of a megabyte that a careless reader goes through again and again.
#[test]
fn long_inputs_take_time_in_proportion() {
    const SIZE: usize = 128 << 10;
    for part in ["&", "&#", "<a>", "<a", "]]>", "<![CDATA[", "]", "a='&"] {
        assert_linear(part, SIZE, |size| {
            read_documents(&part.repeat(size / part.len()))
        });
    }
    for part in [
        "=\r\n",
        "\r",
        "\n ",
        ";",
        "\"",
        "A:1\n",
        "BEGIN:A\n",
        "\\",
        "=",
        ",",
        "AGENT:\n",
        "^",
        "&",
        ".",
        "MP1 ",
        "END:A\n",
        "BEGIN:A\nEND:A\n",
    ] {
        assert_linear(part, SIZE, |size| {
            read_cards(&part.repeat(size / part.len()))
        });
    }
}

/// A document of each kind with a text in its name, and one with it in its body.
fn read_documents(part: &str) {
    for root in ["File", "Email", "Folder"] {
        let text = format!("<{root}><name>{part}</name></{root}>");
        let _ = File::parse(text.as_bytes());
        let _ = Email::parse(text.as_bytes());
        let _ = Folder::parse(text.as_bytes());
        let _ = BodyReader::new().feed(text.as_bytes(), &mut |_| {});
        let body = format!("<File><body enc='quoted-printable'>{part}");
        let _ = BodyReader::new().feed(body.as_bytes(), &mut |_| {});
    }
}

/// Cards with a text in a property, in each version.
fn read_cards(part: &str) {
    for (version, line) in [
        ("2.1", "N:"),
        ("2.1", "NOTE;QUOTED-PRINTABLE:"),
        ("3.0", "ADR;X="),
        ("4.0", "PHOTO:data:"),
    ] {
        let text = format!("BEGIN:VCARD\nVERSION:{version}\n{line}{part}\nEND:VCARD\n");
        let _ = title(text.as_bytes());
        let _ = fingerprint::of("text/vcard", text.as_bytes());
        let Ok(object) = parse("text/vcard", text.as_bytes()) else {
            continue;
        };
        for to in [Format::VCard21, Format::VCard30, Format::VCard40] {
            let _ = convert(&object, to, &Options::default()).map(|done| done.object.encode());
        }
    }
}
