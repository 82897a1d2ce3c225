use std::fmt;

/// Code of a way to sync (`SyncType`) `[DevInf §SyncType]`.
///
/// An open set: private codes are kept, and mean nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
#[allow(clippy::exhaustive_structs, reason = "a number and nothing else")]
pub struct SyncType(pub u32);

impl SyncType {
    /// 1, two-way; mandatory.
    pub const TWO_WAY: Self = Self(1);
    /// 2, slow; mandatory.
    pub const SLOW: Self = Self(2);
    /// 3, one-way from client.
    pub const ONE_WAY_FROM_CLIENT: Self = Self(3);
    /// 4, refresh from client.
    pub const REFRESH_FROM_CLIENT: Self = Self(4);
    /// 5, one-way from server.
    pub const ONE_WAY_FROM_SERVER: Self = Self(5);
    /// 6, refresh from server.
    pub const REFRESH_FROM_SERVER: Self = Self(6);
    /// 7, server alerted.
    pub const SERVER_ALERTED: Self = Self(7);

    /// The seven standard ones. Some phones refuse a device that names others.
    pub const STANDARD: [Self; 7] = [
        Self::TWO_WAY,
        Self::SLOW,
        Self::ONE_WAY_FROM_CLIENT,
        Self::REFRESH_FROM_CLIENT,
        Self::ONE_WAY_FROM_SERVER,
        Self::REFRESH_FROM_SERVER,
        Self::SERVER_ALERTED,
    ];

    /// The sync type that an alert of this code asks for: 200 to 205 are the first six, 206 to 210
    /// come from a notification.
    ///
    /// ```
    /// # use syncml_devinf::SyncType;
    /// assert_eq!(SyncType::from_alert_code(203), Some(SyncType::REFRESH_FROM_CLIENT));
    /// assert_eq!(SyncType::from_alert_code(206), Some(SyncType::SERVER_ALERTED));
    /// assert_eq!(SyncType::from_alert_code(222), None);
    /// ```
    #[must_use]
    pub const fn from_alert_code(code: u16) -> Option<Self> {
        match code {
            200..=205 => Some(Self(code as u32 - 199)),
            206..=210 => Some(Self::SERVER_ALERTED),
            _ => None,
        }
    }

    /// What the code is called, if it is a standard one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "two-way",
            2 => "slow",
            3 => "one-way from client",
            4 => "refresh from client",
            5 => "one-way from server",
            6 => "refresh from server",
            7 => "server alerted",
            _ => return None,
        })
    }
}

impl fmt::Debug for SyncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} ({name})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Display for SyncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
