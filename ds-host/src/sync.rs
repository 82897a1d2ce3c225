//! One session of a client, from the first message to the last.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use ds_protocol::driver::{Turn, turn};
use ds_protocol::{
    Closed, Engine, Input, Misuse, Notice, Output, Received, Store, Transmit, Wait, client,
};
use syncml_devinf::Version;
use syncml_repr::{SessionId, StatusCode};
use syncml_wbxml::Limits;

use crate::error::{Error, ErrorKind};
use crate::http::client::{Connection, HttpClient};
use crate::http::url::shown;
use crate::report::{DatastoreReport, Ending, Report, Traffic};

/// What to synchronise, and with whom.
pub struct SyncRequest<'a> {
    config: Arc<client::Config>,
    falls_back: bool,
    on_notice: Box<dyn FnMut(&Notice) + 'a>,
    wants_to_leave: Box<dyn FnMut() -> bool + 'a>,
}

impl<'a> SyncRequest<'a> {
    /// A session after this configuration. A server that does not understand its version is asked again in the
    /// next lower one.
    pub fn new(config: impl Into<Arc<client::Config>>) -> Self {
        Self {
            config: config.into(),
            falls_back: true,
            on_notice: Box::new(|_| {}),
            wants_to_leave: Box::new(|| false),
        }
    }

    /// In the version of the configuration and in no other.
    #[must_use]
    pub fn without_fallback(mut self) -> Self {
        self.falls_back = false;
        self
    }

    /// With somebody who watches the session: a progress bar, a log.
    #[must_use]
    pub fn on_notice(mut self, on_notice: impl FnMut(&Notice) + 'a) -> Self {
        self.on_notice = Box::new(on_notice);
        self
    }

    /// With somebody who may want to leave the session, asked with each answer of the server. It is then suspended
    /// (Alert 224), and ends with [`Ending::Suspended`] or, where nothing was left to do, [`Ending::Complete`].
    #[must_use]
    pub fn suspend_when(mut self, wants_to_leave: impl FnMut() -> bool + 'a) -> Self {
        self.wants_to_leave = Box::new(wants_to_leave);
        self
    }
}

impl fmt::Debug for SyncRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncRequest")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// Runs one session with a server. Blocks until it has ended.
///
/// Sessions that ended with the first answer because of the version do not count, nor one that only asked what the
/// server can, for the sake of a filter, or found that everything must be compared: [`Report`] is of the last one.
///
/// A session that began always leads to a [`Report`]; look at [`Report::is_success`].
///
/// # Errors
///
/// [`ErrorKind::Config`] where nothing can begin: no datastores. [`ErrorKind::Internal`] is an error in this toolkit.
pub fn sync_once(
    client: &HttpClient,
    store: &mut impl Store,
    request: SyncRequest<'_>,
) -> Result<Report, Error> {
    let SyncRequest {
        mut config,
        falls_back,
        mut on_notice,
        mut wants_to_leave,
    } = request;
    if config.requests.is_empty() {
        return Err(Error::new(
            ErrorKind::Config,
            "there is no datastore to synchronise",
        ));
    }
    let mut repeated = false;
    loop {
        let mut asks_again = false;
        let mut note = |notice: &Notice| {
            asks_again |= matches!(notice, Notice::Filter { later: true, .. });
            on_notice(notice);
        };
        let report = session(client, store, &config, &mut note, &mut wants_to_leave)?;
        let lower = lower(config.version).filter(|_| falls_back && is_about_version(&report));
        if let Some(version) = lower {
            on_notice(&Notice::Fallback {
                from: config.version,
                to: version,
            });
            Arc::make_mut(&mut config).version = version;
        } else if !repeated
            && matches!(report.ending, Ending::Complete)
            && (asks_again || wants_all(&report))
        {
            // The server has told what it can: now it is known whether it takes the filter. Or its anchors turned out
            // to be others after the changes were sent with the Alerts, and are forgotten now.
            repeated = true;
        } else {
            return Ok(report);
        }
        let next = another(&config.session_id);
        Arc::make_mut(&mut config).session_id = next;
    }
}

/// The next lower version.
fn lower(version: Version) -> Option<Version> {
    let lower = Version::ALL.into_iter().filter(|lower| *lower < version);
    lower.max()
}

/// Whether a session ended with the first answer in a way that servers of another version choose `[DSPro §versions]`.
fn is_about_version(report: &Report) -> bool {
    let is_about = match &report.ending {
        Ending::Complete | Ending::Suspended => false,
        Ending::Aborted { status } => matches!(status, 400 | 501 | 505 | 513),
        Ending::Broken { error } => {
            matches!(error.kind(), ErrorKind::Message | ErrorKind::Http(400))
        }
    };
    is_about && report.messages.received <= 1
}

/// Whether a datastore was given up because everything must be compared.
fn wants_all(report: &Report) -> bool {
    let refresh = StatusCode::REFRESH_REQUIRED.get();
    let mut statuses = report.datastores.iter().map(|report| report.status);
    statuses.any(|status| status == Some(refresh))
}

/// The number of a session after another one, in the four hexadecimal digits that any server takes.
fn another(id: &SessionId) -> SessionId {
    let number = u16::from_str_radix(id.as_str(), 16).unwrap_or_default();
    SessionId::new(format!("{:x}", number.wrapping_add(1).max(1)))
}

fn session(
    client: &HttpClient,
    store: &mut impl Store,
    config: &Arc<client::Config>,
    on_notice: &mut dyn FnMut(&Notice),
    wants_to_leave: &mut dyn FnMut() -> bool,
) -> Result<Report, Error> {
    let datastores = config
        .requests
        .iter()
        .map(|request| {
            DatastoreReport::new(&request.datastore.name, &request.remote, request.sync_type)
        })
        .collect::<Vec<_>>();
    let mut report = Report::new(config, datastores);
    let limits = config.sizes.limits;
    let mut engine = client::Session::new(Arc::clone(config));
    let mut connection = client.connect();
    let begun = Instant::now();
    let mut input = None;
    let mut leaves = false;
    let mut messages = Traffic::default();
    report.ending = loop {
        let mut note = |notice: Notice| {
            report.note(&notice);
            on_notice(&notice);
        };
        let Turn {
            transmit, closed, ..
        } = turn(&mut engine, store, input.take(), &mut note).map_err(misuse)?;
        let Some(transmit) = transmit else {
            break match closed {
                Some(closed) => closed.into(),
                None => return Err(misuse(Misuse::NotWaiting)),
            };
        };
        if transmit.after_pause {
            connection.wait_for_busy_server();
        }
        let exchange = exchange(&mut connection, &transmit, &limits, &mut messages);
        if let Some(closed) = closed {
            // The last word was ours; whatever the server says to it changes nothing.
            break closed.into();
        }
        match exchange {
            Ok(received) => {
                input = Some(received);
                if !leaves && wants_to_leave() {
                    leaves = true;
                    if let Some(closed) =
                        tell(&mut engine, store, Input::Suspend, &mut note).map_err(misuse)?
                    {
                        break closed.into();
                    }
                }
            }
            Err(error) => {
                tell(&mut engine, store, Input::Abort, &mut note).map_err(misuse)?;
                break Ending::Broken { error };
            }
        }
    };
    report.messages = messages;
    report.bytes.sent = connection.bytes_sent();
    report.bytes.received = connection.bytes_received();
    report.duration = begun.elapsed();
    Ok(report)
}

/// Sends a message and decodes the answer.
fn exchange(
    connection: &mut Connection<'_>,
    transmit: &Transmit,
    limits: &Limits,
    messages: &mut Traffic,
) -> Result<Received, Error> {
    messages.sent += 1;
    let answer = connection.send(transmit)?;
    messages.received += 1;
    let received = Received::decode(answer.bytes.clone(), answer.encoding, limits).map_err(|error| {
        Error::new(ErrorKind::Message, format!("the answer of {} cannot be read: {error}", shown(&transmit.uri)))
            .with_hint("is this the URL of a SyncML server? `syncml decode` shows what is wrong with a recorded message")
            .with_source(error)
    })?;
    Ok(match answer.hmac {
        Some(hmac) => received.with_hmac(hmac, &answer.bytes),
        None => received,
    })
}

/// Tells an engine that waits for a message something else; the store gets the effects of that. Whether the session
/// has ended with it.
fn tell(
    engine: &mut client::Session,
    store: &mut impl Store,
    input: Input,
    on_notice: &mut dyn FnMut(Notice),
) -> Result<Option<Closed>, Misuse> {
    engine.handle(input)?;
    loop {
        match engine.poll() {
            Output::Effect(id, effect) => {
                let reply = store.perform(effect);
                engine.handle(Input::Reply(id, reply))?;
            }
            Output::Notice(notice) => on_notice(notice),
            Output::Wait(Wait::Closed(closed)) => return Ok(Some(closed)),
            Output::Wait(_) => return Ok(None),
            _ => {}
        }
    }
}

fn misuse(misuse: Misuse) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("the engine was misused: {misuse}"),
    )
    .with_hint("this is an error in syncml itself: please report it")
    .with_source(misuse)
}
