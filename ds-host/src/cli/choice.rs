//! Options of `syncml sync` that choose between a few words.

use clap::ValueEnum;
use ds_protocol::{AuthScheme, SyncType};
use syncml_devinf::Version;
use syncml_wbxml::Encoding;

/// `--mode`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Mode {
    #[default]
    TwoWay,
    Slow,
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
    #[default]
    Md5,
    Basic,
}

/// `--protocol`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Protocol {
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
        }
    }
}

impl From<Protocol> for Version {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::V1_0 => Self::V1_0,
            Protocol::V1_1 => Self::V1_1,
            Protocol::V1_2 => Self::V1_2,
        }
    }
}
