//! A message read one command at a time.

use syncml_repr::command::Command;
use syncml_repr::{
    Bytes, CommandReader, DecodeError, DecodeErrorKind, Encoding, Limits, Message, Step, SyncCmd,
};
use syncml_wbxml::xml;

/// Reads the commands one by one, and compares them with what the whole message has or why it fails.
pub(crate) fn compare(
    bytes: &Bytes,
    encoding: Encoding,
    limits: &Limits,
    whole: &Result<Message, DecodeError>,
) {
    let bytes = match encoding {
        Encoding::Wbxml => bytes.clone(),
        Encoding::Xml => match xml::decode_charset(bytes.clone()) {
            Ok(text) => text,
            Err(_) => return assert!(whole.is_err()),
        },
    };
    match (steps(&bytes, encoding, limits), whole) {
        (Ok((steps, is_final)), Ok(message)) => {
            assert_eq!(steps, steps_of(&message.body.commands));
            assert_eq!(is_final, message.body.is_final);
        }
        // A header behind the commands comes too late.
        (Err(error), Ok(_)) => assert_eq!(error.kind(), &DecodeErrorKind::Missing("SyncHdr")),
        (Err(error), Err(whole)) => {
            assert_eq!(error.kind(), whole.kind());
            assert_eq!(error.position().byte, whole.position().byte);
        }
        (one, other) => panic!("{one:?}, but {other:?}"),
    }
}

/// The steps but for `Final`, which may stand anywhere.
fn steps(
    bytes: &Bytes,
    encoding: Encoding,
    limits: &Limits,
) -> Result<(Vec<Step>, bool), DecodeError> {
    let mut steps = Vec::new();
    let mut is_final = false;
    for step in CommandReader::new(bytes, encoding, limits)? {
        match step? {
            Step::Final => is_final = true,
            // What stands behind its first command is known too late.
            Step::Open(_) => steps.push(Step::Open(SyncCmd::default())),
            step => steps.push(step),
        }
    }
    Ok((steps, is_final))
}

fn steps_of(commands: &[Command]) -> Vec<Step> {
    let mut steps = Vec::new();
    for command in commands {
        match command {
            Command::Sync(sync) => {
                steps.push(Step::Open(SyncCmd::default()));
                steps.extend(sync.commands.iter().cloned().map(Step::Command));
                steps.push(Step::Close);
            }
            other => steps.push(Step::Command(other.clone())),
        }
    }
    steps
}
