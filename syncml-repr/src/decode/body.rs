use syncml_wbxml::tag::syncml as tag;
use syncml_wbxml::{Child, Event, Fragment, FragmentBuilder, Name, Sink, Source};

use super::{Decoder, MAX_NESTING, Read, name_of};
use crate::{Command, DecodeErrorKind, GroupKind, ModifyKind, SyncBody, UnknownCmd};

impl<'a, S: Source<'a>> Decoder<'a, S> {
    /// `SyncBody`. What comes after `Final` counts as if it came before.
    pub(super) fn sync_body(&mut self, body: &mut SyncBody) -> Read<()> {
        let start = self.start();
        loop {
            match self.child()? {
                Child::Known(tag::FINAL) => body.is_final = self.flag()?,
                Child::End => break Ok(()),
                other => {
                    self.room(&mut body.commands, start);
                    self.command(name_of(other), 0, &mut body.commands)?;
                }
            }
        }
    }

    /// Any element.
    fn fragment(&mut self, name: Name<'a>) -> Read<Fragment> {
        let Some(run) = self.run.take() else {
            return Ok(Fragment::record(name, &mut self.source)?);
        };
        let mut builder = FragmentBuilder::new();
        builder.put(Event::Start(name))?;
        builder.put(Event::Text(String::from_utf8_lossy(run)))?;
        builder.put(Event::End)?;
        Ok(builder.finish()?)
    }

    /// Makes room for one more command in a list that began at `start`.
    ///
    /// As many as seem to follow, going by how long the commands so far are, but not many times
    /// what there is already: the estimate is for memory and copying, and it must not be a lever.
    pub(super) fn room(&self, commands: &mut Vec<Command>, start: usize) {
        if commands.len() < commands.capacity() {
            return;
        }
        let end = self.source.input().map_or(0, |input| input.len());
        let here = self.start();
        let each = (here.saturating_sub(start) / commands.len().max(1)).max(1);
        let expected = end.saturating_sub(here) / each;
        let most = (commands.len() * 3).max(4);
        commands.reserve_exact((expected + expected / 64 + 2).min(most));
    }

    /// How far the input has been read.
    pub(super) fn start(&self) -> usize {
        self.source.position().byte
    }

    /// Any command, `depth` others around it, to the end of a list.
    pub(crate) fn command(
        &mut self,
        name: Name<'a>,
        depth: usize,
        list: &mut Vec<Command>,
    ) -> Read<()> {
        if depth >= MAX_NESTING {
            return Err(self.fail(DecodeErrorKind::Nesting));
        }
        let command = match name {
            Name::Known(tag::ADD) => return self.modify(ModifyKind::Add, list),
            Name::Known(tag::COPY) => return self.modify(ModifyKind::Copy, list),
            Name::Known(tag::DELETE) => return self.modify(ModifyKind::Delete, list),
            Name::Known(tag::MOVE) => return self.modify(ModifyKind::Move, list),
            Name::Known(tag::REPLACE) => return self.modify(ModifyKind::Replace, list),
            Name::Known(tag::STATUS) => return self.status(list),
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
            other => UnknownCmd::new(self.fragment(other)?).into(),
        };
        list.push(command);
        Ok(())
    }
}
