use syncml_meta::base64;

/// What text is as Base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Base64 {
    /// As it should be.
    Strict,
    /// With white space or without its padding, but it can be read.
    Lenient,
    Not,
}

/// Looks at text without copying it, unless it is not as it should be.
pub(super) fn classify(text: &str) -> Base64 {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    if body.bytes().all(in_alphabet) && padding <= 2 && text.len().is_multiple_of(4) {
        Base64::Strict
    } else if base64::decode_lenient(text).is_some() {
        Base64::Lenient
    } else {
        Base64::Not
    }
}

/// The number of octets that Base64 text stands for.
pub(super) fn decoded_len(text: &str) -> usize {
    let letters = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=')
        .count();
    letters / 4 * 3 + (letters % 4).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        for (text, class) in [
            ("", Base64::Strict),
            ("Tm9uY2U=", Base64::Strict),
            ("Tm9uY2U", Base64::Lenient),
            ("Tm9u\r\nY2U=", Base64::Lenient),
            ("Tm9u!", Base64::Not),
            ("=", Base64::Lenient),
        ] {
            assert_eq!(classify(text), class, "{text:?}");
        }
        assert_eq!(decoded_len("Tm9u\nY2U="), 5);
    }
}
