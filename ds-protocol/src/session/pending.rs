//! Commands of ours that the peer has not answered yet.

use std::collections::VecDeque;

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

/// The table of unanswered commands, message by message, as they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Row>", into = "Vec<Row>")]
pub(crate) struct Pending {
    messages: VecDeque<Sent>,
}

/// Commands of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sent {
    msg: u32,
    /// By rising number of the command; none: answered.
    rows: Vec<(u32, Option<Awaiting>)>,
    /// Rows that are not answered.
    open: usize,
}

type Row = (u32, u32, Awaiting);

impl From<Vec<Row>> for Pending {
    fn from(rows: Vec<Row>) -> Self {
        let mut pending = Self::default();
        for (msg, cmd, awaiting) in rows {
            match pending.messages.back_mut().filter(|sent| sent.msg == msg) {
                Some(sent) => sent.push(cmd, awaiting),
                None => pending
                    .messages
                    .push_back(Sent::new(msg, vec![(cmd, awaiting)])),
            }
        }
        pending
    }
}

impl From<Pending> for Vec<Row> {
    fn from(pending: Pending) -> Self {
        pending
            .messages
            .into_iter()
            .flat_map(|Sent { msg, rows, .. }| {
                let open = rows.into_iter();
                open.filter_map(move |(cmd, awaiting)| Some((msg, cmd, awaiting?)))
            })
            .collect()
    }
}

impl Sent {
    fn new(msg: u32, rows: Vec<(u32, Awaiting)>) -> Self {
        Self {
            msg,
            open: rows.len(),
            rows: rows
                .into_iter()
                .map(|(cmd, awaiting)| (cmd, Some(awaiting)))
                .collect(),
        }
    }

    fn push(&mut self, cmd: u32, awaiting: Awaiting) {
        self.rows.push((cmd, Some(awaiting)));
        self.open += 1;
    }

    fn take(&mut self, cmd: u32) -> Option<Awaiting> {
        let place = self.rows.binary_search_by_key(&cmd, |row| row.0).ok()?;
        let (_, awaiting) = self.rows.get_mut(place)?;
        let taken = awaiting.take()?;
        self.open -= 1;
        Some(taken)
    }
}

impl Pending {
    /// Notes the commands of the message `msg`, by rising number, and gives up on what is far older.
    pub(crate) fn insert(&mut self, msg: u32, rows: Vec<(u32, Awaiting)>) {
        while let Some(oldest) = self.messages.front()
            && oldest.msg.saturating_add(PATIENCE) < msg
        {
            self.messages.pop_front();
        }
        if !rows.is_empty() {
            self.messages.push_back(Sent::new(msg, rows));
        }
    }

    /// The command a status answers, taken out of the table. `last` is our last message, assumed where the
    /// status does not say.
    pub(crate) fn answered(&mut self, status: &Status, last: u32) -> Option<Awaiting> {
        let cmd = status.cmd_ref.as_str().parse().ok()?;
        let msg = status.msg_ref.map_or(last, MsgId::get);
        let place = self.messages.iter().position(|sent| sent.msg == msg)?;
        let sent = self.messages.get_mut(place)?;
        let taken = sent.take(cmd);
        if sent.open == 0 {
            self.messages.remove(place);
        }
        taken
    }

    /// Whether an Alert of ours is still without answer.
    pub(crate) fn awaits_alert(&self) -> bool {
        let mut rows = self.messages.iter().flat_map(|sent| &sent.rows);
        rows.any(|(_, awaiting)| matches!(awaiting, Some(Awaiting::Alert(_))))
    }

    /// The item commands that are still without answer; the table is empty then.
    pub(crate) fn take_items(&mut self) -> impl Iterator<Item = (usize, Confirmed)> {
        let messages = std::mem::take(&mut self.messages);
        let rows = messages.into_iter().flat_map(|sent| sent.rows);
        rows.filter_map(|(_, awaiting)| match awaiting {
            Some(Awaiting::Item(index, confirmed)) => Some((index, confirmed)),
            _ => None,
        })
    }

    /// Forgets what was sent for a datastore: it does not count.
    pub(crate) fn forget(&mut self, datastore: usize) {
        for sent in &mut self.messages {
            for (_, awaiting) in &mut sent.rows {
                if awaiting.as_ref().and_then(Awaiting::datastore) == Some(datastore) {
                    *awaiting = None;
                    sent.open -= 1;
                }
            }
        }
        self.messages.retain(|sent| sent.open > 0);
    }

    /// Forgets everything, when a package is to be sent again from its first command.
    pub(crate) fn clear(&mut self) {
        self.messages.clear();
    }
}

#[cfg(test)]
mod tests {
    use syncml_repr::StatusCode;

    use super::*;

    /// A peer that never answers does not make the table grow without end.
    #[test]
    fn gives_up_on_old_commands() {
        let mut pending = Pending::default();
        for msg in 1..1000 {
            pending.insert(msg, vec![(1, Awaiting::Nothing)]);
        }
        assert_eq!(pending.messages.len(), PATIENCE as usize + 1);
    }

    /// A status takes its command out of the table, once; stored and read back, the table is the same.
    #[test]
    fn each_command_is_answered_once() {
        let mut pending = Pending::default();
        let rows = |numbers: [u32; 3]| {
            numbers
                .map(|number| (number, Awaiting::Sync(number as usize)))
                .to_vec()
        };
        pending.insert(4, rows([2, 3, 7]));
        pending.insert(5, rows([1, 2, 3]));
        let status = |msg: Option<u32>, cmd: &'static str| {
            let mut status = Status::new("", MsgId::new(1), cmd, "Sync", StatusCode::OK);
            status.msg_ref = msg.map(MsgId::new);
            status
        };
        assert_eq!(pending.answered(&status(Some(4), "0"), 5), None);
        assert_eq!(pending.answered(&status(Some(6), "1"), 5), None);
        let answered = pending.answered(&status(Some(4), "7"), 5);
        assert_eq!(answered, Some(Awaiting::Sync(7)));
        assert_eq!(pending.answered(&status(Some(4), "7"), 5), None);
        let stored = serde_json::to_string(&pending).unwrap();
        pending = serde_json::from_str(&stored).unwrap();
        let of_last = pending.answered(&status(None, "1"), 5);
        assert_eq!(of_last, Some(Awaiting::Sync(1)));
        pending.forget(2);
        assert_eq!(pending.answered(&status(Some(5), "2"), 5), None);
        assert!(pending.answered(&status(Some(4), "3"), 5).is_some());
        assert!(pending.answered(&status(Some(5), "3"), 5).is_some());
        assert_eq!(pending, Pending::default());
    }
}
