//! What a notification travels in and how it leaves.

use std::io::Write;
use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::ValueEnum;
use ds_host::{Error, ErrorKind};
use san::obex::Sender;
use san::wdp::{Ports, Reference, split};
use san::{Application, ContentType, wap};

use super::Failure;

/// `--carrier`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Carrier {
    /// The notification alone
    #[default]
    None,
    /// In a WAP push
    Wap,
    /// In a WAP push, as user data of one SMS or several
    Sms,
    /// The same with references of 16 bits
    SmsWide,
    /// In an OBEX PUT, for connection 1
    Obex,
}

impl Carrier {
    /// What goes out, in pieces where it takes several. `reference` is a number that differs from that of the last one.
    pub(super) fn pack(
        self,
        application: Application,
        media_type: &str,
        bytes: &[u8],
        reference: u16,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let [_, low] = reference.to_be_bytes();
        let id = match application {
            Application::DeviceManagement => wap::DEVICE_MANAGEMENT,
            _ => wap::DATA_SYNC,
        };
        let push = || wap::wrap_as(ContentType::from_media_type(media_type), id, bytes, low);
        let reference = match self {
            Self::None => return Ok(vec![bytes.to_vec()]),
            Self::Wap => return Ok(vec![push()]),
            Self::Obex => return obex(application, media_type, bytes),
            Self::Sms => Reference::Short(low),
            Self::SmsWide => Reference::Long(reference),
        };
        let too_long = || Error::new(ErrorKind::Config, "it takes more than 255 SMS").into();
        split(&push(), Ports::PUSH, reference).ok_or_else(too_long)
    }
}

/// The packets after a CONNECT that was answered with connection 1.
fn obex(application: Application, media_type: &str, bytes: &[u8]) -> Result<Vec<Vec<u8>>, Failure> {
    const CONNECTED: &[u8] = b"\xA0\x00\x0C\x10\x00\xFF\xFF\xCB\x00\x00\x00\x01";
    let mut sender = Sender::new(application, media_type, bytes);
    let mut packets = Vec::new();
    let mut answer = CONNECTED;
    while let Ok(san::obex::Sent::More(packet)) = sender.answered(answer) {
        packets.push(packet);
        answer = b"\x90\x00\x03";
    }
    Ok(packets)
}

/// How a notification leaves: one of these.
#[derive(Clone, Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Way {
    /// Give it to this command on standard input, once for each piece; the shell runs it, with SYNCML_DEVICE, SYNCML_SESSION
    /// and SYNCML_MEDIA_TYPE in the environment. Exit code 69 says that the device refuses the form: it then gets the
    /// other one.
    #[arg(long, value_name = "COMMAND")]
    command: Option<String>,
    /// Send it to this address and port, a datagram for each piece.
    #[arg(long, value_name = "ADDR:PORT")]
    udp: Option<String>,
    /// Write it to this file; several pieces to FILE.1, FILE.2 and so on.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Exit code of a command that says "the device does not take this form".
const REFUSED: i32 = 69;

/// What became of a piece that was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handed {
    Over,
    Refused,
}

/// About whom a command is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label<'a> {
    pub(super) device: &'a str,
    pub(super) session_id: u16,
    pub(super) media_type: &'a str,
}

impl Way {
    /// Hands over all pieces.
    pub(super) fn send(&self, pieces: &[Vec<u8>], label: Label<'_>) -> Result<Handed, Failure> {
        if let Some(command) = &self.command {
            for piece in pieces {
                if run(command, piece, label)? == Handed::Refused {
                    return Ok(Handed::Refused);
                }
            }
        }
        if let Some(address) = &self.udp {
            let failed = |error| Failure::io(&format!("cannot send to {address}"), error);
            let any = match address.starts_with('[') {
                true => "[::]:0",
                false => "0.0.0.0:0",
            };
            let socket = UdpSocket::bind(any).map_err(failed)?;
            for piece in pieces {
                socket.send_to(piece, address).map_err(failed)?;
            }
        }
        if let Some(file) = &self.file {
            write(file, pieces)?;
        }
        Ok(Handed::Over)
    }
}

/// Writes octets to a file, several pieces to as many files.
pub(super) fn write(file: &std::path::Path, pieces: &[Vec<u8>]) -> Result<(), Failure> {
    for (number, piece) in (1..).zip(pieces) {
        let path = match pieces.len() {
            1 => file.to_owned(),
            _ => {
                let mut name = file.as_os_str().to_owned();
                name.push(format!(".{number}"));
                PathBuf::from(name)
            }
        };
        std::fs::write(&path, piece)
            .map_err(|error| Failure::io(&path.display().to_string(), error))?;
    }
    Ok(())
}

fn run(command: &str, piece: &[u8], label: Label<'_>) -> Result<Handed, Failure> {
    let failed = |error| Failure::io(&format!("{command:?} cannot be run"), error);
    let (shell, flag) = match cfg!(windows) {
        true => ("cmd", "/C"),
        false => ("sh", "-c"),
    };
    let mut child = Command::new(shell)
        .args([flag, command])
        .env("SYNCML_DEVICE", label.device)
        .env("SYNCML_SESSION", label.session_id.to_string())
        .env("SYNCML_MEDIA_TYPE", label.media_type)
        .stdin(Stdio::piped())
        // Its words are none of ours.
        .stdout(Stdio::null())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not want to read it need not.
        let _ = stdin.write_all(piece);
    }
    let status = child.wait().map_err(failed)?;
    match status.code() {
        Some(0) => Ok(Handed::Over),
        Some(REFUSED) => Ok(Handed::Refused),
        _ => Err(Error::new(
            ErrorKind::Refused,
            format!("{command:?} ended with {status}"),
        )
        .into()),
    }
}
