//! The six packages of a session, as a table that knows no role `[DSPro §packages]`.
//!
//! | package | sender | content |
//! | --- | --- | --- |
//! | 1 | client | initialisation: credentials, DevInf, an Alert for each datastore |
//! | 2 | server | its answers and Alerts |
//! | 3 | client | its changes |
//! | 4 | server | its changes |
//! | 5 | client | statuses and Maps |
//! | 6 | server | acknowledgement |

use serde::{Deserialize, Serialize};

/// Place inside a session: the package that is on its way, or the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Phase {
    ClientInit,
    ServerInit,
    ClientSync,
    ServerSync,
    ClientMap,
    ServerMap,
    Done,
}

/// What moves a session on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    /// `Final` of the client.
    ClientFinal,
    /// `Final` of the server.
    ServerFinal,
    /// `Final` of a server that does not count the changes in a combined package: it has ended package 2 alone.
    ServerInitFinal,
    /// `Final` of a client whose first package held its changes too (combined packages 1 and 3).
    CombinedFinal,
    /// The client owes no answer any more, or no datastore was spoken of in package 1.
    NothingOwed,
    /// The client alerts again in the same session.
    NextRound,
}

impl Phase {
    /// The phase after an event; none where the event means nothing in this phase and changes nothing:
    /// a peer that marks every message `Final` does not hurry the other's packages along.
    pub(crate) const fn after(self, event: Event) -> Option<Self> {
        use Event::{
            ClientFinal, CombinedFinal, NextRound, NothingOwed, ServerFinal, ServerInitFinal,
        };
        Some(match (self, event) {
            (Self::ClientInit, ClientFinal) => Self::ServerInit,
            (Self::ClientInit, CombinedFinal) => Self::ServerSync,
            (Self::ServerInit, ServerFinal) => Self::ClientSync,
            (Self::ClientSync, ClientFinal) => Self::ServerSync,
            (Self::ClientSync, NothingOwed) => Self::Done,
            (Self::ServerSync, ServerFinal) => Self::ClientMap,
            (Self::ServerSync, ServerInitFinal) => Self::ClientSync,
            (Self::ClientMap, ClientFinal) => Self::ServerMap,
            (Self::ClientMap, NothingOwed) => Self::Done,
            (Self::ServerMap, ServerFinal) => Self::Done,
            (Self::Done, NextRound) => Self::ClientInit,
            _ => return None,
        })
    }

    /// Whether the package on its way is the client's.
    pub(crate) const fn is_clients(self) -> bool {
        matches!(self, Self::ClientInit | Self::ClientSync | Self::ClientMap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every cell of the table; what is not named is refused.
    #[test]
    fn every_transition() {
        use Event::*;
        use Phase::*;
        let legal = [
            (ClientInit, ClientFinal, ServerInit),
            (ClientInit, CombinedFinal, ServerSync),
            (ServerInit, ServerFinal, ClientSync),
            (ClientSync, ClientFinal, ServerSync),
            (ClientSync, NothingOwed, Done),
            (ServerSync, ServerFinal, ClientMap),
            (ServerSync, ServerInitFinal, ClientSync),
            (ClientMap, ClientFinal, ServerMap),
            (ClientMap, NothingOwed, Done),
            (ServerMap, ServerFinal, Done),
            (Done, NextRound, ClientInit),
        ];
        for phase in [
            ClientInit, ServerInit, ClientSync, ServerSync, ClientMap, ServerMap, Done,
        ] {
            for event in [
                ClientFinal,
                ServerFinal,
                ServerInitFinal,
                CombinedFinal,
                NothingOwed,
                NextRound,
            ] {
                let expected = legal
                    .iter()
                    .find(|(from, on, _)| (*from, *on) == (phase, event))
                    .map(|row| row.2);
                assert_eq!(phase.after(event), expected, "{phase:?} on {event:?}");
            }
        }
    }
}
