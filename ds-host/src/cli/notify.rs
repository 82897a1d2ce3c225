//! `syncml notify`: a server asks devices for sessions.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ds_host::store::{SqliteStore, Waiting};
use ds_host::{Error, ErrorKind};
use ds_protocol::{Alerted, Asked, Form, Outbox, OutboxConfig, Sending, Step, SyncType};
use san::Application;
use serde::Serialize;
use syncml_devinf::Version;

use super::carrier::{Carrier, Handed, Label, Way};
use super::choice::Mode;
use super::option::{StoreFile, User, datastore, device_id};
use super::san::Ui;
use super::{Failure, Output};

/// How often it is looked whether a device has come.
const GLANCE: Duration = Duration::from_secs(1);

/// Ask the devices of a user for a session: those for which changes wait, or the one that is named.
///
/// Each gets the form that its version of the protocol has, and the other one where it refuses that (see --command). It is
/// sent once; with --wait again and again, until the device has begun the session or was asked often enough. What gets lost
/// does no harm: the next session brings everything.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The store of the server.
    #[arg(long, value_name = "sqlite:FILE", default_value = "sqlite:syncml.db")]
    store: StoreFile,
    /// Whose devices are asked.
    #[arg(long, value_name = "NAME")]
    user: String,
    /// Ask this device, whether anything waits for it or not.
    #[arg(long, value_name = "ID", value_parser = device_id)]
    device: Option<String>,
    /// Ask for this datastore alone; repeat for more. Default: for all that the device synchronises.
    #[arg(long, value_name = "NAME", value_parser = datastore)]
    datastore: Vec<String>,
    /// What to ask for.
    #[arg(long, value_enum, default_value_t)]
    mode: Mode,
    /// Who the server is to its devices, as in `serve --identity`. Without it the notification proves nothing, and devices
    /// that check will ignore it. For NAME alone the password is taken from SYNCML_PASSWORD.
    #[arg(long, value_name = "NAME:PASSWORD")]
    identity: Option<User>,
    /// Address of the server, under which devices know it where there is no --identity, and in 1.0 and 1.1.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080/")]
    url: String,
    /// What the user is to notice.
    #[arg(long, value_enum, default_value_t)]
    ui: Ui,
    /// What it travels in.
    #[arg(long, value_enum, default_value_t)]
    carrier: Carrier,
    /// Ask for no more than fits one SMS; the rest is asked for after that.
    #[arg(long)]
    one_sms: bool,
    /// Wait so many seconds for the session each time it was sent, and send it again between them.
    #[arg(long, value_name = "SECONDS,…", value_delimiter = ',')]
    wait: Vec<u32>,
    #[command(flatten)]
    way: Way,
}

/// The JSON object of `notify`.
#[derive(Debug, Default, Serialize)]
struct Report {
    notified: Vec<Notified>,
}

#[derive(Debug, Serialize)]
struct Notified {
    device: String,
    session_id: u16,
    datastores: Vec<String>,
    media_type: &'static str,
    bytes: usize,
    /// How often it was sent.
    sent: u32,
    /// The session has begun. None: nobody has waited for it.
    answered: Option<bool>,
}

pub(super) fn run(args: Args, output: Output) -> Result<(), Failure> {
    let config = config(&args)?;
    let store = SqliteStore::open(&args.store.0)?;
    let mut octets = [0; 2];
    getrandom::fill(&mut octets).map_err(|error| {
        Error::new(
            ErrorKind::Io,
            format!("the system gives no random numbers: {error}"),
        )
    })?;
    let asked = asked(&args, &store)?;
    // An earlier run may have been cut short.
    let kept = store.outbox(&args.user)?;
    let kept = kept.and_then(|kept| serde_json::from_str::<Outbox>(&kept).ok());
    let is_idle = asked.is_empty() && kept.is_none();
    let mut outbox = match kept {
        Some(kept) => taken_up(kept, &args, &store)?,
        // Devices remember the numbers of sessions they have had.
        None => Outbox::new(u16::from_le_bytes(octets)),
    };
    outbox.changed(None, asked);
    let mut post = Post {
        args: &args,
        config,
        store,
        outbox,
        report: Report::default(),
        waits: BTreeMap::new(),
        output,
    };
    if is_idle {
        output.line("nothing waits for any device")?;
    }
    post.deliver()?;
    let unanswered = |notified: &&Notified| notified.answered == Some(false);
    let missing = post.report.notified.iter().filter(unanswered).count();
    output.result(&post.report, String::new)?;
    match missing {
        0 => Ok(()),
        missing => Err(Error::new(
            ErrorKind::Unreachable,
            format!("devices that did not come: {missing}"),
        )
        .with_hint("their next session brings what they lack")
        .into()),
    }
}

fn config(args: &Args) -> Result<OutboxConfig, Failure> {
    let mut config = OutboxConfig::new(args.url.as_str(), args.url.as_str())
        .with_ui_mode(args.ui.into())
        .with_waits(args.wait.clone());
    if let Some(identity) = &args.identity {
        config = config.with_credentials(identity.credentials()?);
    }
    if args.one_sms {
        config = config.with_limit(san::SINGLE_SMS);
    }
    Ok(config)
}

/// Whom to ask for what.
fn asked(args: &Args, store: &SqliteStore) -> Result<Vec<Asked>, Failure> {
    let sync_type = SyncType::from(args.mode);
    let is_meant = |waiting: &Waiting| {
        let named = args.datastore.is_empty() || args.datastore.contains(&waiting.datastore);
        match &args.device {
            Some(device) => named && *device == waiting.device,
            None => named && waiting.changes > 0,
        }
    };
    let mut asked = Vec::new();
    for waiting in store.waiting(&args.user)?.into_iter().filter(is_meant) {
        let known = store.peer(&waiting.device)?.dev_inf;
        let version = known.and_then(|dev_inf| Version::parse(&dev_inf.ver_dtd));
        let form = version.map_or_else(Form::default, Form::of);
        let alerted = Alerted::new(waiting.datastore.as_str(), sync_type);
        let one = Asked::new(waiting.device, waiting.datastore).with_form(form);
        asked.push(one.with_alerted(alerted));
    }
    match &args.device {
        Some(device) if asked.is_empty() => {
            let error = Error::new(
                ErrorKind::Config,
                format!(
                    "{device} has synchronised nothing of {} that could be asked for",
                    args.user
                ),
            );
            Err(error
                .with_hint("a device is known after its first session")
                .into())
        }
        _ => Ok(asked),
    }
}

/// What an earlier run has left, without those that have come meanwhile, or have nothing to come for.
fn taken_up(mut outbox: Outbox, args: &Args, store: &SqliteStore) -> Result<Outbox, Failure> {
    outbox.restored();
    for waiting in store.waiting(&args.user)? {
        for begun in store.sessions_of(&waiting.device)? {
            outbox.began(&waiting.device, &begun);
        }
        if waiting.changes == 0 {
            outbox.synced(&waiting.device, &waiting.datastore);
        }
    }
    Ok(outbox)
}

/// Somebody on whose session is waited.
struct Wait {
    until: Instant,
    session_id: u16,
}

struct Post<'a> {
    args: &'a Args,
    config: OutboxConfig,
    store: SqliteStore,
    outbox: Outbox,
    report: Report,
    waits: BTreeMap<String, Wait>,
    output: Output,
}

impl Post<'_> {
    /// Until nobody is asked any more.
    fn deliver(&mut self) -> Result<(), Failure> {
        loop {
            while let Some(step) = self.poll()? {
                // Whoever goes on with this knows what went out.
                self.keep()?;
                self.step(step)?;
            }
            self.keep()?;
            if self.waits.is_empty() {
                return Ok(());
            }
            sleep(GLANCE);
            self.glance()?;
        }
    }

    /// Keeps what was not answered yet, for a run after this one.
    fn keep(&self) -> Result<(), Failure> {
        let failed = |error: serde_json::Error| Error::new(ErrorKind::Internal, error.to_string());
        let state = match self.outbox.is_empty() {
            true => None,
            false => Some(serde_json::to_string(&self.outbox).map_err(failed)?),
        };
        Ok(self.store.keep_outbox(&self.args.user, state.as_deref())?)
    }

    fn poll(&mut self) -> Result<Option<Step>, Failure> {
        let polled = self.outbox.poll(&self.config);
        polled.map_err(|error| Error::new(ErrorKind::Config, error.to_string()).into())
    }

    fn step(&mut self, step: Step) -> Result<(), Failure> {
        match step {
            Step::Nonce { device } => {
                let nonce = self.store.peer(&device)?.server_nonce;
                self.outbox.nonce(&device, nonce);
            }
            Step::Send(sending) => self.send(&sending)?,
            Step::Wait {
                device,
                session_id,
                seconds,
            } => {
                let until = Instant::now() + Duration::from_secs(seconds.into());
                let wait = Wait { until, session_id };
                match self.args.wait.is_empty() {
                    // Nobody waits: it is given up at once.
                    true => self.outbox.woken(&device, session_id),
                    false => {
                        self.waits.insert(device.to_string(), wait);
                    }
                }
            }
            Step::GaveUp { device, session_id } if !self.args.wait.is_empty() => {
                self.settle(&device, session_id, false)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn send(&mut self, sending: &Sending) -> Result<(), Failure> {
        let label = Label {
            device: &sending.device,
            session_id: sending.session_id,
            media_type: sending.media_type,
        };
        let Sending {
            bytes, media_type, ..
        } = sending;
        let application = Application::DataSync;
        if *media_type != application.media_type() {
            self.store
                .note_notified(&sending.device, sending.session_id)?;
        }
        let reference = sending.session_id;
        let pieces = self
            .args
            .carrier
            .pack(application, media_type, bytes, reference)?;
        let handed = self.args.way.send(&pieces, label)?;
        let names = sending.notification.alerts.iter();
        let datastores = names.map(|alerted| alerted.datastore.to_string());
        let notified = Notified {
            device: sending.device.to_string(),
            session_id: sending.session_id,
            datastores: datastores.collect(),
            media_type,
            bytes: bytes.len(),
            sent: sending.repeats + 1,
            answered: None,
        };
        let what = match handed {
            Handed::Over => "asked for",
            Handed::Refused => "refuses this form of",
        };
        self.output.line(&format!(
            "{} {what} session {}: {} ({}, {} octets)",
            notified.device,
            notified.session_id,
            notified.datastores.join(", "),
            media_type,
            notified.bytes
        ))?;
        let is_it = |known: &Notified| {
            known.device == notified.device && known.session_id == notified.session_id
        };
        self.report.notified.retain(|known| !is_it(known));
        self.report.notified.push(notified);
        if handed == Handed::Refused {
            self.outbox.refused(&sending.device, sending.session_id);
        }
        Ok(())
    }

    /// Who has come, and for whom the time is over.
    fn glance(&mut self) -> Result<(), Failure> {
        let mut over = Vec::new();
        for (device, wait) in &self.waits {
            let begun = self.store.sessions_of(device)?;
            let came = begun
                .iter()
                .any(|id| self.outbox.began(device, id).is_some());
            if came || Instant::now() >= wait.until {
                over.push((device.clone(), wait.session_id, came));
            }
        }
        for (device, session_id, came) in over {
            self.waits.remove(&device);
            match came {
                true => self.settle(&device, session_id, true)?,
                false => self.outbox.woken(&device, session_id),
            }
        }
        Ok(())
    }

    fn settle(&mut self, device: &str, session_id: u16, answered: bool) -> Result<(), Failure> {
        let what = if answered {
            "has come"
        } else {
            "does not come"
        };
        self.output
            .line(&format!("{device} {what} (session {session_id})"))?;
        let mut known = self.report.notified.iter_mut();
        let is_it =
            |known: &&mut Notified| known.device == device && known.session_id == session_id;
        if let Some(known) = known.find(is_it) {
            known.answered = Some(answered);
        }
        Ok(())
    }
}
