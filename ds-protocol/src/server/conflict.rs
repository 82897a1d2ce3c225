//! What a server does with an item of the client, given what became of it here: the whole matrix as
//! one function `[DSPro §conflicts]`.

use syncml_repr::StatusCode;

use crate::change::{Content, ItemId, Known, KnownState, Operation};
use crate::config::ConflictPolicy;
use crate::session::items::RequestKind;

/// What to do, and what the client is told when it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    /// None: nothing is to be done.
    pub(crate) operation: Option<Operation>,
    pub(crate) status: StatusCode,
    /// Both sides had changed the item.
    pub(crate) conflict: bool,
}

/// Decides about an item of the client that is known here, or was matched.
pub(crate) fn decide(
    kind: RequestKind,
    luid: &ItemId,
    known: Option<&Known>,
    policy: ConflictPolicy,
) -> Decision {
    let Some(known) = known else {
        return match kind {
            RequestKind::Add(content) | RequestKind::Replace(content) => {
                plain(add(luid, content), StatusCode::ITEM_ADDED)
            }
            // Nothing is here that it could delete: that is what it wants.
            RequestKind::Delete => nothing(StatusCode::ITEM_NOT_DELETED),
        };
    };
    let policy = known.conflict.unwrap_or(policy);
    let local = known.local.clone();
    match (kind, known.state) {
        // An Add of an item we know: its Status was lost, so it comes again.
        (RequestKind::Add(content) | RequestKind::Replace(content), KnownState::Unchanged) => {
            plain(Operation::Replace { local, content }, StatusCode::OK)
        }
        (RequestKind::Add(content) | RequestKind::Replace(content), KnownState::Changed) => {
            match policy {
                ConflictPolicy::ClientWins => conflict(
                    Some(Operation::Replace { local, content }),
                    StatusCode::CONFLICT_RESOLVED_CLIENT_WINS,
                ),
                // Ours is newer than what the client has, so it is sent in the next package.
                _ => conflict(None, StatusCode::CONFLICT_RESOLVED_SERVER_WINS),
            }
        }
        (RequestKind::Add(content) | RequestKind::Replace(content), KnownState::Deleted) => {
            match policy {
                ConflictPolicy::ClientWins => conflict(
                    Some(add(luid, content)),
                    StatusCode::CONFLICT_RESOLVED_CLIENT_WINS,
                ),
                // The Delete is still to be sent.
                _ => conflict(None, StatusCode::CONFLICT_RESOLVED_SERVER_WINS),
            }
        }
        (RequestKind::Delete, KnownState::Unchanged | KnownState::Deleted) => {
            plain(Operation::Delete { local }, StatusCode::OK)
        }
        // Data survives, whatever the policy: the client gets the item back as a new one.
        (RequestKind::Delete, KnownState::Changed) => conflict(
            Some(Operation::Unpair { local }),
            StatusCode::CONFLICT_RESOLVED_SERVER_WINS,
        ),
    }
}

fn add(luid: &ItemId, content: Content) -> Operation {
    Operation::Add {
        remote: luid.clone(),
        content,
        owes_map: false,
    }
}

fn plain(operation: Operation, status: StatusCode) -> Decision {
    Decision {
        operation: Some(operation),
        status,
        conflict: false,
    }
}

fn nothing(status: StatusCode) -> Decision {
    Decision {
        operation: None,
        status,
        conflict: false,
    }
}

fn conflict(operation: Option<Operation>, status: StatusCode) -> Decision {
    Decision {
        operation,
        status,
        conflict: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DS-S-036, DS-S-037: add, replace, delete × unchanged, changed, deleted, unknown × each policy.
    #[test]
    fn matrix() {
        use ConflictPolicy::*;
        use KnownState::*;
        let content = Content::new("text/vcard", "v");
        let luid = ItemId::new("L1");
        let guid = ItemId::new("G1");
        let kinds = [
            RequestKind::Add(content.clone()),
            RequestKind::Replace(content.clone()),
            RequestKind::Delete,
        ];
        let operation = |name: &str| match name {
            "add" => Some(add(&luid, content.clone())),
            "replace" => Some(Operation::Replace {
                local: guid.clone(),
                content: content.clone(),
            }),
            "delete" => Some(Operation::Delete {
                local: guid.clone(),
            }),
            "unpair" => Some(Operation::Unpair {
                local: guid.clone(),
            }),
            _ => None,
        };
        // columns: Add, Replace, Delete
        let rows = [
            (None, ClientWins, [("add", 201), ("add", 201), ("", 211)]),
            (
                Some(Unchanged),
                ClientWins,
                [("replace", 200), ("replace", 200), ("delete", 200)],
            ),
            (
                Some(Unchanged),
                ServerWins,
                [("replace", 200), ("replace", 200), ("delete", 200)],
            ),
            (
                Some(Changed),
                ClientWins,
                [("replace", 208), ("replace", 208), ("unpair", 419)],
            ),
            (
                Some(Changed),
                ServerWins,
                [("", 419), ("", 419), ("unpair", 419)],
            ),
            (
                Some(Deleted),
                ClientWins,
                [("add", 208), ("add", 208), ("delete", 200)],
            ),
            (
                Some(Deleted),
                ServerWins,
                [("", 419), ("", 419), ("delete", 200)],
            ),
        ];
        for (state, policy, columns) in rows {
            let known = state.map(|state| Known::new(guid.clone(), state));
            for (kind, (name, code)) in kinds.iter().zip(columns) {
                let decision = decide(kind.clone(), &luid, known.as_ref(), policy);
                let told = format!("{state:?} {policy:?} {kind:?}");
                assert_eq!(decision.operation, operation(name), "{told}");
                assert_eq!(decision.status.get(), code, "{told}");
                assert_eq!(decision.conflict, matches!(code, 208 | 419), "{told}");
            }
        }
        let mut known = Known::new(guid.clone(), Changed);
        known.conflict = Some(ServerWins);
        let decision = decide(
            RequestKind::Replace(content.clone()),
            &luid,
            Some(&known),
            ClientWins,
        );
        assert_eq!(
            decision.status,
            StatusCode::CONFLICT_RESOLVED_SERVER_WINS,
            "the store's word goes before the policy"
        );
    }
}
