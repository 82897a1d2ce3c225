//! Commands of ours that the peer has not answered yet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use syncml_repr::{MsgId, Status};

use crate::change::{Confirmed, MapPair};

/// Messages a peer may take to answer a command. What is older counts as unanswered: an item is then
/// sent again in the next session. Keeps a peer that never answers from filling our memory.
const PATIENCE: u32 = 16;

/// What a command of ours was about; `usize` is the index of the datastore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Awaiting {
    /// Put, Get, Results, Alert 222: whatever the answer, the session goes on.
    Nothing,
    /// Alert 224.
    Suspend,
    Alert(usize),
    Sync(usize),
    Item(usize, Confirmed),
    /// A part of a large object, and not its last.
    Chunk(usize),
    Map(usize, Vec<MapPair>),
}

impl Awaiting {
    /// The datastore it is about.
    fn datastore(&self) -> Option<usize> {
        match self {
            Self::Nothing | Self::Suspend => None,
            Self::Alert(index)
            | Self::Sync(index)
            | Self::Item(index, _)
            | Self::Chunk(index)
            | Self::Map(index, _) => Some(*index),
        }
    }
}

/// The table of unanswered commands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Row>", into = "Vec<Row>")]
pub(crate) struct Pending {
    rows: BTreeMap<(u32, u32), Awaiting>,
}

type Row = (u32, u32, Awaiting);

impl From<Vec<Row>> for Pending {
    fn from(rows: Vec<Row>) -> Self {
        Self {
            rows: rows
                .into_iter()
                .map(|(msg, cmd, awaiting)| ((msg, cmd), awaiting))
                .collect(),
        }
    }
}

impl From<Pending> for Vec<Row> {
    fn from(pending: Pending) -> Self {
        pending
            .rows
            .into_iter()
            .map(|((msg, cmd), awaiting)| (msg, cmd, awaiting))
            .collect()
    }
}

impl Pending {
    /// Notes a command of the message `msg`, and gives up on what is far older.
    pub(crate) fn insert(&mut self, msg: u32, cmd: u32, awaiting: Awaiting) {
        while let Some(oldest) = self.rows.first_entry() {
            if oldest.key().0.saturating_add(PATIENCE) >= msg {
                break;
            }
            oldest.remove();
        }
        self.rows.insert((msg, cmd), awaiting);
    }

    /// The command a status answers, taken out of the table. `last` is our last message, assumed where the
    /// status does not say.
    pub(crate) fn answered(&mut self, status: &Status, last: u32) -> Option<Awaiting> {
        let cmd = status.cmd_ref.as_str().parse().ok()?;
        self.rows
            .remove(&(status.msg_ref.map_or(last, MsgId::get), cmd))
    }

    /// Whether an Alert of ours is still without answer.
    pub(crate) fn awaits_alert(&self) -> bool {
        self.rows
            .values()
            .any(|awaiting| matches!(awaiting, Awaiting::Alert(_)))
    }

    /// The item commands that are still without answer, taken out of the table.
    pub(crate) fn take_items(&mut self) -> impl Iterator<Item = (usize, Confirmed)> {
        let rows = std::mem::take(&mut self.rows);
        rows.into_values().filter_map(|awaiting| match awaiting {
            Awaiting::Item(index, confirmed) => Some((index, confirmed)),
            _ => None,
        })
    }

    /// Forgets what was sent for a datastore: it does not count.
    pub(crate) fn forget(&mut self, datastore: usize) {
        self.rows
            .retain(|_, awaiting| awaiting.datastore() != Some(datastore));
    }

    /// Forgets everything, when a package is to be sent again from its first command.
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A peer that never answers does not make the table grow without end.
    #[test]
    fn gives_up_on_old_commands() {
        let mut pending = Pending::default();
        for msg in 1..1000 {
            pending.insert(msg, 1, Awaiting::Nothing);
        }
        assert_eq!(pending.rows.len(), PATIENCE as usize + 1);
    }
}
