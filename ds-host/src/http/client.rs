//! The client's end: POST, the same bytes again after a transport failure, redirects, cookies.

use std::path::Path;
use std::time::Duration;
use std::{fmt, io, thread};

use bytes::Bytes;
use ds_protocol::{Hmac, Transmit};
use syncml_wbxml::{Encoding, Limits, sniff};
use ureq::RequestBuilder;
use ureq::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, SET_COOKIE};
use ureq::http::{HeaderMap, HeaderValue, StatusCode};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::typestate::WithBody;

use super::{encoding_of, media_type, url};
use crate::error::{Error, ErrorKind};

/// Longest wait that a server's `Retry-After` is granted.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Redirects followed for one message.
const REDIRECTS: usize = 5;
/// Cookies kept in a session.
const COOKIES: usize = 20;

/// How a client treats its transport.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientOptions {
    /// Longest wait for an answer. Default 180 seconds: servers may think for two minutes.
    pub timeout: Duration,
    /// Longest wait for a connection. Default 20 seconds.
    pub connect_timeout: Duration,
    /// How many times the same bytes are sent again after a transport failure or an HTTP status 5xx, but to a server that is
    /// known to break on that ([`Transmit::once`]). Default 2.
    pub retries: u32,
    /// Wait before the first of them, doubled each time. Default half a second.
    pub pause: Duration,
    /// Wait before a server is asked again that says it is busy. Default 5 seconds.
    pub busy_pause: Duration,
    /// Largest answer taken, in octets after any content encoding is undone. Default 8 MiB.
    pub max_response: usize,
    /// `User-Agent`. Default `syncml/` and the version of this crate.
    pub user_agent: String,
    /// Certificates in DER, one of which has to vouch for a server's; empty: those that browsers trust. Default: empty.
    pub roots: Vec<Vec<u8>>,
}

impl ClientOptions {
    /// Trusts the certificates in a PEM file, and no others.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] when the file cannot be read, [`ErrorKind::Config`] when there are no certificates in it.
    pub fn with_roots_from(mut self, file: &Path) -> Result<Self, Error> {
        let certs = super::tls::certificates(file)?;
        self.roots = certs.iter().map(|cert| cert.to_vec()).collect();
        Ok(self)
    }

    fn tls(&self) -> TlsConfig {
        let roots = self
            .roots
            .iter()
            .map(|der| Certificate::from_der(der).to_owned());
        let roots: Vec<_> = roots.collect();
        match roots[..] {
            [] => TlsConfig::default(),
            _ => TlsConfig::builder()
                .root_certs(RootCerts::new_with_certs(&roots))
                .build(),
        }
    }
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(180),
            connect_timeout: Duration::from_secs(20),
            retries: 2,
            pause: Duration::from_millis(500),
            busy_pause: Duration::from_secs(5),
            max_response: 8 << 20,
            user_agent: concat!("syncml/", env!("CARGO_PKG_VERSION")).to_owned(),
            roots: Vec::new(),
        }
    }
}

/// A client for any number of sessions, one after the other or side by side.
#[derive(Clone, Debug)]
pub struct HttpClient {
    agent: ureq::Agent,
    direct: ureq::Agent,
    options: ClientOptions,
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new(ClientOptions::default())
    }
}

impl HttpClient {
    /// A client. Proxies are taken from the environment (`HTTPS_PROXY` …), except for this machine itself.
    pub fn new(options: ClientOptions) -> Self {
        let tls = options.tls();
        let config = || {
            ureq::Agent::config_builder()
                .tls_config(tls.clone())
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .timeout_global(Some(options.timeout))
                .timeout_connect(Some(options.connect_timeout))
                .user_agent(options.user_agent.as_str())
        };
        Self {
            agent: config().build().into(),
            direct: config().proxy(None).build().into(),
            options,
        }
    }

    /// The transport of one session.
    pub fn connect(&self) -> Connection<'_> {
        Connection {
            client: self,
            cookies: Vec::new(),
            answered: false,
            sent: 0,
            received: 0,
        }
    }
}

/// The transport of one session: its cookies, and what went over the wire.
pub struct Connection<'a> {
    client: &'a HttpClient,
    /// Origin URL and `name=value`; some servers tell sessions apart by them.
    cookies: Vec<(String, String)>,
    /// Whether a message was answered: from then on "not found" means that the session is lost.
    answered: bool,
    sent: u64,
    received: u64,
}

impl fmt::Debug for Connection<'_> {
    /// Not the cookies: a session may be known by them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("sent", &self.sent)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

/// A message of the server, not decoded yet.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The document.
    pub bytes: Bytes,
    /// Its encoding.
    pub encoding: Encoding,
    /// The header [`Hmac::HEADER`], where it can be read.
    pub hmac: Option<Hmac>,
}

impl fmt::Debug for Answer {
    /// Not the message: it may hold credentials of the server.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("bytes", &format_args!("({} octets)", self.bytes.len()))
            .field("encoding", &self.encoding)
            .finish_non_exhaustive()
    }
}

/// What one request led to.
enum Attempt {
    Answer(Answer),
    /// To be asked again with the same bytes, after this pause where the server says so.
    Again(Error, Option<Duration>),
    Moved(String),
}

impl Connection<'_> {
    /// Octets of messages sent so far, repeats included.
    pub fn bytes_sent(&self) -> u64 {
        self.sent
    }

    /// Octets of messages received so far.
    pub fn bytes_received(&self) -> u64 {
        self.received
    }

    /// Waits as long as a server that is busy is given.
    pub(crate) fn wait_for_busy_server(&self) {
        thread::sleep(self.client.options.busy_pause);
    }

    /// Sends a message of an engine, with the header [`Hmac::HEADER`] where it has one, and waits for the answer.
    ///
    /// # Errors
    ///
    /// As [`post`](Self::post).
    pub fn send(&mut self, transmit: &Transmit) -> Result<Answer, Error> {
        let hmac = transmit.hmac.as_ref().map(Hmac::to_string);
        self.exchange(
            &transmit.uri,
            transmit.encoding,
            &transmit.bytes,
            hmac.as_deref(),
            if transmit.once {
                0
            } else {
                self.client.options.retries
            },
        )
    }

    /// Sends a message and waits for the answer.
    ///
    /// After a transport failure the same bytes go to the same URI again: the server knows repeats by
    /// their `MsgID` and does not carry them out twice. Redirects 301, 302, 307 and 308 are followed with
    /// the same bytes, but never from `https` to `http`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unreachable`], [`ErrorKind::Http`], [`ErrorKind::NotSyncMl`], [`ErrorKind::SessionLost`],
    /// and [`ErrorKind::Config`] for a URI that is none.
    pub fn post(&mut self, uri: &str, encoding: Encoding, body: &Bytes) -> Result<Answer, Error> {
        let retries = self.client.options.retries;
        self.exchange(uri, encoding, body, None, retries)
    }

    fn exchange(
        &mut self,
        uri: &str,
        encoding: Encoding,
        body: &Bytes,
        hmac: Option<&str>,
        retries: u32,
    ) -> Result<Answer, Error> {
        let mut target = uri.to_owned();
        let (mut failures, mut redirects) = (0, 0);
        loop {
            match self.attempt(&target, encoding, body, hmac)? {
                Attempt::Answer(answer) => {
                    self.answered = true;
                    return Ok(answer);
                }
                Attempt::Again(error, wait) => {
                    if failures == retries {
                        return Err(error);
                    }
                    let pause = self
                        .client
                        .options
                        .pause
                        .saturating_mul(1 << failures.min(16));
                    thread::sleep(wait.unwrap_or(pause).min(LONGEST_PAUSE));
                    failures += 1;
                }
                Attempt::Moved(location) => {
                    if redirects == REDIRECTS {
                        return Err(Error::new(
                            ErrorKind::Http(StatusCode::MOVED_PERMANENTLY.as_u16()),
                            format!(
                                "{uri} was redirected more than {REDIRECTS} times",
                                uri = url::shown(uri)
                            ),
                        )
                        .with_hint("check the URL"));
                    }
                    redirects += 1;
                    target = location;
                }
            }
        }
    }

    fn attempt(
        &mut self,
        uri: &str,
        encoding: Encoding,
        body: &Bytes,
        hmac: Option<&str>,
    ) -> Result<Attempt, Error> {
        let request = self.request(uri, encoding, hmac)?;
        self.sent += body.len() as u64;
        let mut response = match request.send(&body[..]) {
            Ok(response) => response,
            Err(error) => return transport_failure(uri, error),
        };
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        self.keep_cookies(uri, &headers);
        if matches!(status.as_u16(), 301 | 302 | 307 | 308) {
            return redirect(uri, status, &headers);
        }
        // ureq undoes a content encoding by what the response said before its headers were taken.
        let limit = self.client.options.max_response;
        let body = response.body_mut().with_config().limit(limit as u64);
        let answer = match body.read_to_vec() {
            Ok(answer) => Bytes::from(answer),
            Err(ureq::Error::BodyExceedsLimit(_)) => {
                let uri = url::shown(uri);
                let message = format!("the answer of {uri} is longer than {limit} bytes");
                return Err(Error::new(ErrorKind::NotSyncMl, message));
            }
            Err(error) => return transport_failure(uri, error),
        };
        if !status.is_success() {
            return self.refused(uri, status, &headers, &answer);
        }
        self.received += answer.len() as u64;
        if answer.is_empty() {
            // A lost answer; the stored one comes with the next request.
            let message = format!("{uri} gave an empty answer", uri = url::shown(uri));
            let error = Error::new(ErrorKind::NotSyncMl, message)
                .with_hint("is this the URL of a SyncML server?");
            return Ok(Attempt::Again(error, None));
        }
        understood(uri, &headers, answer).map(Attempt::Answer)
    }

    /// A request with all its headers.
    fn request(
        &self,
        uri: &str,
        encoding: Encoding,
        hmac: Option<&str>,
    ) -> Result<RequestBuilder<WithBody>, Error> {
        let Some(parts) = url::split(uri) else {
            return Err(Error::new(
                ErrorKind::Config,
                format!("{uri:?} is not an http or https URL"),
            )
            .with_hint("write it as http://HOST:PORT/PATH"));
        };
        let agent = if parts.is_loopback() {
            &self.client.direct
        } else {
            &self.client.agent
        };
        let mut request = agent
            .post(uri)
            .header("Content-Type", media_type(encoding))
            .header("Accept", media_type(encoding))
            .header("Accept-Charset", "utf-8")
            .header("Cache-Control", "no-store");
        let cookies = self
            .cookies
            .iter()
            .filter(|(origin, _)| {
                url::split(origin).is_some_and(|origin| origin.same_origin(&parts))
            })
            .map(|(_, cookie)| cookie.as_str())
            .collect::<Vec<_>>();
        if !cookies.is_empty() {
            request = request.header("Cookie", cookies.join("; "));
        }
        if let Some(hmac) = hmac {
            // User names may have letters that are not ASCII.
            let value = HeaderValue::from_bytes(hmac.as_bytes()).map_err(|error| {
                Error::new(
                    ErrorKind::Config,
                    "the user name has characters that a header cannot carry",
                )
                .with_source(error)
            })?;
            request = request.header(Hmac::HEADER, value);
        }
        Ok(request)
    }

    fn refused(
        &self,
        uri: &str,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Attempt, Error> {
        let code = status.as_u16();
        if self.answered && matches!(code, 404 | 408 | 410) {
            return Err(Error::new(
                ErrorKind::SessionLost,
                format!(
                    "{uri} no longer knows the session (HTTP {code})",
                    uri = url::shown(uri)
                ),
            )
            .with_hint("synchronise again: what was done so far is kept"));
        }
        let mut message = format!("{uri} answered HTTP {status}", uri = url::shown(uri));
        if let Some(reason) = reason(headers, body) {
            message.push_str(": ");
            message.push_str(&reason);
        }
        let hint = match code {
            401 | 407 => {
                "a web server or proxy in front of the SyncML server asks for a password of its own"
            }
            404 => "check the path of the URL",
            413 => "the server takes smaller messages only",
            400 | 415 => "the server may not know this encoding or version: try the other encoding",
            500.. => "the server failed: its log may say more; try again later",
            _ => "is this the URL of a SyncML server?",
        };
        let error = Error::new(ErrorKind::Http(code), message).with_hint(hint);
        if status.is_server_error() && !matches!(code, 501 | 505) {
            return Ok(Attempt::Again(error, retry_after(headers)));
        }
        Err(error)
    }

    fn keep_cookies(&mut self, uri: &str, headers: &HeaderMap) {
        for header in headers.get_all(SET_COOKIE) {
            let Ok(text) = header.to_str() else { continue };
            let cookie = text.split(';').next().unwrap_or(text).trim();
            let Some((name, _)) = cookie.split_once('=') else {
                continue;
            };
            let same = |old: &(String, String)| {
                old.1.split_once('=').is_some_and(|(old, _)| old == name)
                    && url::split(&old.0)
                        .zip(url::split(uri))
                        .is_some_and(|(a, b)| a.same_origin(&b))
            };
            self.cookies.retain(|old| !same(old));
            if self.cookies.len() < COOKIES {
                self.cookies.push((uri.to_owned(), cookie.to_owned()));
            }
        }
    }
}

fn redirect(uri: &str, status: StatusCode, headers: &HeaderMap) -> Result<Attempt, Error> {
    let refuse = |why: &str| {
        Err(Error::new(
            ErrorKind::Http(status.as_u16()),
            format!(
                "{uri} redirects (HTTP {status}) {why}",
                uri = url::shown(uri)
            ),
        )
        .with_hint("check the URL"))
    };
    let Some(location) = headers
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
    else {
        return refuse("without saying where to");
    };
    let Some(target) = url::resolve(uri, location) else {
        return refuse("to something that is no http or https URL");
    };
    let secure = |url: &str| url::split(url).is_some_and(|parts| parts.is_secure());
    if secure(uri) && !secure(&target) {
        return refuse("from https to http, which would show everything to everybody");
    }
    Ok(Attempt::Moved(target))
}

/// A message, or the reason why an answer is none.
fn understood(uri: &str, headers: &HeaderMap, answer: Bytes) -> Result<Answer, Error> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let declared = content_type.and_then(encoding_of);
    let sniffed = sniff(&answer);
    // Any other type than ours may still hold a message: some servers lie. A page of HTML does not.
    let encoding = match (declared, sniffed) {
        (Some(declared), sniffed) => Some(sniffed.unwrap_or(declared)),
        (None, Some(sniffed)) => syncml_repr::decode_header(&answer, sniffed, &Limits::default())
            .is_ok()
            .then_some(sniffed),
        (None, None) => None,
    };
    encoding
        .map(|encoding| Answer {
            bytes: answer,
            encoding,
            hmac: super::hmac(headers.get(Hmac::HEADER).map(HeaderValue::as_bytes)),
        })
        .ok_or_else(|| {
            let what = content_type.unwrap_or("no media type");
            Error::new(
                ErrorKind::NotSyncMl,
                format!(
                    "{uri} did not answer with SyncML but with {what:?}",
                    uri = url::shown(uri)
                ),
            )
            .with_hint("is this the URL of a SyncML server?")
        })
}

fn transport_failure(uri: &str, error: ureq::Error) -> Result<Attempt, Error> {
    let failure = |hint: &str, error: ureq::Error| {
        Error::new(
            ErrorKind::Unreachable,
            format!("no answer from {uri}: {error}", uri = url::shown(uri)),
        )
        .with_hint(hint)
        .with_source(error)
    };
    match error {
        ureq::Error::Io(io) if io.kind() == io::ErrorKind::InvalidData => Err(failure(
            "the server shows no certificate that this client trusts: check the URL, or name the certificate",
            ureq::Error::Io(io),
        )),
        ureq::Error::Io(io) if io.kind() == io::ErrorKind::ConnectionRefused => Ok(Attempt::Again(
            failure(
                "is the server running, and on this port?",
                ureq::Error::Io(io),
            ),
            None,
        )),
        error @ (ureq::Error::Io(_) | ureq::Error::ConnectionFailed | ureq::Error::Protocol(_)) => {
            Ok(Attempt::Again(
                failure("is the server running?", error),
                None,
            ))
        }
        error @ ureq::Error::Timeout(_) => Ok(Attempt::Again(
            failure("the server is slow or cut off: try again later", error),
            None,
        )),
        error @ ureq::Error::HostNotFound => Err(failure("check the host name in the URL", error)),
        error @ (ureq::Error::BadUri(_) | ureq::Error::Http(_)) => Err(Error::new(
            ErrorKind::Config,
            format!("{uri:?} cannot be asked: {error}"),
        )
        .with_hint("write it as http://HOST:PORT/PATH")
        .with_source(error)),
        error => Err(failure("check the URL and the proxy settings", error)),
    }
}

/// The pause a server asks for, if it says so in seconds.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
        .map(Duration::from_secs)
}

/// The first line of a text answer, made fit for a terminal.
fn reason(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    if !content_type
        .trim_start()
        .to_ascii_lowercase()
        .starts_with("text/plain")
    {
        return None;
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(1000)]);
    let line = text.lines().next()?.trim();
    let line = line
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect::<String>();
    (!line.is_empty()).then_some(line)
}
