use std::fmt;
use syncml_meta::always_shown;

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
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct StatusCode(u16);

impl StatusCode {
    /// 101, in progress. The receiver is busy and goes on working.
    pub const IN_PROGRESS: Self = Self(101);
    /// 200, OK. Done.
    pub const OK: Self = Self(200);
    /// 201, item added. Done; a Replace had to add.
    pub const ITEM_ADDED: Self = Self(201);
    /// 202, accepted for processing. Queued; the outcome follows later.
    pub const ACCEPTED: Self = Self(202);
    /// 203, non-authoritative response. Answered by somebody else.
    pub const NON_AUTHORITATIVE: Self = Self(203);
    /// 204, no content. Nothing to return.
    pub const NO_CONTENT: Self = Self(204);
    /// 205, reset content. The originator should refresh its copy.
    pub const RESET_CONTENT: Self = Self(205);
    /// 206, partial content. Only part of it was done.
    pub const PARTIAL_CONTENT: Self = Self(206);
    /// 207, conflict resolved with merge. Both versions were merged.
    pub const CONFLICT_RESOLVED_MERGE: Self = Self(207);
    /// 208, conflict resolved with client's command winning. The client's version was kept.
    pub const CONFLICT_RESOLVED_CLIENT_WINS: Self = Self(208);
    /// 209, conflict resolved with duplicate. Both versions were kept as two items.
    pub const CONFLICT_RESOLVED_DUPLICATE: Self = Self(209);
    /// 210, delete without archive. Deleted, but not archived as was asked.
    pub const DELETE_WITHOUT_ARCHIVE: Self = Self(210);
    /// 211, item not deleted. There was nothing to delete.
    pub const ITEM_NOT_DELETED: Self = Self(211);
    /// 212, authentication accepted. Credentials hold for the whole session.
    pub const AUTHENTICATION_ACCEPTED: Self = Self(212);
    /// 213, chunked item accepted and buffered. Send the next chunk.
    pub const CHUNKED_ITEM_ACCEPTED: Self = Self(213);
    /// 214, operation cancelled. Done, but nothing more of the session will be.
    pub const OPERATION_CANCELLED: Self = Self(214);
    /// 215, not executed. The user refused.
    pub const NOT_EXECUTED: Self = Self(215);
    /// 216, atomic roll back OK. Undone, because the Atomic failed.
    pub const ATOMIC_ROLL_BACK_OK: Self = Self(216);
    /// 300, multiple choices. The address means several things.
    pub const MULTIPLE_CHOICES: Self = Self(300);
    /// 301, moved permanently. The address has changed for good.
    pub const MOVED_PERMANENTLY: Self = Self(301);
    /// 302, found. The address has changed for now.
    pub const FOUND: Self = Self(302);
    /// 303, see other. The answer is at another address.
    pub const SEE_OTHER: Self = Self(303);
    /// 304, not modified. There was nothing to do.
    pub const NOT_MODIFIED: Self = Self(304);
    /// 305, use proxy. Go through a proxy.
    pub const USE_PROXY: Self = Self(305);
    /// 400, bad request. The command is malformed or out of place.
    pub const BAD_REQUEST: Self = Self(400);
    /// 401, invalid credentials. The credentials are wrong.
    pub const INVALID_CREDENTIALS: Self = Self(401);
    /// 402, payment needed. The account does not allow it.
    pub const PAYMENT_NEEDED: Self = Self(402);
    /// 403, forbidden. Understood and refused.
    pub const FORBIDDEN: Self = Self(403);
    /// 404, not found. No such datastore or item.
    pub const NOT_FOUND: Self = Self(404);
    /// 405, command not allowed. The target does not allow the command.
    pub const COMMAND_NOT_ALLOWED: Self = Self(405);
    /// 406, optional feature not supported. An optional feature is missing here.
    pub const OPTIONAL_FEATURE_NOT_SUPPORTED: Self = Self(406);
    /// 407, missing credentials. Credentials are needed.
    pub const MISSING_CREDENTIALS: Self = Self(407);
    /// 408, request timeout. An expected message did not come in time.
    pub const REQUEST_TIMEOUT: Self = Self(408);
    /// 409, update conflict. A conflict was not resolved.
    pub const CONFLICT: Self = Self(409);
    /// 410, gone. The target is there no longer.
    pub const GONE: Self = Self(410);
    /// 411, size required. The first chunk lacks Size.
    pub const SIZE_REQUIRED: Self = Self(411);
    /// 412, incomplete command. A part of the command is missing.
    pub const INCOMPLETE_COMMAND: Self = Self(412);
    /// 413, request entity too large. The item is larger than can be processed.
    pub const REQUEST_ENTITY_TOO_LARGE: Self = Self(413);
    /// 414, URI too long. An address or id is longer than accepted.
    pub const URI_TOO_LONG: Self = Self(414);
    /// 415, unsupported media type or format. Type, format or encoding is unknown here.
    pub const UNSUPPORTED_MEDIA_TYPE: Self = Self(415);
    /// 416, requested size too big. The announced Size is above the limit.
    pub const REQUESTED_SIZE_TOO_BIG: Self = Self(416);
    /// 417, retry later. Try again in another session.
    pub const RETRY_LATER: Self = Self(417);
    /// 418, already exists. The target of an Add or Put exists.
    pub const ALREADY_EXISTS: Self = Self(418);
    /// 419, conflict resolved with server data. The server's version was kept.
    pub const CONFLICT_RESOLVED_SERVER_WINS: Self = Self(419);
    /// 420, device full. No space is left.
    pub const DEVICE_FULL: Self = Self(420);
    /// 421, unknown search grammar. The grammar of a Search is unknown.
    pub const UNKNOWN_SEARCH_GRAMMAR: Self = Self(421);
    /// 422, bad CGI script. A filter expression is malformed.
    pub const BAD_CGI_SCRIPT: Self = Self(422);
    /// 423, soft-delete conflict. A soft-deleted item was deleted on the server.
    pub const SOFT_DELETE_CONFLICT: Self = Self(423);
    /// 424, size mismatch. The object's length is not the announced Size.
    pub const SIZE_MISMATCH: Self = Self(424);
    /// 425, permission denied. Access control forbids it.
    pub const PERMISSION_DENIED: Self = Self(425);
    /// 426, partial item not accepted. Send the whole item.
    pub const PARTIAL_ITEM_NOT_ACCEPTED: Self = Self(426);
    /// 427, item not empty. The item still has children.
    pub const ITEM_NOT_EMPTY: Self = Self(427);
    /// 428, move failed. The item could not be moved.
    pub const MOVE_FAILED: Self = Self(428);
    /// 500, command failed. Something unexpected happened.
    pub const COMMAND_FAILED: Self = Self(500);
    /// 501, command not implemented. The command is unknown here.
    pub const COMMAND_NOT_IMPLEMENTED: Self = Self(501);
    /// 502, bad gateway. A gateway got a bad answer.
    pub const BAD_GATEWAY: Self = Self(502);
    /// 503, service unavailable. Overload or maintenance.
    pub const SERVICE_UNAVAILABLE: Self = Self(503);
    /// 504, gateway timeout. A gateway got no answer.
    pub const GATEWAY_TIMEOUT: Self = Self(504);
    /// 505, DTD version not supported. This VerDTD is not spoken here.
    pub const DTD_VERSION_NOT_SUPPORTED: Self = Self(505);
    /// 506, processing error. The application failed on an item.
    pub const PROCESSING_ERROR: Self = Self(506);
    /// 507, atomic failed. Nothing of the Atomic was done.
    pub const ATOMIC_FAILED: Self = Self(507);
    /// 508, refresh required. A slow sync is needed.
    pub const REFRESH_REQUIRED: Self = Self(508);
    /// 509, resume overridden. Reserved; some servers say so when they override a resume with another sync type.
    pub const RESUME_OVERRIDDEN: Self = Self(509);
    /// 510, data store failure. The datastore failed.
    pub const DATA_STORE_FAILURE: Self = Self(510);
    /// 511, server failure. The server failed.
    pub const SERVER_FAILURE: Self = Self(511);
    /// 512, synchronization failed. The application failed in the sync session.
    pub const SYNCHRONIZATION_FAILED: Self = Self(512);
    /// 513, protocol version not supported. This VerProto is not spoken here.
    pub const PROTOCOL_VERSION_NOT_SUPPORTED: Self = Self(513);
    /// 514, operation cancelled, not executed. Not done, because the session was ended.
    pub const OPERATION_CANCELLED_NOT_EXECUTED: Self = Self(514);
    /// 516, atomic roll back failed. Could not be undone.
    pub const ATOMIC_ROLL_BACK_FAILED: Self = Self(516);
    /// 517, atomic response too large. The answer to the Atomic does not fit one message.
    pub const ATOMIC_RESPONSE_TOO_LARGE: Self = Self(517);

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
            101 => "in progress",
            200 => "OK",
            201 => "item added",
            202 => "accepted for processing",
            203 => "non-authoritative response",
            204 => "no content",
            205 => "reset content",
            206 => "partial content",
            207 => "conflict resolved with merge",
            208 => "conflict resolved with client's command winning",
            209 => "conflict resolved with duplicate",
            210 => "delete without archive",
            211 => "item not deleted",
            212 => "authentication accepted",
            213 => "chunked item accepted and buffered",
            214 => "operation cancelled",
            215 => "not executed",
            216 => "atomic roll back OK",
            300 => "multiple choices",
            301 => "moved permanently",
            302 => "found",
            303 => "see other",
            304 => "not modified",
            305 => "use proxy",
            400 => "bad request",
            401 => "invalid credentials",
            402 => "payment needed",
            403 => "forbidden",
            404 => "not found",
            405 => "command not allowed",
            406 => "optional feature not supported",
            407 => "missing credentials",
            408 => "request timeout",
            409 => "update conflict",
            410 => "gone",
            411 => "size required",
            412 => "incomplete command",
            413 => "request entity too large",
            414 => "URI too long",
            415 => "unsupported media type or format",
            416 => "requested size too big",
            417 => "retry later",
            418 => "already exists",
            419 => "conflict resolved with server data",
            420 => "device full",
            421 => "unknown search grammar",
            422 => "bad CGI script",
            423 => "soft-delete conflict",
            424 => "size mismatch",
            425 => "permission denied",
            426 => "partial item not accepted",
            427 => "item not empty",
            428 => "move failed",
            500 => "command failed",
            501 => "command not implemented",
            502 => "bad gateway",
            503 => "service unavailable",
            504 => "gateway timeout",
            505 => "DTD version not supported",
            506 => "processing error",
            507 => "atomic failed",
            508 => "refresh required",
            509 => "resume overridden",
            510 => "data store failure",
            511 => "server failure",
            512 => "synchronization failed",
            513 => "protocol version not supported",
            514 => "operation cancelled, not executed",
            516 => "atomic roll back failed",
            517 => "atomic response too large",
            _ => return None,
        })
    }

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
    pub(crate) fn parse(text: &str) -> Self {
        syncml_meta::number(text)
            .and_then(|code| code.try_into().ok())
            .map_or(Self::BAD_REQUEST, Self)
    }
}

impl fmt::Debug for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} ({name})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u16> for StatusCode {
    fn from(code: u16) -> Self {
        Self(code)
    }
}

always_shown!(StatusCode);
