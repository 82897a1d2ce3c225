use crate::{CmdId, Command};

/// Hands out the ids of the commands of one message: 1, 2, 3 and so on.
///
/// A [`MessageBuilder`](crate::MessageBuilder) has its own. With an [`Encoder`](crate::Encoder),
/// which may find that a command does not fit, keep a copy to go back to:
///
/// ```
/// use syncml_repr::{Alert, AlertCode, CmdIds, Encoder, Encoding, MsgId, SyncHdr, Version, Locator};
///
/// let hdr = SyncHdr::new(Version::V1_2, "1".into(), MsgId::FIRST, Locator::new("server"), Locator::new("device"));
/// let mut encoder = Encoder::new(&hdr, Encoding::Wbxml, Some(100))?;
/// let mut ids = CmdIds::new();
/// loop {
///     let mut next = Alert::new("", AlertCode::NEXT_MESSAGE).into();
///     let before = ids.clone();
///     ids.assign(&mut next);
///     if !encoder.push(&next)? {
///         // The number goes to the next command that does fit.
///         ids = before;
///         break;
///     }
/// }
/// # assert!(ids.next_id().as_str() != "1");
/// # Ok::<(), syncml_repr::EncodeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CmdIds {
    given: u32,
}

impl CmdIds {
    /// The ids of a message without commands.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next id.
    pub fn next_id(&mut self) -> CmdId {
        // Four billion commands are no message.
        self.given = self.given.saturating_add(1);
        self.given.into()
    }

    /// Gives the command and those inside of it an id each, in the order of the document, whatever
    /// they had before, and returns that of the command itself.
    ///
    /// An [`UnknownCmd`](crate::UnknownCmd) keeps what stands in its markup.
    pub fn assign(&mut self, command: &mut Command) -> CmdId {
        let id = self.give(command);
        let mut open = vec![command.commands_mut().iter_mut()];
        while let Some(level) = open.last_mut() {
            match level.next() {
                Some(inner) => {
                    self.give(inner);
                    open.push(inner.commands_mut().iter_mut());
                }
                None => {
                    open.pop();
                }
            }
        }
        id
    }

    fn give(&mut self, command: &mut Command) -> CmdId {
        match command.cmd_id_mut() {
            Some(id) => {
                *id = self.next_id();
                id.clone()
            }
            None => command.cmd_id().cloned().unwrap_or_default(),
        }
    }
}
