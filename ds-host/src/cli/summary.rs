//! What `syncml sync` says at the end.

use ds_host::{Counts, DatastoreReport, Ending, Error, ErrorKind, Report};
use syncml_repr::StatusCode;

use super::{Failure, Table};

/// The report for people.
pub(super) fn describe(report: &Report) -> String {
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
pub(super) fn counts(counts: &Counts) -> String {
    format!("+{} ~{} -{}", counts.added, counts.replaced, counts.deleted)
}

/// A status with its name.
fn status(code: u16) -> String {
    StatusCode::new(code)
        .name()
        .map_or_else(|| code.to_string(), |name| format!("{code} {name}"))
}

/// What the exit code says.
pub(super) fn judge(report: Report) -> Result<(), Failure> {
    match report.ending {
        Ending::Complete => {}
        Ending::Broken { error } => return Err(error.into()),
        Ending::Suspended => {
            return Err(
                Error::new(ErrorKind::Interrupted, "the session is suspended")
                    .with_hint("what was done so far is kept; the same command again goes on")
                    .into(),
            );
        }
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
            .with_hint("another --syncml or --encoding may suit the server")
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
        Some(403) => "a slow sync (--mode slow) may be needed, or you may not use that datastore",
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
