//! What the simulated items carry: each state of each item has octets of its own, which can be checked.

use crate::change::Content;
use crate::testing::dice::Dice;

/// Media type of everything that is simulated.
pub(super) const MEDIA_TYPE: &str = "text/plain";

/// What filters speak of.
pub(super) const COLOURS: [&str; 3] = ["red", "green", "blue"];

/// What a body says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Label {
    /// Number of the state; no two states have the same.
    pub(super) version: u32,
    /// Which of [`COLOURS`].
    pub(super) colour: usize,
}

/// The octets of a state: about so many, and never the same as another's.
pub(super) fn write(label: Label, size: usize) -> Content {
    let mut dice = Dice::new(u64::from(label.version));
    let colour = COLOURS.get(label.colour).copied().unwrap_or_default();
    let mut text = format!("{};{colour};", label.version);
    // What XML and its CDATA trip over, and letters of more than one octet.
    const LETTERS: [&str; 16] = [
        "a", "b", "c", "d", "e", "f", "g", "h", "<", "&", "]]>", "é", "王", " ", "\n", "0",
    ];
    while text.len() < size {
        text.push_str(dice.of(LETTERS));
    }
    let sum = checksum(text.as_bytes());
    Content::new(MEDIA_TYPE, format!("{text};{sum:016x}\n"))
}

/// What a body says; none where it is not whole.
pub(super) fn read(content: &Content) -> Option<Label> {
    let text = std::str::from_utf8(&content.data).ok()?;
    let (text, sum) = text.strip_suffix('\n')?.rsplit_once(';')?;
    if u64::from_str_radix(sum, 16).ok()? != checksum(text.as_bytes()) {
        return None;
    }
    let mut parts = text.splitn(3, ';');
    let version = parts.next()?.parse().ok()?;
    let colour = parts.next()?;
    Some(Label {
        version,
        colour: COLOURS.iter().position(|known| *known == colour)?,
    })
}

/// FNV-1a.
fn checksum(octets: &[u8]) -> u64 {
    octets.iter().fold(0xCBF2_9CE4_8422_2325, |sum, octet| {
        (sum ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_whole_or_nothing() {
        let label = Label {
            version: 7,
            colour: 1,
        };
        let whole = write(label, 300);
        assert_eq!(read(&whole), Some(label));
        for at in 0..whole.data.len() {
            let mut data = whole.data.to_vec();
            data[at] ^= 1;
            assert_eq!(read(&Content::new(MEDIA_TYPE, data)), None, "{at}");
            let cut = whole.data.slice(..at);
            assert_eq!(read(&Content::new(MEDIA_TYPE, cut)), None, "{at}");
        }
    }
}
