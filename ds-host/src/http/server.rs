//! The server's end: an [`axum`] router around a [`Service`].

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use ds_protocol::Hmac;
use http_body_util::BodyExt;
use syncml_wbxml::{Encoding, sniff};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::options::ServerLimits;
use super::{encoding_of, media_type};
use crate::error::ErrorKind;
use crate::service::{Service, ServiceRequest};

/// Memory is counted in these.
const KIB: usize = 1024;
/// Octets of memory for each octet of a message while it is carried out: 10 to 15 for messages of items, 25 for one that is made
/// of the smallest commands, as measured.
const PER_OCTET: usize = 16;
/// A body of no use is still read up to this many times the limit, so that the client sees the answer.
const DRAIN: usize = 8;
/// Longest wait for the rest of a body that is of no use.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// A router that answers every path: mount it where you like in an `axum` application of your own.
///
/// `POST` takes a message and answers with one; `GET` and `HEAD` say what this is. A foreign media type
/// is refused with 415, a body over [`Limits::max_bytes`](syncml_wbxml::Limits::max_bytes) with 413, one that
/// cannot be decoded with 400 and a line of text that says why. The limits are the default ones; connections are for
/// whoever accepts them to limit.
///
/// Attempts to log in are slowed for the address of [`ConnectInfo<SocketAddr>`](ConnectInfo), where requests have it.
pub fn router(service: Service) -> Router {
    router_with(service, &ServerLimits::default())
}

/// As [`router`], with other limits.
pub fn router_with(service: Service, limits: &ServerLimits) -> Router {
    let shared = Shared {
        service,
        in_work: Arc::new(Semaphore::new(limits.requests)),
        memory: Memory::new(limits.memory),
        patience: limits.patience,
        answer: limits.answer,
    };
    Router::new().fallback(handle).with_state(shared)
}

/// The user whom the transport has authenticated, such as by a client certificate: an extension of a request to
/// [`router`], put there by a layer of your own. A server then wants no credentials of SyncML.
///
/// ```
/// use axum::extract::Request;
/// use ds_host::http::server::User;
///
/// fn behind_a_gateway(mut request: Request) -> Request {
///     request.extensions_mut().insert(User::new("ann"));
///     request
/// }
/// # let _ = behind_a_gateway;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User(ByteString);

impl User {
    /// A user by name.
    pub fn new(name: impl Into<ByteString>) -> Self {
        Self(name.into())
    }
}

#[derive(Clone)]
struct Shared {
    service: Service,
    in_work: Arc<Semaphore>,
    memory: Memory,
    patience: Duration,
    answer: Duration,
}

/// Memory for requests in work.
#[derive(Clone)]
struct Memory {
    free: Arc<Semaphore>,
    /// All there is, in KiB.
    all: u32,
}

impl Memory {
    fn new(octets: usize) -> Self {
        let all = u32::try_from(octets / KIB).unwrap_or(u32::MAX);
        Self {
            free: Arc::new(Semaphore::new(all as usize)),
            all,
        }
    }

    /// What a message of this length takes, beyond what is held for the part of it that came before; none: there is no room.
    /// A message that would take more than there is goes in by itself.
    fn more(&self, len: usize, held: usize) -> Option<OwnedSemaphorePermit> {
        let wanted = len.saturating_mul(PER_OCTET).div_ceil(KIB);
        let wanted = wanted.min(self.all as usize).saturating_sub(held);
        let wanted = u32::try_from(wanted).ok()?;
        self.free.clone().try_acquire_many_owned(wanted).ok()
    }
}

async fn handle(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, mut body) = request.into_parts();
    let mut response = match parts.method {
        Method::POST => post(&shared, &parts, &mut body)
            .await
            .unwrap_or_else(Refusal::into_response),
        Method::GET | Method::HEAD => text(
            StatusCode::OK,
            "This is a SyncML (OMA Data Synchronization) server. Give this address to a SyncML client.",
        ),
        _ => {
            let mut response = text(
                StatusCode::METHOD_NOT_ALLOWED,
                "messages are sent with POST",
            );
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
            response
        }
    };
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A body that nobody has read ends the connection: the client is told, or its next request would go nowhere.
    if !drain(body, shared.service.max_body()).await {
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn post(shared: &Shared, request: &Parts, body: &mut Body) -> Result<Response, Refusal> {
    let Ok(permit) = shared.in_work.clone().try_acquire_owned() else {
        return Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many requests at once",
        ));
    };
    let declared = declared(&request.headers)?;
    let token = token(&request.uri);
    let hmac = request.headers.get(Hmac::HEADER);
    // Whoever mounts the router and has authenticated the client by other means says so here.
    let user = request.extensions.get::<User>().map(|user| user.0.clone());
    let hmac = super::hmac(hmac.map(HeaderValue::as_bytes));
    let limit = shared.service.max_body();
    let address = request.extensions.get::<ConnectInfo<SocketAddr>>();
    let address = address.map(|ConnectInfo(address)| address.ip());
    let collected = collect(body, limit, &shared.memory);
    let (bytes, room) = match timeout(shared.patience, collected).await {
        Ok(collected) => collected?,
        Err(_) => {
            return Err(Refusal::new(
                StatusCode::REQUEST_TIMEOUT,
                "the body did not come in time",
            ));
        }
    };
    // The octets know better than the header, where they say anything.
    let Some(encoding) = sniff(&bytes).or(declared) else {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "the body is neither XML nor WBXML",
        ));
    };
    let service = shared.service.clone();
    let turn = tokio::task::spawn_blocking(move || {
        let mut request = ServiceRequest::new(bytes, encoding);
        (request.token, request.hmac, request.user) = (token, hmac, user);
        request.address = address;
        let answer = service.take(&request);
        drop((room, permit));
        answer
    });
    let Ok(turn) = timeout(shared.answer, turn).await else {
        return Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the answer is not ready; ask again",
        ));
    };
    match turn {
        Ok(Ok(answer)) => {
            let media_type = media_type(answer.encoding);
            let hmac = answer.hmac.map(|hmac| hmac.to_string().into_bytes());
            let mut response = ([(CONTENT_TYPE, media_type)], answer.bytes).into_response();
            if let Some(value) = hmac.and_then(|hmac| HeaderValue::from_maybe_shared(hmac).ok()) {
                response.headers_mut().insert(Hmac::HEADER, value);
            }
            Ok(response)
        }
        Ok(Err(error)) if error.kind() == ErrorKind::Message => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            format!("the message cannot be read: {error}"),
        )),
        Ok(Err(error)) if error.kind() == ErrorKind::Busy => Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            error.to_string(),
        )),
        // What is broken here is nothing for strangers.
        Ok(Err(_)) | Err(_) => Err(Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the server failed; its log says more",
        )),
    }
}

/// The encoding of the `Content-Type`; none where there is no such header.
fn declared(headers: &HeaderMap) -> Result<Option<Encoding>, Refusal> {
    let Some(content_type) = headers.get(CONTENT_TYPE) else {
        return Ok(None);
    };
    content_type
        .to_str()
        .ok()
        .and_then(encoding_of)
        .map(Some)
        .ok_or_else(|| {
            let types = [Encoding::Xml, Encoding::Wbxml]
                .map(media_type)
                .join(" or ");
            Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("send {types}"))
        })
}

/// The token that a `RespURI` of ours carries.
fn token(uri: &Uri) -> Option<String> {
    uri.query()?
        .split('&')
        .find_map(|pair| pair.strip_prefix("s="))
        .map(str::to_owned)
}

/// The body, and the room it takes up, which is free again when that is dropped.
async fn collect(
    body: &mut Body,
    limit: usize,
    memory: &Memory,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Refusal> {
    let mut bytes = BytesMut::new();
    let mut room: Option<OwnedSemaphorePermit> = None;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "the body broke off"));
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let len = bytes.len().saturating_add(data.len());
        if len > limit {
            return Err(Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the body is longer than {limit} bytes"),
            ));
        }
        let held = room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        match (memory.more(len, held), &mut room) {
            (None, _) => {
                return Err(Refusal::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "too much at once",
                ));
            }
            (Some(more), Some(room)) => room.merge(more),
            (Some(more), room) => *room = Some(more),
        }
        bytes.extend_from_slice(&data);
    }
    Ok((bytes.freeze(), room))
}

/// Reads what is left of a body, so that the client has sent all when it looks for the answer. Whether it came to
/// its end before long.
async fn drain(mut body: Body, limit: usize) -> bool {
    let rest = async {
        let mut left = limit.saturating_mul(DRAIN);
        while let Some(frame) = body.frame().await {
            let octets = frame.ok()?.data_ref().map_or(0, Bytes::len);
            left = left.checked_sub(octets)?;
        }
        Some(())
    };
    matches!(timeout(DRAIN_TIMEOUT, rest).await, Ok(Some(())))
}

/// Why a request is not answered with a message.
struct Refusal {
    status: StatusCode,
    line: String,
}

impl Refusal {
    fn new(status: StatusCode, line: impl Into<String>) -> Self {
        Self {
            status,
            line: line.into(),
        }
    }

    fn into_response(self) -> Response {
        let mut response = text(self.status, &self.line);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// An answer of one line.
fn text(status: StatusCode, line: &str) -> Response {
    let line = line.lines().next().unwrap_or_default();
    (
        status,
        [(CONTENT_TYPE, "text/plain; charset=utf-8")],
        format!("{line}\n"),
    )
        .into_response()
}
