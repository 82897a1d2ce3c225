//! How a server treats its transport.

use std::time::Duration;

use super::tls::Tls;

/// What a server grants to those who speak to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerLimits {
    /// Connections open at once; one address (of IPv6: one network of 64 bits) may hold half of them. Those that are too
    /// many are closed. Default 512, which fits the 1024 open files most systems grant.
    pub connections: usize,
    /// Requests in work at once; those that are too many are answered 503. Default 256.
    pub requests: usize,
    /// Octets of memory for all requests in work together; those that do not fit are answered 503. A request counts 16 times
    /// its body, as it comes in, which is what a message takes while it is carried out; one that would take more than all of
    /// this is carried out by itself. Answers that wait to be taken are not counted: each is no larger than `MaxMsgSize`, and
    /// there is one for each connection. Nor are the program itself and the store's cache, some 20 MB. Default 256 MiB.
    pub memory: usize,
    /// How long the other end may take for each of these: the TLS handshake, the head of the next request, its body, and to
    /// take anything of an answer. Default 60 seconds.
    pub patience: Duration,
    /// How long a request may wait for its answer; then it is answered 503, and the answer is there when the client asks
    /// again. Default 5 minutes.
    pub answer: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            connections: 512,
            requests: 256,
            memory: 256 << 20,
            patience: Duration::from_secs(60),
            answer: Duration::from_secs(300),
        }
    }
}

/// How a server treats its transport.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ServerOptions {
    /// What it grants.
    pub limits: ServerLimits,
    /// Its certificate; none: plain HTTP. Default: none.
    pub tls: Option<Tls>,
}

impl ServerOptions {
    /// With other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: ServerLimits) -> Self {
        self.limits = limits;
        self
    }

    /// With a certificate: HTTPS.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }
}
