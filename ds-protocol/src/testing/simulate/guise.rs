//! Messages as peers write them that are not made of this toolkit: what our engines take and never send.

use syncml_repr::{CmdId, Command, Group, GroupKind, Message, ModifyKind};

use super::fault::Oddity;
use crate::change::ItemId;

/// Puts the item commands of each Sync into an Atomic. Parts of large objects, which have no place there, stay outside:
/// the rest of one comes first in a message, and the beginning last.
pub(super) fn group(message: &mut Message) {
    let syncs = message.body.commands.iter_mut();
    let syncs = syncs.filter_map(|command| match command {
        Command::Sync(sync) => Some(&mut sync.commands),
        _ => None,
    });
    for (number, commands) in syncs.enumerate() {
        let first = usize::from(number == 0);
        let mut inside = commands.split_off(first.min(commands.len()));
        let outside = inside.pop_if(|last| is_part(last));
        if !inside.is_empty() {
            let mut atomic = Group::new(GroupKind::Atomic, CmdId::new(format!("A{number}")));
            atomic.commands = inside;
            commands.push(Command::Group(atomic));
        }
        commands.extend(outside);
    }
}

fn is_part(command: &Command) -> bool {
    match command {
        Command::Modify(modify) => modify.items.iter().any(|item| item.more_data),
        _ => false,
    }
}

/// Says of the Deletes of these items that they are for the sender alone (`SftDel`).
pub(super) fn soften(message: &mut Message, is_own: impl Fn(&str, &ItemId) -> bool) {
    for command in &mut message.body.commands {
        let Command::Sync(sync) = command else {
            continue;
        };
        let source = sync.source.as_ref().map(|source| source.loc_uri.clone());
        for command in &mut sync.commands {
            let Command::Modify(modify) = command else {
                continue;
            };
            let mut ids = modify.items.iter().filter_map(|item| item.source_uri());
            modify.sft_del = modify.kind == ModifyKind::Delete
                && ids.any(|id| is_own(source.as_deref().unwrap_or_default(), &ItemId::new(id)));
        }
    }
}

/// Items that are new and have a temporary id.
pub(super) fn temporary(message: &Message) -> usize {
    let syncs = message.body.commands.iter();
    let commands = syncs.filter_map(|command| match command {
        Command::Sync(sync) => Some(&sync.commands),
        _ => None,
    });
    let items = commands.flatten().filter_map(|command| match command {
        Command::Modify(modify) if modify.kind == ModifyKind::Add => modify.items.first(),
        _ => None,
    });
    let ids = items.filter_map(|item| item.source_uri());
    ids.filter(|id| id.starts_with('#')).count()
}

/// The texts of the items in each Atomic.
pub(super) fn groups(message: &Message) -> Vec<Vec<&str>> {
    fn groups_of<'a>(commands: &'a [Command], found: &mut Vec<Vec<&'a str>>) {
        for command in commands {
            match command {
                Command::Sync(sync) => groups_of(&sync.commands, found),
                Command::Group(group) => {
                    let modifies = group.commands.iter().filter_map(|command| match command {
                        Command::Modify(modify) => Some(&modify.items),
                        _ => None,
                    });
                    let data = modifies.flatten().filter_map(|item| item.data.as_ref());
                    found.push(data.filter_map(|data| data.as_text()).collect());
                }
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    groups_of(&message.body.commands, &mut found);
    found
}

/// Writes a message by other rules.
pub(super) fn write_oddly(message: &mut Message, oddity: Oddity) {
    let body = &mut message.body;
    match oddity {
        Oddity::Reordered => {
            let is_status = |command: &Command| matches!(command, Command::Status(_));
            let commands = std::mem::take(&mut body.commands);
            let (statuses, others): (Vec<_>, Vec<_>) = commands.into_iter().partition(is_status);
            body.commands = others;
            body.commands.extend(statuses.into_iter().rev());
        }
        Oddity::SameIds => number(&mut body.commands),
        Oddity::FinalEarly => body.is_final = true,
        Oddity::FinalNever => body.is_final = false,
    }
}

fn number(commands: &mut [Command]) {
    let one = || CmdId::new("1");
    for command in commands {
        match command {
            Command::Alert(alert) => alert.cmd_id = one(),
            Command::Status(status) => status.cmd_id = one(),
            Command::Modify(modify) => modify.cmd_id = one(),
            Command::Map(map) => map.cmd_id = one(),
            Command::Sync(sync) => {
                sync.cmd_id = one();
                number(&mut sync.commands);
            }
            _ => {}
        }
    }
}
