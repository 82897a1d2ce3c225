//! Why a subcommand ends without success.

use ds_host::{Error, ErrorKind};

/// Why a subcommand ends without success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments make no sense together: exit code 2.
    Usage(String),
    /// It did not work: exit code 1, or 75 where another program is at it.
    Error(Error),
    /// Nobody reads the output any more (`| head`): exit code 1, without a word.
    OutputClosed,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Failure {
    /// A file or stream that cannot be read or written.
    pub(crate) fn io(what: &str, error: std::io::Error) -> Self {
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => "check the path",
            std::io::ErrorKind::PermissionDenied => "check the permissions",
            std::io::ErrorKind::AddrInUse => {
                "another program uses this port: choose another, or port 0 for any"
            }
            _ => "see `syncml help`",
        };
        Self::Error(
            Error::new(ErrorKind::Io, format!("{what}: {error}"))
                .with_hint(hint)
                .with_source(error),
        )
    }
}
