//! One datastore pair inside a session.

use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_meta::{Anchor, Mem, MetInf};
use syncml_repr::{Alert, AlertCode, Command, Item, Locator, StatusCode};

use super::chunk_in::ChunkIn;
use super::chunk_out::ChunkOut;
use super::dev_inf;
use super::filter;
use super::peer_store::Room;
use super::waiting::Waiting;
use crate::change::{Cursor, ItemId};
use crate::config::Datastore;
use crate::filter::Filter;
use crate::link::{Anchors, Link, Opened};
use crate::notice::{Compared, Notice, SlowReason};
use crate::session::resume::Resumption;
use crate::sync_type::SyncType;

/// State of a datastore pair, shared by both roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoreState {
    pub(crate) link: Link,
    /// Our datastore's URI as the peer spells it, or as we do where the peer has not spoken of it.
    pub(crate) local_uri: ByteString,
    /// The peer's datastore's URI.
    pub(crate) remote_uri: ByteString,
    /// What was asked for, by our caller or by the client.
    pub(crate) asked: SyncType,
    pub(crate) sync_type: SyncType,
    /// `Next` of both sides; the peer's is empty until it told.
    pub(crate) anchors: Anchors,
    /// `Last` of both sides, where a session ended well before.
    pub(crate) last: Option<Anchors>,
    /// What the session that is resumed would have left, where only the server's last answer was missing.
    pub(crate) concluded: Option<Anchors>,
    /// Largest item the peer takes for it, in octets as transmitted (`MaxObjSize`), where it says so.
    pub(crate) max_obj_size: Option<u64>,
    /// Which items are for the client; none: all. A server's matter.
    pub(crate) filter: Option<Box<Filter>>,
    /// The status it failed with. A failed datastore takes no further part; its anchors stay.
    pub(crate) failed: Option<StatusCode>,
    /// Data has moved, or is about to: `Begin` was carried out.
    pub(crate) begun: bool,
    /// The peer has sent a Sync for it.
    pub(crate) heard: bool,
    /// An item that the peer sent was not taken: what the peer has is not all here.
    pub(crate) lacks_items: bool,
    /// The store was told so.
    pub(crate) lacks_noted: bool,
    /// The store was told whether a refresh can be resumed.
    pub(crate) noted: bool,
    pub(crate) resumption: Resumption,
    /// The caller has agreed to a slow sync or refresh that was not asked for.
    pub(crate) agreed: bool,
    /// Free room of the peer's datastore, as it said in this session.
    pub(crate) room: Option<Room>,
    /// Free room of ours, to be told to the server.
    pub(crate) mem: Option<Mem>,
    /// An item that the peer sent was taken, or was too large to be.
    pub(crate) takes_items: bool,
    /// Its anchors have moved, or it was given up: the session is through with it.
    pub(crate) ended: bool,
    pub(crate) sending: Sending,
    pub(crate) chunk_in: ChunkIn,
    /// Its items stand under others.
    pub(crate) hierarchical: bool,
    /// What is deleted goes with everything below it.
    pub(crate) recursive_delete: bool,
    /// The peer has named the top as the place of an item.
    pub(crate) names_top: bool,
    /// Commands of the peer that wait for others.
    pub(crate) waiting: Waiting,
}

/// How far our changes have been sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sending {
    /// Behind the last change that was sent or skipped.
    pub(crate) after: Option<Cursor>,
    /// The first Sync was sent.
    pub(crate) opened: bool,
    /// All changes were sent, or there is nothing to send.
    pub(crate) done: bool,
    /// Behind the last pair that was sent in a Map of this package.
    pub(crate) mapped: Option<ItemId>,
    /// The peer has no room for new items (420): none is sent to it any more in this session.
    pub(crate) peer_is_full: bool,
    /// The large object that is on its way: the change behind `after`.
    pub(crate) object: Option<ChunkOut>,
    /// The change behind `after` did not fit into the last message although it held no other item.
    pub(crate) stuck: bool,
}

impl StoreState {
    /// A pair as the store has opened it, with what was asked for and what that comes to. The peer has not spoken yet.
    pub(crate) fn new(
        link: Link,
        opened: Opened,
        own: Option<&Datastore>,
        (asked, sync_type): (SyncType, SyncType),
        resumption: Resumption,
    ) -> Self {
        let kept = opened.partial.filter(|_| resumption != Resumption::No);
        Self {
            local_uri: dev_inf::uri(&link.local),
            remote_uri: dev_inf::uri(&link.remote),
            link,
            asked,
            sync_type,
            anchors: Anchors::new(opened.next, ""),
            last: opened.last,
            concluded: opened
                .concluded
                .map(|concluded| *concluded)
                .filter(|_| resumption != Resumption::No),
            max_obj_size: None,
            filter: None,
            failed: None,
            begun: false,
            heard: false,
            lacks_items: false,
            lacks_noted: false,
            noted: false,
            resumption,
            agreed: false,
            room: None,
            mem: opened.mem,
            takes_items: false,
            ended: false,
            sending: Sending::default(),
            chunk_in: ChunkIn::with_kept(kept),
            hierarchical: own.is_some_and(|own| own.hierarchical),
            recursive_delete: own.is_some_and(|own| own.recursive_delete),
            names_top: false,
            waiting: Waiting::default(),
        }
    }

    /// How its type was settled, and why.
    pub(crate) fn settled(&self, reason: Option<SlowReason>, said: Option<ByteString>) -> Notice {
        let (datastore, sync_type) = (self.link.local.clone(), self.sync_type);
        match self.resumption {
            Resumption::Agreed => Notice::Resumed {
                datastore,
                sync_type,
            },
            _ => Notice::Settled {
                datastore,
                sync_type,
                reason,
                anchors: Compared {
                    stored: self.last.as_ref().map(|last| last.remote.clone()),
                    said,
                },
            },
        }
    }

    pub(crate) fn is_active(&self) -> bool {
        self.failed.is_none()
    }

    /// What our Alert asks for.
    pub(crate) fn alert_code(&self) -> AlertCode {
        match self.resumption {
            Resumption::Asked => AlertCode::RESUME,
            _ => self.sync_type.alert_code(),
        }
    }

    /// The Alert of our side, with our `MaxObjSize`, and with what a client wants to have.
    pub(crate) fn alert(
        &self,
        code: AlertCode,
        max_obj_size: Option<u64>,
        wanted: Option<&Filter>,
    ) -> Command {
        let mut target = Locator::new(self.remote_uri.clone());
        if let Some(wanted) = wanted {
            target = target.with_filter(filter::write(wanted));
        }
        let mut anchor = Anchor::new(self.anchors.local.clone());
        // Where the last answer was lost, which Last the server goes by is known to the server alone: it says it.
        let said = self.last.as_ref().filter(|_| self.concluded.is_none());
        anchor.last = said.map(|last| last.local.clone());
        let mut meta = MetInf::default().with_anchor(anchor);
        meta.max_obj_size = max_obj_size;
        let item = Item::new()
            .with_target(target)
            .with_source(Locator::new(self.local_uri.clone()))
            .with_meta(meta);
        Alert::new("", code).with_item(item).into()
    }

    /// Notes what the Meta of the peer's Alert or Sync says of sizes.
    pub(crate) fn note_sizes(&mut self, meta: Option<&MetInf>) {
        self.room = meta.and_then(|meta| meta.mem).map(Room::from).or(self.room);
        let stated = meta.and_then(|meta| meta.max_obj_size);
        // 0 is seen for "unknown".
        self.max_obj_size = stated.filter(|size| *size > 0).or(self.max_obj_size);
    }

    /// Why a client asked for more than its caller did: there never was a session.
    pub(crate) fn first_sync(&self) -> Option<SlowReason> {
        let is_first = self.last.is_none() && self.sync_type.is_afresh() && !self.asked.is_afresh();
        is_first.then_some(SlowReason::FirstSync)
    }

    /// Gives the datastore up; the first reason stands.
    pub(crate) fn fail(&mut self, status: StatusCode) {
        self.failed.get_or_insert(status);
        self.sending.done = true;
    }
}

/// The name of a datastore, as our configuration and store use it: without `./`, CGI part and trailing slash.
pub(crate) fn base_name(uri: &str) -> &str {
    let uri = uri.trim();
    let uri = uri.split_once('?').map_or(uri, |(path, _)| path);
    uri.trim_start_matches("./").trim_matches('/')
}

/// Which of `names` a URI means: the name itself, the longest that is a path prefix of it, or, for an
/// absolute URI, the name that its path ends with.
pub(crate) fn find<'a>(names: impl Iterator<Item = &'a str> + Clone, uri: &str) -> Option<usize> {
    let wanted = base_name(uri);
    let exact = |wanted: &str| names.clone().position(|name| name == wanted);
    let prefix = || {
        names
            .clone()
            .enumerate()
            .filter(|(_, name)| {
                wanted
                    .strip_prefix(*name)
                    .is_some_and(|rest| rest.starts_with('/'))
            })
            .max_by_key(|(_, name)| name.len())
            .map(|(index, _)| index)
    };
    let absolute = || {
        let (_, rest) = wanted.split_once("://")?;
        let (_, path) = rest.split_once('/')?;
        exact(path).or_else(|| exact(path.rsplit('/').next()?))
    };
    let caseless = || {
        names
            .clone()
            .position(|name| name.eq_ignore_ascii_case(wanted))
    };
    exact(wanted)
        .or_else(prefix)
        .or_else(absolute)
        .or_else(caseless)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DS-S-022: the spellings of a datastore.
    #[test]
    fn spellings() {
        let names = ["contacts", "calendar", "calendar/events"];
        for (uri, index) in [
            ("contacts", Some(0)),
            ("./contacts", Some(0)),
            (" ./contacts ", Some(0)),
            ("./contacts/", Some(0)),
            ("/contacts", Some(0)),
            ("./contacts?CATEGORIES&EQ;family", Some(0)),
            ("./contacts/james_bond", Some(0)),
            ("Contacts", Some(0)),
            ("calendar/events", Some(2)),
            ("calendar/events/1", Some(2)),
            ("http://sync.example.net/ds/calendar", Some(1)),
            ("contactsx", None),
            ("", None),
        ] {
            assert_eq!(find(names.into_iter(), uri), index, "{uri}");
        }
    }
}
