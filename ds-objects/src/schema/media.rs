//! Kinds of octets: the words of vCard 2.1 and 3.0, and media types.

const TYPES: [(&str, &str); 16] = [
    ("JPEG", "image/jpeg"),
    ("JPG", "image/jpeg"),
    ("GIF", "image/gif"),
    ("PNG", "image/png"),
    ("BMP", "image/bmp"),
    ("TIFF", "image/tiff"),
    ("WEBP", "image/webp"),
    ("HEIC", "image/heic"),
    ("SVG", "image/svg+xml"),
    ("WAVE", "audio/wav"),
    ("PCM", "audio/pcm"),
    ("AIFF", "audio/aiff"),
    ("BASIC", "audio/basic"),
    ("MP3", "audio/mpeg"),
    ("PGP", "application/pgp-keys"),
    ("X509", "application/x-x509-user-cert"),
];

/// The media type that a word of vCard means for a property.
pub(crate) fn media_type(property: &str, word: &str) -> Option<String> {
    if word.contains('/') {
        return Some(word.to_ascii_lowercase());
    }
    let known = TYPES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word));
    if let Some((_, media_type)) = known {
        return Some((*media_type).to_owned());
    }
    let family = match property {
        "PHOTO" | "LOGO" => "image",
        "SOUND" => "audio",
        "KEY" => "application",
        _ => return None,
    };
    Some(format!("{family}/{}", word.to_ascii_lowercase()))
}

/// The word of vCard for a media type.
pub(crate) fn word(media_type: &str) -> String {
    let known = TYPES
        .iter()
        .find(|(_, known)| known.eq_ignore_ascii_case(media_type));
    known.map_or_else(
        || {
            let subtype = media_type
                .split_once('/')
                .map_or(media_type, |(_, sub)| sub);
            subtype.to_ascii_uppercase()
        },
        |(word, _)| (*word).to_owned(),
    )
}
