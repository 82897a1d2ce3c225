//! Brings a token table of its own: a document type that the library has never heard of, there and
//! back, with attributes and a date.
//!
//! ```sh
//! cargo run --example own_table
//! ```

use syncml_wbxml::language::{self, AttributePage, Language, Reader, TagPage};
use syncml_wbxml::{Bytes, Error, Event, Limits, Source};

/// Weather reports, by a number that nobody else uses: two pages of tags, one of attributes.
const WEATHER: Language<'static> = Language::new("WEATHER")
    .with_public_ids(&[(0x7001, "-//EXAMPLE//DTD Weather 1.0//EN")])
    .with_root("report")
    .with_tags(&[
        TagPage {
            page: 0,
            namespace: "urn:example:weather",
            names: &[(0x05, "report"), (0x06, "place"), (0x07, "sky")],
        },
        TagPage {
            page: 1,
            namespace: "urn:example:sea",
            names: &[(0x05, "waves")],
        },
    ])
    .with_attributes(&[AttributePage {
        page: 0,
        // A whole attribute, the beginning of one, or its name alone.
        starts: &[
            (0x05, "at"),
            (0x06, "href"),
            (0x07, "href=https://www."),
            (0x08, "unit=celsius"),
        ],
        // Parts of values.
        values: &[(0x85, ".example/")],
        read_only: &[],
    }])
    .with_dates(&["at"]);

const REPORT: &str = concat!(
    r#"<report xmlns="urn:example:weather" at="2026-11-21T06:00:00Z" unit="celsius">"#,
    r#"<place href="https://www.harbour.example/north" name="Harbour">"#,
    r#"<sky>overcast</sky><waves xmlns="urn:example:sea">1.5</waves></place></report>"#,
);

fn main() -> Result<(), Error> {
    let limits = Limits::default();
    let wbxml = language::from_xml(&WEATHER, REPORT, &limits)?;
    println!("{} bytes of XML, {} of WBXML", REPORT.len(), wbxml.len());

    // `name` is in no table: it travels as a literal in the string table.
    let bytes = Bytes::from(wbxml);
    let mut reader = Reader::new(&WEATHER, &bytes, &limits)?;
    let mut depth = 0;
    while let Some(event) = reader.next_event()? {
        let at = reader.position().byte;
        match event {
            Event::Start(name) => {
                println!("{at:4} {:depth$}{name} of {}", "", name.namespace());
                depth += 2;
            }
            Event::Attribute { name, value } => println!("{at:4} {:depth$}{name} = {value}", ""),
            Event::Text(text) => println!("{at:4} {:depth$}{text}", ""),
            Event::End => depth -= 2,
            other => println!("{at:4} {:depth$}{other:?}", ""),
        }
    }

    let again = language::to_xml(&WEATHER, &bytes, &limits)?;
    assert!(again.ends_with(REPORT), "{again}");
    Ok(())
}
