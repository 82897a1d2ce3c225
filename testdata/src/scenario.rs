//! A whole session: every message in the order it travels.

use crate::fixture::Origin;

/// A session, folder `session/NAME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scenario {
    /// Folder name.
    pub name: &'static str,
    /// Who made it.
    pub origin: Origin,
    /// Licence as an SPDX expression.
    pub licence: &'static str,
    /// Section of the document it illustrates.
    pub spec: &'static str,
    /// One line on what happens in it.
    pub note: &'static str,
    /// The messages by rising index.
    pub messages: &'static [ScenarioMessage],
}

/// One message of a session in both encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScenarioMessage {
    /// Number at the start of the file name, from 1.
    pub index: u32,
    /// Who sends it.
    pub from: Side,
    /// Whether it is sent but never arrives; the file name then ends with `-lost`.
    pub lost: bool,
    /// File name without extension: `01-client`.
    pub name: &'static str,
    /// The message as XML text.
    pub xml: &'static [u8],
    /// The same message as WBXML.
    pub wbxml: &'static [u8],
    /// What the transport's header `x-syncml-hmac` says of the WBXML.
    pub hmac: Option<&'static str>,
}

/// The end that sends a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a session has two ends")]
pub enum Side {
    /// The SyncML client.
    Client,
    /// The SyncML server.
    Server,
}
