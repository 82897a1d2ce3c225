use std::sync::Arc;

use syncml_meta::{MetInf, Version};
use syncml_wbxml::tag::syncml as tag;
use syncml_wbxml::{
    Encoding, Mark, Sink, Tag, put_empty, put_end, put_leaf, put_number, put_start,
};

use crate::decode::MAX_NESTING;
use crate::dialect::need;
use crate::{
    Alert, Chal, CmdId, Command, Cred, EncodeError, EncodeErrorKind, Exec, Get, Group, Item,
    Locator, Map, Modify, ModifyKind, MsgId, Put, Results, Search, Status, SyncCmd, SyncHdr,
};

type Write = Result<(), EncodeError>;

/// What decides on the form of an element besides its content.
pub(crate) struct Context {
    pub(crate) version: Version,
    pub(crate) encoding: Encoding,
    /// The `Meta` written last of those that items can share.
    pub(super) last_meta: Option<WrittenMeta>,
}

/// Where a `Meta` has been written.
pub(super) struct WrittenMeta {
    pub(super) meta: Arc<MetInf>,
    pub(super) from: Mark,
    pub(super) to: Mark,
}

/// What a command stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Body,
    Sync,
    Group,
}

impl Context {
    pub(crate) fn new(version: Version, encoding: Encoding) -> Self {
        Self {
            version,
            encoding,
            last_meta: None,
        }
    }

    /// That of a message with this header.
    pub(super) fn of(hdr: &SyncHdr, encoding: Encoding) -> Self {
        Self::new(hdr.dtd_version().unwrap_or(Version::V1_2), encoding)
    }

    /// Forgets what has been taken back.
    pub(super) fn rollback(&mut self) {
        self.last_meta = None;
    }

    /// `SyncML` up to the first command.
    pub(super) fn open_body(&mut self, out: &mut impl Sink, hdr: &SyncHdr) -> Write {
        put_start(out, tag::SYNC_ML)?;
        self.header(out, hdr)?;
        Ok(put_start(out, tag::SYNC_BODY)?)
    }

    /// `SyncHdr`.
    fn header(&mut self, out: &mut impl Sink, hdr: &SyncHdr) -> Write {
        put_start(out, tag::SYNC_HDR)?;
        put_some(out, tag::VER_DTD, &hdr.ver_dtd)?;
        put_some(out, tag::VER_PROTO, &hdr.ver_proto)?;
        put_leaf(out, tag::SESSION_ID, hdr.session_id.as_str())?;
        put_number(out, tag::MSG_ID, hdr.msg_id.get().into())?;
        self.locator(out, tag::TARGET, &hdr.target)?;
        self.locator(out, tag::SOURCE, &hdr.source)?;
        put_text(out, tag::RESP_URI, hdr.resp_uri.as_deref())?;
        put_flag(out, tag::NO_RESP, hdr.no_resp)?;
        self.cred(out, hdr.cred.as_deref())?;
        self.meta(out, hdr.meta.as_deref())?;
        Ok(put_end(out)?)
    }

    /// Any command, `depth` others around it.
    pub(crate) fn command(
        &mut self,
        out: &mut impl Sink,
        command: &Command,
        place: Place,
        depth: usize,
    ) -> Write {
        if depth >= MAX_NESTING {
            return Err(EncodeError::new(EncodeErrorKind::Nesting));
        }
        match command {
            Command::Modify(command) => self.modify(out, command, place),
            Command::Status(command) => self.status(out, command),
            Command::Sync(command) => {
                self.open_sync(out, command, depth)?;
                Ok(put_end(out)?)
            }
            Command::Alert(command) => self.alert(out, command, place),
            Command::Map(command) => self.map(out, command),
            Command::Get(command) => self.get(out, command, place),
            Command::Put(command) => self.put(out, command),
            Command::Results(command) => self.results(out, command),
            Command::Group(command) => self.group(out, command, depth),
            Command::Exec(command) => self.exec(out, command, place),
            Command::Search(command) => self.search(out, command),
            Command::Unknown(command) => Ok(command.fragment.replay(out)?),
        }
    }

    /// `Sync` without its end.
    pub(super) fn open_sync(&mut self, out: &mut impl Sink, sync: &SyncCmd, depth: usize) -> Write {
        start(out, tag::SYNC, &sync.cmd_id, sync.no_resp)?;
        self.cred(out, sync.cred.as_deref())?;
        self.end(out, tag::TARGET, sync.target.as_ref())?;
        self.end(out, tag::SOURCE, sync.source.as_ref())?;
        self.meta(out, sync.meta.as_deref())?;
        if let Some(number) = sync.number_of_changes
            && self.version >= Version::V1_1
        {
            put_number(out, tag::NUMBER_OF_CHANGES, number)?;
        }
        sync.commands
            .iter()
            .try_for_each(|command| self.command(out, command, Place::Sync, depth + 1))
    }

    #[inline]
    fn modify(&mut self, out: &mut impl Sink, command: &Modify, place: Place) -> Write {
        match command.kind {
            ModifyKind::Move => need(self.version, Version::V1_2, "Move")?,
            ModifyKind::Add | ModifyKind::Delete | ModifyKind::Replace if place == Place::Body => {
                need(self.version, Version::V1_1, command.kind.name())?;
            }
            _ => {}
        }
        start(out, command.kind.tag(), &command.cmd_id, command.no_resp)?;
        put_flag(out, tag::ARCHIVE, command.archive)?;
        put_flag(out, tag::SFT_DEL, command.sft_del)?;
        self.cred(out, command.cred.as_deref())?;
        self.meta_of(out, command.meta.as_ref(), &command.items)?;
        self.items(out, command.meta.as_deref(), &command.items)
    }

    fn alert(&mut self, out: &mut impl Sink, command: &Alert, place: Place) -> Write {
        self.in_group(place, "Alert")?;
        start(out, tag::ALERT, &command.cmd_id, command.no_resp)?;
        self.cred(out, command.cred.as_deref())?;
        if let Some(code) = command.code {
            put_number(out, tag::DATA, code.get().into())?;
        }
        self.correlator(out, command.correlator.as_deref())?;
        self.items(out, None, &command.items)
    }

    #[inline]
    pub(super) fn status(&mut self, out: &mut impl Sink, command: &Status) -> Write {
        start(out, tag::STATUS, &command.cmd_id, false)?;
        put_refs(out, command.msg_ref, &command.cmd_ref)?;
        put_word(out, tag::CMD, command.cmd.as_bytes())?;
        for target_ref in &command.target_refs {
            put_leaf(out, tag::TARGET_REF, target_ref)?;
        }
        for source_ref in &command.source_refs {
            put_leaf(out, tag::SOURCE_REF, source_ref)?;
        }
        self.cred(out, command.cred.as_deref())?;
        if let Some(Chal { meta }) = command.chal.as_deref() {
            put_start(out, tag::CHAL)?;
            self.meta(out, Some(meta))?;
            put_end(out)?;
        }
        put_number(out, tag::DATA, command.code.get().into())?;
        self.items(out, None, &command.items)
    }

    fn results(&mut self, out: &mut impl Sink, command: &Results) -> Write {
        start(out, tag::RESULTS, &command.cmd_id, false)?;
        put_refs(out, command.msg_ref, &command.cmd_ref)?;
        self.meta_of(out, command.meta.as_ref(), &command.items)?;
        put_text(out, tag::TARGET_REF, command.target_ref.as_deref())?;
        put_text(out, tag::SOURCE_REF, command.source_ref.as_deref())?;
        self.items(out, command.meta.as_deref(), &command.items)
    }

    fn map(&mut self, out: &mut impl Sink, command: &Map) -> Write {
        start(out, tag::MAP, &command.cmd_id, false)?;
        self.locator(out, tag::TARGET, &command.target)?;
        self.locator(out, tag::SOURCE, &command.source)?;
        self.cred(out, command.cred.as_deref())?;
        self.meta(out, command.meta.as_deref())?;
        for item in &command.items {
            put_start(out, tag::MAP_ITEM)?;
            self.locator(out, tag::TARGET, &item.target)?;
            self.locator(out, tag::SOURCE, &item.source)?;
            put_end(out)?;
        }
        Ok(put_end(out)?)
    }

    fn get(&mut self, out: &mut impl Sink, command: &Get, place: Place) -> Write {
        self.in_group(place, "Get")?;
        start(out, tag::GET, &command.cmd_id, command.no_resp)?;
        put_text(out, tag::LANG, command.lang.as_deref())?;
        self.cred(out, command.cred.as_deref())?;
        self.meta_of(out, command.meta.as_ref(), &command.items)?;
        self.items(out, command.meta.as_deref(), &command.items)
    }

    fn put(&mut self, out: &mut impl Sink, command: &Put) -> Write {
        start(out, tag::PUT, &command.cmd_id, command.no_resp)?;
        put_text(out, tag::LANG, command.lang.as_deref())?;
        self.cred(out, command.cred.as_deref())?;
        self.meta_of(out, command.meta.as_ref(), &command.items)?;
        self.items(out, command.meta.as_deref(), &command.items)
    }

    fn group(&mut self, out: &mut impl Sink, command: &Group, depth: usize) -> Write {
        start(out, command.kind.tag(), &command.cmd_id, command.no_resp)?;
        self.meta(out, command.meta.as_deref())?;
        for inner in &command.commands {
            self.command(out, inner, Place::Group, depth + 1)?;
        }
        Ok(put_end(out)?)
    }

    fn exec(&mut self, out: &mut impl Sink, command: &Exec, place: Place) -> Write {
        self.in_group(place, "Exec")?;
        start(out, tag::EXEC, &command.cmd_id, command.no_resp)?;
        self.cred(out, command.cred.as_deref())?;
        self.meta_of(out, command.meta.as_ref(), &command.items)?;
        self.correlator(out, command.correlator.as_deref())?;
        self.items(out, command.meta.as_deref(), &command.items)
    }

    fn search(&mut self, out: &mut impl Sink, command: &Search) -> Write {
        start(out, tag::SEARCH, &command.cmd_id, command.no_resp)?;
        put_flag(out, tag::NO_RESULTS, command.no_results)?;
        self.cred(out, command.cred.as_deref())?;
        self.end(out, tag::TARGET, command.target.as_ref())?;
        for source in &command.sources {
            self.locator(out, tag::SOURCE, source)?;
        }
        put_text(out, tag::LANG, command.lang.as_deref())?;
        self.coded(out, command.meta.as_deref(), command.data.as_ref())?;
        Ok(put_end(out)?)
    }

    /// `Cred`.
    #[inline(always)]
    fn cred(&mut self, out: &mut impl Sink, cred: Option<&Cred>) -> Write {
        cred.map_or(Ok(()), |cred| self.some_cred(out, cred))
    }

    fn some_cred(&mut self, out: &mut impl Sink, cred: &Cred) -> Write {
        put_start(out, tag::CRED)?;
        self.coded(out, cred.meta.as_deref(), Some(&cred.data))?;
        Ok(put_end(out)?)
    }

    /// All items, and the end of the command.
    #[inline(always)]
    fn items(
        &mut self,
        out: &mut impl Sink,
        command_meta: Option<&MetInf>,
        items: &[Item],
    ) -> Write {
        for item in items {
            self.item(out, command_meta, item)?;
        }
        Ok(put_end(out)?)
    }

    fn correlator(&mut self, out: &mut impl Sink, text: Option<&str>) -> Write {
        if text.is_some() {
            need(self.version, Version::V1_2, "Correlator")?;
        }
        put_text(out, tag::CORRELATOR, text)
    }

    /// `Target` or `Source`, if there is one.
    #[inline]
    pub(super) fn end(
        &mut self,
        out: &mut impl Sink,
        tag: Tag,
        locator: Option<&Locator>,
    ) -> Write {
        locator.map_or(Ok(()), |locator| self.locator(out, tag, locator))
    }

    /// Groups hold commands that change items since 1.0, others since 1.1.
    fn in_group(&self, place: Place, element: &'static str) -> Write {
        if place == Place::Group {
            need(self.version, Version::V1_1, element)
        } else {
            Ok(())
        }
    }
}

/// The start of a command, with its first children.
#[inline(always)]
fn start(out: &mut impl Sink, tag: Tag, cmd_id: &CmdId, no_resp: bool) -> Write {
    put_start(out, tag)?;
    put_word(out, tag::CMD_ID, cmd_id.as_bytes())?;
    put_flag(out, tag::NO_RESP, no_resp)
}

#[inline(always)]
fn put_refs(out: &mut impl Sink, msg_ref: Option<MsgId>, cmd_ref: &CmdId) -> Write {
    if let Some(msg_ref) = msg_ref {
        put_number(out, tag::MSG_REF, msg_ref.get().into())?;
    }
    put_word(out, tag::CMD_REF, cmd_ref.as_bytes())
}

#[inline(always)]
pub(super) fn put_flag(out: &mut impl Sink, tag: Tag, set: bool) -> Write {
    if set {
        Ok(put_empty(out, tag)?)
    } else {
        Ok(())
    }
}

#[inline]
pub(super) fn put_text(out: &mut impl Sink, tag: Tag, text: Option<&str>) -> Write {
    text.map_or(Ok(()), |text| Ok(put_leaf(out, tag, text)?))
}

/// A number or name that reads the same whether it is empty or absent.
#[inline(always)]
fn put_word(out: &mut impl Sink, tag: Tag, word: &[u8]) -> Write {
    if word.is_empty() {
        return Ok(());
    }
    Ok(out.put_word(tag, word)?)
}

/// A leaf that reads the same whether it is empty or absent.
fn put_some(out: &mut impl Sink, tag: Tag, text: &str) -> Write {
    put_text(out, tag, (!text.is_empty()).then_some(text))
}
