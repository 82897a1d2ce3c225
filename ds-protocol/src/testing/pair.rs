//! A client's and a server's engine against each other, with no transport between them.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use syncml_wbxml::Encoding;

use crate::engine::{Closed, Engine, Input, Output, Received, Transmit, Wait};
use crate::{Effect, Notice, Side, Snapshot, Store, client, server};

/// How a session is run. All ways must lead to the same messages and the same effects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Variant {
    /// Effects are answered at once, sessions stay in memory.
    #[default]
    Plain,
    /// Both sessions are stored as JSON and restored before every message.
    Restored,
    /// Effects that are open at the same time are answered last first.
    Reversed,
    /// Every message of the client is delivered twice.
    Doubled,
    /// All of these.
    All,
}

impl Variant {
    /// Every variant.
    pub const EACH: [Self; 5] = [
        Self::Plain,
        Self::Restored,
        Self::Reversed,
        Self::Doubled,
        Self::All,
    ];

    fn restores(self) -> bool {
        matches!(self, Self::Restored | Self::All)
    }

    fn reverses(self) -> bool {
        matches!(self, Self::Reversed | Self::All)
    }

    fn doubles(self) -> bool {
        matches!(self, Self::Doubled | Self::All)
    }
}

/// One turn of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// [`Side::Local`] is the client here.
    pub side: Side,
    /// What the turn asked of its store.
    pub effects: Vec<Effect>,
    /// What it told.
    pub notices: Vec<Notice>,
    /// The message it ended with.
    pub message: Option<Bytes>,
}

/// A whole session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transcript {
    /// Turn by turn, the client's first.
    pub steps: Vec<Step>,
    /// Encoding of the messages.
    pub encoding: Encoding,
    /// How the client's session ended.
    pub client: Option<Closed>,
    /// How the server's session ended.
    pub server: Option<Closed>,
}

impl Transcript {
    /// Messages of both sides.
    pub fn messages(&self) -> impl Iterator<Item = &Bytes> {
        self.steps.iter().filter_map(|step| step.message.as_ref())
    }

    /// Notices of one side.
    pub fn notices(&self, side: Side) -> impl Iterator<Item = &Notice> {
        self.steps
            .iter()
            .filter(move |step| step.side == side)
            .flat_map(|step| &step.notices)
    }
}

impl fmt::Display for Transcript {
    /// The messages as indented XML, each with the effects and notices of the turn that made it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            writeln!(
                f,
                "==== {}",
                if step.side == Side::Local {
                    "client"
                } else {
                    "server"
                }
            )?;
            for effect in &step.effects {
                writeln!(f, "effect {effect:?}")?;
            }
            for notice in &step.notices {
                writeln!(f, "notice {notice:?}")?;
            }
            if let Some(message) = &step.message {
                let xml = indented(message, self.encoding);
                writeln!(f, "{}", xml.unwrap_or_else(|error| error.to_string()))?;
            }
        }
        writeln!(f, "==== client {:?}, server {:?}", self.client, self.server)
    }
}

/// A message to read. What an XML message says does not change on its way through WBXML.
fn indented(message: &[u8], encoding: Encoding) -> Result<String, syncml_wbxml::Error> {
    let limits = syncml_wbxml::Limits::default();
    if encoding == Encoding::Wbxml {
        syncml_wbxml::to_xml_pretty(message, &limits)
    } else {
        let text = String::from_utf8_lossy(message);
        syncml_wbxml::to_xml_pretty(&syncml_wbxml::from_xml(&text, &limits)?, &limits)
    }
}

/// A client and a server and what lies between them.
#[derive(Debug)]
#[non_exhaustive]
pub struct Pair {
    /// The client's configuration.
    pub client: Arc<client::Config>,
    /// The server's configuration.
    pub server: Arc<server::Config>,
    /// How to run it.
    pub variant: Variant,
    /// Messages of the client that never arrive, counted from 1; the client is then told that the transport failed.
    pub lost_requests: Vec<usize>,
    /// Messages of the server that never arrive, counted from 1; as above.
    pub lost_answers: Vec<usize>,
    /// Message of the server, counted from 1, before which the client is told to suspend the session.
    pub suspend_before: Option<usize>,
    /// The transport has authenticated this user to the server.
    pub user: Option<ByteString>,
}

impl Pair {
    /// A pair that is run plainly.
    pub fn new(client: Arc<client::Config>, server: Arc<server::Config>) -> Self {
        Self {
            client,
            server,
            variant: Variant::Plain,
            lost_requests: Vec::new(),
            lost_answers: Vec::new(),
            suspend_before: None,
            user: None,
        }
    }

    /// Runs one session to its end over the two stores.
    ///
    /// # Panics
    ///
    /// When an engine breaks its contract, a message does not decode or exceeds the limit the other side
    /// stated, or the session does not end.
    pub fn run(&self, client_store: &mut dyn Store, server_store: &mut dyn Store) -> Transcript {
        let mut client = client::Session::new(self.client.clone());
        let mut server = server::Session::new(self.server.clone());
        let mut transcript = Transcript {
            steps: Vec::new(),
            encoding: self.client.encoding,
            client: None,
            server: None,
        };
        let mut answer: Option<Transmit> = None;
        for round in 1..10_000 {
            if self.variant.restores() && answer.is_some() {
                client = client::Session::restore(stored(client.snapshot()), self.client.clone())
                    .expect("restores");
            }
            let input = answer.take().map(|transmit| decoded(&transmit));
            let (sent, closed) = self.turn(
                Side::Local,
                &mut client,
                client_store,
                input,
                &mut transcript,
            );
            transcript.client = closed;
            let Some(sent) = sent else { return transcript };
            assert!(
                transcript.client.is_none(),
                "a client that is done sends nothing"
            );
            assert!(
                sent.bytes.len() as u64 <= self.server.sizes.max_msg_size,
                "message exceeds the server's limit"
            );
            if self.lost_requests.contains(&round) {
                self.abort(&mut client, client_store, &mut transcript);
                return transcript;
            }
            if self.variant.restores() {
                server = server::Session::restore(stored(server.snapshot()), self.server.clone())
                    .expect("restores");
            }
            let (sent_back, closed) = self.turn(
                Side::Remote,
                &mut server,
                server_store,
                Some(self.arrived(&sent)),
                &mut transcript,
            );
            transcript.server = closed;
            let sent_back = sent_back.expect("a server always answers");
            assert!(
                sent_back.bytes.len() as u64 <= self.client.sizes.max_msg_size,
                "message exceeds the client's limit"
            );
            if self.variant.doubles() {
                let mut again = Transcript {
                    steps: Vec::new(),
                    ..transcript.clone()
                };
                let (repeated, _) = self.turn(
                    Side::Remote,
                    &mut server,
                    server_store,
                    Some(self.arrived(&sent)),
                    &mut again,
                );
                assert_eq!(
                    repeated.as_ref(),
                    Some(&sent_back),
                    "a repeated message gets the stored answer"
                );
                assert!(
                    again.steps[0].effects.is_empty(),
                    "a repeated message is not carried out"
                );
            }
            if self.suspend_before == Some(round) {
                client.handle(Input::Suspend).expect("waits for a message");
                let (_, closed) = self.turn(
                    Side::Local,
                    &mut client,
                    client_store,
                    None,
                    &mut transcript,
                );
                if closed.is_some() {
                    transcript.client = closed;
                    return transcript;
                }
            }
            if self.lost_answers.contains(&round) {
                self.abort(&mut client, client_store, &mut transcript);
                return transcript;
            }
            answer = Some(sent_back);
        }
        panic!("the session does not end");
    }

    /// A message of the client as the server's transport hands it over.
    fn arrived(&self, transmit: &Transmit) -> Received {
        let received = decoded(transmit);
        match &self.user {
            Some(user) => received.with_user(user.clone()),
            None => received,
        }
    }

    fn abort(
        &self,
        client: &mut client::Session,
        store: &mut dyn Store,
        transcript: &mut Transcript,
    ) {
        client.handle(Input::Abort).expect("waits for a message");
        let (_, closed) = self.turn(Side::Local, client, store, None, transcript);
        transcript.client = closed;
    }

    fn turn(
        &self,
        side: Side,
        engine: &mut impl Engine,
        store: &mut dyn Store,
        input: Option<Received>,
        transcript: &mut Transcript,
    ) -> (Option<Transmit>, Option<Closed>) {
        if let Some(received) = input {
            engine
                .handle(Input::Message(Box::new(received)))
                .expect("waits for a message");
        }
        let mut step = Step {
            side,
            effects: Vec::new(),
            notices: Vec::new(),
            message: None,
        };
        let mut transmit = None;
        let mut open = Vec::new();
        let closed = loop {
            match engine.poll() {
                Output::Effect(id, effect) => {
                    step.effects.push(effect.clone());
                    let reply = store.perform(effect);
                    if self.variant.reverses() {
                        open.push((id, reply));
                    } else {
                        engine
                            .handle(Input::Reply(id, reply))
                            .expect("waits for a reply");
                    }
                }
                Output::Notice(notice) => step.notices.push(notice),
                Output::Transmit(sent) => {
                    assert!(transmit.is_none(), "one message a turn");
                    step.message = Some(sent.bytes.clone());
                    transmit = Some(sent);
                }
                Output::Wait(Wait::Replies) => {
                    assert!(
                        !open.is_empty(),
                        "the engine waits for replies to effects it has not given out"
                    );
                    for (id, reply) in open.drain(..).rev() {
                        engine
                            .handle(Input::Reply(id, reply))
                            .expect("waits for a reply");
                    }
                }
                Output::Wait(Wait::Message) => break None,
                Output::Wait(Wait::Closed(closed)) => break Some(closed),
            }
        };
        transcript.steps.push(step);
        (transmit, closed)
    }
}

fn decoded(transmit: &Transmit) -> Received {
    let received = Received::decode(
        transmit.bytes.clone(),
        transmit.encoding,
        &syncml_wbxml::Limits::default(),
    )
    .unwrap_or_else(|error| panic!("what we send can be read: {error}"));
    match &transmit.hmac {
        // as the header of a transport: text
        Some(hmac) => {
            let hmac = hmac.to_string().parse().expect("what we send can be read");
            received.with_hmac(hmac, &transmit.bytes)
        }
        None => received,
    }
}

/// Through serde and back, as through a database.
fn stored(snapshot: Result<Snapshot, crate::NotQuiescent>) -> Snapshot {
    let snapshot = snapshot.expect("waits for a message");
    let text = serde_json::to_string(&snapshot).expect("snapshots are plain data");
    serde_json::from_str(&text).expect("snapshots read back")
}
