//! What a server session is told before it begins.

use std::fmt;
use std::sync::Arc;

use bytestring::ByteString;

use crate::auth::Credentials;
use crate::config::{AuthScheme, Datastore, Device, Sizes};
use crate::profile::Rule;

/// Configuration of a server session; the same for all sessions of a server, except `resp_token`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The server as it presents itself in DevInf.
    pub device: Device,
    /// What can be synchronised.
    pub datastores: Vec<Datastore>,
    /// Message sizes.
    pub sizes: Sizes,
    /// What is known of peers; the first rule that fits is followed. Default: [`Rule::built_in`].
    pub rules: Arc<[Rule]>,
    /// The scheme a client without credentials is challenged to use. Basic and MD5 are both accepted where this is
    /// one of them; [`AuthScheme::Mac`] is accepted always, and nothing else where this is it. Default: MD5.
    pub auth: AuthScheme,
    /// The store keeps digests ([`Secret::Digest`](crate::Secret::Digest)), which do not serve for the MD5 of SyncML 1.0:
    /// clients of that version are asked for Basic instead. Default: no.
    pub has_digests: bool,
    /// Who this server is, for clients that want to see it. They are shown to clients that have logged in only.
    /// Default: none.
    pub credentials: Option<Credentials>,
    /// How the server proves it. A client that asks for a digest where this says Basic gets it; one that asks for
    /// Basic where this says anything else is refused. Default: MD5.
    pub own_auth: AuthScheme,
    /// Unguessable text for this session alone. With it, an authenticated client is told to send its further
    /// messages to the URI it used, with the query `s=<token>` (`RespURI`), so that nobody who does not know it
    /// can speak in the client's place. None: no `RespURI`. Default: none.
    pub resp_token: Option<ByteString>,
    /// The session is the one that the client was asked for in a message ([`Notification::to_message`]), which was its
    /// message 1: our numbers go on from there. Default: no.
    ///
    /// [`Notification::to_message`]: crate::Notification::to_message
    pub notified: bool,
}

impl Config {
    /// A configuration with the defaults.
    pub fn new(device: Device, datastores: impl IntoIterator<Item = Datastore>) -> Self {
        Self {
            device,
            datastores: datastores.into_iter().collect(),
            sizes: Sizes::default(),
            rules: Rule::built_in().into(),
            auth: AuthScheme::default(),
            has_digests: false,
            credentials: None,
            own_auth: AuthScheme::default(),
            resp_token: None,
            notified: false,
        }
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

    /// With another scheme to challenge with.
    #[must_use]
    pub fn with_auth(mut self, auth: AuthScheme) -> Self {
        self.auth = auth;
        self
    }

    /// With a store that keeps digests.
    #[must_use]
    pub fn with_digests(mut self, has_digests: bool) -> Self {
        self.has_digests = has_digests;
        self
    }

    /// With credentials of the server's own, made in this way.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials, auth: AuthScheme) -> Self {
        self.credentials = Some(credentials);
        self.own_auth = auth;
        self
    }

    /// For a session that the client was asked for in a message.
    #[must_use]
    pub fn with_notified(mut self, notified: bool) -> Self {
        self.notified = notified;
        self
    }

    /// With a token for `RespURI`.
    #[must_use]
    pub fn with_resp_token(mut self, token: impl Into<ByteString>) -> Self {
        self.resp_token = Some(token.into());
        self
    }
}

impl fmt::Debug for Config {
    /// Everything but the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("device", &self.device)
            .field("datastores", &self.datastores)
            .field("sizes", &self.sizes)
            .field("auth", &self.auth)
            .field("credentials", &self.credentials)
            .field("own_auth", &self.own_auth)
            .finish_non_exhaustive()
    }
}
