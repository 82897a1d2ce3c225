use syncml_meta::sparse_debug;
use syncml_wbxml::tag::syncml as tag;
use syncml_wbxml::{ByteString, Event, Fragment, Name, Source, leaf_text, skip};

use crate::CmdId;

/// An element in the place of a command that is none. Kept whole, so that it can be answered
/// with its name and id, and written again.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct UnknownCmd {
    /// Name of the element.
    pub name: ByteString,
    /// Text of its child `CmdID`, if it has one.
    pub cmd_id: Option<CmdId>,
    /// The whole element.
    pub fragment: Fragment,
}

sparse_debug!(UnknownCmd {
    name,
    cmd_id,
    fragment
});

impl UnknownCmd {
    /// The command that an element would be.
    #[must_use]
    pub fn new(fragment: Fragment) -> Self {
        Self {
            name: fragment.name().local().into(),
            cmd_id: cmd_id(&fragment),
            fragment,
        }
    }
}

/// Text of the first child `CmdID` that is not empty.
fn cmd_id(fragment: &Fragment) -> Option<CmdId> {
    let mut source = fragment.source();
    source.next_event().ok()?;
    while let Ok(Some(event)) = source.next_event() {
        match event {
            Event::Start(name) if is_cmd_id(&name) => {
                let id = CmdId::new(syncml_meta::trim(leaf_text(&mut source).ok()?));
                if !id.is_empty() {
                    return Some(id);
                }
            }
            Event::Start(_) => skip(&mut source).ok()?,
            Event::End => break,
            _ => {}
        }
    }
    None
}

/// Whether an element is `CmdID`, also in the namespace of a foreign command.
fn is_cmd_id(name: &Name<'_>) -> bool {
    *name == tag::CMD_ID || name.local() == "CmdID"
}
