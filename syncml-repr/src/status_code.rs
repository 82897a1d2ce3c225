use std::fmt;
use syncml_meta::always_shown;

use crate::code::codes;

/// Outcome of a command (`Data` of a Status) `[RepPro §Response status codes]`.
///
/// An open set: peers use codes of their own, which are kept. An unknown code means what its
/// first digit means; see [`class`](Self::class).
///
/// ```
/// # use syncml_repr::StatusCode;
/// assert!(StatusCode::ITEM_ADDED.is_success());
/// assert_eq!(StatusCode::new(299).class(), 2);
/// assert_eq!(StatusCode::new(508).name(), Some("refresh required"));
/// assert_eq!(StatusCode::REFRESH_REQUIRED.meaning(), Some("A slow sync is needed."));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct StatusCode(u16);

codes!(StatusCode {
    "RepPro §Response status codes" => {
        IN_PROGRESS = 101, "in progress", "The receiver is busy and goes on working.";
        OK = 200, "OK", "Done.";
        ITEM_ADDED = 201, "item added", "Done; a Replace had to add.";
        ACCEPTED = 202, "accepted for processing", "Queued; the outcome follows later.";
        NON_AUTHORITATIVE = 203, "non-authoritative response", "Answered by somebody else.";
        NO_CONTENT = 204, "no content", "Nothing to return.";
        RESET_CONTENT = 205, "reset content", "The originator should refresh its copy.";
        PARTIAL_CONTENT = 206, "partial content", "Only part of it was done.";
        CONFLICT_RESOLVED_MERGE = 207, "conflict resolved with merge", "Both versions were merged.";
        CONFLICT_RESOLVED_CLIENT_WINS = 208, "conflict resolved with client's command winning", "The client's version was kept.";
        CONFLICT_RESOLVED_DUPLICATE = 209, "conflict resolved with duplicate", "Both versions were kept as two items.";
        DELETE_WITHOUT_ARCHIVE = 210, "delete without archive", "Deleted, but not archived as was asked.";
        ITEM_NOT_DELETED = 211, "item not deleted", "There was nothing to delete.";
        AUTHENTICATION_ACCEPTED = 212, "authentication accepted", "Credentials hold for the whole session.";
        CHUNKED_ITEM_ACCEPTED = 213, "chunked item accepted and buffered", "Send the next chunk.";
        OPERATION_CANCELLED = 214, "operation cancelled", "Done, but nothing more of the session will be.";
        NOT_EXECUTED = 215, "not executed", "The user refused.";
        ATOMIC_ROLL_BACK_OK = 216, "atomic roll back OK", "Undone, because the Atomic failed.";
        MULTIPLE_CHOICES = 300, "multiple choices", "The address means several things.";
        MOVED_PERMANENTLY = 301, "moved permanently", "The address has changed for good.";
        FOUND = 302, "found", "The address has changed for now.";
        SEE_OTHER = 303, "see other", "The answer is at another address.";
        NOT_MODIFIED = 304, "not modified", "There was nothing to do.";
        USE_PROXY = 305, "use proxy", "Go through a proxy.";
        BAD_REQUEST = 400, "bad request", "The command is malformed or out of place.";
        INVALID_CREDENTIALS = 401, "invalid credentials", "The credentials are wrong.";
        PAYMENT_NEEDED = 402, "payment needed", "The account does not allow it.";
        FORBIDDEN = 403, "forbidden", "Understood and refused.";
        NOT_FOUND = 404, "not found", "No such datastore or item.";
        COMMAND_NOT_ALLOWED = 405, "command not allowed", "The target does not allow the command.";
        OPTIONAL_FEATURE_NOT_SUPPORTED = 406, "optional feature not supported", "An optional feature is missing here.";
        MISSING_CREDENTIALS = 407, "missing credentials", "Credentials are needed.";
        REQUEST_TIMEOUT = 408, "request timeout", "An expected message did not come in time.";
        CONFLICT = 409, "update conflict", "A conflict was not resolved.";
        GONE = 410, "gone", "The target is there no longer.";
        SIZE_REQUIRED = 411, "size required", "The first chunk lacks Size.";
        INCOMPLETE_COMMAND = 412, "incomplete command", "A part of the command is missing.";
        REQUEST_ENTITY_TOO_LARGE = 413, "request entity too large", "The item is larger than can be processed.";
        URI_TOO_LONG = 414, "URI too long", "An address or id is longer than accepted.";
        UNSUPPORTED_MEDIA_TYPE = 415, "unsupported media type or format", "Type, format or encoding is unknown here.";
        REQUESTED_SIZE_TOO_BIG = 416, "requested size too big", "The announced Size is above the limit.";
        RETRY_LATER = 417, "retry later", "Try again in another session.";
        ALREADY_EXISTS = 418, "already exists", "The target of an Add or Put exists.";
        CONFLICT_RESOLVED_SERVER_WINS = 419, "conflict resolved with server data", "The server's version was kept.";
        DEVICE_FULL = 420, "device full", "No space is left.";
        UNKNOWN_SEARCH_GRAMMAR = 421, "unknown search grammar", "The grammar of a Search is unknown.";
        BAD_CGI_SCRIPT = 422, "bad CGI script", "A filter expression is malformed.";
        SOFT_DELETE_CONFLICT = 423, "soft-delete conflict", "A soft-deleted item was deleted on the server.";
        SIZE_MISMATCH = 424, "size mismatch", "The object's length is not the announced Size.";
        COMMAND_FAILED = 500, "command failed", "Something unexpected happened.";
        COMMAND_NOT_IMPLEMENTED = 501, "command not implemented", "The command is unknown here.";
        BAD_GATEWAY = 502, "bad gateway", "A gateway got a bad answer.";
        SERVICE_UNAVAILABLE = 503, "service unavailable", "Overload or maintenance.";
        GATEWAY_TIMEOUT = 504, "gateway timeout", "A gateway got no answer.";
        DTD_VERSION_NOT_SUPPORTED = 505, "DTD version not supported", "This VerDTD is not spoken here.";
        PROCESSING_ERROR = 506, "processing error", "The application failed on an item.";
        ATOMIC_FAILED = 507, "atomic failed", "Nothing of the Atomic was done.";
        REFRESH_REQUIRED = 508, "refresh required", "A slow sync is needed.";
        DATA_STORE_FAILURE = 510, "data store failure", "The datastore failed.";
        SERVER_FAILURE = 511, "server failure", "The server failed.";
        SYNCHRONIZATION_FAILED = 512, "synchronization failed", "The application failed in the sync session.";
        PROTOCOL_VERSION_NOT_SUPPORTED = 513, "protocol version not supported", "This VerProto is not spoken here.";
        OPERATION_CANCELLED_NOT_EXECUTED = 514, "operation cancelled, not executed", "Not done, because the session was ended.";
        ATOMIC_ROLL_BACK_FAILED = 516, "atomic roll back failed", "Could not be undone.";
        ATOMIC_RESPONSE_TOO_LARGE = 517, "atomic response too large", "The answer to the Atomic does not fit one message.";
    }
    "RepPro 1.2 §Response status codes" => {
        PERMISSION_DENIED = 425, "permission denied", "Access control forbids it.";
        PARTIAL_ITEM_NOT_ACCEPTED = 426, "partial item not accepted", "Send the whole item.";
        ITEM_NOT_EMPTY = 427, "item not empty", "The item still has children.";
        MOVE_FAILED = 428, "move failed", "The item could not be moved.";
    }
    "reserved in RepPro, used by libsynthesis" => {
        RESUME_OVERRIDDEN = 509, "resume overridden", "The server overrides a resume with another sync type.";
    }
});

impl StatusCode {
    /// The hundreds: 1 informational, 2 success, 3 redirection, 4 fault of the originator,
    /// 5 fault of the receiver.
    #[must_use]
    pub const fn class(self) -> u16 {
        self.0 / 100
    }

    /// Whether the command was done: the code is 2xx.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.class() == 2
    }

    /// Whether the command failed: the code is 3xx or above.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        self.class() >= 3
    }

    /// Reads the text of `Data`. Text that is no number counts as 400, and so does no text.
    pub(crate) fn parse(text: &[u8]) -> Self {
        syncml_meta::number(text)
            .and_then(|code| code.try_into().ok())
            .map_or(Self::BAD_REQUEST, Self)
    }
}
