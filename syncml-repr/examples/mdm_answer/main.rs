//! A Windows device under mobile device management: sends its first message, reads what the
//! server answers, and answers that in turn.
//!
//! ```text
//! cargo run -p syncml-repr --example mdm_answer
//! cargo run -p syncml-repr --example mdm_answer -- message-of-the-server.xml
//! ```

mod tree;

use std::error::Error;
use std::io::{Write, stdout};

use syncml_repr::{
    Alert, AlertCode, Answer, Answers, Bytes, Command, Encoding, Format, GroupKind, Item, Limits,
    Locator, Message, MessageBuilder, MetInf, Modify, ModifyKind, MsgId, StatusCode, SyncHdr,
    Version, decode, encode,
};
use tree::Tree;

fn main() -> Result<(), Box<dyn Error>> {
    let bytes = match std::env::args_os().nth(1) {
        Some(path) => Bytes::from(std::fs::read(path)?),
        None => Bytes::from_static(include_bytes!("message.xml")),
    };
    run(&bytes, &mut stdout().lock())
}

/// Everything but where the message comes from.
pub(crate) fn run(bytes: &Bytes, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let encoding = syncml_wbxml::sniff(bytes).ok_or("neither XML nor WBXML")?;
    let first = first_message();
    let received = decode(bytes, encoding, &Limits::default())?;

    writeln!(out, "What became of our first message:")?;
    let mut answers = Answers::new();
    answers.sent(&first);
    answers.received(&received);
    for answered in answers.commands() {
        let code = answered.code();
        let code = code.map_or_else(|| "not answered".into(), |code| format!("{code:?}"));
        writeln!(out, "  {}: {code}", answered.name())?;
    }
    for stray in answers.unmatched() {
        writeln!(out, "  {} for nothing that we sent", stray.name())?;
    }

    writeln!(out, "What we answer to the server:")?;
    let sent = answer(&received, &mut Tree::new());
    for command in &sent.body.commands {
        match command {
            Command::Status(status) => {
                writeln!(
                    out,
                    "  {} {}: {:?}",
                    status.cmd, status.cmd_ref, status.code
                )?;
            }
            Command::Results(results) => {
                for item in &results.items {
                    let uri = item.source_uri().unwrap_or_default();
                    let value = item.data.as_ref().and_then(|data| data.as_text());
                    writeln!(out, "  {uri} = {}", value.unwrap_or_default())?;
                }
            }
            other => writeln!(out, "  and a new {}", other.name())?,
        }
    }
    let text = String::from_utf8(encode(&sent, Encoding::Xml)?)?;
    writeln!(out, "{text}")?;
    Ok(())
}

/// Package 1: why there is a session, and what the device is.
fn first_message() -> Message {
    let mut hdr = SyncHdr::new(
        Version::V1_2,
        "1A".into(),
        MsgId::FIRST,
        Locator::new("https://mdm.fjord.example/manage"),
        Locator::new("urn:uuid:8d5f0c3e-4c1b-4f0e-9a52-3f6d1b7e0a44"),
    );
    // Same representation, other protocol.
    hdr.ver_proto = "DM/1.2".into();
    let mut message = MessageBuilder::new(hdr);
    message.add(Alert::new("", AlertCode::DM_CLIENT_INITIATED));
    let login = MetInf::default()
        .with_type("com.microsoft/MDM/LoginStatus")
        .with_format(Format::Chr);
    let login = Item::new().with_meta(login).with_data("user");
    message.add(Alert::new("", AlertCode::DM_CLIENT_EVENT).with_item(login));
    let mut info = Modify::new(ModifyKind::Replace, "");
    for (uri, value) in [
        ("./DevInfo/Man", "Fjord"),
        ("./DevInfo/Mod", "Tablet 3"),
        ("./DevInfo/Lang", "nb-NO"),
    ] {
        let item = Item::new().with_source(Locator::new(uri)).with_data(value);
        info = info.with_item(item);
    }
    message.add(info);
    message.finish(true)
}

/// The answer to a message of the server, which changes the settings.
fn answer(received: &Message, tree: &mut Tree) -> Message {
    let mut message = MessageBuilder::new(received.hdr.reply(MsgId::new(2)));
    let mut answer = message.answer(received, StatusCode::OK);
    let mut alerts = Vec::new();
    for command in &received.body.commands {
        match command {
            Command::Get(_) => get(&mut answer, command, tree),
            Command::Modify(modify) => {
                answer.status(command, tree.apply(modify));
            }
            Command::Exec(exec) => {
                let uri = exec.items.first().and_then(Item::target_uri);
                let code = match uri {
                    Some("./Vendor/MSFT/Reboot/RebootNow") => StatusCode::ACCEPTED,
                    _ => StatusCode::NOT_FOUND,
                };
                if answer.status(command, code).is_some() && code == StatusCode::ACCEPTED {
                    alerts.push(progress(uri.unwrap_or_default()));
                }
            }
            Command::Group(group) if group.kind == GroupKind::Atomic => {
                let (code, codes) = tree.apply_all(&group.commands);
                answer.status(command, code);
                for (inner, code) in group.commands.iter().zip(codes) {
                    answer.status(inner, code);
                }
            }
            _ => {}
        }
    }
    // Whatever else there was; Statuses and Results want no answer.
    answer.rest(StatusCode::COMMAND_NOT_IMPLEMENTED);
    for alert in alerts {
        message.add(alert);
    }
    message.finish(true)
}

/// One Status for what was found and one for what was not, and Results for the former.
fn get<'m>(answer: &mut Answer<'_, 'm>, command: &'m Command, tree: &Tree) {
    answer.statuses(command, |item| match tree.read(item) {
        Some(_) => StatusCode::OK,
        None => StatusCode::NOT_FOUND,
    });
    let found: Vec<Item> = command
        .items()
        .iter()
        .filter_map(|item| tree.read(item))
        .collect();
    if !found.is_empty() {
        answer.results(command, found);
    }
}

/// A generic alert: what was started goes on.
fn progress(uri: &str) -> Alert {
    let mut meta = MetInf::default()
        .with_type("com.example.mdm:reboot")
        .with_format(Format::Chr);
    meta.mark = Some("informational".into());
    let item = Item::new().with_source(Locator::new(uri)).with_meta(meta);
    Alert::new("", AlertCode::DM_GENERIC_ALERT).with_item(item.with_data("pending"))
}
