//! Options that choose between a few words.

use clap::ValueEnum;
use ds_protocol::{AuthScheme, ConflictPolicy, Side, SyncType};
use syncml_wbxml::Encoding;

/// `--mode`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Mode {
    /// Both sides send what changed
    #[default]
    TwoWay,
    /// Compare everything
    Slow,
    /// Send what changed here, take nothing
    OneWayFromClient,
    /// Send everything, and have removed there what is not here
    RefreshFromClient,
    /// Take what changed there, send nothing
    OneWayFromServer,
    /// Take everything, and remove here what is not there
    RefreshFromServer,
}

/// `--encoding`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Form {
    #[default]
    Wbxml,
    Xml,
}

/// `--auth`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Auth {
    /// A digest of the password and of a number of the server
    #[default]
    Md5,
    /// The password itself
    Basic,
    /// A digest of each message, in a header beside it
    Hmac,
}

/// `--combined`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Combined {
    /// To servers known to take them there
    #[default]
    Auto,
    /// To every server
    Always,
    Never,
}

/// `--conflict`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Conflict {
    /// The client's version stands
    #[default]
    ClientWins,
    /// The server's version stands, and goes to the client
    ServerWins,
    /// Both become one, which has what either of them says; where that cannot be, both stay
    Merge,
    /// The version that was written last stands, as the items themselves tell; where they do not, both become one
    NewestWins,
    /// Both stay, as two items on both sides
    Duplicate,
    /// Each side keeps its own until one of them changes
    Unresolved,
    /// The client is sent the server's version, and says with its next session what stands
    ClientDecides,
}

/// `--on-conflict`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Stands {
    /// The version in the folder
    Here,
    /// The server's version
    There,
}

/// `--syncml`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Version {
    #[value(name = "1.0")]
    V1_0,
    #[value(name = "1.1")]
    V1_1,
    #[default]
    #[value(name = "1.2")]
    V1_2,
}

impl From<Mode> for SyncType {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::TwoWay => Self::TwoWay,
            Mode::Slow => Self::Slow,
            Mode::OneWayFromClient => Self::OneWayFromClient,
            Mode::RefreshFromClient => Self::RefreshFromClient,
            Mode::OneWayFromServer => Self::OneWayFromServer,
            Mode::RefreshFromServer => Self::RefreshFromServer,
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
            Auth::Hmac => Self::Mac,
        }
    }
}

impl From<Conflict> for ConflictPolicy {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::ClientWins => Self::ClientWins,
            Conflict::ServerWins => Self::ServerWins,
            Conflict::Merge => Self::Merge,
            Conflict::NewestWins => Self::NewestWins,
            Conflict::Duplicate => Self::Duplicate,
            Conflict::Unresolved => Self::Unresolved,
            Conflict::ClientDecides => Self::ClientDecides,
        }
    }
}

impl From<Stands> for Side {
    fn from(stands: Stands) -> Self {
        match stands {
            Stands::Here => Self::Local,
            Stands::There => Self::Remote,
        }
    }
}

impl From<Version> for syncml_devinf::Version {
    fn from(version: Version) -> Self {
        match version {
            Version::V1_0 => Self::V1_0,
            Version::V1_1 => Self::V1_1,
            Version::V1_2 => Self::V1_2,
        }
    }
}
