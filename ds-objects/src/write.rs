//! Content lines to bytes: untouched ones as read, changed ones folded anew.

use crate::content_line::{ContentLine, Meaning, bare_meaning};
use crate::format::Dialect;
use crate::param::Param;
use crate::transfer::{self, Transfer};

/// Longest physical line we write, in octets without its line end.
pub(crate) const LINE: usize = 75;

impl ContentLine {
    /// Appends the line with its line end. A line that was read and not changed is appended byte for byte.
    pub fn write(&self, out: &mut Vec<u8>) {
        if let Some(raw) = self.raw() {
            out.extend_from_slice(raw);
            // Only the last line of the input can lack its end; something may follow it now.
            if !raw.is_empty() && !raw.ends_with(b"\n") && !raw.ends_with(b"\r") {
                out.extend_from_slice(b"\r\n");
            }
            return;
        }
        if self.is_stray() {
            out.extend_from_slice(self.raw_value());
            out.extend_from_slice(b"\r\n");
            return;
        }
        let text = self.line_text();
        let head = self.head_bytes();
        match (self.dialect(), self.transfer()) {
            (Dialect::MimeDir, _) => fold_anywhere(text, out),
            (Dialect::Old, Transfer::QuotedPrintable) => {
                out.extend_from_slice(head);
                soft_break(self.raw_value(), head.len(), out);
            }
            (Dialect::Old, Transfer::Base64) => {
                out.extend_from_slice(head);
                let packed = self.raw_value().iter().copied();
                let packed: Vec<u8> = packed.filter(|b| !b.is_ascii_whitespace()).collect();
                for part in packed.chunks(LINE - 1) {
                    out.extend_from_slice(b"\r\n ");
                    out.extend_from_slice(part);
                }
                // The empty line that ends the block.
                out.extend_from_slice(b"\r\n");
            }
            (Dialect::Old, Transfer::Plain) if text.len() > LINE => {
                return self.quoted().write(out);
            }
            (Dialect::Old, Transfer::Plain) => out.extend_from_slice(text),
        }
        out.extend_from_slice(b"\r\n");
    }

    /// The same line in quoted-printable, which may be broken anywhere. Folding is no way out in the old family: it may
    /// only break before a blank, and readers disagree on whether that blank is content.
    fn quoted(&self) -> Self {
        let mut line = self.clone();
        line.retain_params(|param| bare_meaning(param) != Meaning::Encoding);
        let value = self.raw_value();
        if !value.is_ascii()
            && std::str::from_utf8(value).is_ok()
            && self.param("CHARSET").is_none()
        {
            line.push_param(Param::new("CHARSET", "UTF-8"));
        }
        line.push_param(Param::new("ENCODING", "QUOTED-PRINTABLE"));
        let packed = transfer::quoted_printable_encode(value);
        line.set_packed(Transfer::QuotedPrintable, &packed);
        line
    }
}

/// MIME-DIR: break anywhere except inside a character; the next line starts with a blank that is no content.
fn fold_anywhere(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    let mut room = LINE;
    while rest.len() > room {
        let mut cut = room;
        // At most three octets back; anything else is not UTF-8 and may be cut where it is.
        while cut > room - 4 && rest.get(cut).is_some_and(|b| b & 0xC0 == 0x80) {
            cut -= 1;
        }
        let (part, tail) = rest.split_at(cut);
        out.extend_from_slice(part);
        out.extend_from_slice(b"\r\n ");
        rest = tail;
        room = LINE - 1;
    }
    out.extend_from_slice(rest);
}

/// Quoted-printable: `=` at the end of a line joins it with the next; never inside `=XX`.
fn soft_break(value: &[u8], head: usize, out: &mut Vec<u8>) {
    let mut length = head;
    let mut rest = value;
    while let Some(first) = rest.first() {
        let size = if *first == b'=' { 3.min(rest.len()) } else { 1 };
        // One octet of room is for the `=` itself.
        if length + size > LINE - 1 {
            out.extend_from_slice(b"=\r\n");
            length = 0;
        }
        let (token, tail) = rest.split_at(size);
        out.extend_from_slice(token);
        length += size;
        rest = tail;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(line: &ContentLine) -> String {
        let mut out = Vec::new();
        line.write(&mut out);
        String::from_utf8(out).expect("we write UTF-8")
    }

    #[test]
    fn obj_005_mime_dir_folds_between_characters() {
        let text = "🧗🏽‍♀️ ".repeat(20);
        let line = ContentLine::text_line(Dialect::MimeDir, "NOTE", &text);
        let written = written(&line);
        assert!(written.ends_with("\r\n"));
        assert!(
            written.split("\r\n").all(|line| line.len() <= LINE),
            "{written}"
        );
        assert_eq!(written.replace("\r\n ", ""), format!("NOTE:{text}\r\n"));
    }

    #[test]
    fn obj_005_old_family_quotes_what_needs_it() {
        let plain = ContentLine::text_line(Dialect::Old, "TEL", "+1-555-0100")
            .with_param(Param::bare("CELL"));
        assert_eq!(written(&plain), "TEL;CELL:+1-555-0100\r\n");
        let name = ContentLine::structured_line(Dialect::Old, "N", &["Müller; Söhne", "Jürgen"]);
        assert_eq!(
            written(&name),
            "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller\\; S=C3=B6hne;J=C3=BC=\r\nrgen\r\n"
        );
        let long = ContentLine::text_line(Dialect::Old, "NOTE", &"word ".repeat(30));
        let long = written(&long);
        assert!(
            long.starts_with("NOTE;ENCODING=QUOTED-PRINTABLE:word"),
            "{long}"
        );
        assert!(long.split("\r\n").all(|line| line.len() <= LINE), "{long}");
        assert!(long.contains("word=20\r\n"), "{long}");
    }

    #[test]
    fn old_lines_that_grow_too_long_are_quoted() {
        let line = ContentLine::text_line(Dialect::Old, "X-WORD", &"a".repeat(60))
            .with_param(Param::bare("8BIT"));
        assert!(written(&line).starts_with("X-WORD;8BIT:aaa"));
        let line = line.with_param(Param::new("X-WHY", "because"));
        let written = written(&line);
        assert!(
            written.starts_with("X-WORD;X-WHY=because;ENCODING=QUOTED-PRINTABLE:aaa"),
            "{written}"
        );
        assert_eq!(written.matches("=\r\n").count(), 1, "{written}");
    }

    #[test]
    fn old_base64_is_an_indented_block_with_an_empty_line() {
        let mut line = ContentLine::text_line(Dialect::Old, "PHOTO", "");
        line = line.with_param(Param::bare("BASE64"));
        line.set_packed(Transfer::Base64, "QUJD".repeat(20).as_bytes());
        let written = written(&line);
        assert!(written.starts_with("PHOTO;BASE64:\r\n QUJD"), "{written}");
        assert!(written.ends_with("QUJD\r\n\r\n"), "{written}");
    }
}
