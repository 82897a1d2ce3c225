//! The shape of both engines: what goes in, what comes out.

use std::fmt;

use bytes::Bytes;
use bytestring::ByteString;
use syncml_repr::{DecodeError, Message, StatusCode};
use syncml_wbxml::{Encoding, Limits};

use crate::auth::{Hmac, Sender};
use crate::effect::{Effect, EffectId, Reply};
use crate::notice::Notice;
use crate::store::StoreFault;

/// A client or server session: [`client::Session`](crate::client::Session), [`server::Session`](crate::server::Session).
///
/// After each [`handle`](Self::handle), call [`poll`](Self::poll) until it returns [`Output::Wait`].
/// Effects may be answered at once or later, in any order; what the peer sees does not depend on it.
pub trait Engine: sealed::Sealed {
    /// Takes an input.
    ///
    /// # Errors
    ///
    /// [`Misuse`] when the caller broke the contract; then nothing has changed.
    fn handle(&mut self, input: Input) -> Result<(), Misuse>;

    /// The next output.
    fn poll(&mut self) -> Output;
}

pub(crate) mod sealed {
    #[allow(
        unnameable_types,
        reason = "nobody else is to implement the trait it seals"
    )]
    pub trait Sealed {}
}

/// What goes into an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// A message of the peer. Only at [`Wait::Message`].
    Message(Box<Received>),
    /// The answer to an effect.
    Reply(EffectId, Result<Reply, StoreFault>),
    /// The transport failed for good, or the caller gives up: the session ends, anchors stay. Only at [`Wait::Message`].
    ///
    /// What a later session needs to go on is in the store already.
    Abort,
    /// The peer cannot be let wait any longer while effects are open still: a server says that it is busy (Status 101).
    ///
    /// The peer asks for the answer after a while (Alert 221). Its message is given as [`Input::Message`] as soon as
    /// it comes, whether effects are open or not, and gets the answer that was late; or `Busy` again. Refused as
    /// [`Misuse::NotWaiting`] where it is no time for it: before a session has its user, when the answer is being
    /// written, and by a client.
    Busy,
    /// The caller wants to go on another time: a client says so with its next message (Alert 224) and ends with the
    /// answer to that, as [`Closed::Suspended`] or, where nothing was left to do, [`Closed::Complete`]. A server
    /// takes it for [`Input::Abort`]. Only at [`Wait::Message`].
    Suspend,
}

/// A message of the peer, decoded.
///
/// Decoding comes before the engine, so that a document which cannot be read touches no state: answer
/// it at the transport (HTTP 400), with the [`DecodeError`] as the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// The message. Its items are slices of the document and keep it alive.
    pub message: Message,
    /// Its encoding, in which a server answers.
    pub encoding: Encoding,
    pub(crate) sender: Sender,
}

impl Received {
    /// Decodes a message; see [`syncml_wbxml::sniff`] where the transport does not tell the encoding.
    ///
    /// # Errors
    ///
    /// As [`syncml_repr::decode`].
    pub fn decode(
        bytes: impl Into<Bytes>,
        encoding: Encoding,
        limits: &Limits,
    ) -> Result<Self, DecodeError> {
        Ok(Self {
            message: syncml_repr::decode(&bytes.into(), encoding, limits)?,
            encoding,
            sender: Sender::default(),
        })
    }

    /// With the transport's header [`Hmac::HEADER`], and the octets of the message it is about. A header that
    /// cannot be read is none.
    #[must_use]
    pub fn with_hmac(mut self, hmac: Hmac, message: &[u8]) -> Self {
        self.sender = self.sender.with_hmac(hmac, message);
        self
    }

    /// With the user whom the transport has authenticated (a client certificate, a login at the gateway): a
    /// server then wants no credentials, and does not look at any. Give it with each message of the session.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<ByteString>) -> Self {
        self.sender.user = Some(user.into());
        self
    }
}

/// What comes out of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output {
    /// Work for the caller's store, to be answered with [`Input::Reply`].
    Effect(EffectId, Effect),
    /// Progress and decisions, for logs and screens. May be dropped.
    Notice(Notice),
    /// One whole message to send. At most one a turn.
    Transmit(Transmit),
    /// Nothing to do until the next input.
    Wait(Wait),
}

/// A message to send.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transmit {
    /// The document. To send it again after a transport failure, send these bytes.
    pub bytes: Bytes,
    /// Its encoding, which decides the media type.
    pub encoding: Encoding,
    /// Where it goes: a client's server URI, or the `RespURI` it was given.
    pub uri: ByteString,
    /// The peer is still at work on what it has (Status 101, or nothing to say many times in a row): wait a while
    /// before this is sent.
    pub after_pause: bool,
    /// The peer is known to break on a message that it has had before: after a transport failure this one is not sent
    /// again, and the session ends ([`Profile::no_resend`](crate::Profile::no_resend)).
    pub once: bool,
    /// Value of the transport's header [`Hmac::HEADER`]; none: the header is not sent.
    pub hmac: Option<Hmac>,
}

impl fmt::Debug for Transmit {
    /// Length and place: the message may hold credentials, and the query of the URI a session's token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self
            .uri
            .split_once('?')
            .map_or(&*self.uri, |(base, _)| base);
        f.debug_struct("Transmit")
            .field("bytes", &format_args!("({} octets)", self.bytes.len()))
            .field("encoding", &self.encoding)
            .field("uri", &uri)
            .finish()
    }
}

/// What an engine waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_enums,
    reason = "a caller must know every reason to wait"
)]
pub enum Wait {
    /// Answers to effects.
    Replies,
    /// The peer's next message. Only here can a snapshot be taken.
    Message,
    /// Nothing: the session has ended.
    Closed(Closed),
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum Closed {
    /// All messages were exchanged. Each datastore has its own result, see [`Notice::DatastoreDone`].
    Complete,
    /// The session was left, to go on in another one.
    Suspended,
    /// The peer refused the session, or the peer or the caller ended it early; the status that says why.
    Aborted(StatusCode),
}

/// The caller broke the contract of [`Engine`]; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// No such effect is open: the id is unknown, or it was answered before.
    #[error("effect {0} is not waiting for a reply")]
    UnknownEffect(EffectId),
    /// The reply has not the shape the effect asks for.
    #[error("the reply to effect {0} is not of the kind or length it asks for")]
    WrongReply(EffectId),
    /// Something was given, or asked for, while the engine was not waiting for a message.
    #[error("the session does not wait for a message")]
    NotWaiting,
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
