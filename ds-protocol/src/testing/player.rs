//! One engine as a test runs it: in one way, or in every way side by side.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::engine::{Closed, Engine, Input, Output, Transmit, Wait};
use crate::store::StoreFault;
use crate::{Effect, Hmac, NotQuiescent, Notice, Reply, Side, Snapshot, Store, client, server};

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
    /// In each of these ways at once: the plain engine has the store, the others are given the same answers, and must ask,
    /// tell and send the same.
    Every,
}

impl Variant {
    /// Every single way.
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
    /// The transport's header that goes with it.
    pub hmac: Option<Hmac>,
}

/// What a turn led to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Played {
    /// What happened in it.
    pub step: Step,
    /// The message it ended with.
    pub transmit: Option<Transmit>,
    /// The session is over.
    pub closed: Option<Closed>,
}

/// An engine of either role.
pub trait Role: Engine + Sized {
    /// Configuration of a session.
    type Config: fmt::Debug;

    /// [`Side::Local`] is the client.
    const SIDE: Side;

    /// A session about to begin.
    fn begin(config: Arc<Self::Config>) -> Self;

    /// The session as it stands.
    ///
    /// # Errors
    ///
    /// [`NotQuiescent`] while the engine waits for anything but a message.
    fn keep(&self) -> Result<Snapshot, NotQuiescent>;

    /// A session that was kept.
    fn again(snapshot: Snapshot, config: Arc<Self::Config>) -> Self;
}

impl Role for client::Session {
    type Config = client::Config;
    const SIDE: Side = Side::Local;

    fn begin(config: Arc<Self::Config>) -> Self {
        Self::new(config)
    }

    fn keep(&self) -> Result<Snapshot, NotQuiescent> {
        self.snapshot()
    }

    fn again(snapshot: Snapshot, config: Arc<Self::Config>) -> Self {
        Self::restore(snapshot, config).expect("restores")
    }
}

impl Role for server::Session {
    type Config = server::Config;
    const SIDE: Side = Side::Remote;

    fn begin(config: Arc<Self::Config>) -> Self {
        Self::new(config)
    }

    fn keep(&self) -> Result<Snapshot, NotQuiescent> {
        self.snapshot()
    }

    fn again(snapshot: Snapshot, config: Arc<Self::Config>) -> Self {
        Self::restore(snapshot, config).expect("restores")
    }
}

/// One side of a session: an engine that is given messages, and a store.
#[derive(Debug)]
pub struct Player<R: Role> {
    config: Arc<R::Config>,
    /// The first has the store.
    engines: Vec<(Variant, R)>,
}

impl<R: Role> Player<R> {
    /// A session about to begin.
    pub fn new(config: Arc<R::Config>, variant: Variant) -> Self {
        let ways = match variant {
            Variant::Every => Variant::EACH.to_vec(),
            one => vec![one],
        };
        let engines = ways.into_iter().map(|way| (way, R::begin(config.clone())));
        Self {
            engines: engines.collect(),
            config,
        }
    }

    /// One turn over a store; a client's first has no input.
    ///
    /// # Panics
    ///
    /// When an engine breaks its contract, or two ways of running it differ.
    pub fn turn(&mut self, store: &mut dyn Store, input: Option<&Input>) -> Played {
        let mut asked = VecDeque::new();
        let mut first = None;
        for (way, engine) in &mut self.engines {
            if way.restores() && input.is_some() {
                *engine = R::again(stored(engine.keep()), self.config.clone());
            }
            let Some(played) = &first else {
                let played = play(engine, *way, input, |effect| {
                    let reply = store.perform(effect);
                    asked.push_back(reply.clone());
                    reply
                });
                first = Some(played);
                continue;
            };
            let mut replies = asked.iter().cloned();
            let other = play(engine, *way, input, |effect| {
                let reply = replies.next();
                reply.unwrap_or_else(|| panic!("{way:?}: asks for more: {effect:?}"))
            });
            assert_eq!(&other, played, "{way:?}");
        }
        let played = first.expect("there is one engine at least");
        for (way, engine) in &mut self.engines {
            if way.doubles() && R::SIDE == Side::Remote && matches!(input, Some(Input::Message(_)))
            {
                let again = play(engine, *way, input, |effect| {
                    panic!("a repeated message is not carried out: {effect:?}")
                });
                assert_eq!(
                    again.transmit, played.transmit,
                    "a repeated message gets the stored answer"
                );
            }
        }
        played
    }
}

fn play<R: Role>(
    engine: &mut R,
    way: Variant,
    input: Option<&Input>,
    mut perform: impl FnMut(Effect) -> Result<Reply, StoreFault>,
) -> Played {
    if let Some(input) = input {
        engine.handle(input.clone()).expect("waits for a message");
    }
    let mut step = Step {
        side: R::SIDE,
        effects: Vec::new(),
        notices: Vec::new(),
        message: None,
        hmac: None,
    };
    let mut transmit = None;
    let mut open = Vec::new();
    let closed = loop {
        match engine.poll() {
            Output::Effect(id, effect) => {
                step.effects.push(effect.clone());
                let reply = perform(effect);
                if way.reverses() {
                    open.push((id, reply));
                } else {
                    let reply = Input::Reply(id, reply);
                    engine.handle(reply).expect("waits for a reply");
                }
            }
            Output::Notice(notice) => step.notices.push(notice),
            Output::Transmit(sent) => {
                assert!(transmit.is_none(), "one message a turn");
                step.message = Some(sent.bytes.clone());
                step.hmac = sent.hmac.clone();
                transmit = Some(sent);
            }
            Output::Wait(Wait::Replies) => {
                assert!(
                    !open.is_empty(),
                    "the engine waits for replies to effects it has not given out"
                );
                for (id, reply) in open.drain(..).rev() {
                    let reply = Input::Reply(id, reply);
                    engine.handle(reply).expect("waits for a reply");
                }
            }
            Output::Wait(Wait::Message) => break None,
            Output::Wait(Wait::Closed(closed)) => break Some(closed),
        }
    };
    Played {
        step,
        transmit,
        closed,
    }
}

/// Through serde and back, as through a database.
fn stored(snapshot: Result<Snapshot, NotQuiescent>) -> Snapshot {
    let snapshot = snapshot.expect("waits for a message");
    let text = serde_json::to_string(&snapshot).expect("snapshots are plain data");
    serde_json::from_str(&text).expect("snapshots read back")
}
