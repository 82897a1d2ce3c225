//! A session of a device with the server, message by message, and what befalls it on its way.

use std::sync::Arc;

use bytes::Bytes;
use syncml_wbxml::Limits;

use super::edit::Place;
use super::fault::{End, Fault, Kind, Restart};
use super::guise::{temporary, write_oddly};
use super::host::Answered;
use super::judge;
use super::plan::SessionPlan;
use super::tap::Tap;
use super::turn::{Turn, drive};
use super::world::World;
use crate::client::{Config, Session};
use crate::config::AuthScheme;
use crate::effect::Effect;
use crate::engine::{Closed, Engine, Input, Received, Transmit};
use crate::notice::Notice;
use crate::snapshot::Snapshot;
use crate::sync_type::SyncType;

/// Exchanges after which a session is said not to end.
const MAX_EXCHANGES: u32 = 400;

/// How often a session is weighed, in exchanges.
const WEIGHED: u32 = 5;

/// A session under way.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) plan: SessionPlan,
    pub(super) config: Arc<Config>,
    session: Option<Session>,
    /// As it rested last, and before that, each with the message that it sent then.
    rested: Vec<(Snapshot, Transmit)>,
    faults: Vec<Fault>,
    taps: [Tap; 2],
    pub(super) exchanges: u32,
    /// Type of the session of which a message is still on its way.
    pub(super) stray_type: Option<SyncType>,
    /// What is still on its way.
    delayed: Vec<(u32, Transmit)>,
    /// The server's message that the client has not taken yet.
    input: Option<Received>,
    pub(super) closed: [Option<Closed>; 2],
    /// The client has taken a message of the server, and goes on.
    has_heard: bool,
    /// The device has lost the session.
    pub(super) is_lost: bool,
    /// Something else happened to the items meanwhile.
    pub(super) is_disturbed: bool,
    pub(super) notices: [Vec<Notice>; 2],
    /// How many of them were heard.
    pub(super) heard: [usize; 2],
}

impl Running {
    pub(super) fn new(plan: SessionPlan, config: Arc<Config>) -> Self {
        Self {
            session: None,
            rested: Vec::new(),
            faults: plan.faults.clone(),
            taps: [
                Tap::new(End::Client, &plan.faults),
                Tap::new(End::Server, &plan.faults),
            ],
            plan,
            config,
            exchanges: 0,
            stray_type: None,
            delayed: Vec::new(),
            input: None,
            closed: [None, None],
            has_heard: false,
            is_lost: false,
            is_disturbed: false,
            notices: [Vec::new(), Vec::new()],
            heard: [0, 0],
        }
    }

    /// The mishap of this exchange that the function wants, if there is one.
    fn strikes<T>(&mut self, world: &mut World, wants: impl Fn(&Kind) -> Option<T>) -> Option<T> {
        let exchange = self.exchanges;
        let place = self
            .faults
            .iter()
            .position(|fault| fault.at == exchange && wants(&fault.kind).is_some())?;
        let kind = self.faults.remove(place).kind;
        world.tally.strike(kind.name());
        wants(&kind)
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_lost || self.closed[0].is_some()
    }

    /// One message of the client and its answer. Whether the session goes on.
    ///
    /// # Errors
    ///
    /// What is wrong.
    pub(super) fn exchange(&mut self, world: &mut World) -> Result<bool, String> {
        self.exchanges += 1;
        if self.exchanges > MAX_EXCHANGES {
            return Err("the session does not end".to_owned());
        }
        while let Some(edit) = self.strikes(world, |kind| match kind {
            Kind::Edits(edit) => Some(edit.clone()),
            _ => None,
        }) {
            self.is_disturbed = true;
            world.edit(&edit);
        }
        let Some(request) = self.client_turn(world)? else {
            return Ok(false);
        };
        world.tally.messages += 1;
        let limit = world.plan.setting.server.max_msg_size;
        // What the server takes is not known before.
        if self.has_heard && request.bytes.len() as u64 > limit {
            return Err(format!(
                "the client's message has {} octets, and the server takes {limit}",
                request.bytes.len()
            ));
        }
        for _ in 0..=self.plan.patience {
            let sent = self.send(world, &request)?;
            let Some(answer) = sent else { continue };
            let limit = self.config.sizes.max_msg_size;
            if answer.bytes.len() as u64 > limit {
                return Err(format!(
                    "the server's message has {} octets, and the client takes {limit}",
                    answer.bytes.len()
                ));
            }
            let Some(received) = self.arrive(world, End::Server, &answer)? else {
                continue;
            };
            self.input = Some(received);
            return Ok(true);
        }
        self.abort(world)?;
        Ok(false)
    }

    /// The client's next message, with which it leaves the session without a word.
    pub(super) fn stray(&mut self, world: &mut World) -> Result<Option<Transmit>, String> {
        if self.is_over() {
            return Ok(None);
        }
        self.exchanges += 1;
        self.client_turn(world)
    }

    /// A message of another session arrives in the midst of this one.
    pub(super) fn is_late(&mut self, at: u32, stray: Transmit, sync_type: SyncType) {
        self.delayed.push((at, stray));
        self.stray_type = Some(sync_type);
    }

    /// The client takes what has come; what it sends, unless it is over.
    fn client_turn(&mut self, world: &mut World) -> Result<Option<Transmit>, String> {
        if self
            .strikes(world, |kind| {
                matches!(kind, Kind::GivesUp(End::Client)).then_some(())
            })
            .is_some()
        {
            self.abort(world)?;
            return Ok(None);
        }
        let mut session = match self.session.take() {
            Some(session) => session,
            None => Session::new(Arc::clone(&self.config)),
        };
        let rests = self.exchanges > 1;
        if rests
            && self
                .strikes(world, |kind| matches!(kind, Kind::Suspends).then_some(()))
                .is_some()
        {
            let suspended = session.handle(Input::Suspend);
            suspended.map_err(|misuse| format!("the client cannot be suspended: {misuse}"))?;
            match self.drive(world, &mut session)? {
                Turn::Rests(None, None) => {}
                Turn::Rests(..) => {
                    self.session = Some(session);
                    return Ok(None);
                }
                other => return self.revive(other),
            }
        }
        let mut groups = Vec::new();
        if let Some(received) = self.input.take() {
            groups = judge::brought(world, Place::Device(self.plan.device), &received.message);
            let taken = session.handle(Input::Message(Box::new(received)));
            taken.map_err(|misuse| format!("the client refuses a message: {misuse}"))?;
        }
        let turn = self.drive(world, &mut session)?;
        judge::all_or_none(world, Place::Device(self.plan.device), &groups)?;
        let Turn::Rests(sent, closed) = turn else {
            return self.revive(turn);
        };
        if closed.is_some() {
            return match sent {
                Some(_) => Err("a client that is done sends something".to_owned()),
                None => Ok(None),
            };
        }
        let sent = sent.ok_or("a client that goes on has nothing to send")?;
        let snapshot = session
            .snapshot()
            .map_err(|_| "no snapshot of a session that rests".to_owned())?;
        self.has_heard = !self.rested.is_empty();
        self.rested.push((snapshot, sent.clone()));
        if self.rested.len() > 2 {
            self.rested.remove(0);
        }
        self.session = Some(session);
        Ok(Some(sent))
    }

    fn drive(&mut self, world: &mut World, session: &mut Session) -> Result<Turn, String> {
        let device = self.plan.device;
        world.before_turn(self, End::Client);
        let (tap, notices) = (&mut self.taps[0], &mut self.notices[0]);
        let model = &mut world.model;
        let server = &world.server;
        let client = &mut world.devices[device].store;
        let mut perform = |effect| {
            super::world::witness(model, (End::Client, client, server), &effect);
            tap.perform(client, effect)
        };
        let turn = drive(session, &mut perform, notices)?;
        if let Turn::Rests(_, closed) = &turn {
            self.closed[0].clone_from(closed);
        }
        world.after_turn(self, End::Client)?;
        Ok(turn)
    }

    /// The client has died: what it sends again, if it comes back to the session.
    fn revive(&mut self, turn: Turn) -> Result<Option<Transmit>, String> {
        let Turn::Killed(restart) = turn else {
            return Err("a client lets its server wait".to_owned());
        };
        self.session = None;
        if restart == Restart::Stale {
            self.rested.pop();
        }
        let rested = match restart {
            Restart::Durable => None,
            Restart::Snapshot | Restart::Stale => self.rested.last().cloned(),
        };
        let Some((snapshot, sent)) = rested else {
            self.is_lost = true;
            return Ok(None);
        };
        self.has_heard = self.rested.len() > 1;
        let session = Session::restore(snapshot, Arc::clone(&self.config));
        self.session = Some(session.map_err(|error| error.to_string())?);
        Ok(Some(sent))
    }

    /// The client gives up.
    fn abort(&mut self, world: &mut World) -> Result<(), String> {
        let mut session = match self.session.take() {
            Some(session) if self.exchanges > 0 && !self.rested.is_empty() => session,
            _ => {
                self.is_lost = true;
                return Ok(());
            }
        };
        let aborted = session.handle(Input::Abort);
        aborted.map_err(|misuse| format!("the client cannot give up: {misuse}"))?;
        match self.drive(world, &mut session)? {
            Turn::Rests(None, Some(_)) => Ok(()),
            Turn::Killed(_) => {
                self.is_lost = true;
                Ok(())
            }
            other => Err(format!("a client that has given up goes on: {other:?}")),
        }
    }

    /// Sends a message to the server; the answer, if there is one and it is not lost.
    fn send(&mut self, world: &mut World, request: &Transmit) -> Result<Option<Transmit>, String> {
        if self
            .strikes(world, |kind| {
                matches!(kind, Kind::Lost(End::Client)).then_some(())
            })
            .is_some()
        {
            return Ok(None);
        }
        let exchange = self.exchanges;
        if self
            .strikes(world, |kind| matches!(kind, Kind::Delayed).then_some(()))
            .is_some()
        {
            self.delayed.push((exchange + 1, request.clone()));
        }
        if self
            .strikes(world, |kind| matches!(kind, Kind::Doubled).then_some(()))
            .is_some()
        {
            self.post(world, request)?;
        }
        let answer = self.post(world, request)?;
        while let Some(place) = self.delayed.iter().position(|(at, _)| *at <= exchange) {
            let (_, late) = self.delayed.remove(place);
            self.post(world, &late)?;
        }
        if self
            .strikes(world, |kind| {
                matches!(kind, Kind::Lost(End::Server)).then_some(())
            })
            .is_some()
        {
            return Ok(None);
        }
        Ok(answer)
    }

    /// A message arrives at the server, as it is or otherwise.
    pub(super) fn post(
        &mut self,
        world: &mut World,
        request: &Transmit,
    ) -> Result<Option<Transmit>, String> {
        let Some(received) = self.arrive(world, End::Client, request)? else {
            return Ok(None);
        };
        world.before_turn(self, End::Server);
        let groups = judge::brought(world, Place::Server, &received.message);
        let (tap, notices) = (&mut self.taps[1], &mut self.notices[1]);
        let answered = world.ask(self.plan.device, tap, received, request, notices)?;
        let answer = match answered {
            Answered::Sent(sent, closed) => {
                self.closed[1].clone_from(&closed);
                Some(sent)
            }
            Answered::Nothing => None,
        };
        world.after_turn(self, End::Server)?;
        judge::all_or_none(world, Place::Server, &groups)?;
        if answer.is_some() {
            world.tally.messages += 1;
            if self.exchanges.is_multiple_of(WEIGHED) {
                world.weigh(self)?;
            }
        }
        Ok(answer)
    }

    /// What arrives of a message; none: what cannot be read, of which the sender learns.
    fn arrive(
        &mut self,
        world: &mut World,
        from: End,
        sent: &Transmit,
    ) -> Result<Option<Received>, String> {
        let whole =
            read(sent, &sent.bytes).ok_or_else(|| "what was sent cannot be read".to_owned())?;
        world.note_message(self, from, &whole.message);
        if let Some(part) = self.strikes(world, |kind| match kind {
            Kind::Truncated(end, part) if *end == from => Some(*part),
            _ => None,
        }) {
            let len = sent.bytes.len() * usize::from(part) / 1000;
            if read(sent, &sent.bytes.slice(..len)).is_some() {
                return Err(format!("{len} of {} octets can be read", sent.bytes.len()));
            }
            return Ok(None);
        }
        if let Some((at, bits)) = self.strikes(world, |kind| match kind {
            Kind::Corrupted(end, at, bits) if *end == from => Some((*at, *bits)),
            _ => None,
        }) {
            let mut bytes = sent.bytes.to_vec();
            let at = bytes.len() * usize::from(at) / 1000;
            if let Some(octet) = bytes.get_mut(at) {
                *octet ^= bits;
            }
            let Some(corrupted) = read(sent, &Bytes::from(bytes)) else {
                return Ok(None);
            };
            if corrupted == whole {
                return Ok(Some(whole));
            }
            let tells = AuthScheme::Mac
                == match (from, &self.config.server_credentials) {
                    (End::Client, _) => world.plan.setting.auth,
                    (End::Server, Some(_)) => self.config.server_auth,
                    (End::Server, None) => AuthScheme::Basic,
                };
            self.try_corrupted(world, from, (corrupted.clone(), tells), sent)?;
            if !tells {
                // Here it is the transport that can tell, behind the engine's back.
                return Ok(None);
            }
            world.tally.strike("message corrupted under a digest");
            self.is_disturbed = true;
            return Ok(Some(corrupted));
        }
        let oddity = self.strikes(world, |kind| match kind {
            Kind::Odd(end, oddity) if *end == from => Some(*oddity),
            _ => None,
        });
        // Who changes a message that carries a digest changes nothing else.
        let signed = world.plan.setting.auth == AuthScheme::Mac;
        let mut received = whole;
        for _ in 0..temporary(&received.message) {
            world.tally.strike("item with a temporary id");
        }
        world.disguise(self, from, &mut received.message);
        if let Some(oddity) = oddity.filter(|_| !signed) {
            self.is_disturbed = true;
            write_oddly(&mut received.message, oddity);
        }
        Ok(Some(received))
    }

    /// A copy of the receiver takes a message that is not what was sent: whatever it makes of it, it stands; where it can
    /// tell, it makes nothing of it.
    fn try_corrupted(
        &mut self,
        world: &mut World,
        from: End,
        (corrupted, tells): (Received, bool),
        sent: &Transmit,
    ) -> Result<(), String> {
        match from {
            End::Client => world.try_on_server((corrupted, tells), sent),
            End::Server => {
                let Some((snapshot, _)) = self.rested.last().cloned() else {
                    return Ok(());
                };
                let session = Session::restore(snapshot, Arc::clone(&self.config));
                let mut session = session.map_err(|error| error.to_string())?;
                let mut store = world.devices[self.plan.device].store.clone();
                let mut tap = Tap::new(End::Client, &[]);
                let taken = session.handle(Input::Message(Box::new(corrupted)));
                taken.map_err(|misuse| misuse.to_string())?;
                let mut done = Vec::new();
                let mut perform = |effect: Effect| {
                    done.push(effect.clone());
                    tap.perform(&mut store, effect)
                };
                drive(&mut session, &mut perform, &mut Vec::new())?;
                judge::nothing_believed(&done, tells)
            }
        }
    }

    /// Faults of the stores that came about are counted.
    pub(super) fn struck(&mut self) -> impl Iterator<Item = &'static str> {
        let [client, server] = &mut self.taps;
        let struck = client.struck.drain(..).collect::<Vec<_>>();
        struck
            .into_iter()
            .chain(server.struck.drain(..).collect::<Vec<_>>())
    }
}

fn read(sent: &Transmit, bytes: &Bytes) -> Option<Received> {
    let received = Received::decode(bytes.clone(), sent.encoding, &Limits::default()).ok()?;
    Some(match &sent.hmac {
        Some(hmac) => received.with_hmac(hmac.to_string().parse().ok()?, bytes),
        None => received,
    })
}
