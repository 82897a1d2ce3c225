//! Connections: how many, for how long, and with TLS or without.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::options::ServerOptions;
use super::patient::Patient;
use crate::origin::Origin;

/// Largest head of a request. User names and tokens are short.
const MAX_HEAD: usize = 32 << 10;
/// Pause where the system has no more connections to give.
const BREATH: Duration = Duration::from_millis(100);
/// What is said to those for whom there is no place.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Length: 21\r\n\r\ntoo many connections\n";

/// Serves until `stop`, and then until the requests under way have their answers.
pub(super) async fn run(
    listener: TcpListener,
    router: Router,
    options: ServerOptions,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Places::new(options.limits.connections));
    let options = Arc::new(options);
    let (stopping, _) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            () = &mut stop => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Of one connection only, or of all: no more files to be had.
                if !is_of_one_connection(&error) {
                    sleep(BREATH).await;
                }
                continue;
            }
        };
        let Some(place) = places.take(address.ip()) else {
            refuse(&stream, &options);
            continue;
        };
        let connection = Connection {
            router: router.clone(),
            options: options.clone(),
            address,
            stopping: stopping.subscribe(),
        };
        connections.spawn(async move {
            let _place = place;
            connection.serve(stream).await;
        });
    }
    drop(listener);
    // Whoever is in the middle of a request ends after it.
    drop(stopping);
    while connections.join_next().await.is_some() {}
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// Says why and closes; whether it is heard is another matter.
fn refuse(stream: &TcpStream, options: &ServerOptions) {
    if options.tls.is_none() {
        let _ = stream.try_write(FULL);
    }
}

struct Connection {
    router: Router,
    options: Arc<ServerOptions>,
    address: SocketAddr,
    stopping: watch::Receiver<()>,
}

impl Connection {
    async fn serve(self, stream: TcpStream) {
        // Answers are written at once, as a whole.
        let _ = stream.set_nodelay(true);
        let Some(tls) = self.options.tls.clone() else {
            return self.speak(stream).await;
        };
        let handshake = tls.acceptor().accept(stream);
        // Who cannot do it is told by TLS itself.
        if let Ok(Ok(stream)) = timeout(self.options.limits.patience, handshake).await {
            self.speak(stream).await;
        }
    }

    async fn speak(mut self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let patience = self.options.limits.patience;
        let router = self.router.layer(Extension(ConnectInfo(self.address)));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience)
            .max_header_size(MAX_HEAD)
            // Who has said everything may still want to hear the answer.
            .half_close(true)
            .serve_connection(
                TokioIo::new(Patient::new(stream, patience)),
                TowerToHyperService::new(router),
            );
        let mut connection = pin!(connection);
        tokio::select! {
            // What goes wrong on a connection is its client's trouble, and ends it.
            _ = connection.as_mut() => return,
            _ = self.stopping.changed() => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }
}

/// How many connections there are, and from where.
struct Places {
    limit: usize,
    taken: Mutex<HashMap<Origin, usize>>,
}

/// A connection that is counted.
struct Place {
    places: Arc<Places>,
    origin: Origin,
}

impl Places {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            taken: Mutex::default(),
        }
    }

    /// A place, where there is one. One origin has half of them at most, so that it cannot shut out all others.
    fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let origin = Origin::new(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let all = taken.values().sum::<usize>();
        let of_this = taken.entry(origin).or_default();
        if all >= self.limit || *of_this >= self.limit.div_ceil(2) {
            if *of_this == 0 {
                taken.remove(&origin);
            }
            return None;
        }
        *of_this += 1;
        Some(Place {
            places: self.clone(),
            origin,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let taken = self.places.taken.lock();
        let mut taken = taken.unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.origin) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.origin);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_origin_has_half_of_the_places() {
        let places = Arc::new(Places::new(4));
        let take = |address: &str| places.take(address.parse().unwrap());
        let mine = [take("192.0.2.1"), take("192.0.2.1")];
        assert!(mine.iter().all(Option::is_some));
        assert!(take("192.0.2.1").is_none());
        let others = [take("2001:db8::1"), take("192.0.2.2")];
        assert!(others.iter().all(Option::is_some));
        assert!(take("192.0.2.3").is_none(), "all are taken");
        drop(mine);
        assert!(take("192.0.2.3").is_some());
        drop(others);
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
