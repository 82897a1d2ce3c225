//! A message of ours: composed, noted and sent.

use bytes::Bytes;
use bytestring::ByteString;
use syncml_devinf::Version;
use syncml_meta::MetInf;
use syncml_repr::{
    Alert, AlertCode, Command, Item, Locator, MsgId, SessionId, StatusCode, SyncHdr,
};

use super::compose::Composer;
use super::pending::Awaiting;
use super::state::{Event, Phase};
use super::talk::{Abort, Role, Talk};
use crate::change::{Confirmed, Operation, Revision};
use crate::defect::Defect;
use crate::engine::Transmit;

/// A client that asks for the next message more often than this in a row lets some time pass before each.
const MAX_HURRY: u32 = 5;

/// At most so many messages in a row without any progress. A peer that keeps alive at a slower pace
/// than it works is far below; the engines have no clock to ask.
const MAX_IDLE: u32 = 32;

/// A text as XML can hold it. A peer whose names hold something else is answered all the same.
pub(crate) fn writable(text: &str) -> ByteString {
    let fits =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..) && !matches!(c, '\u{FFFE}' | '\u{FFFF}');
    match text.chars().all(fits) {
        true => text.into(),
        false => text.chars().filter(|c| fits(*c)).collect::<String>().into(),
    }
}

impl Talk {
    /// Header of our next message.
    pub(crate) fn header(&mut self) -> SyncHdr {
        self.common.msg_id += 1;
        let max_msg_size = self.announced_size();
        let common = &self.common;
        let mut hdr = SyncHdr::new(
            common.version,
            SessionId::new(writable(common.session_id.as_str())),
            MsgId::new(common.msg_id),
            Locator::new(writable(&common.remote_uri)),
            Locator::new(writable(&common.local_uri)),
        );
        let mut meta = MetInf::default().with_max_msg_size(max_msg_size);
        meta.max_obj_size = self.own_max_obj_size();
        hdr.meta = Some(meta.into());
        hdr
    }

    /// Our `MaxObjSize`, where the version has large objects.
    pub(crate) fn own_max_obj_size(&self) -> Option<u64> {
        (self.common.version != Version::V1_0).then_some(self.sizes.max_obj_size)
    }

    /// Octets of the largest message we send.
    pub(super) fn max_sent(&self) -> u64 {
        let stated = self.common.peer_max_msg_size.unwrap_or(u64::MAX);
        let borne = self.profile().max_msg_size.unwrap_or(u64::MAX);
        if Defect::SizeIgnored.is_armed() {
            return self.sizes.max_sent;
        }
        stated.min(self.sizes.max_sent).min(borne)
    }

    /// Whether our first package holds the changes of every datastore that it alerts.
    fn is_combined_package(&self) -> bool {
        let common = &self.common;
        common.combined
            && common.phase == Phase::ClientInit
            && common.datastores.iter().all(|store| store.sending.opened)
    }

    /// Whether the package on its way is ours.
    fn is_my_package(&self) -> bool {
        self.common.phase != Phase::Done
            && self.common.phase.is_clients() == (self.common.role == Role::Client)
    }

    /// An empty message under the limit of both sides.
    pub(super) fn composer(&self, hdr: &SyncHdr) -> Result<Composer, Abort> {
        Ok(Composer::new(hdr, self.common.encoding, self.max_sent())?)
    }

    /// Composes and sends a message: the statuses owed, then as much of our package as fits.
    pub(crate) async fn send(&mut self, hdr: &SyncHdr) -> Result<(), Abort> {
        let mut composer = self.composer(hdr)?;
        let mut complete =
            self.write_statuses(&mut composer)? && self.write_urgent(&mut composer)?;
        self.keep_backlog()?;
        let mine = self.is_my_package();
        if complete && mine {
            complete = self.write_package(&mut composer).await?;
        }
        if composer.is_empty() && !complete {
            // Not even one status fits: the peer's MaxMsgSize is too small to talk.
            return Err(Abort(StatusCode::REQUEST_ENTITY_TOO_LARGE));
        }
        let ends = !Defect::FinalForgotten.is_armed() || self.common.phase != Phase::ServerSync;
        let is_final = complete && mine && ends;
        if composer.only_statuses() && !is_final && complete && self.common.phase != Phase::Done {
            // Nothing to say until the peer's package is finished: ask for the rest of it.
            composer.command(self.alert(AlertCode::NEXT_MESSAGE), Awaiting::Nothing)?;
        }
        let only_statuses = composer.only_statuses() || (complete && !mine);
        self.common.idle = if only_statuses {
            self.common.idle + 1
        } else {
            0
        };
        if self.common.idle > MAX_IDLE {
            return Err(Abort(StatusCode::REQUEST_TIMEOUT));
        }
        self.note_adds(&composer).await?;
        self.note_soft(&mut composer).await;
        if is_final {
            self.conclude().await;
            self.advance(match self.common.role {
                Role::Client if self.is_combined_package() => Event::CombinedFinal,
                Role::Client => Event::ClientFinal,
                Role::Server => Event::ServerFinal,
            });
        }
        self.finish(composer, is_final)
    }

    /// Tells the store of the Adds that are about to go out. Whether they arrived may become known in a later
    /// session only, from the client's Map, or never.
    ///
    /// A server notes which state of the item it sends, for the Map that pairs it. A client notes that the server
    /// may have the item, in a state that is not worth knowing, so that it is not left behind there when it is
    /// deleted here.
    ///
    /// A temporary id that nobody knows again must not go out: the Map that names it would say nothing.
    async fn note_adds(&mut self, composer: &Composer) -> Result<(), Abort> {
        let role = self.common.role;
        let adds = composer.adds();
        let mut adds: Vec<(usize, Confirmed)> = adds
            .map(|(index, add)| {
                let mut add = add.clone();
                if role == Role::Client && !Defect::UnansweredConfirmed.is_armed() {
                    add.revision = Revision::default();
                }
                (index, add)
            })
            .collect();
        adds.sort_by_key(|(index, _)| *index);
        for group in adds.chunk_by(|a, b| a.0 == b.0) {
            let index = group[0].0;
            let link = self.common.datastores[index].link.clone();
            let noted: Vec<Confirmed> = group.iter().map(|(_, add)| add.clone()).collect();
            let temporary = noted.iter().any(|add| add.temporary.is_some());
            if let Err(fault) = self.port.confirm(link, noted).await {
                self.store_failed(index, &fault);
                if temporary {
                    return Err(Abort(fault.status()));
                }
            }
        }
        Ok(())
    }

    /// Tells the store of items that the peer is about to be told to remove while they stay here: from now on nobody
    /// knows which state of them it has, if any. Where it is to have one again, it is sent one.
    async fn note_soft(&mut self, composer: &mut Composer) {
        for group in composer.take_soft().chunk_by(|a, b| a.0 == b.0) {
            let Some(index) = group.first().map(|(index, _)| *index) else {
                continue;
            };
            let link = self.common.datastores[index].link.clone();
            let locals = group.iter().map(|(_, local)| local.clone());
            let unsure = locals.map(|local| Operation::Resend { local }).collect();
            if let Err(fault) = self.port.apply(link, unsure).await {
                self.store_failed(index, &fault);
            }
        }
    }

    /// Sends a message that holds the statuses owed and nothing else (a refusal).
    pub(crate) fn send_statuses(&mut self, hdr: &SyncHdr, is_final: bool) -> Result<(), Abort> {
        let mut composer = self.composer(hdr)?;
        self.write_statuses(&mut composer)?;
        // What did not fit is not owed to a peer that was refused.
        self.common.statuses.clear();
        self.finish(composer, is_final)
    }

    /// Asks a peer that is busy for its answer `[DSPro §busy]`: nothing but Alert 221, and the package on its way
    /// stays where it is.
    pub(crate) fn send_result_alert(&mut self, hdr: &SyncHdr) -> Result<(), Abort> {
        self.common.idle += 1;
        if self.common.idle > MAX_IDLE {
            return Err(Abort(StatusCode::REQUEST_TIMEOUT));
        }
        let mut composer = self.composer(hdr)?;
        composer.command(self.alert(AlertCode::RESULT_ALERT), Awaiting::Nothing)?;
        self.note(composer, false)?;
        self.port.transmit(Transmit {
            after_pause: true,
            ..self.last()
        });
        Ok(())
    }

    pub(super) fn finish(&mut self, composer: Composer, is_final: bool) -> Result<(), Abort> {
        self.note(composer, is_final)?;
        self.transmit_last();
        Ok(())
    }

    /// Ends a message, and notes what it waits for.
    fn note(&mut self, composer: Composer, is_final: bool) -> Result<(), Abort> {
        let composed = composer.finish(is_final)?;
        let msg_id = self.common.msg_id;
        self.common.pending.insert(msg_id, composed.awaiting);
        let bytes = Bytes::from(composed.bytes);
        self.common.last_hmac = self.key.as_ref().map(|key| key.hmac(&bytes));
        self.common.last_sent = bytes;
        Ok(())
    }

    /// Sends the last message (again).
    pub(crate) fn transmit_last(&self) {
        self.port.transmit(self.last());
    }

    fn last(&self) -> Transmit {
        Transmit {
            bytes: self.common.last_sent.clone(),
            encoding: self.common.encoding,
            uri: self.common.remote_uri.clone(),
            after_pause: self.common.role == Role::Client && self.common.idle > MAX_HURRY,
            once: self.profile().no_resend,
            hmac: self.common.last_hmac.clone(),
        }
    }

    /// Writes statuses in the order owed; false: the rest waits for the next message.
    fn write_statuses(&mut self, composer: &mut Composer) -> Result<bool, Abort> {
        let statuses = &mut self.common.statuses;
        let mut sent = 0;
        for status in statuses.iter_mut() {
            if !composer.status(status)? {
                break;
            }
            sent += 1;
        }
        statuses.drain(..sent);
        Ok(statuses.is_empty())
    }

    /// Writes what does not wait for our package; false: the rest waits for the next message.
    fn write_urgent(&mut self, composer: &mut Composer) -> Result<bool, Abort> {
        while let Some(command) = self.common.urgent.front() {
            if !composer.command(command.clone(), Awaiting::Nothing)? {
                return Ok(false);
            }
            self.common.urgent.pop_front();
        }
        Ok(true)
    }

    /// Writes commands of our package; true: all of it is out.
    async fn write_package(&mut self, composer: &mut Composer) -> Result<bool, Abort> {
        while let Some((command, awaiting)) = self.common.outgoing.front() {
            if !composer.command(command.clone(), awaiting.clone())? {
                // Room for little but statuses, message after message: it will never fit.
                let fits_never = composer.only_statuses() && self.common.idle > 1;
                if !(composer.is_empty() || fits_never) {
                    return Ok(false);
                }
                // Without device information a session is poorer, but it is one; where items stand could not be told.
                let is_tree = self
                    .common
                    .datastores
                    .iter()
                    .any(|store| store.hierarchical);
                if is_tree || !matches!(command, Command::Put(_) | Command::Results(_)) {
                    return Err(Abort(StatusCode::REQUEST_ENTITY_TOO_LARGE));
                }
                self.protocol("device information does not fit the peer's largest message");
            }
            self.common.outgoing.pop_front();
        }
        match self.common.phase {
            Phase::ClientSync | Phase::ServerSync => self.write_changes(composer).await,
            Phase::ClientInit if self.common.combined => self.write_changes(composer).await,
            Phase::ClientMap => self.write_maps(composer).await,
            _ => Ok(true),
        }
    }

    /// An Alert of the session, with the URIs of the header.
    pub(super) fn alert(&self, code: AlertCode) -> Command {
        let item = Item::new()
            .with_target(Locator::new(self.common.remote_uri.clone()))
            .with_source(Locator::new(self.common.local_uri.clone()));
        Alert::new("", code).with_item(item).into()
    }
}
