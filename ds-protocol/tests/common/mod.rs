//! A client and a server with contacts and events, for the tests of the engines.

#![allow(dead_code, reason = "each test binary uses its part")]

pub(crate) mod desk;
pub(crate) mod grove;
pub(crate) mod hooked;
pub(crate) mod objects;
pub(crate) mod post;

use std::collections::BTreeMap;
use std::sync::Arc;

use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::{Pair, Transcript, Variant};
use ds_protocol::{
    Closed, Content, Credentials, Datastore, Device, ItemId, Notice, Secret, Side, Sizes, client,
    server,
};
use syncml_devinf::ContentType;
use syncml_repr::StatusCode;
use syncml_wbxml::Encoding;

pub(crate) const USER: &str = "ann";
pub(crate) const PASSWORD: &str = "tulip";

/// The client's datastores have other names than the server's.
pub(crate) const NAMES: [(&str, &str, &str); 2] = [
    ("people", "contacts", "text/vcard"),
    ("events", "calendar", "text/calendar"),
];

pub(crate) fn datastore(name: &str, media_type: &str) -> Datastore {
    Datastore::new(
        name.to_owned(),
        [ContentType::new(media_type.to_owned(), "1.0")],
    )
}

/// Sizes with one limit for both directions.
pub(crate) fn sizes(max: u64) -> Sizes {
    let mut sizes = Sizes::default();
    sizes.max_msg_size = max;
    sizes
}

/// A world of one client and one server, and the stores that outlive their sessions.
pub(crate) struct World {
    pub(crate) client: MemoryStore,
    pub(crate) server: MemoryStore,
    pub(crate) client_config: client::Config,
    pub(crate) server_config: server::Config,
    pub(crate) variant: Variant,
    sessions: u32,
}

impl World {
    pub(crate) fn new() -> Self {
        let requests = NAMES.map(|(local, remote, media_type)| {
            client::Request::new(datastore(local, media_type), remote)
        });
        let device = Device::new("urn:x-dev:tablet-5", "pda");
        let client_config =
            client::Config::new(device, "http://sync.example.net/ds", "1".into(), requests)
                .with_credentials(Credentials::new(USER, PASSWORD));
        let datastores = NAMES.map(|(_, remote, media_type)| datastore(remote, media_type));
        let server_config =
            server::Config::new(Device::new("hub.example.net", "server"), datastores);
        Self {
            client: MemoryStore::new(),
            server: MemoryStore::new().with_user(USER, Secret::Password(PASSWORD.into())),
            client_config,
            server_config,
            variant: Variant::Every,
            sessions: 0,
        }
    }

    pub(crate) fn with_encoding(mut self, encoding: Encoding) -> Self {
        self.client_config.encoding = encoding;
        self
    }

    pub(crate) fn with_variant(mut self, variant: Variant) -> Self {
        self.variant = variant;
        self
    }

    pub(crate) fn pair(&mut self) -> Pair {
        self.sessions += 1;
        self.client_config.session_id = self.sessions.to_string().into();
        let server = self
            .server_config
            .clone()
            .with_resp_token(format!("token-{}", self.sessions));
        let mut pair = Pair::new(Arc::new(self.client_config.clone()), Arc::new(server));
        pair.variant = self.variant;
        pair
    }

    /// One session, in every way unless one was chosen.
    pub(crate) fn run(&mut self) -> Transcript {
        self.pair().run(&mut self.client, &mut self.server)
    }

    /// One session that must be complete.
    pub(crate) fn sync(&mut self) -> Transcript {
        let transcript = self.run();
        assert_eq!(transcript.client, Some(Closed::Complete), "{transcript}");
        assert_eq!(transcript.server, Some(Closed::Complete), "{transcript}");
        transcript
    }

    pub(crate) fn add_client(&mut self, text: &str) -> ItemId {
        self.client.add(USER, NAMES[0].0, card(text))
    }

    pub(crate) fn add_server(&mut self, text: &str) -> ItemId {
        self.server.add(USER, NAMES[0].1, card(text))
    }

    /// Contents of a datastore pair on both sides, how often each is there.
    pub(crate) fn contents(&self, pair: usize) -> [BTreeMap<Vec<u8>, usize>; 2] {
        let (local, remote, _) = NAMES[pair];
        let count = |store: &MemoryStore, name: &str| {
            let mut counted = BTreeMap::new();
            for (_, content) in store.items(USER, name) {
                // An XML reader turns CR LF into LF; nothing else may differ.
                let text = String::from_utf8_lossy(&content.data).replace("\r\n", "\n");
                *counted.entry(text.into_bytes()).or_default() += 1;
            }
            counted
        };
        [count(&self.client, local), count(&self.server, remote)]
    }

    /// Both sides hold the same.
    pub(crate) fn assert_equal(&self) {
        for pair in 0..NAMES.len() {
            let [client, server] = self.contents(pair);
            assert_eq!(client, server);
        }
    }
}

pub(crate) fn card(text: &str) -> Content {
    let data =
        format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:{text}\r\nFN:{text} & <Söhne>\r\nEND:VCARD\r\n");
    Content::new("text/vcard", data)
}

pub(crate) fn event(text: &str) -> Content {
    let data = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:{text}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    Content::new("text/calendar", data)
}

/// Items moved in a session: what the client and the server received as (added, replaced, deleted, matched).
pub(crate) fn moved(transcript: &Transcript) -> [[usize; 4]; 2] {
    use ds_protocol::ChangeKind::{Add, Delete, Replace};
    [Side::Local, Side::Remote].map(|side| {
        let mut counts = [0; 4];
        for notice in transcript.notices(side) {
            if let Notice::Received { kind, matched, .. } = notice {
                let place = match (matched, kind) {
                    (true, _) => 3,
                    (_, Add) => 0,
                    (_, Replace) => 1,
                    (_, Delete) => 2,
                };
                counts[place] += 1;
            }
        }
        counts
    })
}

/// Status with which each datastore of the client ended.
pub(crate) fn ended(transcript: &Transcript) -> Vec<(String, StatusCode)> {
    transcript
        .notices(Side::Local)
        .filter_map(|notice| match notice {
            Notice::DatastoreDone { datastore, status } => Some((datastore.to_string(), *status)),
            _ => None,
        })
        .collect()
}
