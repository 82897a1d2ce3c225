use std::fmt;

use syncml_wbxml::tag::syncml as tag;
use syncml_wbxml::{Bytes, Child, Encoding, Error, Limits, Reader, Source, xml};

use crate::decode::{Decoder, Extent, Fail, name_of, outside, run_decoded};
use crate::{Command, DecodeError, DecodeErrorKind, SyncCmd, SyncHdr};

/// Reads a message one command at a time, for messages of any length in little memory.
///
/// The commands of a `Sync` come one by one between [`Step::Open`] and [`Step::Close`], as
/// [`Encoder`](crate::Encoder) takes them; those of `Atomic` and `Sequence` come with their group.
/// Nothing is kept but the header and what the open elements need, so memory is that of the largest
/// command. Each command shares the input, which lives as long as any of them does.
///
/// Of a `Sync`, what stands behind its first command counts only if it is a command: in the content
/// model, nothing else does.
///
/// ```
/// use syncml_repr::{Bytes, CommandReader, Encoding, Limits, Step};
///
/// let bytes = Bytes::from_static(b"<SyncML><SyncHdr><SessionID>1</SessionID><MsgID>1</MsgID>\
///     <Source><LocURI>IMEI:1</LocURI></Source></SyncHdr><SyncBody><Sync><CmdID>1</CmdID>\
///     <Add><CmdID>2</CmdID></Add><Add><CmdID>3</CmdID></Add></Sync><Final/></SyncBody></SyncML>");
/// let mut adds = 0;
/// for step in CommandReader::new(&bytes, Encoding::Xml, &Limits::default())? {
///     if let Step::Command(command) = step? {
///         assert_eq!(command.name(), "Add");
///         adds += 1;
///     }
/// }
/// assert_eq!(adds, 2);
/// # Ok::<(), syncml_repr::DecodeError>(())
/// ```
pub struct CommandReader<'a> {
    bytes: &'a Bytes,
    encoding: Encoding,
    limits: Limits,
    hdr: SyncHdr,
    form: Form<'a>,
    place: Place,
}

enum Form<'a> {
    Xml(Box<Steps<'a, xml::Reader<'a>>>),
    Wbxml(Box<Steps<'a, Reader<'a>>>),
}

/// What comes next in a message, see [`CommandReader`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "nearly all steps are commands, and there is one at a time"
)]
pub enum Step {
    /// A command, within the open `Sync` if there is one.
    Command(Command),
    /// A `Sync` begins; its commands follow.
    Open(SyncCmd),
    /// The open `Sync` ends.
    Close,
    /// The package ends with this message (`Final`).
    Final,
}

/// Where the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Between header and body, or behind a body.
    Message,
    Body,
    Sync,
    Done,
}

impl<'a> CommandReader<'a> {
    /// Reads the header of a message.
    ///
    /// # Errors
    /// Those of [`decode_header`](crate::decode_header), and [`DecodeErrorKind::Missing`] if the
    /// header stands behind the commands. An XML message that is not in UTF-8 has to
    /// be given to [`decode_charset`](syncml_wbxml::xml::decode_charset) first.
    pub fn new(bytes: &'a Bytes, encoding: Encoding, limits: &Limits) -> Result<Self, DecodeError> {
        let (header, form) = match encoding {
            Encoding::Xml => {
                let (header, steps) =
                    Steps::new(xml::Reader::new(bytes, limits), encoding, limits)?;
                (header, Form::Xml(Box::new(steps)))
            }
            Encoding::Wbxml => {
                let (header, steps) = Steps::new(Reader::new(bytes, limits), encoding, limits)?;
                (header, Form::Wbxml(Box::new(steps)))
            }
        };
        let mut reader = Self {
            bytes,
            encoding,
            limits: *limits,
            hdr: SyncHdr::default(),
            form,
            place: Place::Message,
        };
        reader.hdr = header.map_err(|fail| reader.explain(fail))?;
        Ok(reader)
    }

    /// The header of the message.
    #[must_use]
    pub const fn hdr(&self) -> &SyncHdr {
        &self.hdr
    }

    /// What comes next; `None` behind the end of the message, and after an error.
    ///
    /// # Errors
    /// Those of [`decode`](crate::decode()).
    pub fn next_step(&mut self) -> Result<Option<Step>, DecodeError> {
        let step = match &mut self.form {
            Form::Xml(steps) => steps.next(&mut self.place),
            Form::Wbxml(steps) => steps.next(&mut self.place),
        };
        step.map_err(|fail| {
            self.place = Place::Done;
            self.explain(fail)
        })
    }

    /// Says in which element it was: the same input fails the same way.
    #[cold]
    fn explain(&self, fail: Fail) -> DecodeError {
        match run_decoded(self.bytes, self.encoding, &self.limits, Extent::Whole) {
            Err(error) => error,
            Ok(_) => fail.into_error(String::new()),
        }
    }
}

impl Iterator for CommandReader<'_> {
    type Item = Result<Step, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_step().transpose()
    }
}

impl fmt::Debug for CommandReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandReader")
            .field("hdr", &self.hdr)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

struct Steps<'a, S> {
    decoder: Decoder<'a, S>,
    /// The first command of a Sync, its start taken, or the end of it.
    ahead: Option<Child<'a>>,
    /// Where the next one is read.
    command: Vec<Command>,
}

impl<'a, S: Source<'a>> Steps<'a, S> {
    #[allow(clippy::type_complexity, reason = "two errors of two kinds, once")]
    fn new(
        source: Result<S, Error>,
        encoding: Encoding,
        limits: &Limits,
    ) -> Result<(Result<SyncHdr, Fail>, Self), DecodeError> {
        let source = source.map_err(|error| outside(&error))?;
        let mut decoder = Decoder::new(source, encoding, limits);
        let header = decoder
            .message(Extent::Beginning)
            .map(|message| message.hdr);
        let steps = Self {
            decoder,
            ahead: None,
            command: Vec::with_capacity(1),
        };
        Ok((header, steps))
    }

    fn command(&mut self, child: Child<'a>, depth: usize) -> Result<Option<Step>, Fail> {
        self.decoder
            .command(name_of(child), depth, &mut self.command)?;
        Ok(self.command.pop().map(Step::Command))
    }

    fn next(&mut self, place: &mut Place) -> Result<Option<Step>, Fail> {
        let decoder = &mut self.decoder;
        loop {
            if *place == Place::Done {
                return Ok(None);
            }
            let child = match self.ahead.take() {
                Some(child) => child,
                None => decoder.child()?,
            };
            match (*place, child) {
                (Place::Message, Child::Known(tag::SYNC_BODY)) => *place = Place::Body,
                (Place::Message, Child::Known(tag::SYNC_HDR)) => {
                    return Err(decoder.fail(DecodeErrorKind::Duplicate("SyncHdr")));
                }
                (Place::Message, Child::End) => {
                    *place = Place::Done;
                    // Lets the source complain about what follows the root.
                    decoder.source.next_event()?;
                }
                (Place::Message, _) => decoder.skip()?,
                (Place::Body, Child::Known(tag::FINAL)) => {
                    decoder.skip()?;
                    return Ok(Some(Step::Final));
                }
                (Place::Body, Child::End) => *place = Place::Message,
                (Place::Body, Child::Known(tag::SYNC)) => {
                    let mut sync = SyncCmd::default();
                    while self.ahead.is_none() {
                        let child = decoder.child()?;
                        self.ahead = decoder.sync_part(&mut sync, child)?;
                    }
                    *place = Place::Sync;
                    return Ok(Some(Step::Open(sync)));
                }
                (Place::Sync, Child::End) => {
                    *place = Place::Body;
                    return Ok(Some(Step::Close));
                }
                (Place::Sync, child) => {
                    let late = decoder.sync_part(&mut SyncCmd::default(), child)?;
                    match late {
                        None => {}
                        Some(Child::End) => self.ahead = Some(Child::End),
                        Some(child) => {
                            return self.command(child, 1);
                        }
                    }
                }
                (Place::Body | Place::Done, child) => {
                    return self.command(child, 0);
                }
            }
        }
    }
}
