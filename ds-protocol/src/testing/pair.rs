//! A client's and a server's engine against each other, with no transport between them.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use syncml_wbxml::Encoding;

use super::player::{Played, Player, Step, Variant};
use crate::engine::{Closed, Input, Received, Transmit};
use crate::{Notice, Side, Store, client, server};

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

    /// Adds a turn; its message.
    fn note(&mut self, played: Played) -> Option<Transmit> {
        match played.step.side {
            Side::Local => self.client = played.closed,
            Side::Remote => self.server = played.closed,
        }
        self.steps.push(played.step);
        played.transmit
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
    /// When an engine breaks its contract, two ways of running it differ, a message does not decode or exceeds the limit the
    /// other side stated, or the session does not end.
    pub fn run(&self, client_store: &mut dyn Store, server_store: &mut dyn Store) -> Transcript {
        let mut client = Player::<client::Session>::new(self.client.clone(), self.variant);
        let mut server = Player::<server::Session>::new(self.server.clone(), self.variant);
        let mut transcript = Transcript {
            steps: Vec::new(),
            encoding: self.client.encoding,
            client: None,
            server: None,
        };
        let mut input = None;
        for round in 1..10_000 {
            let played = client.turn(client_store, input.as_ref());
            let Some(sent) = transcript.note(played) else {
                return transcript;
            };
            assert!(
                transcript.client.is_none(),
                "a client that is done sends nothing"
            );
            assert!(
                sent.bytes.len() as u64 <= self.server.sizes.max_msg_size,
                "message exceeds the server's limit"
            );
            if self.lost_requests.contains(&round) {
                transcript.note(client.turn(client_store, Some(&Input::Abort)));
                return transcript;
            }
            let played = server.turn(server_store, Some(&self.arrived(&sent)));
            let sent_back = transcript.note(played).expect("a server always answers");
            assert!(
                sent_back.bytes.len() as u64 <= self.client.sizes.max_msg_size,
                "message exceeds the client's limit"
            );
            if self.suspend_before == Some(round) {
                transcript.note(client.turn(client_store, Some(&Input::Suspend)));
                if transcript.client.is_some() {
                    return transcript;
                }
            }
            if self.lost_answers.contains(&round) {
                transcript.note(client.turn(client_store, Some(&Input::Abort)));
                return transcript;
            }
            input = Some(Input::Message(Box::new(decoded(&sent_back))));
        }
        panic!("the session does not end");
    }

    /// A message of the client as the server's transport hands it over.
    fn arrived(&self, transmit: &Transmit) -> Input {
        let received = decoded(transmit);
        Input::Message(Box::new(match &self.user {
            Some(user) => received.with_user(user.clone()),
            None => received,
        }))
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
