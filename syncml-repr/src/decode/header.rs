use std::sync::Arc;

use syncml_wbxml::tag::syncml as tag;
use syncml_wbxml::{Child, Source, Tag};

use super::{Decoder, Read};
use crate::{Chal, Cred, DecodeErrorKind, MsgId, SessionId, SyncHdr};

/// Children that a header may have once.
const CHILDREN: [Tag; 10] = [
    tag::VER_DTD,
    tag::VER_PROTO,
    tag::SESSION_ID,
    tag::MSG_ID,
    tag::TARGET,
    tag::SOURCE,
    tag::RESP_URI,
    tag::NO_RESP,
    tag::CRED,
    tag::META,
];

impl<'a, S: Source<'a>> Decoder<'a, S> {
    /// `SyncHdr`. The one element where repetition is refused: two session ids or credentials
    /// leave open which one counts.
    pub(super) fn sync_hdr(&mut self) -> Read<SyncHdr> {
        let mut hdr = SyncHdr::default();
        let mut seen = [false; CHILDREN.len()];
        loop {
            let known = match self.child()? {
                Child::Known(known) => known,
                Child::Other(_) => {
                    self.skip()?;
                    continue;
                }
                Child::End => break,
            };
            if let Some((child, seen)) = CHILDREN
                .iter()
                .zip(&mut seen)
                .find(|(child, _)| **child == known)
                && std::mem::replace(seen, true)
            {
                return Err(self.fail(DecodeErrorKind::Duplicate(child.name())));
            }
            match known {
                tag::VER_DTD => hdr.ver_dtd = self.leaf()?,
                tag::VER_PROTO => hdr.ver_proto = self.leaf()?,
                tag::SESSION_ID => hdr.session_id = SessionId::new(self.leaf()?),
                tag::MSG_ID => {
                    hdr.msg_id = self
                        .leaf_as(MsgId::parse)?
                        .ok_or_else(|| self.fail(DecodeErrorKind::NotANumber("MsgID")))?;
                }
                tag::TARGET => hdr.target = self.locator()?,
                tag::SOURCE => hdr.source = self.locator()?,
                tag::RESP_URI => hdr.resp_uri = Some(self.leaf()?),
                tag::NO_RESP => hdr.no_resp = self.flag()?,
                tag::CRED => hdr.cred = Some(Box::new(self.cred()?)),
                tag::META => hdr.meta = self.meta()?,
                _ => self.skip()?,
            }
        }
        // Without these there is no session to talk about. The versions may be missing, since
        // the answer to that is a Status.
        for required in [tag::SESSION_ID, tag::MSG_ID, tag::SOURCE] {
            if CHILDREN
                .iter()
                .zip(&seen)
                .any(|(child, seen)| *child == required && !seen)
            {
                return Err(self.fail(DecodeErrorKind::Missing(required.name())));
            }
        }
        Ok(hdr)
    }

    /// `Cred`.
    pub(super) fn cred(&mut self) -> Read<Cred> {
        let mut cred = Cred::default();
        loop {
            match self.child()? {
                Child::Known(tag::META) => cred.meta = self.meta()?,
                Child::Known(tag::DATA) => cred.data = self.data()?,
                Child::Known(_) | Child::Other(_) => self.skip()?,
                Child::End => break Ok(cred),
            }
        }
    }

    /// `Chal`.
    pub(super) fn chal(&mut self) -> Read<Chal> {
        let mut chal = Chal::default();
        loop {
            match self.child()? {
                Child::Known(tag::META) => {
                    chal.meta = self
                        .meta()?
                        .map_or_else(Default::default, Arc::unwrap_or_clone)
                }
                Child::Known(_) | Child::Other(_) => self.skip()?,
                Child::End => break Ok(chal),
            }
        }
    }
}
