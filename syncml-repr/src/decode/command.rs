use syncml_wbxml::tag::syncml as tag;
use syncml_wbxml::{Child, Source};

use super::{Decoder, Read, name_of};
use crate::{
    Alert, AlertCode, CmdId, CmdName, Command, Exec, Get, Group, GroupKind, Map, MapItem, Modify,
    ModifyKind, MsgId, Put, Results, Search, Status, StatusCode, SyncCmd,
};

/// Reads the children of an element, in any order: `tag => what to do` for the known ones, and
/// the rest is skipped, or handled by a last `name => …` arm.
macro_rules! children {
    ($self:ident, { $($tag:path => $action:expr,)+ }) => {
        loop {
            match $self.child()? {
                $(Child::Known($tag) => $action,)+
                Child::Known(_) | Child::Other(_) => $self.skip()?,
                Child::End => break,
            }
        }
    };
    ($self:ident, { $($tag:path => $action:expr,)+ ; $name:ident => $rest:expr }) => {
        loop {
            match $self.child()? {
                $(Child::Known($tag) => $action,)+
                Child::End => break,
                other => {
                    let $name = name_of(other);
                    $rest;
                }
            }
        }
    };
}

impl<'a, S: Source<'a>> Decoder<'a, S> {
    fn cmd_id(&mut self) -> Read<CmdId> {
        self.leaf_as(CmdId::read)
    }

    /// `Alert`.
    pub(super) fn alert(&mut self) -> Read<Alert> {
        let mut out = Alert::default();
        children!(self, {
            tag::CMD_ID => out.cmd_id = self.cmd_id()?,
            tag::NO_RESP => out.no_resp = self.flag()?,
            tag::CRED => out.cred = Some(Box::new(self.cred()?)),
            tag::DATA => out.code = self.leaf_as(AlertCode::parse)?,
            tag::CORRELATOR => out.correlator = Some(self.leaf()?),
            tag::ITEM => out.items.push(self.item()?),
        });
        self.settle(&mut None, &mut out.items);
        Ok(out)
    }

    /// `Add`, `Copy`, `Delete`, `Move`, `Replace`. Those that come in thousands are filled in where
    /// they stay.
    pub(super) fn modify(&mut self, kind: ModifyKind, list: &mut Vec<Command>) -> Read<()> {
        list.push(Command::Modify(Modify::new(kind, CmdId::absent())));
        let Some(Command::Modify(out)) = list.last_mut() else {
            return Ok(());
        };
        children!(self, {
            tag::CMD_ID => out.cmd_id = self.cmd_id()?,
            tag::NO_RESP => out.no_resp = self.flag()?,
            tag::ARCHIVE => out.archive = self.flag()?,
            tag::SFT_DEL => out.sft_del = self.flag()?,
            tag::CRED => out.cred = Some(Box::new(self.cred()?)),
            tag::META => out.meta = self.meta()?,
            tag::ITEM => out.items.push(self.item()?),
        });
        self.settle(&mut out.meta, &mut out.items);
        Ok(())
    }

    /// `Sync`.
    pub(super) fn sync(&mut self, depth: usize) -> Read<SyncCmd> {
        let mut out = SyncCmd::default();
        let start = self.start();
        loop {
            let child = self.child()?;
            match self.sync_part(&mut out, child)? {
                None => {}
                Some(Child::End) => break Ok(out),
                Some(child) => {
                    self.room(&mut out.commands, start);
                    self.command(name_of(child), depth + 1, &mut out.commands)?;
                }
            }
        }
    }

    /// A child of `Sync` that is no command. Gives back one that is, and the end.
    #[inline]
    pub(crate) fn sync_part(
        &mut self,
        out: &mut SyncCmd,
        child: Child<'a>,
    ) -> Read<Option<Child<'a>>> {
        match child {
            Child::Known(tag::CMD_ID) => out.cmd_id = self.cmd_id()?,
            Child::Known(tag::NO_RESP) => out.no_resp = self.flag()?,
            Child::Known(tag::CRED) => out.cred = Some(Box::new(self.cred()?)),
            Child::Known(tag::TARGET) => out.target = Some(self.locator()?),
            Child::Known(tag::SOURCE) => out.source = Some(self.locator()?),
            Child::Known(tag::META) => out.meta = self.meta()?,
            Child::Known(tag::NUMBER_OF_CHANGES) => {
                out.number_of_changes = self.leaf_as(|text| syncml_meta::number(text))?;
            }
            command_or_end => return Ok(Some(command_or_end)),
        }
        Ok(None)
    }

    /// `Atomic`, `Sequence`.
    pub(super) fn group(&mut self, kind: GroupKind, depth: usize) -> Read<Group> {
        let mut out = Group::new(kind, CmdId::default());
        let start = self.start();
        children!(self, {
            tag::CMD_ID => out.cmd_id = self.cmd_id()?,
            tag::NO_RESP => out.no_resp = self.flag()?,
            tag::META => out.meta = self.meta()?,
            ; name => {
                self.room(&mut out.commands, start);
                self.command(name, depth + 1, &mut out.commands)?;
            }
        });
        Ok(out)
    }

    /// `Map`.
    pub(super) fn map(&mut self) -> Read<Map> {
        let mut out = Map::default();
        children!(self, {
            tag::CMD_ID => out.cmd_id = self.cmd_id()?,
            tag::TARGET => out.target = self.locator()?,
            tag::SOURCE => out.source = self.locator()?,
            tag::CRED => out.cred = Some(Box::new(self.cred()?)),
            tag::META => out.meta = self.meta()?,
            tag::MAP_ITEM => out.items.push(self.map_item()?),
        });
        Ok(out)
    }

    /// `MapItem`.
    fn map_item(&mut self) -> Read<MapItem> {
        let mut out = MapItem::default();
        children!(self, {
            tag::TARGET => out.target = self.locator()?,
            tag::SOURCE => out.source = self.locator()?,
        });
        Ok(out)
    }

    /// `Status`.
    pub(super) fn status(&mut self, list: &mut Vec<Command>) -> Read<()> {
        list.push(Command::Status(Status::empty()));
        let Some(Command::Status(out)) = list.last_mut() else {
            return Ok(());
        };
        children!(self, {
            tag::CMD_ID => out.cmd_id = self.cmd_id()?,
            tag::MSG_REF => out.msg_ref = self.leaf_as(MsgId::parse)?,
            tag::CMD_REF => out.cmd_ref = self.cmd_id()?,
            tag::CMD => out.cmd = self.leaf_as(CmdName::read)?,
            tag::TARGET_REF => out.target_refs.push(self.leaf()?),
            tag::SOURCE_REF => out.source_refs.push(self.leaf()?),
            tag::CRED => out.cred = Some(Box::new(self.cred()?)),
            tag::CHAL => out.chal = Some(Box::new(self.chal()?)),
            tag::DATA => out.code = self.leaf_as(StatusCode::parse)?,
            tag::ITEM => out.items.push(self.item()?),
        });
        self.settle(&mut None, &mut out.items);
        Ok(())
    }

    /// `Results`.
    pub(super) fn results(&mut self) -> Read<Results> {
        let mut out = Results::default();
        children!(self, {
            tag::CMD_ID => out.cmd_id = self.cmd_id()?,
            tag::MSG_REF => out.msg_ref = self.leaf_as(MsgId::parse)?,
            tag::CMD_REF => out.cmd_ref = self.cmd_id()?,
            tag::META => out.meta = self.meta()?,
            tag::TARGET_REF => out.target_ref = Some(self.leaf()?),
            tag::SOURCE_REF => out.source_ref = Some(self.leaf()?),
            tag::ITEM => out.items.push(self.item()?),
        });
        self.settle(&mut out.meta, &mut out.items);
        Ok(out)
    }

    /// `Get`.
    pub(super) fn get(&mut self) -> Read<Get> {
        let mut out = Get::default();
        children!(self, {
            tag::CMD_ID => out.cmd_id = self.cmd_id()?,
            tag::NO_RESP => out.no_resp = self.flag()?,
            tag::LANG => out.lang = Some(self.leaf()?),
            tag::CRED => out.cred = Some(Box::new(self.cred()?)),
            tag::META => out.meta = self.meta()?,
            tag::ITEM => out.items.push(self.item()?),
        });
        self.settle(&mut out.meta, &mut out.items);
        Ok(out)
    }

    /// `Put`.
    pub(super) fn put(&mut self) -> Read<Put> {
        let mut out = Put::default();
        children!(self, {
            tag::CMD_ID => out.cmd_id = self.cmd_id()?,
            tag::NO_RESP => out.no_resp = self.flag()?,
            tag::LANG => out.lang = Some(self.leaf()?),
            tag::CRED => out.cred = Some(Box::new(self.cred()?)),
            tag::META => out.meta = self.meta()?,
            tag::ITEM => out.items.push(self.item()?),
        });
        self.settle(&mut out.meta, &mut out.items);
        Ok(out)
    }

    /// `Exec`.
    pub(super) fn exec(&mut self) -> Read<Exec> {
        let mut out = Exec::default();
        children!(self, {
            tag::CMD_ID => out.cmd_id = self.cmd_id()?,
            tag::NO_RESP => out.no_resp = self.flag()?,
            tag::CRED => out.cred = Some(Box::new(self.cred()?)),
            tag::META => out.meta = self.meta()?,
            tag::CORRELATOR => out.correlator = Some(self.leaf()?),
            tag::ITEM => out.items.push(self.item()?),
        });
        self.settle(&mut out.meta, &mut out.items);
        Ok(out)
    }

    /// `Search`.
    pub(super) fn search(&mut self) -> Read<Search> {
        let mut out = Search::default();
        children!(self, {
            tag::CMD_ID => out.cmd_id = self.cmd_id()?,
            tag::NO_RESP => out.no_resp = self.flag()?,
            tag::NO_RESULTS => out.no_results = self.flag()?,
            tag::CRED => out.cred = Some(Box::new(self.cred()?)),
            tag::TARGET => out.target = Some(self.locator()?),
            tag::SOURCE => out.sources.push(self.locator()?),
            tag::LANG => out.lang = Some(self.leaf()?),
            tag::META => out.meta = self.meta()?,
            tag::DATA => out.data = Some(self.data()?),
        });
        Ok(out)
    }
}
