//! `syncml sync`: folders of files, or datastores in a database, with a server.

use std::fmt;
use std::path::PathBuf;

use ds_host::http::client::{ClientOptions, HttpClient};
use ds_host::{Error, ErrorKind, Multiplex, SyncRequest, capability, sync_once};
use ds_protocol::{
    Account, AuthScheme, Device, Field, Filter, Notice, Pattern, Profile, Rule, Store, client,
};
use serde::Serialize;
use syncml_devinf::DsMem;
use syncml_repr::SessionId;

use super::choice::{Auth, Combined, Form, Mode, Stands, Version};
use super::folder_type::datastore;
use super::interrupt::Interrupt;
use super::listen::Listener;
use super::local::{Local, LocalStore, Named, device, open, refuse_twins};
use super::option::{User, device_id};
use super::progress::Progress;
use super::size::SizeArgs;
use super::summary::{describe, judge};
use super::{Failure, Output, output};

/// The rule about servers of this toolkit.
const OWN_RULE: &str = "this toolkit";

/// Synchronise folders of .vcf and .ics files, one item a file, with a server.
///
/// All folders are synchronised in one session. Ctrl-C suspends it: the same command again goes on where it was left.
/// What was synchronised is remembered in a hidden file in each
/// folder, together with the identity of this device.
///
/// In the place of a folder there may be a database, such as sqlite:mine.db, which is faster where there are many items:
/// then they are what `syncml import` and `syncml export` see in it under the same user and datastore.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address of the server.
    url: String,
    /// Who you are there. For NAME alone the password is taken from SYNCML_PASSWORD.
    #[arg(long, value_name = "NAME:PASSWORD")]
    user: User,
    /// What goes which way. The first time everything is sent and compared; only a refresh removes anything then.
    #[arg(long, value_enum, default_value_t)]
    mode: Mode,
    /// Form of the messages.
    #[arg(long, value_enum, default_value_t)]
    encoding: Form,
    /// Identity of this device. Default: made at the first synchronisation and kept in the state file.
    #[arg(long, value_name = "ID", value_parser = device_id)]
    device: Option<String>,
    /// Where to keep what was synchronised, in the place of a hidden file in the folder.
    ///
    /// With several folders, each has a file of its own, with the datastore's name appended: FILE.DATASTORE.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// How to prove who you are: md5 does not show the password; servers of old may want basic.
    #[arg(long, value_enum, default_value_t)]
    auth: Auth,
    /// Version of the protocol. Default: 1.2, or lower if the server does not understand it.
    #[arg(long, value_enum)]
    syncml: Option<Version>,
    #[command(flatten)]
    sizes: SizeArgs,
    /// Give up where everything would have to be sent and compared, the first time or because the sides disagree on
    /// the last; --mode slow does it.
    #[arg(long)]
    no_slow: bool,
    /// Send changes with the first message, which saves a round trip. Not every server takes them there.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t, num_args = 0..=1, default_missing_value = "always",
          require_equals = true)]
    combined: Combined,
    /// Take only what passes this filter, such as 'CATEGORIES&EQ;family', and remove here what does not any more. All
    /// changes made here are sent. For servers that offer filters.
    #[arg(long, value_name = "EXPRESSION", value_parser = expression)]
    filter: Option<String>,
    /// Take only these properties of each item, such as 'FN,TEL,NOTE:200'; a number is the most octets of a value. What
    /// is not taken stays at the server, whatever is changed here. For servers that offer filters.
    #[arg(long, value_name = "NAME[:MAX],…", value_delimiter = ',', value_parser = field)]
    fields: Vec<Field>,
    /// Take no more than so many bytes into each folder, what is there included; what does not fit stays at the server.
    #[arg(long, value_name = "BYTES")]
    quota: Option<u64>,
    /// Take no more than so many items into each folder, those that are there included.
    #[arg(long, value_name = "NUMBER")]
    max_items: Option<u64>,
    /// Whose version stands where both sides have changed an item and the server leaves it to this one. Default: it is
    /// for the server to decide.
    #[arg(long, value_enum, value_name = "SIDE")]
    on_conflict: Option<Stands>,
    /// Tell why each thing was decided as it was, on standard error.
    #[arg(long)]
    why: bool,
    /// Certificate in PEM that vouches for the server's, in the place of those that browsers trust.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Who the server must prove to be, in each session and in notifications. For NAME alone the password is taken from
    /// SYNCML_PASSWORD.
    #[arg(long, value_name = "NAME:PASSWORD")]
    server: Option<User>,
    #[command(flatten)]
    listen: Listen,
    /// A folder (or sqlite:FILE) and the server's datastore for it; repeat for more.
    #[arg(required = true, value_name = "DIR=DATASTORE")]
    locals: Vec<Local>,
}

/// Options about notifications.
#[derive(Debug, clap::Args)]
struct Listen {
    /// Synchronise when the server asks for it, by a notification that comes to this address over UDP, until Ctrl-C. It
    /// follows those alone that --server proves to be from the server; a refresh, which takes something away, only where
    /// somebody at the terminal agrees.
    #[arg(long, value_name = "ADDR:PORT")]
    listen_notifications: Option<String>,
    /// Follow notifications that prove nothing, too.
    #[arg(long, requires = "listen_notifications")]
    unsigned_notifications: bool,
    /// End after the first session that a notification began.
    #[arg(long, requires = "listen_notifications")]
    once: bool,
}

/// The JSON object that says that it listens.
#[derive(Serialize)]
struct Ready<'a> {
    listening: &'a str,
}

impl Args {
    /// What a folder may hold, if that is bounded.
    fn quota(&self) -> Option<DsMem> {
        let is_bounded = self.quota.is_some() || self.max_items.is_some();
        is_bounded.then(|| DsMem::new(self.quota, self.max_items))
    }

    /// The stores, opened.
    fn stores(&self) -> Result<Vec<Named>, Failure> {
        open(&self.locals, self.state.as_deref(), self.quota())
    }
}

pub(super) fn run(args: Args, output: Output) -> Result<(), Failure> {
    // What makes no sense is refused before any file is touched.
    args.user.password()?;
    args.server.as_ref().map(User::password).transpose()?;
    refuse_twins(&args.locals)?;
    let client = match &args.ca {
        Some(file) => HttpClient::new(ClientOptions::default().with_roots_from(file)?),
        None => HttpClient::default(),
    };
    let mut stores = args.stores()?;
    let device = device(args.device.as_deref(), &mut stores, new_device)?;
    let config = config(&args, &device, &stores)?;
    let interrupt =
        Interrupt::listen().map_err(|error| Failure::io("cannot wait for signals", error))?;
    let desk = Desk {
        args: &args,
        client,
        interrupt,
        output,
    };
    match &args.listen.listen_notifications {
        Some(address) => {
            // Each session opens them anew.
            drop(stores);
            desk.listen(&config, address)
        }
        None => desk.session(config, stores),
    }
}

/// What every session of this run needs.
struct Desk<'a> {
    args: &'a Args,
    client: HttpClient,
    interrupt: Interrupt,
    output: Output,
}

/// What all sessions have in common.
fn config(args: &Args, device: &str, stores: &[Named]) -> Result<client::Config, Failure> {
    let requests = args
        .locals
        .iter()
        .zip(stores)
        .map(|(local, (_, store))| {
            let mut datastore = datastore(local, store, &args.user.name)?;
            datastore.room = args.quota();
            let media_type = datastore.types.first().map(|first| first.ct_type.clone());
            let request = client::Request::new(datastore, local.datastore.as_str());
            let request = request.with_sync_type(args.mode.into());
            let request = request.with_on_conflict(args.on_conflict.map(Into::into));
            if args.filter.is_none() && args.fields.is_empty() {
                return Ok(request);
            }
            let expression = args.filter.as_deref().unwrap_or_default();
            let filter = Filter::cgi(media_type.unwrap_or_default(), expression);
            Ok(request.with_filter(filter.with_fields(args.fields.iter().cloned())))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let mut described = Device::new(device, "workstation");
    described.model = capability::CLIENT.into();
    let config = client::Config::new(described, args.url.as_str(), new_session_id()?, requests)
        .with_credentials(args.user.credentials()?)
        .with_auth(args.auth.into())
        .with_version(args.syncml.unwrap_or_default().into())
        .with_encoding(args.encoding.into())
        .with_combined(args.combined == Combined::Always)
        .with_rules(rules(args.combined))
        .with_sizes(args.sizes.into());
    Ok(match &args.server {
        Some(server) => config.with_server_credentials(server.credentials()?, AuthScheme::Md5),
        None => config,
    })
}

impl Desk<'_> {
    /// Sessions when the server asks for them.
    fn listen(&self, config: &client::Config, address: &str) -> Result<(), Failure> {
        let mut listener = Listener::bind(address)?;
        let listening = &*listener.address()?.to_string();
        let ready = Ready { listening };
        let line = || format!("listening for notifications at {listening}\n");
        self.output.result(&ready, line)?;
        loop {
            let known = |server: &str| self.account(config, server);
            let Some(call) = listener.next(&self.interrupt, known)? else {
                return Ok(());
            };
            let done = self.session(call.config.clone(), self.args.stores()?);
            listener.ended(&call);
            match done {
                done if self.args.listen.once => return done,
                Err(Failure::Error(error)) => output::complain(&error),
                done => done?,
            }
        }
    }

    /// What to do for a server that asks, and what to believe it by; none: it is another one.
    fn account(&self, config: &client::Config, server: &str) -> Result<Option<Account>, Failure> {
        let Args {
            url, server: own, ..
        } = self.args;
        let unsigned = self.args.listen.unsigned_notifications;
        let is_own = own.as_ref().is_some_and(|own| own.name == server);
        if !is_own && server != url && !unsigned {
            return Ok(None);
        }
        let mut config = config.clone();
        config.session_id = new_session_id()?;
        let peer = together(&mut self.args.stores()?).load_peer(url);
        let nonce = peer.ok().and_then(|peer| peer.server_nonce);
        let account = Account::new(config, nonce);
        Ok(Some(account.with_unsigned(unsigned)))
    }

    /// One session, and what became of it.
    fn session(&self, config: client::Config, mut stores: Vec<Named>) -> Result<(), Failure> {
        let progress = Progress::new();
        let mut causes = Vec::new();
        let mut request = SyncRequest::new(config).on_notice(|notice: &Notice| {
            progress.note(notice);
            if self.args.why {
                causes.extend(notice.cause().filter(|_| !is_about_us(notice)));
            }
        });
        request = request.suspend_when(|| self.interrupt.is_asked());
        if self.args.syncml.is_some() {
            request = request.without_fallback();
        }
        let mut all = together(&mut stores);
        if self.args.no_slow {
            all = all.without_slow();
        }
        let report = sync_once(&self.client, &mut all, request);
        progress.finish();
        for cause in &causes {
            output::log(&explain(cause));
        }
        for (datastore, store) in &stores {
            if self.args.why {
                tell_fitted(&self.args.user.name, datastore, store)?;
            }
            for skipped in store.skipped() {
                output::log(&format!("warning: {skipped}"));
            }
        }
        let report = report?;
        // Of a server that never answered there is nothing to tell but the error.
        if self.output.is_json() || report.messages.received > 0 {
            self.output.result(&report, || describe(&report))?;
        }
        judge(report)
    }
}

/// The stores behind one session.
fn together(stores: &mut [Named]) -> Multiplex<'_> {
    let stores = stores.iter_mut();
    Multiplex::new(stores.map(|(name, store)| (name.as_str(), store.store())))
}

/// That a server is this toolkit's own is nothing to explain.
fn is_about_us(notice: &Notice) -> bool {
    matches!(notice, Notice::Profile { rule, .. } if rule == OWN_RULE)
}

/// What is known of servers, this toolkit's own among them.
fn rules(combined: Combined) -> Vec<Rule> {
    let mut own = Profile::default();
    own.takes_combined = true;
    let own = Rule::new(OWN_RULE, own).with_model(Pattern::new(super::serve::MODEL));
    let mut rules = Rule::built_in();
    rules.push(own);
    for rule in &mut rules {
        rule.profile.takes_combined &= combined != Combined::Never;
    }
    rules
}

/// A filter that the toolkit itself can read.
fn expression(text: &str) -> Result<String, String> {
    match ds_objects::filter::parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// A property, and the most octets of its value.
fn field(text: &str) -> Result<Field, String> {
    let (name, max_size) = match text.trim().split_once(':') {
        Some((name, max_size)) => {
            let max_size = max_size.parse::<u64>();
            let max_size = max_size.map_err(|_| format!("{text:?} ends with no number"))?;
            (name, Some(max_size))
        }
        None => (text.trim(), None),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(format!("{name:?} is no name of a property"));
    }
    Ok(Field::new(name).with_max_size(max_size))
}

/// Lines of `--why` about what the server has of items sent in this session in another way than they are here.
fn tell_fitted(user: &str, datastore: &str, store: &LocalStore) -> Result<(), Failure> {
    for fitted in store
        .fitted(user, datastore)?
        .iter()
        .filter(|fitted| fitted.is_new)
    {
        for entry in &fitted.entries {
            let item = fitted.item.as_str();
            let line = format!(
                "{datastore}: {item} at the server: {entry} ({})",
                entry.rule
            );
            output::log(&explain(&line));
        }
    }
    Ok(())
}

/// A line of `--why`. Parts of it come from the server; a terminal is not to obey them.
fn explain(what: &impl fmt::Display) -> String {
    let line = format!("why: {what}");
    line.chars()
        .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
        .collect()
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
