use bytes::BytesMut;
use bytestring::ByteString;

/// Room for three of the longest numbers and two colons.
const ROOM: usize = 64;

/// Octets of texts that lie together.
const BLOCK: usize = 2048;

/// Texts of numbers, many of which share a piece of memory: a store makes a lot of them, and looks at them one after the
/// other.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers(BytesMut);

impl Numbers {
    /// Up to three numbers in decimal form, with colons between. The machinery of formatting would be what they cost.
    pub(super) fn text<const N: usize>(&mut self, numbers: [u64; N]) -> ByteString {
        const { assert!(N <= 3) };
        let mut octets = [b':'; ROOM];
        let mut place = ROOM;
        for mut number in numbers.into_iter().rev() {
            if place < ROOM {
                place -= 1;
            }
            loop {
                place -= 1;
                octets[place] = b'0' + (number % 10) as u8;
                number /= 10;
                if number == 0 {
                    break;
                }
            }
        }
        if self.0.capacity() < ROOM {
            self.0 = BytesMut::with_capacity(BLOCK);
        }
        self.0.extend_from_slice(&octets[place..]);
        // Digits and colons are text.
        ByteString::try_from(self.0.split().freeze()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_formatting_writes_them() {
        let mut numbers = Numbers::default();
        for number in [0, 7, 10, 99, 12_345, u64::MAX] {
            assert_eq!(numbers.text([number]), number.to_string());
            assert_eq!(numbers.text([number, 5]), format!("{number}:5"));
            assert_eq!(
                numbers.text([number, number, number]),
                format!("{number}:{number}:{number}")
            );
        }
    }
}
