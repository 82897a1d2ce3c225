//! Why a session did what it did.

use std::fmt;

use syncml_repr::StatusCode;

use super::{Notice, Side, SlowReason};
use crate::change::ChangeKind;
use crate::config::ConflictPolicy;
use crate::twin::{Finding, Likeness, NoTwin};

/// A decision, what it stands on, and the rule that makes the one of the other.
///
/// ```
/// use ds_protocol::Notice;
///
/// let cause = Notice::Repeated.cause().expect("a decision");
/// assert_eq!(cause.rule, "a message that comes twice is carried out once [DSPro §failures]");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cause {
    /// What was decided, about what.
    pub what: String,
    /// What was seen: the bytes, ids or statuses it stands on.
    pub evidence: String,
    /// The rule, and where it is written.
    pub rule: &'static str,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.what, self.evidence, self.rule)
    }
}

fn cause(
    what: impl Into<String>,
    evidence: impl Into<String>,
    rule: &'static str,
) -> Option<Cause> {
    Some(Cause {
        what: what.into(),
        evidence: evidence.into(),
        rule,
    })
}

fn status(code: StatusCode) -> String {
    code.name().map_or_else(
        || code.get().to_string(),
        |name| format!("{} {name}", code.get()),
    )
}

fn of_likeness(likeness: Likeness) -> &'static str {
    match likeness {
        Likeness::Equal => "it has the content of the peer's item, and had no partner",
        Likeness::Shown => {
            "it has the content of the peer's item as far as the peer was to have it, and had no partner"
        }
        Likeness::SameUid => "both have the same UID, and it had no partner",
        Likeness::Normalized => "both say the same but for case and blanks, and it had no partner",
        Likeness::Alike => "both agree in what tells one item from another, and it had no partner",
    }
}

impl Notice {
    /// Why, where this is a decision that somebody may ask about. Progress has no cause. One arm for each notice.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Settled { .. } | Self::Resumed { .. } | Self::Fallback { .. } => {
                self.of_session()
            }
            Self::Refused { status: code } | Self::ServerRefused { status: code } => cause(
                "credentials refused",
                status(*code),
                "407 asks for credentials, 401 for other ones [DSPro §authentication]",
            ),
            Self::Profile { rule, why } => cause(
                format!("the peer is treated as {rule:?}"),
                why.clone(),
                "the first rule about peers that fits is followed",
            ),
            Self::Filter { .. } => self.of_filter(),
            Self::Received { .. } => self.of_received(),
            Self::Sent { .. } => self.of_sent(),
            Self::Orphan { .. } => self.of_orphan(),
            Self::Paired {
                datastore,
                item,
                theirs,
                likeness,
            } => cause(
                format!(
                    "{datastore}: item {} is paired with the peer's {}",
                    item.as_str(),
                    theirs.as_str()
                ),
                of_likeness(*likeness),
                "in a slow sync items that are alike are one, and what differs is a conflict [DSPro §slow sync]",
            ),
            Self::Doubled { datastore, item } => cause(
                format!("{datastore}: item {} is not added again", item.as_str()),
                "the peer's id is paired already",
                "an Add whose Status was lost comes again, and is a Replace [DSPro §items]",
            ),
            Self::MapsAgain { datastore, pairs } => cause(
                format!("{datastore}: the ids of {pairs} items are told again"),
                "the server has not acknowledged them",
                "pairs are kept until their Map is answered, and come before the next Sync [DSPro §map]",
            ),
            Self::ItemRefused { .. }
            | Self::ItemHeld { .. }
            | Self::TooLarge { .. }
            | Self::NoRoom { .. }
            | Self::Incomplete { .. } => self.of_unsent(),
            Self::Conflict { .. } => self.of_conflict(),
            Self::DatastoreDone {
                datastore,
                status: code,
            } if !code.is_success() => cause(
                format!("{datastore}: given up, its anchors stay"),
                status(*code),
                "one datastore that fails does not stop the others [DSPro §failures]",
            ),
            Self::Repeated => cause(
                "the stored answer was sent again",
                "the peer's message has the number of the last one",
                "a message that comes twice is carried out once [DSPro §failures]",
            ),
            Self::StoreFailed { datastore, message } => cause(
                format!(
                    "{}: the store failed",
                    datastore.as_deref().unwrap_or("peer")
                ),
                message.clone(),
                "what a store cannot do is told with its own status",
            ),
            _ => None,
        }
    }

    fn of_session(&self) -> Option<Cause> {
        match self {
            Self::Settled {
                datastore,
                sync_type,
                reason: Some(reason),
                anchors,
            } => {
                let text = |anchor: &Option<bytestring::ByteString>| {
                    anchor
                        .as_ref()
                        .map_or_else(|| "none".to_owned(), |text| format!("{text:?}"))
                };
                let both = format!(
                    "stored Next of the peer {}, its Last {}",
                    text(&anchors.stored),
                    text(&anchors.said)
                );
                let (evidence, rule) = match reason {
                    SlowReason::FirstSync => (
                        both,
                        "without stored anchors everything is compared [DSPro §anchors]",
                    ),
                    SlowReason::AnchorMismatch => (
                        both,
                        "anchors are compared for equality; where they differ, everything is compared [DSPro §anchors]",
                    ),
                    SlowReason::NotResumable => (
                        "the session that the peer wants to resume is not kept".to_owned(),
                        "what cannot be resumed begins afresh [DSPro §resume]",
                    ),
                    SlowReason::PeerAsked => (
                        "the peer answered with it".to_owned(),
                        "the server may choose, and 508 asks for everything [DSPro §negotiation]",
                    ),
                };
                cause(
                    format!("{datastore}: {} sync", sync_type.name()),
                    evidence,
                    rule,
                )
            }
            Self::Resumed {
                datastore,
                sync_type,
            } => cause(
                format!("{datastore}: {} sync goes on", sync_type.name()),
                "the session before was not ended, and both sides kept it",
                "what was confirmed is not sent again [DSPro §resume]",
            ),
            Self::Fallback { from, to } => cause(
                format!("tried again in SyncML {to}"),
                format!("the first answer refused SyncML {from}"),
                "400, 501, 505 and 513 in the first answer are about the version [DSPro §versions]",
            ),
            _ => None,
        }
    }

    fn of_filter(&self) -> Option<Cause> {
        let Self::Filter {
            datastore,
            expression,
            status: code,
            why,
            ..
        } = self
        else {
            return None;
        };
        if code.is_success() {
            return cause(
                format!("{datastore}: a part is synchronised"),
                format!("the filter is {expression}"),
                "the server sends what passes the filter, and takes back what does not any more [DSPro §filtering]",
            );
        }
        cause(
            format!("{datastore}: the filter {expression} is not followed"),
            format!("{}: {why}", status(*code)),
            "everything in the place of a part is not what was asked for [DSPro §filtering]",
        )
    }

    /// What the peer has made of a change, where that is not what was asked for.
    fn of_sent(&self) -> Option<Cause> {
        let Self::Sent {
            datastore,
            kind,
            local,
            status: code,
        } = self
        else {
            return None;
        };
        let differ =
            "both sides have a version of the item, and the server decides [DSPro §conflicts]";
        let (what, rule) = match (kind, *code) {
            (_, StatusCode::CONFLICT_RESOLVED_CLIENT_WINS) => {
                ("takes the place of the peer's version", differ)
            }
            (_, StatusCode::CONFLICT_RESOLVED_SERVER_WINS) => {
                ("gives way to the peer's version", differ)
            }
            (_, StatusCode::CONFLICT_RESOLVED_DUPLICATE) => {
                ("stays beside the peer's version", differ)
            }
            (_, StatusCode::CONFLICT_RESOLVED_MERGE) => {
                ("becomes one with the peer's version", differ)
            }
            (ChangeKind::Add, StatusCode::OK | StatusCode::ALREADY_EXISTS) => (
                "is paired with an item of the peer",
                "what the peer has already is not added there [DSPro §slow sync]",
            ),
            _ => return None,
        };
        let what = format!("{datastore}: item {} {what}", local.as_str());
        cause(what, format!("{} by the peer", status(*code)), rule)
    }

    fn of_received(&self) -> Option<Cause> {
        let Self::Received {
            datastore,
            kind,
            local,
            compared: Some(finding),
            ..
        } = self
        else {
            return None;
        };
        let item = local.as_str();
        match finding {
            Finding::Twin(likeness) if !likeness.differs() => cause(
                format!("{datastore}: item {item} is paired"),
                of_likeness(*likeness),
                "in a slow sync equal items are one [DSPro §slow sync]",
            ),
            // Told when they were paired.
            Finding::Twin(_) => None,
            Finding::NoTwin(why) if *kind == ChangeKind::Add => cause(
                format!("{datastore}: item {item} is new here"),
                match why {
                    NoTwin::Nothing => "nothing here is like the peer's item",
                    NoTwin::Paired => {
                        "what is like the peer's item here is paired with another one of the peer"
                    }
                    NoTwin::Several => {
                        "several items here are like the peer's, none is equal, and nobody can tell which is meant"
                    }
                },
                "in a slow sync what has no equal is added [DSPro §slow sync]",
            ),
            Finding::NotSent => cause(
                format!("{datastore}: item {item} is removed"),
                "the peer sent everything it has, and not this",
                "a refresh leaves what the sender has [DSPro §refresh]",
            ),
            Finding::NoTwin(_) => None,
        }
    }

    fn of_orphan(&self) -> Option<Cause> {
        let Self::Orphan {
            datastore,
            item,
            parent,
            status: code,
        } = self
        else {
            return None;
        };
        let (item, parent) = (item.as_str(), parent.as_str());
        let rule = "an item goes nowhere without the one it stands under [DSPro §hierarchy]";
        match code {
            Some(code) => cause(
                format!("{datastore}: item {item} was not taken"),
                format!(
                    "it is to stand under {parent}, which is not here and did not come: {}",
                    status(*code)
                ),
                rule,
            ),
            None => cause(
                format!("{datastore}: item {item} is not sent"),
                format!("it stands under {parent}, which the peer does not have"),
                rule,
            ),
        }
    }

    fn of_unsent(&self) -> Option<Cause> {
        match self {
            Self::ItemRefused {
                datastore,
                item,
                by,
                status: code,
            } => cause(
                format!("{datastore}: item {} was not taken", item.as_str()),
                format!(
                    "{} by {}",
                    status(*code),
                    if *by == Side::Local {
                        "this side"
                    } else {
                        "the peer"
                    }
                ),
                "an item that is refused stays as it was; the others go on [DSPro §items]",
            ),
            Self::ItemHeld { datastore, item } => cause(
                format!("{datastore}: item {} is held back", item.as_str()),
                "the peer has refused this state of it for good",
                "what was refused is not sent again until it changes [DSPro §items]",
            ),
            Self::TooLarge { datastore, item } => cause(
                format!("{datastore}: item {} is held back", item.as_str()),
                "it is larger than the peer takes, or than one message where the peer takes no parts",
                "no item exceeds the peer's MaxObjSize, no message its MaxMsgSize [DSPro §sizes]",
            ),
            Self::NoRoom { datastore, item } => cause(
                format!("{datastore}: item {} is not sent", item.as_str()),
                "the client has told how much it has room for",
                "no new item goes beyond the client's FreeMem and FreeID [DSPro §memory]",
            ),
            Self::Incomplete {
                datastore, item, ..
            } => cause(
                format!("{datastore}: item {} broke off", item.as_str()),
                "its end did not come",
                "an object counts when its last part is here [DSPro §large objects]",
            ),
            _ => None,
        }
    }

    fn of_conflict(&self) -> Option<Cause> {
        let Self::Conflict {
            datastore,
            item,
            status: code,
            policy,
        } = self
        else {
            return None;
        };
        let rule = match policy {
            Some(ConflictPolicy::ClientWins) => {
                "the policy of the datastore: the client wins, and data survives a deletion [DSPro §conflicts]"
            }
            Some(ConflictPolicy::ServerWins) => {
                "the policy of the datastore: the server wins [DSPro §conflicts]"
            }
            Some(ConflictPolicy::NewestWins) => {
                "the policy of the datastore: the newer change wins, as the store tells [DSPro §conflicts]"
            }
            Some(ConflictPolicy::Merge) => {
                "the policy of the datastore: the store merges [DSPro §conflicts]"
            }
            Some(ConflictPolicy::Duplicate) => {
                "the policy of the datastore: both stay [DSPro §conflicts]"
            }
            Some(ConflictPolicy::Unresolved) => {
                "the policy of the datastore: each side keeps its own [DSPro §conflicts]"
            }
            Some(ConflictPolicy::ClientDecides) => {
                "the client decides, which has both versions [DSPro §conflicts]"
            }
            None => {
                "a client keeps its change, and leaves the decision to the server [DSPro §conflicts]"
            }
        };
        cause(
            format!(
                "{datastore}: item {} was changed on both sides",
                item.as_str()
            ),
            status(*code),
            rule,
        )
    }
}
