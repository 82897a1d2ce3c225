use std::fmt;

/// Longest text that is held in place.
const PLACE: usize = 14;

/// Text that is nearly always very short: a number, a name of a command. Half the size of a slice
/// of the input, and nothing to count or free.
#[derive(Clone)]
pub(crate) enum Short {
    /// So many octets of text.
    Here(u8, [u8; PLACE]),
    #[allow(
        clippy::box_collection,
        reason = "one word, so that the common case decides on the size"
    )]
    Elsewhere(Box<String>),
}

impl Short {
    pub(crate) const EMPTY: Self = Self::Here(0, [0; PLACE]);

    pub(crate) const fn new_static(text: &'static str) -> Self {
        assert!(text.len() <= PLACE);
        let mut octets = [0; PLACE];
        let mut i = 0;
        while i < text.len() {
            octets[i] = text.as_bytes()[i];
            i += 1;
        }
        Self::Here(text.len() as u8, octets)
    }

    #[inline]
    pub(crate) fn new(text: &str) -> Self {
        let mut octets = [0; PLACE];
        match octets.get_mut(..text.len()) {
            Some(place) => {
                place.copy_from_slice(text.as_bytes());
                Self::Here(text.len() as u8, octets)
            }
            None => Self::Elsewhere(Box::new(text.to_owned())),
        }
    }

    /// Takes octets that should be text; what is not UTF-8 in them is replaced.
    #[inline]
    pub(crate) fn read(octets: &[u8]) -> Self {
        let mut place = [0; PLACE];
        match place.get_mut(..octets.len()) {
            Some(here) if octets.is_ascii() => here.copy_from_slice(octets),
            _ => return Self::new(&String::from_utf8_lossy(octets)),
        }
        Self::Here(octets.len() as u8, place)
    }

    pub(crate) fn as_str(&self) -> &str {
        // What was put in is text.
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The octets of the text.
    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Here(len, octets) => octets.get(..usize::from(*len)).unwrap_or_default(),
            Self::Elsewhere(text) => text.as_bytes(),
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Here(len, _) => *len == 0,
            Self::Elsewhere(text) => text.is_empty(),
        }
    }
}

impl Default for Short {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<u32> for Short {
    fn from(number: u32) -> Self {
        // Ten digits at most.
        let mut octets = [0; PLACE];
        let mut len = 1;
        let mut rest = number / 10;
        while rest > 0 {
            len += 1;
            rest /= 10;
        }
        rest = number;
        for octet in octets[..len].iter_mut().rev() {
            *octet = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        Self::Here(len as u8, octets)
    }
}

#[cfg(test)]
mod tests {
    use super::Short;

    #[test]
    fn holds_any_text() {
        for len in 0..40 {
            let text = "é".repeat(len / 2) + &"x".repeat(len % 2);
            let short = Short::new(&text);
            assert_eq!(short.as_str(), text);
            assert_eq!(short.is_empty(), text.is_empty());
        }
        assert_eq!(std::mem::size_of::<Short>(), 16);
    }

    #[test]
    fn writes_numbers() {
        for number in [0, 7, 10, 99, 100, 65_535, u32::MAX] {
            assert_eq!(Short::from(number).as_str(), number.to_string());
        }
    }
}
