//! Bytes to messages.

mod body;
mod command;
mod data;
mod header;
mod item;
mod leaf;
mod path;

use syncml_wbxml::tag::syncml as tag;

use syncml_wbxml::{
    Bytes, Child, Encoding, Error, ErrorKind, Limits, Name, Position, Reader, Source, skip, xml,
};

use crate::{DecodeError, DecodeErrorKind, Message, SyncHdr};
use item::Known;
use path::Tracked;

pub(crate) use path::shorten;

/// Commands in commands: Sync in Sequence in Atomic is 3, and nobody needs more than a few.
pub(crate) const MAX_NESTING: usize = 16;

/// Reads a message.
///
/// Text and data are slices of `bytes`, so that decoding copies next to nothing; the buffer lives
/// as long as any part of the message does.
///
/// Devices differ from the content models in many ways, and most of them are tolerated: children
/// in any order, unknown elements (skipped, or kept as [`UnknownCmd`](crate::UnknownCmd) in the
/// place of a command), a repeated child (the last one counts), white space around identifiers
/// and numbers, an empty body, commands after `Final`, missing namespaces.
///
/// # Errors
/// [`DecodeErrorKind::Document`] if the bytes are no XML or WBXML document or are beyond the
/// limits, [`DecodeErrorKind::NotSyncMl`] if it is another one, [`DecodeErrorKind::Missing`],
/// [`Duplicate`](DecodeErrorKind::Duplicate) and [`NotANumber`](DecodeErrorKind::NotANumber) in
/// the header only, [`DecodeErrorKind::Nesting`].
pub fn decode(bytes: &Bytes, encoding: Encoding, limits: &Limits) -> Result<Message, DecodeError> {
    run(bytes, encoding, limits, Extent::Whole)
}

/// Reads the header of a message and stops there, to find the session it belongs to.
///
/// ```
/// use syncml_repr::{Bytes, Encoding, Limits, decode_header};
///
/// let bytes = Bytes::from_static(b"<SyncML><SyncHdr><SessionID>7</SessionID><MsgID>2</MsgID>\
///     <Source><LocURI>IMEI:1</LocURI></Source></SyncHdr> rest is not looked at");
/// let hdr = decode_header(&bytes, Encoding::Xml, &Limits::default()).unwrap();
/// assert_eq!(hdr.msg_id.get(), 2);
/// ```
///
/// # Errors
/// Those of [`decode`], as far as the header.
pub fn decode_header(
    bytes: &Bytes,
    encoding: Encoding,
    limits: &Limits,
) -> Result<SyncHdr, DecodeError> {
    run(bytes, encoding, limits, Extent::Header).map(|message| message.hdr)
}

/// How far to read a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// To its end.
    Whole,
    /// Through its header, wherever that stands.
    Header,
    /// Through its header, which no body precedes.
    Beginning,
}

fn run(
    bytes: &Bytes,
    encoding: Encoding,
    limits: &Limits,
    extent: Extent,
) -> Result<Message, DecodeError> {
    match encoding {
        Encoding::Wbxml => run_decoded(bytes, encoding, limits, extent),
        Encoding::Xml => {
            let bytes = xml::decode_charset(bytes.clone()).map_err(|error| outside(&error))?;
            run_decoded(&bytes, encoding, limits, extent)
        }
    }
}

/// Reads a document that, if it is XML, is in UTF-8 whatever it declares.
pub(crate) fn run_decoded(
    bytes: &Bytes,
    encoding: Encoding,
    limits: &Limits,
    extent: Extent,
) -> Result<Message, DecodeError> {
    match encoding {
        Encoding::Wbxml => read_with(|| Reader::new(bytes, limits), encoding, limits, extent),
        Encoding::Xml => read_with(|| xml::Reader::new(bytes, limits), encoding, limits, extent),
    }
}

/// Reads once without keeping track of anything, and only if that fails once more to say where.
fn read_with<'a, S: Source<'a>>(
    open: impl Fn() -> Result<S, Error>,
    encoding: Encoding,
    limits: &Limits,
    extent: Extent,
) -> Result<Message, DecodeError> {
    let open = || open().map_err(|error| outside(&error));
    let fail = match Decoder::new(open()?, encoding, limits).message(extent) {
        Ok(message) => return Ok(message),
        Err(fail) => fail,
    };
    let mut source = open()?;
    let source: &mut dyn Source<'a> = &mut source;
    let mut again = Decoder::new(Tracked::new(source), encoding, limits);
    // The same input fails the same way.
    let fail = again.message(extent).err().unwrap_or(fail);
    Err(fail.into_error(again.source.path()))
}

/// An error before the root.
pub(crate) fn outside(error: &Error) -> DecodeError {
    DecodeError::new(
        DecodeErrorKind::Document(error.kind().clone()),
        String::new(),
        error.position(),
    )
}

/// Why reading stopped. Boxed, so that what is read well is returned without ado.
pub(crate) struct Fail(Box<Reason>);

impl Fail {
    #[cold]
    pub(crate) fn into_error(self, path: String) -> DecodeError {
        match *self.0 {
            Reason::Source(error) => DecodeError::new(
                DecodeErrorKind::Document(error.kind().clone()),
                path,
                error.position(),
            ),
            Reason::Content(kind, position) => DecodeError::new(kind, path, position),
        }
    }
}

/// The path is found out later.
enum Reason {
    Source(Error),
    Content(DecodeErrorKind, Position),
}

impl From<Error> for Fail {
    #[cold]
    fn from(error: Error) -> Self {
        Self(Box::new(Reason::Source(error)))
    }
}

type Read<T> = Result<T, Fail>;

/// A source and what is known about it. Its methods read one element each: they begin right
/// after the start of the element and read through its end.
pub(crate) struct Decoder<'a, S> {
    pub(crate) source: S,
    encoding: Encoding,
    limits: Limits,
    /// The last `Meta` of a command and that of an item, which the next ones are mostly equal to.
    metas: [Option<Known>; 2],
    /// Content of the child that was just returned, if the source has given all of it.
    run: Option<&'a [u8]>,
}

/// The name of a child, or of the end, which has none.
pub(crate) fn name_of(child: Child<'_>) -> Name<'_> {
    match child {
        Child::Known(tag) => Name::Known(tag),
        Child::Other(name) => *name,
        Child::End => Name::Other {
            space: "".into(),
            local: "".into(),
        },
    }
}

impl<'a, S: Source<'a>> Decoder<'a, S> {
    pub(crate) const fn new(source: S, encoding: Encoding, limits: &Limits) -> Self {
        Self {
            source,
            encoding,
            limits: *limits,
            metas: [None, None],
            run: None,
        }
    }

    /// The whole document.
    pub(crate) fn message(&mut self, extent: Extent) -> Read<Message> {
        let mut hdr = None;
        let mut message = Message::default();
        match self.child()? {
            Child::Known(tag::SYNC_ML) => {}
            Child::End => return Err(self.fail(DecodeErrorKind::Missing("SyncML"))),
            other => {
                let name = shorten(name_of(other).local()).into();
                return Err(self.fail(DecodeErrorKind::NotSyncMl(name)));
            }
        }
        loop {
            match self.child()? {
                Child::Known(tag::SYNC_HDR) => {
                    if hdr.is_some() {
                        return Err(self.fail(DecodeErrorKind::Duplicate("SyncHdr")));
                    }
                    hdr = Some(self.sync_hdr()?);
                    if extent != Extent::Whole {
                        break;
                    }
                }
                Child::Known(tag::SYNC_BODY) if extent == Extent::Whole => {
                    self.sync_body(&mut message.body)?;
                }
                Child::Known(tag::SYNC_BODY) if extent == Extent::Beginning => break,
                Child::Known(_) | Child::Other(_) => self.skip()?,
                Child::End => break,
            }
        }
        message.hdr = hdr.ok_or_else(|| self.fail(DecodeErrorKind::Missing("SyncHdr")))?;
        if extent == Extent::Whole {
            // Lets the source complain about what follows the root.
            self.source.next_event()?;
        }
        Ok(message)
    }

    /// The next child; text between children is passed over.
    #[inline]
    pub(crate) fn child(&mut self) -> Read<Child<'a>> {
        let (child, run) = self.source.child_or_leaf()?;
        self.run = run;
        Ok(child)
    }

    pub(crate) fn skip(&mut self) -> Read<()> {
        match self.run.take() {
            Some(_) => Ok(()),
            None => Ok(skip(&mut self.source)?),
        }
    }

    /// An element whose presence is all it says.
    fn flag(&mut self) -> Read<bool> {
        self.skip().map(|()| true)
    }

    #[cold]
    pub(crate) fn fail(&self, kind: DecodeErrorKind) -> Fail {
        Fail(Box::new(Reason::Content(kind, self.source.position())))
    }

    /// A source that ends inside an element, which none should.
    #[cold]
    fn truncated(&self) -> Fail {
        Error::new(ErrorKind::Truncated, self.source.position()).into()
    }
}
