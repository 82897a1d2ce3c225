//! `syncml sync`: folders of files with a server.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use ds_host::http::client::HttpClient;
use ds_host::store::FolderStore;
use ds_host::{
    DatastoreReport, Ending, Error, ErrorKind, Multiplex, Report, SyncRequest, sync_once,
};
use ds_objects::media_type::{self, ICALENDAR, VCALENDAR, VCARD, VCARD_OLD};
use ds_protocol::{AuthScheme, Credentials, Datastore, Device, Notice, SyncType, client};
use syncml_devinf::Version;
use syncml_repr::{SessionId, StatusCode};
use syncml_wbxml::Encoding;

use super::option::{Folder, User, content_type};
use super::progress::Progress;
use super::{Failure, Output, Table};

/// Synchronise folders of .vcf and .ics files, one item a file, with a server.
///
/// All folders are synchronised in one session. What was synchronised is remembered in a hidden file in each
/// folder, together with the identity of this device.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address of the server.
    url: String,
    /// Who you are there. For NAME alone the password is taken from SYNCML_PASSWORD.
    #[arg(long, value_name = "NAME:PASSWORD")]
    user: User,
    /// Exchange what changed since the last time, or compare everything. The first time always compares.
    #[arg(long, value_enum, default_value_t)]
    mode: Mode,
    /// Form of the messages.
    #[arg(long, value_enum, default_value_t)]
    encoding: Form,
    /// Identity of this device. Default: made at the first synchronisation and kept in the state file.
    #[arg(long, value_name = "ID")]
    device: Option<String>,
    /// Where to keep what was synchronised, in the place of a hidden file in the folder.
    ///
    /// With several folders, each has a file of its own, with the datastore's name appended: FILE.DATASTORE.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// How to prove who you are: md5 does not show the password; servers of old may want basic.
    #[arg(long, value_enum, default_value_t)]
    auth: Auth,
    /// Version of the protocol.
    #[arg(long, value_enum, default_value_t)]
    protocol: Protocol,
    /// A folder and the server's datastore for it; repeat for more.
    #[arg(required = true, value_name = "DIR=DATASTORE")]
    folders: Vec<Folder>,
}

/// `--mode`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Mode {
    #[default]
    TwoWay,
    Slow,
}

/// `--encoding`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Form {
    #[default]
    Wbxml,
    Xml,
}

/// `--auth`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Auth {
    #[default]
    Md5,
    Basic,
}

/// `--protocol`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Protocol {
    #[value(name = "1.0")]
    V1_0,
    #[value(name = "1.1")]
    V1_1,
    #[default]
    #[value(name = "1.2")]
    V1_2,
}

pub(super) fn run(args: Args, output: Output) -> Result<(), Failure> {
    // What makes no sense is refused before any file is touched.
    let password = args.user.password()?;
    for (number, folder) in args.folders.iter().enumerate() {
        if args.folders[..number]
            .iter()
            .any(|other| other.datastore == folder.datastore)
        {
            return Err(Failure::Usage(format!(
                "the datastore {} is given twice",
                folder.datastore
            )));
        }
    }
    let mut stores = open(&args)?;
    let device = device(&args, &mut stores)?;
    let requests = args
        .folders
        .iter()
        .map(|folder| {
            Ok(
                client::Request::new(datastore(folder)?, folder.datastore.as_str())
                    .with_sync_type(args.mode.into()),
            )
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let mut described = Device::new(device.as_str(), "workstation");
    described.model = "syncml sync".into();
    let config = client::Config::new(described, args.url.as_str(), new_session_id()?, requests)
        .with_credentials(Credentials::new(args.user.name.as_str(), password))
        .with_auth(args.auth.into())
        .with_version(args.protocol.into())
        .with_encoding(args.encoding.into());
    let progress = Progress::new();
    let request = SyncRequest::new(config).on_notice(|notice: &Notice| progress.note(notice));
    let report = sync_once(&HttpClient::default(), &mut Multiplex::new(stores), request);
    progress.finish();
    let report = report?;
    output.result(&report, || describe(&report))?;
    judge(report)
}

/// The folders' stores by datastore.
fn open(args: &Args) -> Result<Vec<(String, FolderStore)>, Failure> {
    args.folders
        .iter()
        .map(|folder| {
            let state = args
                .state
                .as_deref()
                .map(|file| state_file(file, folder, args.folders.len()));
            let store = FolderStore::open(&folder.directory, state.as_deref())?;
            Ok((folder.datastore.clone(), store))
        })
        .collect()
}

/// With several folders, each has a state file of its own: the datastore's name is appended.
fn state_file(file: &Path, folder: &Folder, folders: usize) -> PathBuf {
    if folders == 1 {
        return file.to_owned();
    }
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(folder.datastore.replace(['/', '\\'], "_"));
    name.into()
}

/// The identity of this device: as said, or as the folders remember it, or a new one.
fn device(args: &Args, stores: &mut [(String, FolderStore)]) -> Result<String, Failure> {
    let device = match &args.device {
        Some(device) => device.clone(),
        None => {
            let mut known = stores
                .iter()
                .filter_map(|(_, store)| store.device())
                .collect::<Vec<_>>();
            known.dedup();
            match known[..] {
                [] => new_device()?,
                [device] => device.to_owned(),
                [one, other, ..] => {
                    let error = Error::new(
                        ErrorKind::Config,
                        format!(
                            "these folders were synchronised as different devices: {one} and {other}"
                        ),
                    );
                    return Err(error
                        .with_hint("synchronise them one by one, or choose with --device ID")
                        .into());
                }
            }
        }
    };
    for (_, store) in stores {
        store.set_device(&device)?;
    }
    Ok(device)
}

/// `syncml-` and 64 random bits.
fn new_device() -> Result<String, Failure> {
    Ok(format!("syncml-{:016x}", u64::from_le_bytes(random()?)))
}

/// Four hexadecimal digits: any other number than the last one is likely enough.
fn new_session_id() -> Result<SessionId, Failure> {
    Ok(SessionId::new(format!(
        "{:x}",
        u16::from_le_bytes(random()?).max(1)
    )))
}

fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(|error| {
        Error::new(
            ErrorKind::Io,
            format!("the system gives no random numbers: {error}"),
        )
        .with_source(error)
    })?;
    Ok(octets)
}

/// The datastore a folder is, with the types of what is in it.
fn datastore(folder: &Folder) -> Result<Datastore, Failure> {
    let types = types(&folder.directory, &folder.datastore)?;
    Ok(Datastore::new(
        folder.datastore.as_str(),
        types.into_iter().map(content_type),
    ))
}

/// Media types of a folder, the preferred one first: by what is in it, or by the datastore's name where it is empty.
fn types(directory: &Path, name: &str) -> Result<Vec<&'static str>, Failure> {
    const CARDS: [&str; 2] = [VCARD, VCARD_OLD];
    const CALENDARS: [&str; 2] = [ICALENDAR, VCALENDAR];
    let mut counts = CARDS
        .into_iter()
        .chain(CALENDARS)
        .map(|media_type| (media_type, 0_usize))
        .collect::<Vec<_>>();
    for (_, bytes) in crate::demo::compare::files(directory)? {
        let found = media_type::sniff(&bytes);
        if let Some((_, count)) = counts
            .iter_mut()
            .find(|(media_type, _)| Some(*media_type) == found)
        {
            *count += 1;
        }
    }
    let of = |family: [&str; 2]| {
        counts
            .iter()
            .any(|(media_type, count)| *count > 0 && family.contains(media_type))
    };
    let named = |words: &[&str]| {
        words
            .iter()
            .any(|word| name.to_ascii_lowercase().contains(word))
    };
    let (cards, calendars) = match (of(CARDS), of(CALENDARS)) {
        (false, false) => {
            let cards = named(&["card", "contact", "addr", "book", "phone", "people"]);
            let calendars = named(&["cal", "event", "task", "todo", "agenda"]);
            if cards == calendars {
                (true, true)
            } else {
                (cards, calendars)
            }
        }
        found => found,
    };
    counts.retain(|(media_type, _)| {
        (cards && CARDS.contains(media_type)) || (calendars && CALENDARS.contains(media_type))
    });
    // The sort is stable: what is not there at all keeps the newer format first.
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(counts
        .into_iter()
        .map(|(media_type, _)| media_type)
        .collect())
}

/// The report for people.
fn describe(report: &Report) -> String {
    let mut table = Table::new(["datastore", "mode", "status", "client", "server", "matched"]);
    for datastore in &report.datastores {
        table.row([
            datastore.name.clone(),
            mode(datastore),
            datastore
                .status
                .map_or_else(|| "-".to_owned(), |status| status.to_string()),
            counts(&datastore.local),
            counts(&datastore.remote_counts),
            datastore.matched.to_string(),
        ]);
    }
    let mut text = table.render();
    for datastore in &report.datastores {
        let name = &datastore.name;
        for refused in &datastore.refused {
            text.push_str(&format!(
                "{name}: {} refused by the {}: {}\n",
                refused.item,
                refused.by,
                status(refused.status)
            ));
        }
        for item in &datastore.too_large {
            text.push_str(&format!("{name}: {item} is too large for the server\n"));
        }
        for conflict in &datastore.conflicts {
            text.push_str(&format!(
                "{name}: {} was changed on both sides: {}\n",
                conflict.item,
                status(conflict.status)
            ));
        }
        if let Some(fault) = &datastore.fault {
            text.push_str(&format!("{name}: {fault}\n"));
        }
    }
    text.push_str(&format!(
        "{} messages and {} bytes sent, {} and {} received, {:.2} s\n",
        report.messages.sent,
        report.bytes.sent,
        report.messages.received,
        report.bytes.received,
        report.duration.as_secs_f64()
    ));
    text
}

/// The mode done, and why it is not the one asked for.
fn mode(datastore: &DatastoreReport) -> String {
    match (datastore.mode, datastore.reason) {
        (Some(mode), Some(reason)) => format!("{mode} ({reason})"),
        (Some(mode), None) => mode.to_owned(),
        (None, _) => "-".to_owned(),
    }
}

/// What was done on one side: `+3 ~1 -2` is three added, one replaced, two deleted.
pub(super) fn counts(counts: &ds_host::Counts) -> String {
    format!("+{} ~{} -{}", counts.added, counts.replaced, counts.deleted)
}

/// A status with its name.
fn status(code: u16) -> String {
    StatusCode::new(code)
        .name()
        .map_or_else(|| code.to_string(), |name| format!("{code} {name}"))
}

/// What the exit code says.
fn judge(report: Report) -> Result<(), Failure> {
    match report.ending {
        Ending::Complete => {}
        Ending::Broken { error } => return Err(error.into()),
        Ending::Aborted {
            status: code @ (401 | 402 | 403 | 407),
        } => {
            return Err(Error::new(
                ErrorKind::Refused,
                format!("the server refused the credentials: {}", status(code)),
            )
            .with_hint("check the name and the password of --user")
            .into());
        }
        Ending::Aborted { status: code } => {
            return Err(Error::new(
                ErrorKind::Refused,
                format!("the session ended early: {}", status(code)),
            )
            .with_hint("another --protocol or --encoding may suit the server")
            .into());
        }
        _ => return Err(Error::new(ErrorKind::Refused, "the session ended early").into()),
    }
    let failed = report
        .datastores
        .iter()
        .filter(|datastore| !datastore.is_success())
        .map(|datastore| {
            format!(
                "{} ({})",
                datastore.name,
                datastore
                    .status
                    .map_or_else(|| "no status".to_owned(), status)
            )
        })
        .collect::<Vec<_>>();
    if failed.is_empty() {
        return Ok(());
    }
    let hint = match report
        .datastores
        .iter()
        .filter(|datastore| !datastore.is_success())
        .find_map(|store| store.status)
    {
        Some(404) => "the server does not have a datastore of that name",
        _ => "what was done so far is kept; synchronise again",
    };
    Err(Error::new(
        ErrorKind::Refused,
        format!("not synchronised: {}", failed.join(", ")),
    )
    .with_hint(hint)
    .into())
}

impl From<Mode> for SyncType {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::TwoWay => Self::TwoWay,
            Mode::Slow => Self::Slow,
        }
    }
}

impl From<Form> for Encoding {
    fn from(form: Form) -> Self {
        match form {
            Form::Wbxml => Self::Wbxml,
            Form::Xml => Self::Xml,
        }
    }
}

impl From<Auth> for AuthScheme {
    fn from(auth: Auth) -> Self {
        match auth {
            Auth::Md5 => Self::Md5,
            Auth::Basic => Self::Basic,
        }
    }
}

impl From<Protocol> for Version {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::V1_0 => Self::V1_0,
            Protocol::V1_1 => Self::V1_1,
            Protocol::V1_2 => Self::V1_2,
        }
    }
}
