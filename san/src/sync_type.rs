//! Sync types of a notification and the alert codes they stand for.

/// What kind of sync the server asks for, `sync-type`: the alert code less 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "the other values of the field are reserved and refused"
)]
pub enum SyncType {
    /// 6: two-way.
    TwoWay,
    /// 7: one-way from client.
    OneWayFromClient,
    /// 8: refresh from client.
    RefreshFromClient,
    /// 9: one-way from server.
    OneWayFromServer,
    /// 10: refresh from server.
    RefreshFromServer,
}

impl SyncType {
    /// All types, by rising value.
    pub const ALL: [Self; 5] = [
        Self::TwoWay,
        Self::OneWayFromClient,
        Self::RefreshFromClient,
        Self::OneWayFromServer,
        Self::RefreshFromServer,
    ];

    /// Value of the field, 6 to 10.
    #[must_use]
    pub const fn value(self) -> u8 {
        match self {
            Self::TwoWay => 6,
            Self::OneWayFromClient => 7,
            Self::RefreshFromClient => 8,
            Self::OneWayFromServer => 9,
            Self::RefreshFromServer => 10,
        }
    }

    /// The type with this value; `None` for reserved values.
    #[must_use]
    pub fn from_value(value: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|sync_type| sync_type.value() == value)
    }

    /// Code of the server's alert, 206 to 210.
    ///
    /// ```
    /// assert_eq!(san::SyncType::RefreshFromServer.alert_code(), 210);
    /// ```
    #[must_use]
    pub fn alert_code(self) -> u16 {
        200 + u16::from(self.value())
    }

    /// Code of the alert with which the client starts such a sync: 200, 202, 203, 204 or 205.
    #[must_use]
    pub const fn client_alert_code(self) -> u16 {
        match self {
            Self::TwoWay => 200,
            Self::OneWayFromClient => 202,
            Self::RefreshFromClient => 203,
            Self::OneWayFromServer => 204,
            Self::RefreshFromServer => 205,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn san_003_sync_types_map_to_alerts() {
        let table = SyncType::ALL.map(|t| (t.value(), t.alert_code(), t.client_alert_code()));
        assert_eq!(
            table,
            [
                (6, 206, 200),
                (7, 207, 202),
                (8, 208, 203),
                (9, 209, 204),
                (10, 210, 205)
            ]
        );
        for value in 0..=15 {
            assert_eq!(
                SyncType::from_value(value).is_some(),
                (6..=10).contains(&value)
            );
        }
    }
}
