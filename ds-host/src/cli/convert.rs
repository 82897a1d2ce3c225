//! `syncml convert`: a phone's export into modern files, and back.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use ds_host::{Error, ErrorKind, capability};
use ds_objects::convert::{Options, convert};
use ds_objects::fit::Profile;
use ds_objects::ledger::{Entry, Ledger};
use ds_objects::zone::Zone;
use ds_objects::{Format, Object, media_type, parse, split};
use serde::Serialize;
use syncml_devinf::DevInf;

use super::input::{limits, read};
use super::{Failure, Output, output};

/// Turn cards and calendar items into another version of their format.
///
/// A file may hold many objects one behind the other. The converted ones go to standard output in one
/// go, or into a folder with `--into`. What cannot be converted is told and passed over; then the exit
/// code is 1.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The version to turn them into.
    #[arg(long, value_enum)]
    to: Version,
    /// Files to convert; none or `-` is standard input.
    files: Vec<PathBuf>,
    /// Tell on standard error, line by line, what is not as it was: lost, shortened, renamed, added.
    #[arg(long)]
    report: bool,
    /// Device information of the device that the objects are for, as XML or WBXML: what it does not know or take is
    /// left out.
    #[arg(long, value_name = "FILE")]
    devinf: Option<PathBuf>,
    /// The zone that times without one are in, and that of a device without times in UTC: a name of the IANA database
    /// or one of Windows, such as `Europe/Berlin` or `W. Europe Standard Time`.
    #[arg(long, value_name = "NAME", value_parser = zone)]
    zone: Option<Zone>,
    /// Write a file for each file into this folder instead. A file that is there already stays, which is an error.
    #[arg(long, value_name = "FOLDER", conflicts_with = "json")]
    into: Option<PathBuf>,
}

fn zone(name: &str) -> Result<Zone, String> {
    Zone::named(name).ok_or_else(|| "no time zone has this name".to_owned())
}

/// What `--to` may be.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Version {
    /// vCard 2.1.
    Vcard21,
    /// vCard 3.0.
    Vcard3,
    /// vCard 4.0.
    Vcard4,
    /// iCalendar 2.0.
    Ical,
    /// vCalendar 1.0.
    Vcal,
    /// vNote 1.1, of a calendar's journal; `ical` makes a journal of a note.
    Vnote,
}

impl From<Version> for Format {
    fn from(version: Version) -> Self {
        match version {
            Version::Vcard21 => Self::VCard21,
            Version::Vcard3 => Self::VCard30,
            Version::Vcard4 => Self::VCard40,
            Version::Ical => Self::ICalendar20,
            Version::Vcal => Self::VCalendar10,
            Version::Vnote => Self::VNote11,
        }
    }
}

/// The JSON object of `convert`.
#[derive(Default, Serialize)]
struct Converted {
    objects: Vec<ObjectJson>,
    /// How many could not be converted.
    failed: usize,
}

#[derive(Serialize)]
struct ObjectJson {
    file: String,
    /// Its place in the file, from 1.
    number: usize,
    title: Option<String>,
    content: String,
    lossless: bool,
    changes: Vec<EntryJson>,
}

#[derive(Serialize)]
struct EntryJson {
    component: String,
    property: String,
    effect: String,
    reason: &'static str,
    detail: String,
}

impl From<&Entry> for EntryJson {
    fn from(entry: &Entry) -> Self {
        Self {
            component: entry.component.clone(),
            property: entry.property.clone(),
            effect: entry.effect.to_string(),
            reason: entry.reason.id(),
            detail: entry.detail.clone(),
        }
    }
}

pub(super) fn run(args: Args, output: Output) -> Result<(), Failure> {
    let mut files = args.files.clone();
    if files.is_empty() {
        files.push("-".into());
    }
    let profile = match args.devinf.as_deref() {
        Some(path) => Some(device(path, &args)?),
        None => None,
    };
    let options = Options::default().with_zone(args.zone.clone());
    let mut all = Converted::default();
    for path in &files {
        let mut bytes = Vec::new();
        for (index, one) in split(&read(Some(path))?).enumerate() {
            let place = format!("{}:{}", path.display(), index + 1);
            let (object, ledger) =
                match one_object(path, one, profile.as_ref(), (args.to.into(), &options)) {
                    Ok(done) => done,
                    Err(why) => {
                        all.failed += 1;
                        output::complain(&Error::new(
                            ErrorKind::Message,
                            format!("{place}: {why}"),
                        ));
                        continue;
                    }
                };
            if args.report {
                for entry in ledger.entries() {
                    output::log(&format!("{place}: {entry}"));
                }
            }
            let content = object.encode();
            if output.is_json() {
                all.objects.push(ObjectJson {
                    file: path.display().to_string(),
                    number: index + 1,
                    title: object.title(),
                    content: String::from_utf8_lossy(&content).into_owned(),
                    lossless: ledger.is_lossless(),
                    changes: ledger.entries().iter().map(EntryJson::from).collect(),
                });
            }
            bytes.extend_from_slice(&content);
        }
        deliver(&args, path, &bytes, output)?;
    }
    if output.is_json() {
        output.result(&all, String::new)?;
    }
    match all.failed {
        0 => Ok(()),
        1 => Err(failed("one object was passed over")),
        number => Err(failed(&format!("{number} objects were passed over"))),
    }
}

fn failed(what: &str) -> Failure {
    Error::new(ErrorKind::Message, what).into()
}

/// What a device takes of a version.
fn device(path: &Path, args: &Args) -> Result<Profile, Failure> {
    let bytes = read(Some(path))?;
    let device = DevInf::from_bytes(&bytes, &limits()).map_err(|error| {
        let place = path.display();
        Error::new(
            ErrorKind::Message,
            format!("{place}: no device information: {error}"),
        )
    })?;
    let profile = capability::profile(&device, None, args.to.into());
    Ok(profile.with_utc(device.utc, args.zone.clone()))
}

fn one_object(
    path: &Path,
    bytes: &[u8],
    profile: Option<&Profile>,
    (to, options): (Format, &Options),
) -> Result<(Object, Ledger), String> {
    let object = parse(declared(path, bytes), bytes).map_err(|error| error.to_string())?;
    if let Some(profile) = profile {
        let fitted = profile.fit(&object).map_err(|why| why.to_string())?;
        return Ok((fitted.object, fitted.ledger));
    }
    let from = object.format();
    let converted = convert(&object, to, options)
        .ok_or_else(|| format!("{} is no {}", from.media_type(), to.media_type()))?;
    Ok((converted.object, converted.ledger))
}

/// The media type for an object that does not say its version: by the name of the file, else by what it begins with.
fn declared(path: &Path, bytes: &[u8]) -> &'static str {
    let extension = path.extension().map(|e| e.to_ascii_lowercase());
    match extension.as_ref().and_then(|e| e.to_str()) {
        Some("vcs") => media_type::VCALENDAR,
        Some("ics") => media_type::ICALENDAR,
        _ if parse(media_type::VCARD_OLD, bytes).is_ok() => media_type::VCARD_OLD,
        _ => media_type::VCALENDAR,
    }
}

/// Writes what became of a file.
fn deliver(args: &Args, path: &Path, bytes: &[u8], output: Output) -> Result<(), Failure> {
    let Some(folder) = &args.into else {
        return match output.is_json() {
            true => Ok(()),
            false => output::write(bytes),
        };
    };
    let format = Format::from(args.to);
    let extension = media_type::file_extension(format.media_type()).unwrap_or("txt");
    let stem = path.file_stem().filter(|stem| *stem != "-");
    let mut name = stem.unwrap_or_else(|| "converted".as_ref()).to_owned();
    name.push(format!(".{extension}"));
    let target = folder.join(name);
    // No file is written over: it may be the one that was read, or come of another of the same name.
    std::fs::create_dir_all(folder)
        .and_then(|()| File::create_new(&target))
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| Failure::io(&target.display().to_string(), error))
}
