//! A file goes through, however large it is, and leaves the memory as it was.

use ds_objects::omads::{BodyReader, BodyWriter, File};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

#[test]
fn a_large_file_needs_little_memory() {
    const PIECE: usize = 16 << 10;
    const PIECES: usize = 1 << 9;
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
}
