//! What people do to their items.

use serde::{Deserialize, Serialize};

use crate::testing::dice::Dice;

/// Where somebody is: at the server, or at one of the devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Place {
    Server,
    Device(usize),
}

/// One edit of one datastore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Edit {
    pub(super) place: Place,
    /// Index of the datastore.
    pub(super) store: usize,
    pub(super) what: What,
}

/// What is done. Items are meant by a number, taken modulo the items that are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum What {
    /// A new item of this size and colour; in a tree, under the item of that number.
    Add {
        size: usize,
        colour: usize,
        under: Option<usize>,
    },
    /// The same new item in two places: here, and at the server.
    AddBoth { size: usize, colour: usize },
    /// Another state.
    Replace {
        item: usize,
        size: usize,
        colour: usize,
    },
    /// Gone, with everything below.
    Delete { item: usize },
    /// Gone from here, and from nowhere else.
    Forgo { item: usize },
    /// Under another item, or at the top.
    Move { item: usize, under: Option<usize> },
}

impl Edit {
    /// Some edit.
    pub(super) fn some(dice: &mut Dice, stores: usize, devices: usize) -> Self {
        let place = match dice.roll(devices + 1) {
            0 => Place::Server,
            number => Place::Device(number - 1),
        };
        let size = size(dice);
        let colour = dice.roll(3);
        let item = dice.roll(8);
        let under = (!dice.one_in(3)).then(|| dice.roll(8));
        let what = match dice.roll(20) {
            0..=6 => What::Add {
                size,
                colour,
                under,
            },
            7 => What::AddBoth { size, colour },
            8..=14 => What::Replace { item, size, colour },
            15..=17 => What::Delete { item },
            _ => What::Move { item, under },
        };
        Self {
            place,
            store: dice.roll(stores),
            what,
        }
    }
}

/// Most bodies are small, some are larger than a message.
fn size(dice: &mut Dice) -> usize {
    match dice.roll(16) {
        0..=11 => 20 + dice.roll(100),
        12..=13 => 500 + dice.roll(1_500),
        14 => 3_000 + dice.roll(6_000),
        _ => 10_000 + dice.roll(10_000),
    }
}
