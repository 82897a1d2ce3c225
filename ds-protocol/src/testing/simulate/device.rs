//! A client device: its store, and what it tells its sessions.

use std::sync::Arc;

use syncml_devinf::ContentType;

use super::body::{COLOURS, MEDIA_TYPE};
use super::plan::{DeviceSetting, Setting, SizeSetting, StoreSetting};
use crate::auth::Credentials;
use crate::client::{Config, Request};
use crate::config::{Datastore, Device as Identity, FilterCaps, Sizes};
use crate::filter::Filter;
use crate::memory::MemoryStore;
use crate::notice::Side;
use crate::peer::Secret;
use crate::server;
use crate::store::StoreFault;
use crate::sync_type::SyncType;

pub(super) const USER: &str = "ann";
const PASSWORD: &str = "tulip";
pub(super) const SERVER: &str = "http://hub.example/ds";

/// Who the server is.
pub(super) fn hub() -> Credentials {
    Credentials::new("hub", "reed")
}

/// A client device.
#[derive(Clone, Debug)]
pub(super) struct Device {
    number: usize,
    pub(super) setting: DeviceSetting,
    pub(super) store: MemoryStore,
    sessions: u32,
    /// Something went wrong in the last session.
    pub(super) was_cut: bool,
}

/// Name of a datastore on a device.
pub(super) fn own_name(store: usize) -> String {
    format!("c{store}")
}

/// Name of a datastore on the server.
pub(super) fn server_name(store: usize) -> String {
    format!("s{store}")
}

/// Which datastore a name means.
pub(super) fn index_of(name: &str) -> Option<usize> {
    name.get(1..)?.parse().ok()
}

impl Device {
    pub(super) fn new(number: usize, setting: DeviceSetting) -> Self {
        Self {
            number,
            setting,
            store: MemoryStore::new(),
            sessions: 0,
            was_cut: false,
        }
    }

    /// Identity of the device.
    pub(super) fn id(&self) -> String {
        format!("urn:device:{}", self.number)
    }

    /// Whether the device has had a session that may have settled a datastore.
    pub(super) fn has_met(&self) -> bool {
        self.sessions > 0
    }

    /// What the next session is told.
    pub(super) fn config(&mut self, world: &Setting, sync_type: SyncType) -> Arc<Config> {
        self.sessions += 1;
        let own = &self.setting;
        let mut identity = Identity::new(self.id(), "phone");
        if !own.is_kin {
            identity.man = "somebody".into();
        }
        let stores = world.stores.iter().enumerate();
        let requests = stores.map(|(index, store)| {
            let request = Request::new(datastore(own_name(index), store), server_name(index))
                .with_sync_type(sync_type)
                .with_on_conflict(own.stands.map(|own| match own {
                    true => Side::Local,
                    false => Side::Remote,
                }));
            match own.colour {
                Some(colour) => request.with_filter(filter(colour)),
                None => request,
            }
        });
        let session_id = self.sessions.to_string().into();
        let config = Config::new(identity, SERVER, session_id, requests)
            .with_credentials(Credentials::new(USER, PASSWORD))
            .with_auth(own.auth)
            .with_version(own.version)
            .with_encoding(own.encoding)
            .with_combined(own.combined)
            .with_resume(own.resume)
            .with_sizes(sizes(&own.sizes));
        Arc::new(match world.proof {
            Some(scheme) => config.with_server_credentials(hub(), scheme),
            None => config,
        })
    }
}

/// The server's store.
pub(super) fn server_store() -> MemoryStore {
    MemoryStore::new()
        .with_user(USER, Secret::Password(PASSWORD.into()))
        .with_filtering(|filter| {
            let wanted = colour_of(filter)?;
            Ok(Box::new(move |content, _| {
                super::body::read(content).is_some_and(|label| label.colour == wanted)
            }))
        })
}

/// What the server is told.
pub(super) fn server_config(world: &Setting) -> server::Config {
    let mut identity = Identity::new("hub.example", "server");
    if !world.server_is_kin {
        identity.man = "somebody".into();
    }
    let stores = world.stores.iter().enumerate();
    let stores = stores.map(|(index, store)| {
        let caps = FilterCaps::new([] as [&str; 0], ["COLOUR"]);
        datastore(server_name(index), store).with_filter(caps)
    });
    let config = server::Config::new(identity, stores)
        .with_auth(world.auth)
        .with_sizes(sizes(&world.server));
    match world.proof {
        Some(scheme) => config.with_credentials(hub(), scheme),
        None => config,
    }
}

fn datastore(name: String, setting: &StoreSetting) -> Datastore {
    Datastore::new(name, [ContentType::new(MEDIA_TYPE, "1.0")])
        .with_conflict(setting.policy)
        .with_deletes_win(setting.deletes_win)
        .with_hierarchical(setting.tree)
        .with_atomic(true)
}

fn sizes(setting: &SizeSetting) -> Sizes {
    Sizes {
        max_msg_size: setting.max_msg_size,
        max_obj_size: setting.max_obj_size,
        ..Sizes::default()
    }
}

/// Items of one colour.
fn filter(colour: usize) -> Filter {
    let colour = COLOURS.get(colour).copied().unwrap_or_default();
    Filter::cgi(MEDIA_TYPE, format!("COLOUR&EQ;{colour}"))
}

fn colour_of(filter: &Filter) -> Result<usize, StoreFault> {
    let name = filter.expression.strip_prefix("COLOUR&EQ;");
    let colour = COLOURS.iter().position(|colour| Some(*colour) == name);
    colour.ok_or_else(|| {
        StoreFault::new(
            syncml_repr::StatusCode::BAD_CGI_SCRIPT,
            "another filter than ours",
        )
    })
}
