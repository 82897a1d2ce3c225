//! Commands as they stand in each other.

use std::slice;

use crate::{CmdId, Command, Item, SyncBody};

impl SyncBody {
    /// All commands in the order of the document, also those inside of Sync, Atomic and Sequence:
    /// each after the one it is in. That is the order of their Statuses.
    ///
    /// ```
    /// use syncml_repr::{Group, GroupKind, Locator, Modify, ModifyKind, SyncBody, SyncCmd};
    ///
    /// let mut atomic = Group::new(GroupKind::Atomic, 2);
    /// atomic.commands.push(Modify::new(ModifyKind::Add, 3).into());
    /// let mut sync = SyncCmd::new(1, Locator::new("./card"), Locator::new("./pb"));
    /// sync.commands = vec![atomic.into(), Modify::new(ModifyKind::Delete, 4).into()];
    /// let mut body = SyncBody::default();
    /// body.commands.push(sync.into());
    ///
    /// let names: Vec<&str> = body.all_commands().map(|command| command.name()).collect();
    /// assert_eq!(names, ["Sync", "Atomic", "Add", "Delete"]);
    /// ```
    #[must_use]
    pub fn all_commands(&self) -> AllCommands<'_> {
        AllCommands {
            open: vec![self.commands.iter()],
        }
    }
}

/// Iterator of [`SyncBody::all_commands`].
#[derive(Clone, Debug)]
pub struct AllCommands<'m> {
    /// What is left of each command that is not yet through, the innermost last.
    open: Vec<slice::Iter<'m, Command>>,
}

impl<'m> Iterator for AllCommands<'m> {
    type Item = &'m Command;

    fn next(&mut self) -> Option<&'m Command> {
        while let Some(level) = self.open.last_mut() {
            if let Some(command) = level.next() {
                self.open.push(command.commands().iter());
                return Some(command);
            }
            self.open.pop();
        }
        None
    }
}

impl Command {
    /// The commands inside of this one: those of a Sync, an Atomic or a Sequence.
    #[must_use]
    pub fn commands(&self) -> &[Self] {
        match self {
            Self::Sync(command) => &command.commands,
            Self::Group(command) => &command.commands,
            _ => &[],
        }
    }

    /// The items of the command. A Map has pairs instead, and a Search has none.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        match self {
            Self::Alert(command) => &command.items,
            Self::Modify(command) => &command.items,
            Self::Status(command) => &command.items,
            Self::Results(command) => &command.items,
            Self::Get(command) => &command.items,
            Self::Put(command) => &command.items,
            Self::Exec(command) => &command.items,
            _ => &[],
        }
    }

    pub(crate) fn commands_mut(&mut self) -> &mut [Self] {
        match self {
            Self::Sync(command) => &mut command.commands,
            Self::Group(command) => &mut command.commands,
            _ => &mut [],
        }
    }

    /// Where the id of the command is kept; an unknown one has its own in the midst of its markup.
    pub(crate) fn cmd_id_mut(&mut self) -> Option<&mut CmdId> {
        Some(match self {
            Self::Alert(command) => &mut command.cmd_id,
            Self::Modify(command) => &mut command.cmd_id,
            Self::Sync(command) => &mut command.cmd_id,
            Self::Map(command) => &mut command.cmd_id,
            Self::Status(command) => &mut command.cmd_id,
            Self::Results(command) => &mut command.cmd_id,
            Self::Get(command) => &mut command.cmd_id,
            Self::Put(command) => &mut command.cmd_id,
            Self::Group(command) => &mut command.cmd_id,
            Self::Exec(command) => &mut command.cmd_id,
            Self::Search(command) => &mut command.cmd_id,
            Self::Unknown(_) => return None,
        })
    }
}
