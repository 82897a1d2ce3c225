//! Commands as a session handles them whatever they are: their number, what is inside them, and the
//! references their Status carries.

use bytestring::ByteString;
use syncml_repr::{CmdId, Command, GroupKind, Item, List, Locator};

/// Gives a command of ours its number.
pub(crate) fn set_cmd_id(command: &mut Command, id: CmdId) {
    *match command {
        Command::Alert(command) => &mut command.cmd_id,
        Command::Modify(command) => &mut command.cmd_id,
        Command::Sync(command) => &mut command.cmd_id,
        Command::Map(command) => &mut command.cmd_id,
        Command::Status(command) => &mut command.cmd_id,
        Command::Results(command) => &mut command.cmd_id,
        Command::Get(command) => &mut command.cmd_id,
        Command::Put(command) => &mut command.cmd_id,
        Command::Group(command) => &mut command.cmd_id,
        Command::Exec(command) => &mut command.cmd_id,
        Command::Search(command) => &mut command.cmd_id,
        // We send none.
        _ => return,
    } = id;
}

/// The commands of a message in the order in which they are taken, each with whether it is inside a Sequence: what is
/// in a Sequence comes behind it. Items in a Sync are not among them.
pub(crate) fn in_order(commands: &[Command]) -> Vec<(&Command, bool)> {
    let mut ordered = Vec::with_capacity(commands.len());
    let mut rest: Vec<(&Command, bool)> = commands.iter().rev().map(|it| (it, false)).collect();
    while let Some((command, nested)) = rest.pop() {
        ordered.push((command, nested));
        if is_sequence(command) {
            rest.extend(children(command).iter().rev().map(|child| (child, true)));
        }
    }
    ordered
}

/// Whether a command says that others are to be carried out in their order, as everything is.
pub(crate) fn is_sequence(command: &Command) -> bool {
    matches!(command, Command::Group(group) if group.kind == GroupKind::Sequence)
}

/// The commands inside a command.
pub(crate) fn children(command: &Command) -> &[Command] {
    match command {
        Command::Sync(sync) => &sync.commands,
        Command::Group(group) => &group.commands,
        _ => &[],
    }
}

/// `TargetRef` and `SourceRef` of the Status: what the command, or its Item, had, and nothing else.
pub(crate) fn refs(command: &Command) -> (List<ByteString>, List<ByteString>) {
    let of = |items: &[Item]| {
        let targets = items
            .iter()
            .filter_map(|item| uri(item.target.as_ref()))
            .collect();
        let sources = items
            .iter()
            .filter_map(|item| uri(item.source.as_ref()))
            .collect();
        (targets, sources)
    };
    match command {
        Command::Alert(command) => of(&command.items),
        Command::Modify(command) => of(&command.items),
        Command::Results(command) => of(&command.items),
        Command::Get(command) => of(&command.items),
        Command::Put(command) => of(&command.items),
        Command::Exec(command) => of(&command.items),
        Command::Search(command) => {
            let sources = command.sources.iter();
            (
                uri(command.target.as_ref()).into_iter().collect(),
                sources.filter_map(|source| uri(Some(source))).collect(),
            )
        }
        Command::Sync(command) => (
            uri(command.target.as_ref()).into_iter().collect(),
            uri(command.source.as_ref()).into_iter().collect(),
        ),
        Command::Map(command) => (
            uri(Some(&command.target)).into_iter().collect(),
            uri(Some(&command.source)).into_iter().collect(),
        ),
        _ => (List::new(), List::new()),
    }
}

/// The URI of a Target or Source; none where there is nothing to refer to.
pub(crate) fn uri(locator: Option<&Locator>) -> Option<ByteString> {
    locator
        .map(|locator| locator.loc_uri.clone())
        .filter(|uri| !uri.is_empty())
}
