//! What is not shown unless somebody asks for it.

use syncml_wbxml::Tag;
use syncml_wbxml::tag::{metinf, syncml as tag};

/// Words in the address of an item whose data is a secret: a node of a management tree.
const WORDS: [&str; 7] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "aauthdata",
    "passphrase",
    "privatekey",
];

/// Knows in which element the reading is, and whether its text is a secret: credentials, nonces, and
/// the data of items with an address such as `./SyncML/DMAcc/1/AAuthSecret`.
#[derive(Debug)]
pub(super) struct Secrets {
    show: bool,
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    tag: Option<Tag>,
    /// The address is that of a secret.
    is_secret: bool,
}

impl Secrets {
    pub(super) fn new(show: bool) -> Self {
        Self {
            show,
            open: Vec::new(),
        }
    }

    pub(super) fn start(&mut self, tag: Option<Tag>) {
        // What is in the data of such an item is a secret as well.
        let is_secret = self.open.last().is_some_and(|parent| {
            parent.is_secret && (tag == Some(tag::DATA) || parent.tag != Some(tag::ITEM))
        });
        self.open.push(Open { tag, is_secret });
    }

    pub(super) fn end(&mut self) {
        self.open.pop();
    }

    /// Takes up text of the innermost element.
    pub(super) fn text(&mut self, octets: &[u8]) {
        let [.., item, locator, leaf] = &mut self.open[..] else {
            return;
        };
        let is_address = leaf.tag == Some(tag::LOC_URI)
            && matches!(locator.tag, Some(tag::TARGET | tag::SOURCE))
            && item.tag == Some(tag::ITEM);
        if is_address {
            let address = String::from_utf8_lossy(octets).to_lowercase();
            item.is_secret |= WORDS.iter().any(|word| address.contains(word));
        }
    }

    /// Whether the text of the innermost element is not to be shown.
    pub(super) fn hides(&self) -> bool {
        if self.show {
            return false;
        }
        let in_cred = self.open.iter().any(|open| open.tag == Some(tag::CRED));
        self.open.last().is_some_and(|leaf| {
            leaf.is_secret
                || leaf.tag == Some(metinf::NEXT_NONCE)
                || (in_cred && leaf.tag == Some(tag::DATA))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_of_a_password_node() {
        let mut secrets = Secrets::new(false);
        for open in [tag::ITEM, tag::TARGET, tag::LOC_URI] {
            secrets.start(Some(open));
        }
        secrets.text(b"./Vendor/Mail/Password");
        assert!(!secrets.hides(), "the address is none");
        secrets.end();
        secrets.end();
        secrets.start(Some(tag::META));
        assert!(!secrets.hides());
        secrets.end();
        secrets.start(Some(tag::DATA));
        assert!(secrets.hides());
        secrets.end();
        secrets.end();
        secrets.start(Some(tag::ITEM));
        secrets.start(Some(tag::DATA));
        assert!(!secrets.hides(), "the next item is another one");
    }
}
