//! Whether what is written is the file.

use syncml_repr::{Encoding, Message, encode};

/// Asserts that `message` is written as in these files: in WBXML to the octet, and in XML but for the line ends that
/// were added for reading.
pub(crate) fn assert_canonical(name: &str, message: &Message, xml: &[u8], wbxml: &[u8]) {
    let write = |encoding| {
        encode(message, encoding).unwrap_or_else(|error| panic!("{name} as {encoding:?}: {error}"))
    };
    let written = write(Encoding::Xml);
    assert_same(name, &written, without_line_ends(xml).as_bytes());
    assert_same(name, &write(Encoding::Wbxml), wbxml);
    let end = if message.body.is_final {
        "<Final/></SyncBody></SyncML>"
    } else {
        "></SyncBody></SyncML>"
    };
    assert!(written.ends_with(end.as_bytes()), "{name}");
}

/// The XML without the line ends that were added for reading: those between two tags.
fn without_line_ends(xml: &[u8]) -> String {
    let text = std::str::from_utf8(xml).expect("canonical files are UTF-8");
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('>') {
        let (head, tail) = rest.split_at(at + 1);
        out.push_str(head);
        let next = tail.trim_start();
        let gap = &tail[..tail.len() - next.len()];
        rest = if gap.contains('\n') && (next.starts_with('<') || next.is_empty()) {
            next
        } else {
            tail
        };
    }
    out.push_str(rest);
    out
}

/// Long files: shows the place where they part, not all of them.
fn assert_same(name: &str, written: &[u8], file: &[u8]) {
    let common = written
        .iter()
        .zip(file)
        .take_while(|(ours, theirs)| ours == theirs)
        .count();
    if common < written.len().max(file.len()) {
        let around = |bytes: &[u8]| {
            let to = bytes.len().min(common + 40);
            bytes[common.saturating_sub(40)..to]
                .escape_ascii()
                .to_string()
        };
        panic!(
            "{name}, octet {common}:\nwritten {}\nfile    {}",
            around(written),
            around(file)
        );
    }
}
