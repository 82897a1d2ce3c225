//! `syncml san parse`.

use std::path::Path;
use std::process::ExitCode;

use bytes::Bytes;
use ds_host::{Error, ErrorKind};
use ds_protocol::{Credentials, Notification};
use san::emn::Emn;
use san::wdp::{Joiner, UserData};
use san::{Application, Payload, Secret, Tolerance, Unverified, wap};
use serde::Serialize;
use syncml_wbxml::{Encoding, Limits, sniff};

use super::super::input::read;
use super::super::{Failure, Output};
use super::bits::{self, Row};
use super::{Nonce, nonce, unhex};

/// Read a notification, and show it bit by bit.
///
/// It may come as SMS user data, as a WAP push or alone, and be a notification of SyncML 1.0 to 1.2, of device management or
/// about e-mail. Exit code 1 where it cannot be read, or where its digest does not match.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Hexadecimal digits, or a file with them or with the octets; `-` is standard input. Several are parts of one SMS
    /// message, in any order.
    #[arg(required = true, value_name = "HEX|FILE")]
    input: Vec<String>,
    /// Password of the server: check the digest.
    #[arg(long, value_name = "PASSWORD")]
    secret: Option<String>,
    /// The nonce that the device gave to the server last, as in NextNonce. Default: an empty one.
    #[arg(long, value_name = "BASE64", value_parser = nonce, requires = "secret")]
    nonce: Option<Nonce>,
    /// User name that may stand in place of the server's identifier in the digest.
    #[arg(long, value_name = "NAME", requires = "secret")]
    user: Option<String>,
    /// It is one of device management, where no push says so.
    #[arg(long)]
    dm: bool,
}

/// What the secret says to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Digest {
    Verified,
    Mismatch,
    NotChecked,
}

impl Digest {
    fn of(checked: Option<bool>) -> Self {
        match checked {
            Some(true) => Self::Verified,
            Some(false) => Self::Mismatch,
            None => Self::NotChecked,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Mismatch => "mismatch",
            Self::NotChecked => "not checked",
        }
    }
}

/// The JSON object of `san parse`.
#[derive(Debug, Default, Serialize)]
struct Parsed {
    /// What it came in, from the outside to the inside.
    carrier: Vec<String>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    syncs: Vec<Sync>,
    /// A message or an e-mail notification as XML.
    #[serde(skip_serializing_if = "Option::is_none")]
    xml: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
}

#[derive(Debug, Serialize)]
struct Sync {
    datastore: String,
    sync_type: &'static str,
    alert: u16,
    media_type: Option<String>,
}

pub(super) fn run(args: Args, output: Output) -> Result<ExitCode, Failure> {
    let mut parsed = Parsed::default();
    let bytes = gather(&args.input, &mut parsed.carrier)?;
    let payload = unpack(&bytes, args.dm, &mut parsed.carrier)?;
    parsed.fill(payload, &args)?;
    output.result(&parsed, || parsed.render())?;
    Ok(match parsed.digest {
        Some(Digest::Mismatch) => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

/// The octets that were given, parts put together.
fn gather(inputs: &[String], carrier: &mut Vec<String>) -> Result<Vec<u8>, Failure> {
    let mut joiner = Joiner::default();
    let several = inputs.len() > 1;
    for input in inputs {
        let octets = octets(input)?;
        let data = match UserData::read(&octets) {
            Ok(data) if data.part.is_some_and(|part| part.total > 1) => data,
            _ if several => {
                return Err(broken(&format!("{input}: it is no part of an SMS message")));
            }
            _ => return Ok(octets),
        };
        if let Some(whole) = joiner.take("", data) {
            carrier.push(match whole.ports {
                Some(ports) => format!(
                    "{} SMS, port {} from {}",
                    data.part.map_or(1, |part| part.total),
                    ports.destination,
                    ports.source
                ),
                None => "SMS".to_owned(),
            });
            return Ok(whole.body);
        }
    }
    Err(broken("parts of the SMS message are missing"))
}

fn octets(input: &str) -> Result<Vec<u8>, Failure> {
    if input != "-" && !Path::new(input).exists() {
        // What is no file is meant as digits, unless it cannot be.
        return unhex(input).ok_or_else(|| {
            Failure::Usage(format!(
                "{input:?} is neither a file nor hexadecimal digits of whole octets"
            ))
        });
    }
    let bytes = read(Some(Path::new(input)))?;
    let digits = std::str::from_utf8(&bytes).ok().and_then(unhex);
    Ok(digits.unwrap_or_else(|| bytes.to_vec()))
}

fn unpack<'a>(
    bytes: &'a [u8],
    dm: bool,
    carrier: &mut Vec<String>,
) -> Result<Payload<'a>, Failure> {
    let payload = Payload::unpack(bytes).map_err(|error| broken(&error.to_string()))?;
    let (Payload::Notification(_, inside)
    | Payload::Message(inside)
    | Payload::Email(inside)
    | Payload::Other(_, inside)) = &payload
    else {
        return Ok(payload);
    };
    let Some(layers) = bytes.get(..bytes.len() - inside.len()) else {
        return Ok(payload);
    };
    if layers.is_empty() {
        return Ok(match payload {
            Payload::Notification(_, inside) if dm => {
                Payload::Notification(Application::DeviceManagement, inside)
            }
            payload => payload,
        });
    }
    let mut push = bytes;
    if let Ok(UserData {
        ports: Some(ports),
        body,
        ..
    }) = UserData::read(bytes)
        && ports.is_push()
    {
        carrier.push(format!(
            "SMS, port {} from {}",
            ports.destination, ports.source
        ));
        push = body;
    }
    if let Ok(push) = wap::unwrap(push) {
        let id = push.application_id;
        let id = id.map_or_else(String::new, |id| format!(", application id {id}"));
        carrier.push(format!("WAP push, {}{id}", push.content_type));
    }
    Ok(payload)
}

impl Parsed {
    fn fill(&mut self, payload: Payload<'_>, args: &Args) -> Result<(), Failure> {
        match payload {
            Payload::Notification(application, bytes) => self.binary(application, bytes, args),
            Payload::Message(bytes) => self.message(bytes, args),
            Payload::Email(bytes) => {
                let emn = Emn::read(bytes).map_err(|error| broken(&error.to_string()))?;
                let xml = emn.to_xml().map_err(|error| broken(&error.to_string()))?;
                self.kind = "e-mail notification";
                self.xml = Some(String::from_utf8_lossy(&xml).into_owned());
                Ok(())
            }
            Payload::Other(media_type, _) => {
                Err(broken(&format!("it is {media_type}, no notification")))
            }
            _ => Err(broken("it is no notification")),
        }
    }

    fn binary(
        &mut self,
        application: Application,
        bytes: &[u8],
        args: &Args,
    ) -> Result<(), Failure> {
        let unverified = Unverified::parse_as(application, bytes);
        let unverified = unverified.map_err(|error| broken(&error.to_string()))?;
        let claimed = unverified.claimed();
        self.kind = match application {
            Application::DeviceManagement => "device management notification",
            _ => "notification of SyncML 1.2",
        };
        self.fields = bits::rows(bytes, claimed);
        self.session_id = Some(claimed.session_id_text());
        self.server = Some(claimed.server_id.clone());
        let sync = |sync: &san::SyncRequest| Sync {
            datastore: sync.server_uri.clone(),
            sync_type: ds_protocol::SyncType::from(sync.sync_type).name(),
            alert: sync.sync_type.alert_code(),
            media_type: sync.content_type.media_type().map(str::to_owned),
        };
        self.syncs = claimed.syncs.iter().map(sync).collect();
        let checked = args.secret.as_deref().map(|password| {
            let nonce = args.nonce.as_ref().map_or(&[][..], |nonce| &nonce.0);
            let tolerance = match &args.user {
                Some(user) => Tolerance::default().with_user_name(user),
                None => Tolerance::default(),
            };
            let secret = Secret::new(password, nonce);
            unverified.verify_with(&secret, &tolerance).is_ok()
        });
        self.digest = Some(Digest::of(checked));
        Ok(())
    }

    fn message(&mut self, bytes: &[u8], args: &Args) -> Result<(), Failure> {
        let encoding = sniff(bytes).unwrap_or(Encoding::Xml);
        let bytes = Bytes::copy_from_slice(bytes);
        let message = syncml_repr::decode(&bytes, encoding, &Limits::default());
        let message = message.map_err(|error| broken(&error.to_string()))?;
        let asked = Notification::from_message(&message);
        let asked = asked
            .ok_or_else(|| broken("the message asks for no session: it has no Alert 206 to 210"))?;
        self.kind = "notification of SyncML 1.0 or 1.1";
        self.session_id = Some(asked.session_id.to_string());
        self.server = Some(asked.server.to_string());
        let sync = |alerted: &ds_protocol::Alerted| Sync {
            datastore: alerted.datastore.to_string(),
            sync_type: alerted.sync_type.name(),
            alert: alerted.sync_type.alert_code_by_server().get(),
            media_type: alerted.media_type.as_ref().map(ToString::to_string),
        };
        self.syncs = asked.alerts.iter().map(sync).collect();
        let xml = syncml_repr::encode(&message, Encoding::Xml).ok();
        let xml = xml.and_then(|xml| {
            let wbxml = syncml_wbxml::from_xml(&String::from_utf8_lossy(&xml), &Limits::default());
            syncml_wbxml::to_xml_pretty(&wbxml.ok()?, &Limits::default()).ok()
        });
        self.xml = xml;
        let name = message.hdr.source.loc_name().map(ToString::to_string);
        let user = args
            .user
            .clone()
            .or(name)
            .unwrap_or_else(|| asked.server.to_string());
        let checked = args.secret.as_deref().map(|password| {
            let nonce = args.nonce.clone().unwrap_or_default();
            let nonce = syncml_meta::Nonce::new(nonce.0);
            let credentials = Credentials::new(user, password);
            Notification::is_signed_by(&message, &credentials, Some(&nonce))
        });
        self.digest = Some(Digest::of(checked));
        Ok(())
    }

    fn render(&self) -> String {
        let mut text = String::new();
        for layer in &self.carrier {
            text.push_str(&format!("carrier: {layer}\n"));
        }
        text.push_str(&format!("{}\n", self.kind));
        if !self.fields.is_empty() {
            text.push_str(&bits::render(&self.fields));
        }
        if let Some(xml) = &self.xml {
            text.push_str(xml.trim_end());
            text.push('\n');
        }
        if let Some(digest) = self.digest {
            text.push_str(&format!("digest: {}\n", digest.words()));
        }
        text
    }
}

fn broken(what: &str) -> Failure {
    Error::new(ErrorKind::Message, format!("no notification: {what}"))
        .with_hint("the byte is counted from the first of the layer that is broken; --dm reads device management")
        .into()
}
