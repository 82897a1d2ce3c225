//! What the parsers get to see.

use syncml_repr::{Bytes, Encoding};
use testdata::Kind;

/// A fixture before anything is done to it.
pub(crate) struct Original {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
    /// The encoding that its first octets look like, if any.
    pub(crate) encoding: Option<Encoding>,
}

/// What is done to a fixture.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Case {
    /// Only so many octets are left.
    Truncated(usize),
    /// The octet at this place has this value.
    Octet(usize, u8),
}

/// Every document and message of the collection that belongs to this layer.
pub(crate) fn originals() -> Vec<Original> {
    let fixtures = testdata::fixtures()
        .filter(|fixture| {
            matches!(
                fixture.kind,
                Kind::Wbxml | Kind::Message | Kind::Meta | Kind::DevInf | Kind::Bad
            )
        })
        .map(|fixture| Original::new(fixture.name.to_owned(), fixture.bytes));
    let sessions = testdata::scenarios().flat_map(|scenario| {
        scenario.messages.iter().flat_map(|message| {
            let name = format!("session/{}/{}", scenario.name, message.name);
            [
                Original::new(format!("{name}.xml"), message.xml),
                Original::new(format!("{name}.wbxml"), message.wbxml),
            ]
        })
    });
    fixtures.chain(sessions).collect()
}

impl Original {
    fn new(name: String, bytes: &'static [u8]) -> Self {
        Self {
            name,
            bytes: Bytes::from_static(bytes),
            encoding: syncml_wbxml::sniff(bytes),
        }
    }

    /// Everything that is done to it.
    pub(crate) fn cases(&self) -> impl Iterator<Item = Case> {
        let octets = self.bytes.iter().enumerate().flat_map(|(at, old)| {
            let flipped = (0..8).map(move |bit| old ^ (1 << bit));
            [0x00, 0x7F, 0x80, 0xFF]
                .into_iter()
                // These four are single bits away from some octets.
                .filter(move |new| (old ^ new).count_ones() > 1)
                .chain(flipped)
                .map(move |new| Case::Octet(at, new))
        });
        (0..self.bytes.len()).map(Case::Truncated).chain(octets)
    }

    pub(crate) fn apply(&self, case: Case) -> Bytes {
        match case {
            Case::Truncated(len) => self.bytes.slice(..len),
            Case::Octet(at, new) => {
                let mut bytes = self.bytes.to_vec();
                bytes[at] = new;
                bytes.into()
            }
        }
    }
}

/// Tells which input it was when a parser panics.
pub(crate) struct TellOnPanic<'a>(pub(crate) &'a Original, pub(crate) Case);

impl Drop for TellOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("panicked at {} {:?}", self.0.name, self.1);
        }
    }
}
