use std::fmt;
use syncml_meta::always_shown;

/// What an Alert asks for (`Data` of an Alert) `[RepPro §Alert codes]`.
///
/// An open set: peers use codes of their own, which are kept.
///
/// ```
/// # use syncml_repr::AlertCode;
/// assert!(AlertCode::SLOW.is_sync());
/// assert_eq!(AlertCode::new(224).name(), Some("suspend"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct AlertCode(u16);

impl AlertCode {
    /// 100, display. Show the text of the item to the user.
    pub const DISPLAY: Self = Self(100);
    /// 200, two-way. Changes of both sides since the last session.
    pub const TWO_WAY: Self = Self(200);
    /// 201, slow. All items of both sides, compared.
    pub const SLOW: Self = Self(201);
    /// 202, one-way from client. Changes of the client only.
    pub const ONE_WAY_FROM_CLIENT: Self = Self(202);
    /// 203, refresh from client. The client's items replace the server's.
    pub const REFRESH_FROM_CLIENT: Self = Self(203);
    /// 204, one-way from server. Changes of the server only.
    pub const ONE_WAY_FROM_SERVER: Self = Self(204);
    /// 205, refresh from server. The server's items replace the client's.
    pub const REFRESH_FROM_SERVER: Self = Self(205);
    /// 206, two-way by server. The server asks for [`TWO_WAY`](Self::TWO_WAY).
    pub const TWO_WAY_BY_SERVER: Self = Self(206);
    /// 207, one-way from client by server. The server asks for [`ONE_WAY_FROM_CLIENT`](Self::ONE_WAY_FROM_CLIENT).
    pub const ONE_WAY_FROM_CLIENT_BY_SERVER: Self = Self(207);
    /// 208, refresh from client by server. The server asks for [`REFRESH_FROM_CLIENT`](Self::REFRESH_FROM_CLIENT).
    pub const REFRESH_FROM_CLIENT_BY_SERVER: Self = Self(208);
    /// 209, one-way from server by server. The server asks for [`ONE_WAY_FROM_SERVER`](Self::ONE_WAY_FROM_SERVER).
    pub const ONE_WAY_FROM_SERVER_BY_SERVER: Self = Self(209);
    /// 210, refresh from server by server. The server asks for [`REFRESH_FROM_SERVER`](Self::REFRESH_FROM_SERVER).
    pub const REFRESH_FROM_SERVER_BY_SERVER: Self = Self(210);
    /// 221, result alert. Send the results that are due.
    pub const RESULT_ALERT: Self = Self(221);
    /// 222, next message. Send the next message of the package.
    pub const NEXT_MESSAGE: Self = Self(222);
    /// 223, no end of data. The last chunk of an object did not come.
    pub const NO_END_OF_DATA: Self = Self(223);
    /// 224, suspend. End the session so that it can be resumed (1.2).
    pub const SUSPEND: Self = Self(224);
    /// 225, resume. Take up a suspended session (1.2).
    pub const RESUME: Self = Self(225);
    /// 1100, display (DM). Show text to the user.
    pub const DM_DISPLAY: Self = Self(1100);
    /// 1101, confirm or reject (DM). Ask the user.
    pub const DM_CONFIRM: Self = Self(1101);
    /// 1102, text input (DM). Ask the user for text.
    pub const DM_TEXT_INPUT: Self = Self(1102);
    /// 1103, single choice (DM). Let the user choose one.
    pub const DM_SINGLE_CHOICE: Self = Self(1103);
    /// 1104, multiple choice (DM). Let the user choose several.
    pub const DM_MULTIPLE_CHOICE: Self = Self(1104);
    /// 1200, server-initiated session (DM). The session follows a notification.
    pub const DM_SERVER_INITIATED: Self = Self(1200);
    /// 1201, client-initiated session (DM). The session is the client's own.
    pub const DM_CLIENT_INITIATED: Self = Self(1201);
    /// 1222, next message (DM). Send the next message.
    pub const DM_NEXT_MESSAGE: Self = Self(1222);
    /// 1223, session abort (DM). End the session.
    pub const DM_SESSION_ABORT: Self = Self(1223);
    /// 1224, client event (DM). Something happened on the client.
    pub const DM_CLIENT_EVENT: Self = Self(1224);
    /// 1225, no end of data (DM). The last chunk of an object did not come.
    pub const DM_NO_END_OF_DATA: Self = Self(1225);
    /// 1226, generic alert (DM). An alert typed by its Meta.
    pub const DM_GENERIC_ALERT: Self = Self(1226);

    /// A code, known or not.
    #[must_use]
    pub const fn new(code: u16) -> Self {
        Self(code)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// What the code is called, if it is a known one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            100 => "display",
            200 => "two-way",
            201 => "slow",
            202 => "one-way from client",
            203 => "refresh from client",
            204 => "one-way from server",
            205 => "refresh from server",
            206 => "two-way by server",
            207 => "one-way from client by server",
            208 => "refresh from client by server",
            209 => "one-way from server by server",
            210 => "refresh from server by server",
            221 => "result alert",
            222 => "next message",
            223 => "no end of data",
            224 => "suspend",
            225 => "resume",
            1100 => "display (DM)",
            1101 => "confirm or reject (DM)",
            1102 => "text input (DM)",
            1103 => "single choice (DM)",
            1104 => "multiple choice (DM)",
            1200 => "server-initiated session (DM)",
            1201 => "client-initiated session (DM)",
            1222 => "next message (DM)",
            1223 => "session abort (DM)",
            1224 => "client event (DM)",
            1225 => "no end of data (DM)",
            1226 => "generic alert (DM)",
            _ => return None,
        })
    }

    /// Whether the code asks for a sync: 200 to 205, or 206 to 210 when a server asks.
    #[must_use]
    pub const fn is_sync(self) -> bool {
        matches!(self.0, 200..=210)
    }

    /// Reads the text of `Data`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        syncml_meta::number(text)?.try_into().ok().map(Self)
    }
}

impl fmt::Debug for AlertCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} ({name})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Display for AlertCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u16> for AlertCode {
    fn from(code: u16) -> Self {
        Self(code)
    }
}

always_shown!(AlertCode);
