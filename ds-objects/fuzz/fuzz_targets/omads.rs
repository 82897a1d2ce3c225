//! Invariant: no panic; what is read is written and read again as the same; in pieces a file has the same content.
#![no_main]

use ds_objects::field_filter::{Field, FieldFilter};
use ds_objects::omads::{BodyReader, Email, File, Folder};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(email) = Email::parse(bytes) {
        let _ = Email::parse(&email.encode()).map(|again| again.item == email.item);
    }
    if let Ok(folder) = Folder::parse(bytes) {
        let _ = Folder::parse(&folder.encode());
    }
    let whole = File::parse(bytes);
    if let Ok(file) = &whole {
        let again = File::parse(&file.encode());
        assert_eq!(again.map(|file| file.body).as_ref(), Ok(&file.body));
    }
    let item = Field::new("emailitem").with_params(["texttype"]);
    let filter = FieldFilter::new([
        item.with_max_size(Some(5)),
        Field::new("name"),
        Field::new("read"),
    ]);
    for kind in ["email", "file", "folder"] {
        let media_type = format!("application/vnd.omads-{kind}+xml");
        if let Some(shown) = filter.cut(&media_type, bytes) {
            let _ = filter.merge(&media_type, bytes, &shown);
        }
    }
    let mut mail = BodyReader::email();
    if mail.feed(bytes, &mut |_| {}).is_ok() {
        let _ = mail.finish_email();
    }
    let (mut one, mut many) = (Vec::new(), Vec::new());
    let (mut first, mut second) = (BodyReader::new(), BodyReader::new());
    let all = first.feed(bytes, &mut |octets| one.extend_from_slice(octets));
    let pieces = bytes
        .chunks(3)
        .try_for_each(|piece| second.feed(piece, &mut |octets| many.extend_from_slice(octets)));
    assert_eq!(all.is_ok(), pieces.is_ok());
    if all.is_ok() {
        assert_eq!(one, many);
        assert_eq!(first.finish().is_ok(), second.finish().is_ok());
    }
});
