//! What goes wrong inside of a store, before it is told to the peer or to a person.

use std::io;
use std::path::Path;

use ds_protocol::StoreFault;
use rusqlite::ErrorCode;
use syncml_repr::StatusCode;

use crate::error::{Error, ErrorKind};

/// Any trouble of a store as a whole.
#[derive(Debug)]
pub(super) enum Trouble {
    Sql(rusqlite::Error),
    Io {
        what: String,
        error: io::Error,
    },
    /// The caller gave something that this store did not make.
    Foreign(String),
    /// What was asked cannot be done.
    Refused(StatusCode, &'static str),
}

pub(super) type Result<T> = std::result::Result<T, Trouble>;

impl Trouble {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io {
            what: path.display().to_string(),
            error,
        }
    }

    /// Status for the peer.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Sql(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => StatusCode::DEVICE_FULL,
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                _ => StatusCode::DATA_STORE_FAILURE,
            },
            Self::Io { error, .. } => match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    StatusCode::DEVICE_FULL
                }
                _ => StatusCode::DATA_STORE_FAILURE,
            },
            Self::Foreign(_) => StatusCode::COMMAND_FAILED,
            Self::Refused(status, _) => *status,
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sql(error) => write!(f, "the database failed: {error}"),
            Self::Io { what, error } => write!(f, "{what}: {error}"),
            Self::Foreign(what) => f.write_str(what),
            Self::Refused(_, what) => f.write_str(what),
        }
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Trouble> for StoreFault {
    fn from(trouble: Trouble) -> Self {
        Self::new(trouble.status(), trouble.to_string())
    }
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        let busy = trouble.status() == StatusCode::SERVICE_UNAVAILABLE;
        let kind = match busy {
            true => ErrorKind::InUse,
            false => ErrorKind::Store,
        };
        let error = Self::new(kind, trouble.to_string());
        let full = trouble.status() == StatusCode::DEVICE_FULL;
        let error = match trouble {
            Trouble::Sql(source) => error.with_source(source),
            Trouble::Io { error: source, .. } => error.with_source(source),
            Trouble::Foreign(_) | Trouble::Refused(..) => error,
        };
        match (busy, full) {
            (true, _) => {
                error.with_hint("another program is using it; try again when that has ended")
            }
            (_, true) => error.with_hint("make room on the disk"),
            _ => error,
        }
    }
}
