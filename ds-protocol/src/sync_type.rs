//! Sync types and the alert codes that ask for them `[DSPro §sync types]`.

use serde::{Deserialize, Serialize};
use syncml_repr::AlertCode;

use crate::session::talk::Role;

/// What a session does with one datastore pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SyncType {
    /// Both sides send what changed since the last session (Alert 200).
    TwoWay,
    /// The client sends everything, the server compares and sends what the client lacks (Alert 201).
    Slow,
    /// The client sends what changed, the server sends nothing (Alert 202). What changed at the server
    /// stays for a later session.
    OneWayFromClient,
    /// The client sends everything, and the server removes what was not sent (Alert 203).
    RefreshFromClient,
    /// The server sends what changed, the client sends nothing (Alert 204). What changed at the client
    /// stays for a later session.
    OneWayFromServer,
    /// The server sends everything, and the client removes what was not sent (Alert 205).
    RefreshFromServer,
}

impl SyncType {
    /// All types, by their Alert codes.
    pub const ALL: [Self; 6] = [
        Self::TwoWay,
        Self::Slow,
        Self::OneWayFromClient,
        Self::RefreshFromClient,
        Self::OneWayFromServer,
        Self::RefreshFromServer,
    ];

    /// The usual name, such as `refresh-from-client`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TwoWay => "two-way",
            Self::Slow => "slow",
            Self::OneWayFromClient => "one-way-from-client",
            Self::RefreshFromClient => "refresh-from-client",
            Self::OneWayFromServer => "one-way-from-server",
            Self::RefreshFromServer => "refresh-from-server",
        }
    }

    /// The Alert code that asks for this type.
    pub const fn alert_code(self) -> AlertCode {
        match self {
            Self::TwoWay => AlertCode::TWO_WAY,
            Self::Slow => AlertCode::SLOW,
            Self::OneWayFromClient => AlertCode::ONE_WAY_FROM_CLIENT,
            Self::RefreshFromClient => AlertCode::REFRESH_FROM_CLIENT,
            Self::OneWayFromServer => AlertCode::ONE_WAY_FROM_SERVER,
            Self::RefreshFromServer => AlertCode::REFRESH_FROM_SERVER,
        }
    }

    /// The Alert code with which a server asks a client for a session of this type. There is none for a slow sync: a two-way
    /// sync is asked for, and becomes a slow one where it must.
    pub const fn alert_code_by_server(self) -> AlertCode {
        match self {
            Self::TwoWay | Self::Slow => AlertCode::TWO_WAY_BY_SERVER,
            Self::OneWayFromClient => AlertCode::ONE_WAY_FROM_CLIENT_BY_SERVER,
            Self::RefreshFromClient => AlertCode::REFRESH_FROM_CLIENT_BY_SERVER,
            Self::OneWayFromServer => AlertCode::ONE_WAY_FROM_SERVER_BY_SERVER,
            Self::RefreshFromServer => AlertCode::REFRESH_FROM_SERVER_BY_SERVER,
        }
    }

    /// The type a code asks for; none for a code that asks for no type. 206 to 210 are the types that
    /// a notification asked for.
    pub fn from_alert(code: AlertCode) -> Option<Self> {
        match code {
            AlertCode::TWO_WAY | AlertCode::TWO_WAY_BY_SERVER => Some(Self::TwoWay),
            AlertCode::SLOW => Some(Self::Slow),
            AlertCode::ONE_WAY_FROM_CLIENT | AlertCode::ONE_WAY_FROM_CLIENT_BY_SERVER => {
                Some(Self::OneWayFromClient)
            }
            AlertCode::REFRESH_FROM_CLIENT | AlertCode::REFRESH_FROM_CLIENT_BY_SERVER => {
                Some(Self::RefreshFromClient)
            }
            AlertCode::ONE_WAY_FROM_SERVER | AlertCode::ONE_WAY_FROM_SERVER_BY_SERVER => {
                Some(Self::OneWayFromServer)
            }
            AlertCode::REFRESH_FROM_SERVER | AlertCode::REFRESH_FROM_SERVER_BY_SERVER => {
                Some(Self::RefreshFromServer)
            }
            _ => None,
        }
    }

    /// The type that takes the place of this one where the sides do not agree on the last session.
    #[must_use]
    pub const fn afresh(self) -> Self {
        match self {
            Self::TwoWay | Self::Slow => Self::Slow,
            Self::OneWayFromClient | Self::RefreshFromClient => Self::RefreshFromClient,
            Self::OneWayFromServer | Self::RefreshFromServer => Self::RefreshFromServer,
        }
    }

    /// Whether everything is sent, whatever was known before: slow sync and refresh.
    pub const fn is_afresh(self) -> bool {
        matches!(
            self,
            Self::Slow | Self::RefreshFromClient | Self::RefreshFromServer
        )
    }

    /// What a client that asked for this type makes of the server's offer: the same direction, afresh if
    /// either side wants that. A client that only receives follows an offer to send, and sends nothing.
    pub(crate) fn settled(self, offered: Self) -> Option<Self> {
        let allowed = match self {
            Self::TwoWay | Self::Slow => matches!(offered, Self::TwoWay | Self::Slow),
            Self::OneWayFromClient | Self::RefreshFromClient => !offered.sends(Role::Server),
            Self::OneWayFromServer | Self::RefreshFromServer => offered.sends(Role::Server),
        };
        let settled = if offered.is_afresh() {
            self.afresh()
        } else {
            self
        };
        allowed.then_some(settled)
    }

    /// Whether one side ends up with what the other has, and nothing else.
    pub(crate) const fn is_refresh(self) -> bool {
        matches!(self, Self::RefreshFromClient | Self::RefreshFromServer)
    }

    /// Whether this side sends items.
    pub(crate) const fn sends(self, role: Role) -> bool {
        match self {
            Self::TwoWay | Self::Slow => true,
            Self::OneWayFromClient | Self::RefreshFromClient => matches!(role, Role::Client),
            Self::OneWayFromServer | Self::RefreshFromServer => matches!(role, Role::Server),
        }
    }

    /// Whether this side removes what it was not sent.
    pub(crate) const fn is_refreshed(self, role: Role) -> bool {
        match role {
            Role::Client => matches!(self, Self::RefreshFromServer),
            Role::Server => matches!(self, Self::RefreshFromClient),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DS-S-025: the slow variants, and SAN-003: the twins of notifications.
    #[test]
    fn codes_and_variants() {
        let rows = [
            (SyncType::TwoWay, 200, Some(206), SyncType::Slow),
            (SyncType::Slow, 201, None, SyncType::Slow),
            (
                SyncType::OneWayFromClient,
                202,
                Some(207),
                SyncType::RefreshFromClient,
            ),
            (
                SyncType::RefreshFromClient,
                203,
                Some(208),
                SyncType::RefreshFromClient,
            ),
            (
                SyncType::OneWayFromServer,
                204,
                Some(209),
                SyncType::RefreshFromServer,
            ),
            (
                SyncType::RefreshFromServer,
                205,
                Some(210),
                SyncType::RefreshFromServer,
            ),
        ];
        assert_eq!(rows.map(|row| row.0), SyncType::ALL);
        for (sync_type, code, twin, afresh) in rows {
            assert_eq!(sync_type.alert_code().get(), code);
            for code in [Some(code), twin].into_iter().flatten() {
                assert_eq!(SyncType::from_alert(AlertCode::new(code)), Some(sync_type));
            }
            let by_server = sync_type.alert_code_by_server().get();
            assert_eq!(by_server, twin.unwrap_or(206));
            assert_eq!(sync_type.afresh(), afresh);
            assert_eq!(sync_type.is_afresh(), sync_type == afresh);
        }
        assert_eq!(SyncType::from_alert(AlertCode::RESUME), None);
    }

    /// DS-C-047: what a client follows, and what it refuses.
    #[test]
    fn offers() {
        use SyncType::{
            OneWayFromClient as C, OneWayFromServer as S, RefreshFromClient as CC,
            RefreshFromServer as SS, Slow as TT, TwoWay as T,
        };
        // The settled type for the offers 200 to 205.
        for (asked, settled) in [
            (T, [Some(T), Some(TT), None, None, None, None]),
            (TT, [Some(TT), Some(TT), None, None, None, None]),
            (C, [None, None, Some(C), Some(CC), None, None]),
            (CC, [None, None, Some(CC), Some(CC), None, None]),
            // It sends nothing whatever the server awaits.
            (S, [Some(S), Some(SS), None, None, Some(S), Some(SS)]),
            (SS, [Some(SS), Some(SS), None, None, Some(SS), Some(SS)]),
        ] {
            assert_eq!(SyncType::ALL.map(|offered| asked.settled(offered)), settled);
        }
    }
}
