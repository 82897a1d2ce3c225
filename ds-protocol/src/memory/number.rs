use bytestring::ByteString;

/// Room for three of the longest numbers and two colons.
const ROOM: usize = 64;

/// Up to three numbers in decimal form, with colons between. A store makes many of these, and the machinery of
/// formatting would be what they cost.
pub(super) fn text<const N: usize>(numbers: [u64; N]) -> ByteString {
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
    let text = std::str::from_utf8(&octets[place..]).unwrap_or_default();
    ByteString::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_formatting_writes_them() {
        for number in [0, 7, 10, 99, 12_345, u64::MAX] {
            assert_eq!(text([number]), number.to_string());
            assert_eq!(text([number, 5]), format!("{number}:5"));
            assert_eq!(
                text([number, number, number]),
                format!("{number}:{number}:{number}")
            );
        }
    }
}
