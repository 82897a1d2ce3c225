//! Messages in few words: a line for each command.

use std::fmt::Write;

use syncml_repr::{Command, Item, Message};

/// A message to read.
pub(super) fn of(message: &Message) -> String {
    let hdr = &message.hdr;
    let mut text = format!(
        "session {}, message {}",
        hdr.session_id.as_str(),
        hdr.msg_id.get()
    );
    if message.body.is_final {
        text.push_str(", Final");
    }
    tell(&mut text, &message.body.commands, 1);
    text
}

fn tell(text: &mut String, commands: &[Command], depth: usize) {
    for command in commands {
        let id = command.cmd_id().map_or("", |id| id.as_str());
        _ = write!(text, "\n{:1$}{id} {2}", "", depth * 4, command.name());
        match command {
            Command::Status(status) => {
                let of = status.msg_ref.map_or(0, |id| id.get());
                _ = write!(
                    text,
                    " {} to {} {of}/{}",
                    status.code.get(),
                    status.cmd,
                    status.cmd_ref.as_str()
                );
            }
            Command::Alert(alert) => {
                _ = write!(text, " {}", alert.code.map_or(0, |code| code.get()));
                items(text, &alert.items);
            }
            Command::Sync(sync) => {
                let target = sync.target.as_ref().map_or("", |target| &*target.loc_uri);
                _ = write!(text, " {target}");
                tell(text, &sync.commands, depth + 1);
            }
            Command::Modify(modify) => {
                if modify.sft_del {
                    text.push_str(" soft");
                }
                items(text, &modify.items);
            }
            Command::Map(map) => {
                for item in &map.items {
                    let (theirs, own) = (&item.target.loc_uri, &item.source.loc_uri);
                    _ = write!(text, " {theirs}={own}");
                }
            }
            _ => {}
        }
    }
}

fn items(text: &mut String, items: &[Item]) {
    for item in items {
        for (name, value) in [
            ("target", item.target_uri()),
            ("source", item.source_uri()),
            ("under", item.source_parent().map(|parent| &**parent)),
            (
                "under the peer's",
                item.target_parent().map(|parent| &**parent),
            ),
        ] {
            if let Some(value) = value {
                _ = write!(text, " {name} {value}");
            }
        }
        if let Some(anchor) = item.meta.as_ref().and_then(|meta| meta.anchor.as_ref()) {
            let last = anchor.last.as_deref().unwrap_or("none");
            _ = write!(text, " anchors {last} to {}", &*anchor.next);
        }
        let data = item.data.as_ref().and_then(|data| data.as_text());
        if let Some(data) = data.filter(|data| !data.is_empty()) {
            let start: String = data.chars().take(12).collect();
            _ = write!(text, " {start:?} ({} octets)", data.len());
        }
        if item.more_data {
            text.push_str(" and more");
        }
    }
}
