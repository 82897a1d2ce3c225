//! What a client session is told before it begins.

use std::sync::Arc;

use bytestring::ByteString;
use syncml_devinf::Version;
use syncml_repr::SessionId;
use syncml_wbxml::Encoding;

use crate::auth::Credentials;
use crate::config::{AuthScheme, Datastore, Device, Sizes};
use crate::filter::Filter;
use crate::notice::Side;
use crate::notification::{Alerted, Notification};
use crate::profile::Rule;
use crate::session::datastore::find;
use crate::sync_type::SyncType;

/// Configuration of a client session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The client as it presents itself; its id is the `SyncHdr/Source` of every session.
    pub device: Device,
    /// URL of the server: `SyncHdr/Target`, and the key of what is remembered of it.
    pub server: ByteString,
    /// `SessionID`: that of the notification which the session answers, else 1–4 characters, another one in each session with this server.
    pub session_id: SessionId,
    /// Who the user is; none: no credentials are sent. Default: none.
    pub credentials: Option<Credentials>,
    /// How the user proves it. A server that asks for MD5 where this says Basic gets MD5; the reverse is
    /// refused, so that nobody can talk a client into showing its password. Default: MD5.
    pub auth: AuthScheme,
    /// Who the server is to be: it must prove it in each session before any data moves. Where it does not do so by
    /// itself, it is challenged once. None: anybody who answers at the URL is the server. Default: none.
    pub server_credentials: Option<Credentials>,
    /// How the server must prove it; a weaker scheme is refused. Default: MD5.
    pub server_auth: AuthScheme,
    /// Protocol version. Default: 1.2.
    pub version: Version,
    /// Encoding of the session. Default: WBXML.
    pub encoding: Encoding,
    /// Message sizes.
    pub sizes: Sizes,
    /// What is known of peers; the first rule that fits is followed. Default: [`Rule::built_in`].
    pub rules: Arc<[Rule]>,
    /// Send changes together with the Alerts (packages 1 and 3 in one), which saves a round trip. Done only where
    /// nothing is to be agreed before: every datastore has anchors and is not to begin afresh, both sides know
    /// each other's device information, and credentials need no challenge. Not every server takes it. Default: where
    /// the server's profile says that it does ([`Profile::takes_combined`](crate::Profile::takes_combined)).
    pub combined: bool,
    /// Go on with a slow sync or refresh that was cut or suspended, where the server can (Alert 225, from version 1.2
    /// on). Syncs of changes go on in any case: what was confirmed is not sent again. Default: yes.
    pub resume: bool,
    /// What to synchronise, in this order. Nothing: the session exchanges device information and ends.
    pub requests: Vec<Request>,
}

/// One datastore to synchronise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The own datastore.
    pub datastore: Datastore,
    /// Name of the server's datastore, without `./`.
    pub remote: ByteString,
    /// What to ask for. A two-way sync of a pair that never ended a session well is asked for as a slow one.
    ///
    /// A one-way sync of such a pair sends everything one way, and removes nothing: only a refresh that was
    /// asked for does.
    pub sync_type: SyncType,
    /// The server has asked for this type, and not the caller: a refresh goes on only where the caller agrees
    /// ([`Effect::Agree`](crate::Effect::Agree)). Default: no.
    pub by_server: bool,
    /// Whose version stands where the server sends its own of an item that was changed here, too: as one does that leaves
    /// the decision to its client ([`ConflictPolicy::ClientDecides`](crate::ConflictPolicy::ClientDecides)). None: the server
    /// is told that it is a conflict (409), and has to decide. Default: none.
    pub on_conflict: Option<Side>,
    /// What the client wants to have of the server's datastore; none: everything. It is sent to a server that offers
    /// filters in its device information; where it does not, or where that is not known yet, the datastore is given up
    /// with 406 before anything moves ([`Notice::Filter`](crate::Notice::Filter)). Default: none.
    pub filter: Option<Filter>,
}

impl Request {
    /// A two-way sync.
    pub fn new(datastore: Datastore, remote: impl Into<ByteString>) -> Self {
        Self {
            datastore,
            remote: remote.into(),
            sync_type: SyncType::TwoWay,
            by_server: false,
            on_conflict: None,
            filter: None,
        }
    }

    /// With a filter.
    #[must_use]
    pub fn with_filter(mut self, filter: Filter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// With a decision about items that both sides have changed.
    #[must_use]
    pub fn with_on_conflict(mut self, stands: Option<Side>) -> Self {
        self.on_conflict = stands;
        self
    }

    /// With another sync type.
    #[must_use]
    pub fn with_sync_type(mut self, sync_type: SyncType) -> Self {
        self.sync_type = sync_type;
        self
    }
}

impl Config {
    /// A configuration with the defaults.
    pub fn new(
        device: Device,
        server: impl Into<ByteString>,
        session_id: SessionId,
        requests: impl IntoIterator<Item = Request>,
    ) -> Self {
        Self {
            device,
            server: server.into(),
            session_id,
            credentials: None,
            auth: AuthScheme::default(),
            server_credentials: None,
            server_auth: AuthScheme::default(),
            version: Version::V1_2,
            encoding: Encoding::Wbxml,
            sizes: Sizes::default(),
            rules: Rule::built_in().into(),
            combined: false,
            resume: true,
            requests: requests.into_iter().collect(),
        }
    }

    /// The session that a server asks for: under the id it gives, with the datastores it names, each in the way it names.
    /// None: it names none that is configured here, and is to be left aside.
    ///
    /// What it asks for a second time, in a session that is running or over, is the caller's to know.
    #[must_use]
    pub fn alerted(mut self, by: &Notification) -> Option<Self> {
        if !matches!(by.session_id.as_str(), "" | "0") {
            self.session_id = by.session_id.clone();
        }
        if by.alerts.is_empty() {
            return Some(self);
        }
        self.requests.retain_mut(|request| {
            let named = |alerted: &&Alerted| {
                let name = std::iter::once(&*request.remote);
                find(name, &alerted.datastore).is_some()
            };
            // The last word on a datastore counts.
            let alerted = by.alerts.iter().rev().find(named);
            if let Some(alerted) = alerted {
                request.sync_type = alerted.sync_type;
                request.by_server = true;
            }
            alerted.is_some()
        });
        (!self.requests.is_empty()).then_some(self)
    }

    /// With credentials.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// With another scheme of authentication.
    #[must_use]
    pub fn with_auth(mut self, auth: AuthScheme) -> Self {
        self.auth = auth;
        self
    }

    /// With credentials that the server must show, made in this way.
    #[must_use]
    pub fn with_server_credentials(mut self, credentials: Credentials, auth: AuthScheme) -> Self {
        self.server_credentials = Some(credentials);
        self.server_auth = auth;
        self
    }

    /// With another protocol version.
    #[must_use]
    pub fn with_version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// With another encoding.
    #[must_use]
    pub fn with_encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// With changes in the first package, where that is possible.
    #[must_use]
    pub fn with_combined(mut self, combined: bool) -> Self {
        self.combined = combined;
        self
    }

    /// With or without going on with sessions that were left.
    #[must_use]
    pub fn with_resume(mut self, resume: bool) -> Self {
        self.resume = resume;
        self
    }

    /// With other rules about peers.
    #[must_use]
    pub fn with_rules(mut self, rules: impl Into<Arc<[Rule]>>) -> Self {
        self.rules = rules.into();
        self
    }

    /// With other message sizes.
    #[must_use]
    pub fn with_sizes(mut self, sizes: Sizes) -> Self {
        self.sizes = sizes;
        self
    }
}
