//! Options for what `serve` grants to those who speak to it.

use std::path::PathBuf;
use std::time::Duration;

use ds_host::http::{ServerLimits, ServerOptions, Tls};
use ds_protocol::Sizes;

use super::Failure;

/// What a server grants.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct LimitArgs {
    /// Largest body of a request, in bytes: some devices exceed the largest message they were told.
    #[arg(long, value_name = "BYTES", default_value_t = 4 << 20, value_parser = clap::value_parser!(u64).range(2048..=1 << 30))]
    max_body: u64,
    /// Connections open at once; one address may hold half of them.
    #[arg(long, value_name = "COUNT", default_value_t = 512, value_parser = clap::value_parser!(u32).range(2..))]
    max_connections: u32,
    /// Requests in work at once.
    #[arg(long, value_name = "COUNT", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=4096))]
    max_requests: u32,
    /// Memory for all requests in work together, in bytes. A request counts 16 times its body, which is what it takes; answers
    /// that wait to be taken, and the program itself, are not counted.
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 20, value_parser = clap::value_parser!(u64).range(4096..=1 << 40))]
    max_memory: u64,
    /// Sessions that are remembered; the oldest are forgotten, those that nobody has logged in to before all others.
    #[arg(long, value_name = "COUNT", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    max_sessions: u32,
    /// Largest size of the store, in bytes; what does not fit is refused as on a full disk. Default: as much as the disk
    /// has.
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1 << 20..=1 << 46))]
    max_store: Option<u64>,
    /// How long a client may take for the head of a request, for its body, and to take anything of an answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    patience: u64,
    /// How long a client is left waiting for an answer before it is told to come back for it; 0: as long as it takes.
    #[arg(long, value_name = "SECONDS", default_value_t = 25, value_parser = clap::value_parser!(u64).range(..=86_400))]
    busy_after: u64,
    /// How long a request may wait for its answer where its client cannot be told to come back; then it is answered 503,
    /// and the answer is there when the client asks again.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    max_answer: u64,
    /// Certificate in PEM, followed by those between it and a known root: serve HTTPS.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl LimitArgs {
    pub(super) fn max_sessions(&self) -> u32 {
        self.max_sessions
    }

    pub(super) fn max_store(&self) -> Option<u64> {
        self.max_store
    }

    pub(super) fn busy_after(&self) -> Option<Duration> {
        (self.busy_after > 0).then(|| Duration::from_secs(self.busy_after))
    }

    /// Takes bodies of the size that was said.
    pub(super) fn bound(&self, mut sizes: Sizes) -> Result<Sizes, Failure> {
        if self.max_body < sizes.max_msg_size {
            return Err(Failure::Usage(format!(
                "--max-body {} is less than --max-msg-size {}",
                self.max_body, sizes.max_msg_size
            )));
        }
        sizes.limits = sizes.limits.with_max_bytes(length(self.max_body));
        Ok(sizes)
    }

    pub(super) fn options(&self) -> Result<ServerOptions, Failure> {
        let mut limits = ServerLimits::default();
        limits.connections = length(self.max_connections.into());
        limits.requests = length(self.max_requests.into());
        limits.memory = length(self.max_memory);
        limits.patience = Duration::from_secs(self.patience);
        limits.answer = Duration::from_secs(self.max_answer);
        let options = ServerOptions::default().with_limits(limits);
        Ok(match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => options.with_tls(Tls::from_pem_files(cert, key)?),
            _ => options,
        })
    }
}

fn length(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
