//! Messages to bytes.

mod command;
mod document;
mod item;

use std::fmt;

use syncml_wbxml::tag::syncml as tag;
use syncml_wbxml::{Encoding, Sink, Writer, put_empty, put_end, xml};

use crate::{Command, Data, EncodeError, EncodeErrorKind, Message, Status, SyncCmd, SyncHdr};
pub(crate) use command::{Context, Place};
pub(crate) use document::{Checkpoint, Document};

/// Writes a whole message, whatever its length.
///
/// The result is canonical: the same message gives the same bytes, children are in the order of
/// the content models, nothing optional is added.
///
/// The version of the header decides which elements may occur; the header's own text is written
/// as it is. A message of another protocol or version is written like 1.2.
///
/// # Errors
/// [`EncodeErrorKind::NotInVersion`] for elements that the version lacks (but `NumberOfChanges`
/// is left out silently), [`EncodeErrorKind::Document`] for control characters in XML outside of
/// item data, [`EncodeErrorKind::Nesting`].
pub fn encode(message: &Message, encoding: Encoding) -> Result<Vec<u8>, EncodeError> {
    match encoding {
        Encoding::Xml => whole::<xml::Writer>(message, encoding),
        Encoding::Wbxml => whole::<Writer>(message, encoding),
    }
}

fn whole<W: syncml_wbxml::Encoder>(
    message: &Message,
    encoding: Encoding,
) -> Result<Vec<u8>, EncodeError> {
    let Message { hdr, body } = message;
    let mut context = Context::of(hdr, encoding);
    let mut out = W::with_capacity(context.version.message(), capacity(&body.commands));
    context.open_body(&mut out, hdr)?;
    for command in &body.commands {
        context.command(&mut out, command, Place::Body, 0)?;
    }
    close_body(&mut out, body.is_final)?;
    Ok(out.finish()?)
}

/// About as many bytes as commands take, so that most messages are written without moving them.
fn capacity(commands: &[Command]) -> usize {
    const HEADER: usize = 512;
    const COMMAND: usize = 96;
    let of = |command: &Command| match command {
        Command::Modify(command) => command
            .items
            .iter()
            .map(|item| COMMAND + item.data.as_ref().map_or(0, Data::len))
            .sum(),
        Command::Sync(command) => capacity(&command.commands),
        Command::Group(command) => capacity(&command.commands),
        _ => COMMAND,
    };
    HEADER + commands.iter().map(of).sum::<usize>()
}

/// `Final`, and the end of the message.
fn close_body(out: &mut impl Sink, is_final: bool) -> Result<(), EncodeError> {
    if is_final {
        put_empty(out, tag::FINAL)?;
    }
    put_end(out)?;
    Ok(put_end(out)?)
}

/// Writes one message command by command and keeps it within a limit.
///
/// Each command is encoded once: if it turns out not to fit, it is taken back.
///
/// ```
/// use syncml_repr::{
///     Command, Encoder, Encoding, Item, Locator, Modify, ModifyKind, MsgId, SyncCmd, SyncHdr, Version,
/// };
///
/// let hdr = SyncHdr::new(
///     Version::V1_2,
///     "1".into(),
///     MsgId::FIRST,
///     Locator::new("http://sync.example.net/ds"),
///     Locator::new("IMEI:1"),
/// );
/// let mut encoder = Encoder::new(&hdr, Encoding::Wbxml, Some(200))?;
/// assert!(encoder.open(&SyncCmd::new(1, Locator::new("./card"), Locator::new("./pb")))?);
/// let mut sent = 0;
/// for number in 2.. {
///     let item = Item::new().with_source(Locator::new(number.to_string())).with_data("BEGIN:VCARD");
///     let add = Modify::new(ModifyKind::Add, number).with_item(item);
///     if !encoder.push(&add.into())? {
///         break;
///     }
///     sent += 1;
/// }
/// encoder.close()?;
/// let bytes = encoder.finish(false)?;
/// assert!(bytes.len() <= 200 && sent > 0);
/// # Ok::<(), syncml_repr::EncodeError>(())
/// ```
pub struct Encoder {
    document: Document,
    context: Context,
    /// Most bytes of the finished message.
    limit: usize,
    /// A Sync is open.
    in_sync: bool,
    /// The body has no commands yet.
    is_empty: bool,
    /// State before the last command, kept for its memory.
    before: Option<Checkpoint>,
}

impl Encoder {
    /// Begins a message with this header. `limit` is the most bytes of the finished message, all
    /// end tags and `Final` included.
    ///
    /// # Errors
    /// Those of [`encode`], and [`EncodeErrorKind::Limit`] if not even a message without commands
    /// is within the limit.
    pub fn new(
        hdr: &SyncHdr,
        encoding: Encoding,
        limit: Option<usize>,
    ) -> Result<Self, EncodeError> {
        let context = Context::of(hdr, encoding);
        let mut encoder = Self {
            document: Document::new(context.version.message(), encoding, room(limit)),
            context,
            limit: limit.unwrap_or(usize::MAX),
            in_sync: false,
            is_empty: true,
            before: None,
        };
        encoder.context.open_body(&mut encoder.document, hdr)?;
        if encoder.finished_len() > encoder.limit {
            let kind = EncodeErrorKind::Limit {
                needed: encoder.finished_len(),
                limit: encoder.limit,
            };
            return Err(EncodeError::new(kind));
        }
        Ok(encoder)
    }

    /// Writes a command, into the open Sync if there is one. `false` if it does not fit; then
    /// nothing was written.
    ///
    /// # Errors
    /// Those of [`encode`]. Nothing was written then either.
    pub fn push(&mut self, command: &Command) -> Result<bool, EncodeError> {
        let place = if self.in_sync {
            Place::Sync
        } else {
            Place::Body
        };
        self.attempt(|context, document| {
            context.command(document, command, place, usize::from(place == Place::Sync))
        })
    }

    /// Writes a Status, like [`push`](Self::push) with [`Command::Status`]: most of what a server sends are these, and
    /// they are sent from where they are kept.
    ///
    /// # Errors
    /// Those of [`encode`]. Nothing was written then either.
    pub fn push_status(&mut self, status: &Status) -> Result<bool, EncodeError> {
        self.attempt(|context, document| context.status(document, status))
    }

    /// Begins a Sync, with all of `sync` but its end; what is pushed from now on goes into it.
    /// `false` if it does not fit; then nothing was written.
    ///
    /// # Errors
    /// Those of [`encode`], [`EncodeErrorKind::OpenSync`] if one is open.
    pub fn open(&mut self, sync: &SyncCmd) -> Result<bool, EncodeError> {
        if self.in_sync {
            return Err(EncodeError::new(EncodeErrorKind::OpenSync));
        }
        self.in_sync = self.attempt(|context, document| context.open_sync(document, sync, 0))?;
        Ok(self.in_sync)
    }

    /// Ends the open Sync. There is always room for that.
    ///
    /// # Errors
    /// [`EncodeErrorKind::OpenSync`] if none is open.
    pub fn close(&mut self) -> Result<(), EncodeError> {
        if !self.in_sync {
            return Err(EncodeError::new(EncodeErrorKind::OpenSync));
        }
        put_end(&mut self.document)?;
        self.in_sync = false;
        Ok(())
    }

    /// Bytes that are left below the limit for more commands; `usize::MAX` without a limit.
    #[must_use]
    pub fn remaining(&self) -> usize {
        if self.limit == usize::MAX {
            usize::MAX
        } else {
            self.limit.saturating_sub(self.finished_len())
        }
    }

    /// Ends the message, and the Sync that is open. With `is_final` it ends its package, too.
    ///
    /// # Errors
    /// None in practice.
    pub fn finish(mut self, is_final: bool) -> Result<Vec<u8>, EncodeError> {
        if self.in_sync {
            put_end(&mut self.document)?;
        }
        close_body(&mut self.document, is_final)?;
        let mut bytes = self.document.finish()?;
        bytes.shrink_to_fit();
        Ok(bytes)
    }

    /// Writes something that is taken back if it fails or does not fit.
    fn attempt(
        &mut self,
        write: impl FnOnce(&mut Context, &mut Document) -> Result<(), EncodeError>,
    ) -> Result<bool, EncodeError> {
        let before = match self.before.take() {
            Some(mut before) => {
                self.document.renew(&mut before);
                before
            }
            None => self.document.checkpoint(),
        };
        let written = write(&mut self.context, &mut self.document);
        let was_empty = std::mem::replace(&mut self.is_empty, false);
        let fits = self.finished_len() <= self.limit;
        if written.is_err() || !fits {
            self.document.rollback(&before);
            self.context.rollback();
            self.is_empty = was_empty;
        }
        self.before = Some(before);
        written.map(|()| fits)
    }

    /// Most bytes of the message if it were finished now.
    fn finished_len(&self) -> usize {
        let last = match (self.context.encoding, self.is_empty) {
            (Encoding::Xml, false) => "<Final/>".len(),
            // The body is an empty element as yet.
            (Encoding::Xml, true) => "><Final/></SyncBody>".len() - "/>".len(),
            // `Final` on a page that may have to be switched to first.
            (Encoding::Wbxml, false) => 3,
            (Encoding::Wbxml, true) => 2,
        };
        self.document.len() + self.document.closing_len() + last
    }
}

/// Bytes to make room for at once: a full message of the usual size, and the end of a command that turns out not to fit.
/// A larger one grows, since most answers are much smaller than what is allowed.
fn room(limit: Option<usize>) -> usize {
    limit.map_or(256, |limit| limit.min(1 << 16) + 1024)
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder")
            .field("version", &self.context.version)
            .field("encoding", &self.context.encoding)
            .field("len", &self.document.len())
            .field("remaining", &self.remaining())
            .field("in_sync", &self.in_sync)
            .finish_non_exhaustive()
    }
}
