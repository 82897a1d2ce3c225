//! `syncml serve`: the HTTP server.

use std::future::Future;
use std::io;
use std::path::PathBuf;

use ds_host::http::Background;
use ds_host::store::SqliteStore;
use ds_host::{Event, Service, capability};
use ds_objects::media_type::{ICALENDAR, VCALENDAR, VCARD, VCARD_OLD};
use ds_protocol::{AuthScheme, Datastore, Device, FilterCaps, Notice, Secret, Writes, server};
use serde::Serialize;
use syncml_repr::StatusCode;

use super::choice::{Auth, Conflict};
use super::limit::LimitArgs;
use super::option::{DatastoreTypes, StoreFile, User, content_type};
use super::size::SizeArgs;
use super::{Failure, Output, output, users};

/// `Mod` of the device information.
pub(super) const MODEL: &str = capability::SERVER;

/// Serve datastores over HTTP until Ctrl-C or SIGTERM.
///
/// Prints `listening on http://ADDR:PORT/` (`https` with a certificate) when it is ready. Any request path is accepted.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address to listen at; port 0 chooses a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    listen: String,
    /// Where everything is kept; made if it is not there.
    #[arg(long, value_name = "sqlite:FILE", default_value = "sqlite:syncml.db")]
    store: StoreFile,
    /// A user who may log in; repeat for more. For NAME alone the password is taken from SYNCML_PASSWORD.
    #[arg(
        long = "user",
        value_name = "NAME:PASSWORD",
        required_unless_present = "users_file"
    )]
    users: Vec<User>,
    /// Users who may log in, a line each, as `syncml password` gives it. The passwords are not in it.
    #[arg(long = "users", value_name = "FILE")]
    users_file: Option<PathBuf>,
    /// A datastore and the media types it takes, the preferred one first, separated by commas or repeated.
    ///
    /// The word `hierarchical` among them lets items stand under others, as files in folders.
    ///
    /// Without this option: contacts=text/x-vcard,text/vcard and calendar=text/x-vcalendar,text/calendar.
    #[arg(long = "datastore", value_name = "NAME=MEDIA-TYPE")]
    datastores: Vec<DatastoreTypes>,
    /// What to ask clients for that show no credentials. Basic and MD5 are both taken unless this is hmac.
    #[arg(long, value_enum, default_value_t)]
    auth: Auth,
    /// What to do where an item was changed on both sides.
    #[arg(long, value_enum, default_value_t)]
    conflict: Conflict,
    /// Who this server is, for clients that want to see it, and for notifications (`syncml notify`). For NAME alone the
    /// password is taken from SYNCML_PASSWORD.
    #[arg(long, value_name = "NAME:PASSWORD")]
    identity: Option<User>,
    /// A datastore that clients may read and not change; repeat for more.
    #[arg(long, value_name = "NAME")]
    read_only: Vec<String>,
    #[command(flatten)]
    sizes: SizeArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// The JSON object of `serve`, given when it is ready.
#[derive(Serialize)]
struct Ready {
    listening: String,
    datastores: Vec<String>,
}

pub(super) fn run(args: Args, output: Output) -> Result<(), Failure> {
    let datastores = match DatastoreTypes::gather(&args.datastores) {
        none if none.is_empty() => default_datastores(),
        datastores => datastores,
    };
    if let Some(unknown) = unknown(&args.read_only, &datastores) {
        return Err(Failure::Usage(format!("there is no datastore {unknown}")));
    }
    let users = users(&args)?;
    let sizes = args.limits.bound(args.sizes.into())?;
    let options = args.limits.options()?;
    // From here on the arguments are in order: else no file is made.
    let store = SqliteStore::open(&args.store.0)?.with_max_sessions(args.limits.max_sessions());
    if let Some(octets) = args.limits.max_store() {
        store.set_max_size(octets)?;
    }
    for (name, secret) in users {
        store.set_secret(&name, secret)?;
    }
    let decides = |datastore: Datastore| {
        let is_read_only = args.read_only.iter().any(|name| **name == *datastore.name);
        let datastore = datastore.with_conflict(args.conflict.into());
        match is_read_only {
            true => datastore.with_writes(Writes::Refused),
            false => datastore,
        }
    };
    let datastores: Vec<_> = datastores.into_iter().map(decides).collect();
    let names = datastores
        .iter()
        .map(|datastore| datastore.name.to_string())
        .collect();
    let mut config = config(datastores, args.auth.into()).with_sizes(sizes);
    if let Some(identity) = &args.identity {
        config = config.with_credentials(identity.credentials()?, AuthScheme::Md5);
    }
    let mut service = Service::new(config, store).with_log(log);
    if let Some(patience) = args.limits.busy_after() {
        service = service.with_busy_after(patience);
    }
    let server = Background::start_with(service, &args.listen, options)
        .map_err(|error| Failure::io(&format!("cannot listen at {}", args.listen), error))?;
    // Before anybody is told that this is ready: a signal may come at once.
    let stop = server
        .enter(stop_signal)
        .map_err(|error| Failure::io("cannot wait for signals", error))?;
    let ready = Ready {
        listening: server.url(),
        datastores: names,
    };
    output.result(&ready, || format!("listening on {}\n", ready.listening))?;
    server
        .wait(stop)
        .map_err(|error| Failure::io("the server failed", error))
}

/// Who may log in. Of passwords no more is kept than their digests.
fn users(args: &Args) -> Result<Vec<(String, Secret)>, Failure> {
    let mut users = match &args.users_file {
        Some(file) => users::read(file)?,
        None => Vec::new(),
    };
    for user in &args.users {
        users.push((
            user.name.clone(),
            Secret::hashed(&user.name, user.password()?),
        ));
    }
    Ok(users)
}

/// The first name that no datastore has.
fn unknown<'a>(names: &'a [String], datastores: &[Datastore]) -> Option<&'a String> {
    let is_known = |name: &str| datastores.iter().any(|datastore| *datastore.name == *name);
    names.iter().find(|name| !is_known(name))
}

/// What is served where nothing else is said.
pub(crate) fn default_datastores() -> Vec<Datastore> {
    let types = |media_types: [&str; 2]| media_types.map(content_type);
    vec![
        Datastore::new("contacts", types([VCARD_OLD, VCARD])),
        Datastore::new("calendar", types([VCALENDAR, ICALENDAR])),
    ]
}

/// The configuration of a server.
pub(crate) fn config(datastores: Vec<Datastore>, auth: AuthScheme) -> server::Config {
    let mut device = Device::new("syncml", "server");
    device.model = MODEL.into();
    let keywords = ds_objects::filter::KEYWORDS;
    // Any property can be asked for; these are what people ask for.
    let properties = ["CATEGORIES", "FN", "N", "ORG", "SUMMARY", "DTSTART"];
    let offered = |datastore: Datastore| {
        let ct_caps = capability::ct_caps(&datastore.types);
        // The store can do all or nothing.
        let datastore = datastore.with_ct_caps(ct_caps).with_atomic(true);
        let caps = FilterCaps::new(keywords.map(str::to_owned), properties.map(str::to_owned));
        datastore.with_filter(caps.with_fields(true))
    };
    server::Config::new(device, datastores.into_iter().map(offered))
        .with_sizes(SizeArgs::default().into())
        .with_auth(auth)
}

/// One line of log for what an operator wants to know; items pass in silence.
fn log(event: Event<'_>) {
    let (session, notice) = match event {
        Event::Notice { session, notice } => (session, notice),
        Event::Failure(error) => return output::complain(error),
        _ => return,
    };
    let what = match notice {
        Notice::Authenticated { user } => format!("{user} logged in"),
        // Every login by digest begins like this.
        Notice::Refused {
            status: StatusCode::MISSING_CREDENTIALS,
        } => return,
        Notice::Refused { status } => format!("credentials refused ({})", status.get()),
        Notice::StaleNonce { user } => {
            format!("credentials of {user} that were made with a nonce used before")
        }
        Notice::Settled {
            datastore,
            sync_type,
            ..
        } => format!("{datastore}: {} sync", sync_type.name()),
        Notice::Resumed {
            datastore,
            sync_type,
        } => format!("{datastore}: {} sync goes on", sync_type.name()),
        Notice::ItemRefused {
            datastore,
            item,
            status,
            ..
        } => {
            format!(
                "{datastore}: item {} refused ({})",
                item.as_str(),
                status.get()
            )
        }
        Notice::TooLarge { datastore, item } => {
            format!(
                "{datastore}: item {} does not fit the client's largest message",
                item.as_str()
            )
        }
        Notice::Conflict {
            datastore,
            item,
            status,
            ..
        } => {
            format!(
                "{datastore}: item {} changed on both sides ({})",
                item.as_str(),
                status.get()
            )
        }
        Notice::DatastoreDone { datastore, status } => {
            format!("{datastore}: done ({})", status.get())
        }
        Notice::Repeated => "the same message again: answered as before".to_owned(),
        Notice::Protocol { what } => what.clone(),
        Notice::StoreFailed { message, .. } => format!("store: {message}"),
        _ => return,
    };
    // Device and text come from strangers; a terminal is not to obey them.
    let line = format!(
        "{} session {}: {what}",
        session.device,
        session.session_id.as_str()
    );
    output::log(
        &line
            .chars()
            .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
            .collect::<String>(),
    );
}

/// Waits for Ctrl-C or SIGTERM. Listens from the moment it is called.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
