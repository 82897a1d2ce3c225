//! Sync types and the alert codes that ask for them `[DSPro §sync types]`.

use serde::{Deserialize, Serialize};
use syncml_repr::AlertCode;

/// What a session does with one datastore pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SyncType {
    /// Both sides send what changed since the last session (Alert 200).
    TwoWay,
    /// The client sends everything, the server compares and sends what the client lacks (Alert 201).
    Slow,
}

impl SyncType {
    /// The Alert code that asks for this type.
    pub const fn alert_code(self) -> AlertCode {
        match self {
            Self::TwoWay => AlertCode::TWO_WAY,
            Self::Slow => AlertCode::SLOW,
        }
    }

    /// The type a code asks for; none where this engine does not offer it. 206 is 200 asked for by a notification.
    pub fn from_alert(code: AlertCode) -> Option<Self> {
        match code {
            AlertCode::TWO_WAY | AlertCode::TWO_WAY_BY_SERVER => Some(Self::TwoWay),
            AlertCode::SLOW => Some(Self::Slow),
            _ => None,
        }
    }
}
