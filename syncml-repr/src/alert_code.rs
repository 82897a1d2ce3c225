use std::fmt;
use syncml_meta::always_shown;

use crate::code::codes;

/// What an Alert asks for (`Data` of an Alert) `[RepPro §Alert codes]`.
///
/// An open set: peers use codes of their own, which are kept. The numbers from 1200 that a generic
/// alert of device management carries in the data of its item are result codes of the managed
/// function, neither of these nor [`StatusCode`](crate::StatusCode)s.
///
/// ```
/// # use syncml_repr::AlertCode;
/// assert!(AlertCode::SLOW.is_sync());
/// assert_eq!(AlertCode::new(224).name(), Some("suspend"));
/// assert_eq!(AlertCode::new(299).meaning(), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct AlertCode(u16);

codes!(AlertCode {
    "RepPro §Alert codes" => {
        DISPLAY = 100, "display", "Show the text of the item to the user.";
        TWO_WAY = 200, "two-way", "Changes of both sides since the last session.";
        SLOW = 201, "slow", "All items of both sides, compared.";
        ONE_WAY_FROM_CLIENT = 202, "one-way from client", "Changes of the client only.";
        REFRESH_FROM_CLIENT = 203, "refresh from client", "The client's items replace the server's.";
        ONE_WAY_FROM_SERVER = 204, "one-way from server", "Changes of the server only.";
        REFRESH_FROM_SERVER = 205, "refresh from server", "The server's items replace the client's.";
        TWO_WAY_BY_SERVER = 206, "two-way by server", "The server asks for a two-way sync.";
        ONE_WAY_FROM_CLIENT_BY_SERVER = 207, "one-way from client by server", "The server asks for a one-way sync from the client.";
        REFRESH_FROM_CLIENT_BY_SERVER = 208, "refresh from client by server", "The server asks for a refresh from the client.";
        ONE_WAY_FROM_SERVER_BY_SERVER = 209, "one-way from server by server", "The server asks for a one-way sync from the server.";
        REFRESH_FROM_SERVER_BY_SERVER = 210, "refresh from server by server", "The server asks for a refresh from the server.";
        RESULT_ALERT = 221, "result alert", "Send the results that are due.";
        NEXT_MESSAGE = 222, "next message", "Send the next message of the package.";
    }
    "RepPro 1.1 §Alert codes" => {
        NO_END_OF_DATA = 223, "no end of data", "The last chunk of an object did not come.";
    }
    "RepPro 1.2 §Alert codes" => {
        SUSPEND = 224, "suspend", "End the session so that it can be resumed.";
        RESUME = 225, "resume", "Take up a suspended session.";
    }
    "DMPro §Alert" => {
        DM_DISPLAY = 1100, "display (DM)", "Show text to the user.";
        DM_CONFIRM = 1101, "confirm or reject (DM)", "Ask the user.";
        DM_TEXT_INPUT = 1102, "text input (DM)", "Ask the user for text.";
        DM_SINGLE_CHOICE = 1103, "single choice (DM)", "Let the user choose one.";
        DM_MULTIPLE_CHOICE = 1104, "multiple choice (DM)", "Let the user choose several.";
        DM_SERVER_INITIATED = 1200, "server-initiated session (DM)", "The session follows a notification.";
        DM_CLIENT_INITIATED = 1201, "client-initiated session (DM)", "The session is the client's own.";
        DM_NEXT_MESSAGE = 1222, "next message (DM)", "Send the next message.";
        DM_SESSION_ABORT = 1223, "session abort (DM)", "End the session.";
        DM_CLIENT_EVENT = 1224, "client event (DM)", "Something happened on the client.";
        DM_NO_END_OF_DATA = 1225, "no end of data (DM)", "The last chunk of an object did not come.";
        DM_GENERIC_ALERT = 1226, "generic alert (DM)", "An alert typed by its Meta.";
    }
    "private to Funambol" => {
        FUNAMBOL_SMART_ONE_WAY_FROM_CLIENT = 250, "smart one-way from client", "A one-way sync from the client, of a kind of its own.";
        FUNAMBOL_HEARTBEAT = 666, "heartbeat", "The peer is still there.";
    }
    "extension of this project" => {
        DSX_FINGERPRINTS = 26001, "fingerprints", "Digests of items, offered before the items themselves.";
        DSX_DECISION = 26002, "decision", "Which of the items whose fingerprints came are wanted.";
        DSX_POLL = 26003, "poll", "Asks inside an open session whether there is anything new.";
        DSX_CLOSE = 26004, "close", "Ends a logical session that outlives its transport.";
        DSX_RECEIPT = 26005, "receipt", "What became of a notification: accepted, declined or put off.";
    }
});

impl AlertCode {
    /// Whether the code asks for a sync: 200 to 205, or 206 to 210 when a server asks.
    #[must_use]
    pub const fn is_sync(self) -> bool {
        matches!(self.0, 200..=210)
    }

    /// Reads the text of `Data`.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        syncml_meta::number(text)?.try_into().ok().map(Self)
    }
}
