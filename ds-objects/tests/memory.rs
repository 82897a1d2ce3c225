//! A file or mail goes through, however large it is, and leaves the memory as it was. The example `large_body` does the
//! same with any size.

use ds_objects::omads::{BodyReader, BodyWriter, Email, File};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

#[test]
fn a_large_file_needs_little_memory() {
    const PIECE: usize = 16 << 10;
    const PIECES: usize = 1 << 11;
    let size = (PIECE * PIECES) as u64;
    let piece = vec![0xA5_u8; PIECE];
    let mut file = File::default();
    file.name = Some("large.bin".to_owned());
    file.size = Some(size);
    let profiler = dhat::Profiler::builder().testing().build();
    let (mut out, mut written, mut read) = (Vec::new(), 0, 0);
    let mut reader = BodyReader::new();
    let mut writer = BodyWriter::begin(&file, &mut out);
    let mut pass = |out: &mut Vec<u8>| {
        written += out.len() as u64;
        let fed = reader.feed(out, &mut |octets| {
            assert!(octets.iter().all(|octet| *octet == 0xA5));
            read += octets.len() as u64;
        });
        fed.expect("is base64");
        out.clear();
    };
    for _ in 0..PIECES {
        writer.content(&piece, &mut out);
        pass(&mut out);
    }
    writer.end(&mut out);
    pass(&mut out);
    let peak = dhat::HeapStats::get().max_bytes;
    drop(profiler);
    assert_eq!(
        reader.finish().expect("is whole").name.as_deref(),
        Some("large.bin")
    );
    assert_eq!(
        (read, written),
        (size, BodyWriter::encoded_len(&file, size))
    );
    assert!(peak < 256 << 10, "{peak} octets for a file of {size}");
    mail(&piece, PIECES);
}

/// The same with the message of a mail. One test, because there is one allocator.
fn mail(piece: &[u8], pieces: usize) {
    let profiler = dhat::Profiler::builder().testing().build();
    let (mut out, mut read) = (Vec::new(), 0);
    let mut reader = BodyReader::email();
    let mut writer = BodyWriter::begin_email(&Email::default(), &mut out);
    for _ in 0..pieces {
        writer.content(piece, &mut out);
        let fed = reader.feed(&out, &mut |octets| read += octets.len());
        fed.expect("is base64");
        out.clear();
    }
    writer.end(&mut out);
    reader
        .feed(&out, &mut |octets| read += octets.len())
        .expect("is base64");
    let peak = dhat::HeapStats::get().max_bytes;
    drop(profiler);
    reader.finish_email().expect("is whole");
    assert_eq!(read, pieces * piece.len());
    assert!(peak < 256 << 10, "{peak} octets for a mail");
}
