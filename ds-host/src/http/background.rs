//! A server on threads of its own, beside a program that is not asynchronous.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::listen;
use super::options::ServerOptions;
use super::server::router_with;
use crate::service::Service;

/// How long requests under way may take once the server is told to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running HTTP server. It stops when this is dropped, or by [`wait`](Self::wait); turns under way are completed.
pub struct Background {
    // Dropped in this order: tell, wait, end the threads.
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
    runtime: Runtime,
    address: SocketAddr,
    is_secure: bool,
}

impl Background {
    /// Starts a server at an address such as `127.0.0.1:8080`, with the default options; port 0 chooses a free one.
    ///
    /// # Errors
    ///
    /// When the address cannot be used.
    pub fn start(service: Service, address: &str) -> io::Result<Self> {
        Self::start_with(service, address, ServerOptions::default())
    }

    /// Starts a server with these options.
    ///
    /// # Errors
    ///
    /// When the address cannot be used.
    pub fn start_with(service: Service, address: &str, options: ServerOptions) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .enable_all()
            .max_blocking_threads(options.limits.requests.max(1))
            .build()?;
        let listener = runtime.block_on(TcpListener::bind(address))?;
        let address = listener.local_addr()?;
        let is_secure = options.tls.is_some();
        let (stop, stopped) = oneshot::channel::<()>();
        let router = router_with(service, &options.limits);
        let task = runtime.spawn(listen::run(listener, router, options, async {
            // An error means that the sender is gone: that is to stop, too.
            let _ = stopped.await;
        }));
        Ok(Self {
            stop: Some(stop),
            task: Some(task),
            runtime,
            address,
            is_secure,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL: `http://ADDR:PORT/`, with a certificate `https://…`.
    pub fn url(&self) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        format!("{scheme}://{}/", self.address)
    }

    /// Calls something in the context of the server's runtime: to make futures for [`wait`](Self::wait) that need one.
    pub fn enter<T>(&self, make: impl FnOnce() -> T) -> T {
        let _context = self.runtime.enter();
        make()
    }

    /// Waits for something to happen, and then for the server to stop.
    ///
    /// # Errors
    ///
    /// When the server failed.
    pub fn wait(mut self, until: impl Future<Output = ()>) -> io::Result<()> {
        self.runtime.block_on(until);
        self.stop()
    }

    fn stop(&mut self) -> io::Result<()> {
        drop(self.stop.take());
        match self.task.take() {
            Some(task) => match self
                .runtime
                .block_on(async { timeout(PATIENCE, task).await })
            {
                Ok(ended) => ended.map_err(io::Error::other),
                // A connection that neither speaks nor ends.
                Err(_) => Ok(()),
            },
            None => Ok(()),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // Nobody is left to hear of an error.
        let _ = self.stop();
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Background")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
