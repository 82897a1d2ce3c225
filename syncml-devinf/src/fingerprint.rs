use sha2::{Digest as _, Sha256};
use syncml_wbxml::Version;
use syncml_wbxml::{Event, Source};

use crate::DevInf;

impl DevInf {
    /// A value that changes when the device information does, to know when it must be sent
    /// again. The order of elements, which means nothing, does not change it, nor does the version
    /// of the document.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        // In the version that has everything, or where the content types of the device are too many
        // for that, in the one that does not copy them.
        self.to_fragment(Version::V1_2)
            .or_else(|_| self.to_fragment(Version::V1_1))
            .map(|fragment| digest(&mut fragment.source()))
            .unwrap_or_default()
    }
}

/// Digest of a tree in which children have no order.
fn digest<'a>(source: &mut impl Source<'a>) -> [u8; 32] {
    // For each open element: its name and text so far, and the digests of its children.
    let mut open: Vec<(Sha256, Vec<[u8; 32]>)> = vec![(Sha256::new(), Vec::new())];
    while let Ok(Some(event)) = source.next_event() {
        match (event, open.last_mut()) {
            (Event::Start(name), _) => {
                let mut own = Sha256::new();
                own.update(name.local());
                // Names and texts must not run into each other.
                own.update([0]);
                open.push((own, Vec::new()));
            }
            (Event::Text(text), Some((own, _))) => own.update(&*text),
            (Event::Opaque(octets), Some((own, _))) => own.update(&*octets),
            (Event::End, _) => {
                if let Some(done) = open.pop()
                    && let Some((_, children)) = open.last_mut()
                {
                    children.push(close(done));
                }
            }
            _ => {}
        }
    }
    open.pop().map(close).unwrap_or_default()
}

fn close((mut own, mut children): (Sha256, Vec<[u8; 32]>)) -> [u8; 32] {
    children.sort_unstable();
    own.update([0]);
    children.iter().for_each(|child| own.update(child));
    own.finalize().into()
}
