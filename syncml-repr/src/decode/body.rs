use syncml_wbxml::tag::syncml as tag;
use syncml_wbxml::{Fragment, Name, Source};

use super::{Child, Decoder, MAX_NESTING, Read};
use crate::{Command, DecodeErrorKind, GroupKind, ModifyKind, SyncBody, UnknownCmd};

impl<'a, S: Source<'a>> Decoder<'a, '_, S> {
    /// `SyncBody`. What comes after `Final` counts as if it came before.
    pub(super) fn sync_body(&mut self, body: &mut SyncBody) -> Read<()> {
        loop {
            match self.child()? {
                Child::Known(tag::FINAL) => body.is_final = self.flag()?,
                Child::End => break Ok(()),
                other => {
                    let name = self.name(other);
                    body.commands.push(self.command(name, 0)?);
                }
            }
        }
    }

    /// Any command, `depth` others around it.
    pub(super) fn command(&mut self, name: Name<'a>, depth: usize) -> Read<Command> {
        if depth >= MAX_NESTING {
            return Err(self.fail(DecodeErrorKind::Nesting));
        }
        Ok(match name {
            Name::Known(tag::ADD) => self.modify(ModifyKind::Add)?.into(),
            Name::Known(tag::COPY) => self.modify(ModifyKind::Copy)?.into(),
            Name::Known(tag::DELETE) => self.modify(ModifyKind::Delete)?.into(),
            Name::Known(tag::MOVE) => self.modify(ModifyKind::Move)?.into(),
            Name::Known(tag::REPLACE) => self.modify(ModifyKind::Replace)?.into(),
            Name::Known(tag::STATUS) => self.status()?.into(),
            Name::Known(tag::SYNC) => self.sync(depth)?.into(),
            Name::Known(tag::ALERT) => self.alert()?.into(),
            Name::Known(tag::MAP) => self.map()?.into(),
            Name::Known(tag::GET) => self.get()?.into(),
            Name::Known(tag::PUT) => self.put()?.into(),
            Name::Known(tag::RESULTS) => self.results()?.into(),
            Name::Known(tag::ATOMIC) => self.group(GroupKind::Atomic, depth)?.into(),
            Name::Known(tag::SEQUENCE) => self.group(GroupKind::Sequence, depth)?.into(),
            Name::Known(tag::EXEC) => self.exec()?.into(),
            Name::Known(tag::SEARCH) => self.search()?.into(),
            other => UnknownCmd::new(Fragment::record(other, &mut self.source)?).into(),
        })
    }
}
