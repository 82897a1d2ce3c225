//! What one end has said, and how the other has answered: each command gets one Status, of a code that this command can have.

use std::collections::BTreeMap;

use syncml_repr::{CmdId, Command, GroupKind, Message, Status};

/// Octets in which there is room for any answer to these scripts.
const WIDE: u64 = 50_000;

/// Commands of a peer, and the Statuses that came for them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    /// By message and id. An id may serve several commands.
    said: BTreeMap<(u32, CmdId), Entry>,
}

#[derive(Clone, Debug, Default)]
struct Entry {
    names: Vec<String>,
    /// Statuses that are due: one for each command, or one for each of its items.
    fewest: usize,
    most: usize,
    answered: usize,
    /// It stands inside of an Atomic.
    in_atomic: bool,
}

impl Book {
    /// A message is about to be given to the engine; whether there is room for all that is to be said to it.
    pub(crate) fn is_wide(&mut self, message: &Message) -> bool {
        self.note(message);
        let meta = message.hdr.meta.as_ref();
        let most = meta.and_then(|meta| meta.max_msg_size);
        most.is_none_or(|most| most >= WIDE)
    }

    /// A message is about to be given to the engine.
    pub(crate) fn note(&mut self, message: &Message) {
        let msg = message.hdr.msg_id.get();
        self.add(msg, CmdId::new("0"), "SyncHdr", 1, false);
        self.note_commands(msg, &message.body.commands, false);
    }

    fn note_commands(&mut self, msg: u32, commands: &[Command], in_atomic: bool) {
        for command in commands {
            let (items, inner): (_, &[Command]) = match command {
                Command::Status(_) => continue,
                Command::Sync(sync) => (1, &sync.commands),
                Command::Group(group) => (1, &group.commands),
                Command::Modify(modify) => (modify.items.len(), &[]),
                Command::Alert(alert) => (alert.items.len(), &[]),
                _ => (1, &[]),
            };
            if let Some(id) = command.cmd_id() {
                self.add(msg, id.clone(), command.name(), items, in_atomic);
            }
            let is_atomic =
                matches!(command, Command::Group(group) if group.kind == GroupKind::Atomic);
            self.note_commands(msg, inner, in_atomic || is_atomic);
        }
    }

    fn add(&mut self, msg: u32, id: CmdId, name: &str, items: usize, in_atomic: bool) {
        let entry = self.said.entry((msg, id)).or_default();
        entry.names.push(name.to_owned());
        entry.fewest += 1;
        entry.most += items.max(1);
        entry.in_atomic |= in_atomic;
    }

    /// The engine has answered: every Status is for something that was said, and right for it. Who was refused is not owed
    /// what did not fit.
    pub(crate) fn check(&mut self, answer: &Message) {
        let mut is_taken = false;
        for command in &answer.body.commands {
            let Command::Status(status) = command else {
                continue;
            };
            let msg = status.msg_ref.map_or(0, |msg| msg.get());
            let entry = self.said.get_mut(&(msg, status.cmd_ref.clone()));
            let entry =
                entry.unwrap_or_else(|| panic!("nobody has said what this is for: {status:?}"));
            entry.answered += 1;
            assert!(entry.answered <= entry.most, "answered before: {status:?}");
            let is_named = entry.names.iter().any(|name| status.cmd == name.as_str());
            assert!(is_named, "{:?}: {status:?}", entry.names);
            assert!(is_legal(status, entry.in_atomic), "{status:?}");
            is_taken |= status.cmd_ref.is_header() && status.code.is_success();
        }
        if !is_taken {
            self.forgive();
        }
    }

    /// Nothing is left that was not answered.
    pub(crate) fn check_all(&self) {
        for (of, entry) in &self.said {
            assert!(
                entry.answered >= entry.fewest,
                "no Status for {of:?} {entry:?}"
            );
        }
    }

    /// What is left needs no answer any more.
    fn forgive(&mut self) {
        for entry in self.said.values_mut() {
            entry.fewest = entry.fewest.min(entry.answered);
        }
    }
}

/// Whether a command can have this Status `[DSPro §status codes]`.
fn is_legal(status: &Status, in_atomic: bool) -> bool {
    let name = status.cmd.as_str();
    let is_item = matches!(name, "Add" | "Replace" | "Delete" | "Copy" | "Move");
    match status.code.get() {
        200 => true,
        // While it is at work; who has proved who it is.
        101 | 212 => name == "SyncHdr",
        201 => matches!(name, "Add" | "Replace" | "Copy"),
        // Conflicts, what the other end kept, what was not there.
        207..=209 => is_item,
        210 | 211 => matches!(name, "Delete"),
        // A part of a large object.
        213 => matches!(name, "Add" | "Replace"),
        214 => true,
        // What is in an Atomic that was given up, or was undone.
        215 | 216 => in_atomic || is_item,
        507 | 517 => name == "Atomic",
        516 => in_atomic,
        505 | 513 => name == "SyncHdr",
        // What is said to a datastore that was given up is answered with the reason.
        508 => name != "SyncHdr",
        509 => name == "Alert",
        400..=426 | 427 | 428 | 500..=503 | 506 | 510..=512 | 514 => true,
        _ => false,
    }
}
