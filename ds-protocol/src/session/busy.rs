//! A server that cannot answer in time says so `[DSPro §busy]`.

use syncml_repr::{CmdId, Message, MsgId, Status, StatusCode, SyncHdr, encode};
use syncml_wbxml::Encoding;

use crate::engine::Transmit;
use crate::profile::BusyMode;

/// What a server may say while a turn is at work.
#[derive(Debug, Default)]
pub(crate) struct Busy {
    /// The message that waits for an answer; none: this is no time to speak.
    asked: Option<Asked>,
    /// What was said last, and of which message.
    said: Option<Said>,
}

/// What was said in the place of an answer.
#[derive(Debug)]
struct Said {
    /// The client's message.
    answered: MsgId,
    /// Its header.
    reply: SyncHdr,
    mode: BusyMode,
    transmit: Transmit,
}

/// A message that waits for an answer.
#[derive(Debug)]
struct Asked {
    /// Header of the client's message.
    theirs: Theirs,
    /// Header of the answer.
    reply: SyncHdr,
    encoding: Encoding,
    mode: BusyMode,
}

/// What of a header an answer refers to.
#[derive(Debug)]
struct Theirs {
    msg_id: MsgId,
    refs: Status,
}

impl Theirs {
    fn of(hdr: &SyncHdr) -> Self {
        let code = StatusCode::OK;
        let mut refs = Status::new(1, hdr.msg_id, CmdId::header(), "SyncHdr", code);
        refs.target_refs = hdr.target.loc_uri.clone().into();
        refs.source_refs = hdr.source.loc_uri.clone().into();
        Self {
            msg_id: hdr.msg_id,
            refs,
        }
    }
}

/// What became of a message that came while a turn was at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// It is the one that was answered: here is the answer once more.
    Again(Transmit),
    /// It asks for the answer, and waits for it.
    Next,
    /// Nothing was said yet, so nothing can have come.
    Unasked,
}

impl Busy {
    /// From now on the turn may be late with its answer `reply`.
    pub(crate) fn ask(
        &mut self,
        hdr: &SyncHdr,
        reply: SyncHdr,
        (encoding, mode): (Encoding, BusyMode),
    ) {
        let theirs = Theirs::of(hdr);
        self.asked = Some(Asked {
            theirs,
            reply,
            encoding,
            mode,
        });
    }

    /// Says that the turn is at work still: a Status for the header, and nothing else.
    pub(crate) fn say(&mut self) -> Option<Transmit> {
        let Asked {
            mut theirs,
            reply,
            encoding,
            mode,
        } = self.asked.take()?;
        if mode == BusyMode::Full || mode == BusyMode::Once && self.said.is_none() {
            theirs.refs.code = StatusCode::IN_PROGRESS;
        }
        let message = Message::new(reply.clone(), vec![theirs.refs.into()], false);
        // A header and one status can always be encoded.
        let bytes = encode(&message, encoding).ok()?.into();
        let transmit = Transmit {
            bytes,
            encoding,
            uri: reply.target.loc_uri.clone(),
            after_pause: false,
            once: false,
            hmac: None,
        };
        self.said = Some(Said {
            answered: theirs.msg_id,
            reply,
            mode,
            transmit: transmit.clone(),
        });
        Some(transmit)
    }

    /// A message comes while the turn is at work.
    pub(crate) fn come(&mut self, hdr: &SyncHdr) -> Came {
        let Some(said) = &self.said else {
            return Came::Unasked;
        };
        if hdr.msg_id <= said.answered {
            return Came::Again(said.transmit.clone());
        }
        if self.asked.is_none() {
            let mut reply = said.reply.clone();
            reply.msg_id = MsgId::new(reply.msg_id.get().saturating_add(1));
            let how = (said.transmit.encoding, said.mode);
            self.ask(hdr, reply, how);
        }
        Came::Next
    }

    /// The turn has its answer: what was said in the place of it, and of which message of the client.
    pub(crate) fn end(&mut self) -> Option<(MsgId, MsgId, Transmit)> {
        self.asked = None;
        let said = self.said.take()?;
        Some((said.answered, said.reply.msg_id, said.transmit))
    }
}
