//! What a peer does otherwise than the specification says, and what we do about it: data, applied before contact and
//! again when the peer's device information is known `[DSPro §peers]`.

mod rule;

use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_devinf::Version;
use syncml_repr::{ModifyKind, StatusCode};

use crate::session::talk::Role;

pub use rule::{Pattern, Rule};

/// Deviations for one kind of peer. The default deviates in nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Profile {
    /// Item statuses that make the peer give up its whole session (libsynthesis: whatever is not on a short list) are
    /// replaced by ones that say nearly the same.
    pub plain_item_status: bool,
    /// Successes of Adds, Replaces and Deletes are not told: too many statuses are more than the peer can bear.
    pub omit_item_status: bool,
    /// At the end of a session, a status that never came counts as success.
    pub lenient_status: bool,
    /// Our client does not compare the server's `Last`: it is never right.
    pub lenient_anchors: bool,
    /// The status of a client's Alert tells `Last` beside `Next`.
    pub echo_both_anchors: bool,
    /// What a Delete of something unknown is answered: 211, 404 or 200. Default: 211.
    pub delete_gone: StatusCode,
    /// What an Add is answered in a slow sync whose item is here already: 201, 200 or 418. Default: 201.
    pub add_in_slow_status: StatusCode,
    /// Our client sends no filter, whatever the server offers.
    pub no_filter: bool,
    /// `NumberOfChanges` is never sent.
    pub no_number_of_changes: bool,
    /// Items are not split, whatever the peer says it takes.
    pub no_large_objects: bool,
    /// An item that has only changed its place goes out as Move. Default: as Replace, but to this toolkit.
    pub takes_move: bool,
    /// An empty parent is understood as the top of the datastore. Default: what has come to the top is deleted there, and
    /// added again in the next session, unless the peer has named the
    /// top itself, or is made of this toolkit.
    pub takes_top: bool,
    /// Device information goes out as XML in a WBXML session, too.
    pub devinf_as_xml: bool,
    /// Our client shows its password where the server asks for nothing better.
    pub auth_downgrade: bool,
    /// After a challenge, package 1 goes to the URI that was configured, not to the `RespURI`.
    pub auth_retry_original_uri: bool,
    /// Our server takes a digest made after the formula of another version.
    pub md5_variants: bool,
    /// By how many octets the parts of an object may differ from what was announced (Q-504: one; Q-505: a line end that the
    /// peer has cut off). Default: 0.
    pub size_slack: u8,
    /// Sessions with the peer are not suspended, and not resumed: neither Alert 224 nor 225 is sent, and an Alert 225 of a
    /// client is answered 508.
    pub no_suspend: bool,
    /// How our server tells the peer that it is at work still. Default: by 101, as often as it is told to.
    pub busy_mode: BusyMode,
    /// After a challenge, our client begins a session anew instead of going on with it, under an id of its own and at
    /// the URI that was configured.
    pub auth_retry_new_session: bool,
    /// The highest version that our client speaks with the peer. None: the one it is configured for.
    pub version_max: Option<Version>,
    /// Largest message that the peer can bear, in octets, whatever it says. None: what it says.
    pub max_msg_size: Option<u64>,
    /// Our server sends a client no Replace in a slow sync; what has changed comes with the next session.
    pub no_replace_in_slow: bool,
    /// Who we are to the peer: `SyncHdr/Source`. What both remember of each other hangs on it. None: the id
    /// of the device, and for a server the URI it was addressed with.
    pub local_id: Option<ByteString>,
    /// Takes changes together with the Alerts: our client sends them there by itself, as with
    /// [`client::Config::combined`](crate::client::Config::combined).
    pub takes_combined: bool,
    /// Where a session cannot be resumed and the anchors match, the client is told to go on with changes (509), and not to
    /// compare everything (508): phones give the datastore up on that. Default: clients made of this toolkit alone are.
    pub takes_override: bool,
    /// A message that may have been lost is not sent again: the peer breaks on what it has seen. It is the
    /// transport's to follow ([`Transmit::once`](crate::Transmit::once)).
    pub no_resend: bool,
    /// The peer waits for an answer half a minute at most: where our server works longer, it is to say so in time.
    /// It is the transport's to follow ([`server::Session::short_keepalive`](crate::server::Session::short_keepalive)).
    pub short_keepalive: bool,
    /// In filters, our client names an item of its own `&LUID` without a semicolon, as Funambol reads it. Default: `&LUID;`.
    pub bare_luid: bool,
    /// Where the anchors of a two-way sync are lost, our client takes what the server has instead of comparing everything,
    /// if its caller agrees ([`Effect::Agree`](crate::Effect::Agree)): such servers bear few slow syncs. What was
    /// changed here alone is gone then. Default: a slow sync.
    pub recovers_by_refresh: bool,
    /// Our client asks for a slow sync where it means a refresh from the server, and sends nothing.
    pub emulates_refresh: bool,
}

/// How a server tells a client that it is at work still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum BusyMode {
    /// By Status 101 for the header; the client asks again with Alert 221.
    #[default]
    Full,
    /// By Status 101 once for a message, and then as [`Never`](Self::Never).
    Once,
    /// The header is answered with 200 and the commands are not; the client asks for more with Alert 222. Some give up a
    /// session on 101.
    Never,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            plain_item_status: false,
            omit_item_status: false,
            lenient_status: false,
            lenient_anchors: false,
            echo_both_anchors: false,
            delete_gone: StatusCode::ITEM_NOT_DELETED,
            add_in_slow_status: StatusCode::ITEM_ADDED,
            no_filter: false,
            no_number_of_changes: false,
            no_large_objects: false,
            takes_move: false,
            takes_top: false,
            devinf_as_xml: false,
            auth_downgrade: false,
            auth_retry_original_uri: false,
            md5_variants: false,
            size_slack: 0,
            no_suspend: false,
            busy_mode: BusyMode::Full,
            auth_retry_new_session: false,
            version_max: None,
            max_msg_size: None,
            no_replace_in_slow: false,
            local_id: None,
            takes_combined: false,
            takes_override: false,
            no_resend: false,
            short_keepalive: false,
            bare_luid: false,
            recovers_by_refresh: false,
            emulates_refresh: false,
        }
    }
}

/// The profile of a session, and the rule it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chosen {
    pub(crate) profile: Profile,
    /// Name of the rule; none: no rule fits.
    pub(crate) name: Option<ByteString>,
}

impl Profile {
    /// The status of a command inside a Sync as this peer is told it by an engine of this role.
    pub(crate) fn item_status(&self, cmd: &str, code: StatusCode, role: Role) -> StatusCode {
        let code = match code {
            StatusCode::ITEM_NOT_DELETED if cmd == ModifyKind::Delete.name() => self.delete_gone,
            code => code,
        };
        let is_item = || ModifyKind::ALL.iter().any(|kind| kind.name() == cmd);
        if !self.plain_item_status || !is_item() {
            return code;
        }
        StatusCode::new(match code.get() {
            // A server's version follows; a client only keeps its own for now.
            409 if role == Role::Client => 200,
            409 => 419,
            411 | 413 | 416 => 424,
            412 | 414 => 415,
            423 => 211,
            400..=403 | 405..=407 | 422 | 425..=428 | 501 | 507 | 508 | 511 | 512 | 516 => 510,
            code => code,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DS-S-071: no item status leads to the end of a libsynthesis session, and none is changed for others.
    #[test]
    fn plain_statuses() {
        let harmless = |code: u16| matches!(code, 200..=299 | 404 | 408 | 410 | 415 | 417..=420 | 424 | 500 | 506 | 510 | 514);
        let plain = Profile {
            plain_item_status: true,
            ..Profile::default()
        };
        for code in (200..=219).chain(400..=428).chain(500..=516) {
            let status = StatusCode::new(code);
            for role in [Role::Client, Role::Server] {
                let told = plain.item_status("Replace", status, role);
                assert!(
                    harmless(told.get()) || matches!(code, 502..=505 | 509 | 513 | 515 | 421),
                    "{code} {told:?}"
                );
                let succeeds =
                    status.is_success() || code == 423 || (code == 409 && role == Role::Client);
                assert_eq!(told.is_success(), succeeds, "{code}");
                assert_eq!(
                    Profile::default().item_status("Replace", status, role),
                    status
                );
                assert_eq!(plain.item_status("Sequence", status, role), status);
            }
        }
    }
}
