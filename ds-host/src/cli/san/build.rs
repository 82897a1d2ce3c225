//! `syncml san build`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;
use ds_host::{Error, ErrorKind};
use ds_protocol::{AuthScheme, Credentials, Notification};
use san::{Application, ContentType, Initiator, LeftOut, Secret, SyncRequest, SyncType, UiMode};
use serde::Serialize;

use super::super::carrier::{self, Carrier};
use super::super::choice::{Form, Version};
use super::super::output::log;
use super::super::{Failure, Output};
use super::{Nonce, hex, nonce, unhex};

/// Build a notification, and give it as hexadecimal digits.
///
/// SyncML 1.2 and device management have a form of their own; for 1.0 and 1.1 it is a SyncML message. Without --secret
/// it proves nothing, and devices that check will ignore it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Identifier of the server, under which devices know it; in 1.0 and 1.1 its URI.
    #[arg(long, value_name = "ID")]
    server_id: String,
    /// Password of the server.
    #[arg(long, value_name = "PASSWORD")]
    secret: Option<String>,
    /// The nonce that the device gave to the server last, as in NextNonce. Default: an empty one.
    #[arg(long, value_name = "BASE64", value_parser = nonce)]
    nonce: Option<Nonce>,
    /// SessionID of the session that is asked for; 0: the device chooses.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    session: u16,
    /// A datastore, what to do with it and the media type of its items, such as contacts=two-way,text/x-vcard; repeat for
    /// more. Without it: everything, as the device is set up.
    #[arg(long = "sync", value_name = "URI[=TYPE[,MEDIA-TYPE]]")]
    syncs: Vec<Sync>,
    /// What the user is to notice.
    #[arg(long, value_enum, default_value_t)]
    ui: Ui,
    /// It is the user's wish, and not the server's.
    #[arg(long)]
    by_user: bool,
    /// Data for devices of the same vendor, as hexadecimal digits.
    #[arg(long, value_name = "HEX", value_parser = vendor)]
    vendor: Option<Vendor>,
    /// Version of the protocol.
    #[arg(long, value_enum, default_value_t, conflicts_with = "dm")]
    syncml: Version,
    /// For device management.
    #[arg(long, conflicts_with = "syncs")]
    dm: bool,
    /// Form of a message of 1.0 and 1.1.
    #[arg(long, value_enum, default_value_t)]
    encoding: Form,
    /// Device a message of 1.0 and 1.1 goes to.
    #[arg(long, value_name = "ID", default_value = "/")]
    device: String,
    /// Leave out what it takes to fit one SMS: vendor data, `./` of datastores, datastores from the last one on.
    #[arg(long)]
    fit: bool,
    /// What it travels in.
    #[arg(long, value_enum, default_value_t)]
    carrier: Carrier,
    /// Write the octets to this file; several pieces to FILE.1, FILE.2 and so on.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// `--ui`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(in crate::cli) enum Ui {
    /// As the device likes
    #[default]
    NotSpecified,
    /// Nothing
    Background,
    /// That there is a session
    Informative,
    /// A question whether there is to be one
    UserInteraction,
}

impl From<Ui> for UiMode {
    fn from(ui: Ui) -> Self {
        match ui {
            Ui::NotSpecified => Self::NotSpecified,
            Ui::Background => Self::Background,
            Ui::Informative => Self::Informative,
            Ui::UserInteraction => Self::UserInteraction,
        }
    }
}

/// `--sync`.
#[derive(Clone, Debug)]
struct Sync(SyncRequest);

impl FromStr for Sync {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (uri, rest) = text.rsplit_once('=').unwrap_or((text, "two-way"));
        let (sync_type, media_type) = rest.split_once(',').unwrap_or((rest, ""));
        let sync_type = match sync_type {
            "two-way" => SyncType::TwoWay,
            "one-way-from-client" => SyncType::OneWayFromClient,
            "refresh-from-client" => SyncType::RefreshFromClient,
            "one-way-from-server" => SyncType::OneWayFromServer,
            "refresh-from-server" => SyncType::RefreshFromServer,
            other => {
                return Err(format!(
                    "{other:?} is no type: write two-way, one-way-from-client, refresh-from-client, \
                     one-way-from-server or refresh-from-server"
                ));
            }
        };
        if uri.is_empty() {
            return Err("the datastore has no name: write URI=TYPE".to_owned());
        }
        let content_type = ContentType::from_media_type(media_type);
        Ok(Self(SyncRequest::new(sync_type, content_type, uri)))
    }
}

#[derive(Clone, Debug)]
struct Vendor(Vec<u8>);

fn vendor(text: &str) -> Result<Vendor, String> {
    let octets = unhex(text).map(Vendor);
    octets.ok_or_else(|| format!("{text:?} are no hexadecimal digits of whole octets"))
}

/// The JSON object of `san build`.
#[derive(Serialize)]
struct Built {
    media_type: &'static str,
    /// Octets of the notification, without what it travels in.
    bytes: usize,
    /// What goes out, a text of hexadecimal digits for each piece.
    pieces: Vec<String>,
    /// It fits one SMS, in a WAP push.
    fits_one_sms: bool,
    /// What was left out, or would have to be.
    left_out: Vec<String>,
}

pub(super) fn run(args: Args, output: Output) -> Result<(), Failure> {
    let mut left_out = Vec::new();
    let (application, media_type, bytes) = match args.syncml {
        Version::V1_2 => binary(&args, &mut left_out)?,
        Version::V1_0 | Version::V1_1 => message(&args)?,
    };
    let pieces = args
        .carrier
        .pack(application, media_type, &bytes, args.session)?;
    let as_sms = Carrier::Sms.pack(application, media_type, &bytes, 0)?;
    let built = Built {
        media_type,
        bytes: bytes.len(),
        pieces: pieces.iter().map(|piece| hex(piece)).collect(),
        fits_one_sms: as_sms.len() == 1,
        left_out,
    };
    if let Some(file) = &args.out {
        carrier::write(file, &pieces)?;
    }
    if !output.is_json() && !built.fits_one_sms {
        log(&format!("note: {} octets do not fit one SMS", built.bytes));
    }
    if !output.is_json() {
        let how = match args.fit {
            true => "left out",
            false => "could be left out (--fit)",
        };
        for left in &built.left_out {
            log(&format!("note: {how}: {left}"));
        }
    }
    output.result(&built, || {
        built
            .pieces
            .iter()
            .map(|piece| format!("{piece}\n"))
            .collect()
    })
}

type Made = (Application, &'static str, Vec<u8>);

fn binary(args: &Args, left_out: &mut Vec<String>) -> Result<Made, Failure> {
    let id = args.server_id.as_str();
    let mut notification = match args.dm {
        true => san::Notification::device_management(id, args.session),
        false => san::Notification::new(id, args.session),
    };
    notification.ui_mode = args.ui.into();
    if args.by_user {
        notification.initiator = Initiator::User;
    }
    notification.syncs = args.syncs.iter().map(|sync| sync.0.clone()).collect();
    if let Some(vendor) = &args.vendor {
        notification.vendor.clone_from(&vendor.0);
    }
    match notification.fit(san::SINGLE_SMS) {
        Some(fit) => {
            left_out.extend(fit.left_out.iter().map(describe));
            if args.fit {
                notification = fit.notification;
            }
        }
        None if args.fit => {
            let error = Error::new(
                ErrorKind::Config,
                format!(
                    "{} octets do not fit one SMS, whatever is left out",
                    notification.encoded_len()
                ),
            );
            return Err(error
                .with_hint("a shorter --server-id, or --carrier sms in several")
                .into());
        }
        None => {}
    }
    let nonce = args.nonce.as_ref().map_or(&[][..], |nonce| &nonce.0);
    let bytes = match &args.secret {
        Some(password) => notification.encode(&Secret::new(password, nonce)),
        None => notification.encode_unsigned(),
    };
    let bytes = bytes.map_err(|error| Failure::Usage(error.to_string()))?;
    let application = notification.application;
    Ok((application, application.media_type(), bytes))
}

fn describe(left: &LeftOut) -> String {
    match left {
        LeftOut::Vendor(len) => format!("{len} octets of vendor data"),
        LeftOut::Prefixes => "./ of the datastores".to_owned(),
        LeftOut::Sync(sync) => format!("the datastore {}", sync.server_uri),
        LeftOut::List(all) => format!(
            "the list of {} datastores: everything is synchronised",
            all.len()
        ),
        _ => "something".to_owned(),
    }
}

fn message(args: &Args) -> Result<Made, Failure> {
    let mut binary = san::Notification::new(args.server_id.as_str(), args.session);
    binary.syncs = args.syncs.iter().map(|sync| sync.0.clone()).collect();
    let asked = Notification::from_san(&binary).filter(|asked| !asked.alerts.is_empty());
    let asked = asked.ok_or_else(|| {
        Failure::Usage(
            "a notification of 1.0 and 1.1 names datastores: write --sync URI".to_owned(),
        )
    })?;
    let mut message = asked.to_message(args.syncml.into(), args.device.as_str());
    if let Some(password) = &args.secret {
        let credentials = Credentials::new(args.server_id.as_str(), password.as_str());
        let nonce = args.nonce.clone().unwrap_or_default();
        let nonce = syncml_meta::Nonce::new(nonce.0);
        Notification::sign(&mut message, &credentials, AuthScheme::Md5, Some(nonce));
    }
    let encoding = args.encoding.into();
    let bytes = syncml_repr::encode(&message, encoding).map_err(|error| {
        Error::new(
            ErrorKind::Internal,
            format!("the message cannot be written: {error}"),
        )
    })?;
    Ok((
        Application::DataSync,
        syncml_repr::media_type(encoding),
        bytes,
    ))
}
