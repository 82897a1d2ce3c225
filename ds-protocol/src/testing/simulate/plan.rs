//! What a seed stands for: a world, and everything that happens in it. Nothing is left to chance after that.

use serde::{Deserialize, Serialize};
use syncml_devinf::Version;
use syncml_wbxml::Encoding;

use super::edit::{Edit, Place, What};
use super::fault::Fault;
use crate::config::{AuthScheme, ConflictPolicy};
use crate::sync_type::SyncType;
use crate::testing::dice::Dice;

/// How a server may have to prove who it is.
const SCHEMES: [AuthScheme; 3] = [AuthScheme::Basic, AuthScheme::Md5, AuthScheme::Mac];

/// A world and what happens in it.
///
/// A plan is plain data: it can be stored, cut down and played again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The seed it was made from.
    pub(super) seed: u64,
    pub(super) setting: Setting,
    pub(super) steps: Vec<Step>,
}

/// The world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Setting {
    pub(super) stores: Vec<StoreSetting>,
    pub(super) devices: Vec<DeviceSetting>,
    pub(super) server: SizeSetting,
    /// The server is known for being made of this toolkit.
    pub(super) server_is_kin: bool,
    pub(super) auth: AuthScheme,
    /// The server asks devices for sessions.
    #[serde(default)]
    pub(super) notifies: bool,
    /// The server gives ids that are too long for the devices, which are sent temporary ones.
    #[serde(default)]
    pub(super) long_ids: bool,
    /// How the server must prove to the devices who it is; none: it need not.
    #[serde(default)]
    pub(super) proof: Option<AuthScheme>,
}

/// A datastore, the same on all sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoreSetting {
    pub(super) policy: ConflictPolicy,
    pub(super) deletes_win: bool,
    /// Its items stand under others.
    pub(super) tree: bool,
}

/// Sizes that one side takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SizeSetting {
    pub(super) max_msg_size: u64,
    pub(super) max_obj_size: u64,
}

/// A client device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DeviceSetting {
    pub(super) encoding: Encoding,
    pub(super) version: Version,
    pub(super) sizes: SizeSetting,
    pub(super) auth: AuthScheme,
    pub(super) combined: bool,
    pub(super) resume: bool,
    pub(super) is_kin: bool,
    /// In a conflict that the server leaves to the client, the client's version stands (none: it leaves it, too).
    pub(super) stands: Option<bool>,
    /// Wants items of one colour alone.
    pub(super) colour: Option<usize>,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Step {
    Edit(Edit),
    Session(SessionPlan),
    /// The server asks for a session.
    Notify(NotifyPlan),
    /// Two sessions at once: after `at` exchanges of the first, the second is run, and then the rest of the first.
    Overlap {
        first: SessionPlan,
        second: SessionPlan,
        at: u32,
    },
    /// A device wants another part of its datastores.
    Refilter {
        device: usize,
        colour: Option<usize>,
    },
}

/// A session that the server asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NotifyPlan {
    /// The datastore it is about.
    pub(super) store: usize,
    /// What befalls the notification, each time that it is sent.
    pub(super) fates: Vec<Fate>,
    /// The session that answers it.
    pub(super) session: SessionPlan,
}

/// What befalls a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Fate {
    Lost,
    Arrives,
    Twice,
    /// It arrives behind others.
    Late,
    /// It arrives with these bits of the octet at this thousandth turned.
    Damaged(u16, u8),
    /// Somebody else sends one in its place.
    Forged,
}

impl Fate {
    #[cfg(feature = "san")]
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Lost => "notification lost",
            Self::Arrives => "notification arrives",
            Self::Twice => "notification doubled",
            Self::Late => "notification late",
            Self::Damaged(..) => "notification damaged",
            Self::Forged => "notification forged",
        }
    }
}

impl NotifyPlan {
    fn some(dice: &mut Dice, setting: &Setting) -> Self {
        let fates = (0..2).map(|_| match dice.roll(8) {
            0..=1 => Fate::Arrives,
            2 => Fate::Twice,
            3 => Fate::Late,
            4 => Fate::Damaged(dice.roll(1000) as u16, 1 << dice.roll(8)),
            5 => Fate::Forged,
            _ => Fate::Lost,
        });
        let fates = fates.collect();
        Self {
            store: dice.roll(setting.stores.len()),
            fates,
            session: SessionPlan::some(dice, setting),
        }
    }
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SessionPlan {
    pub(super) device: usize,
    pub(super) sync_type: SyncType,
    /// How often a message is sent again before the session is given up.
    pub(super) patience: u8,
    pub(super) faults: Vec<Fault>,
    /// Both sides send their items in Atomics.
    #[serde(default)]
    pub(super) atomic: bool,
}

impl SessionPlan {
    /// Nothing goes wrong in it.
    pub(super) fn quiet(device: usize) -> Self {
        Self {
            device,
            sync_type: SyncType::TwoWay,
            patience: 0,
            faults: Vec::new(),
            atomic: false,
        }
    }

    fn some(dice: &mut Dice, setting: &Setting) -> Self {
        let (stores, devices) = (setting.stores.len(), setting.devices.len());
        let sync_type = match dice.roll(20) {
            0..=13 => SyncType::TwoWay,
            14..=15 => SyncType::Slow,
            _ => dice.of([
                SyncType::OneWayFromClient,
                SyncType::OneWayFromServer,
                SyncType::RefreshFromClient,
                SyncType::RefreshFromServer,
            ]),
        };
        let faults = match dice.roll(8) {
            0..=2 => 0,
            3..=5 => 1,
            6 => 2,
            _ => 3,
        };
        Self {
            device: dice.roll(devices),
            sync_type,
            patience: dice.roll(3) as u8,
            faults: (0..faults)
                .map(|_| Fault::some(dice, stores, devices))
                .collect(),
            atomic: false,
        }
    }
}

impl Plan {
    /// What a seed stands for, with so many devices; none: one to four.
    #[must_use]
    pub fn of(seed: u64, devices: Option<usize>) -> Self {
        let mut dice = Dice::new(seed);
        // The first numbers of neighbours look alike.
        dice.next();
        let mut setting = Setting::some(&mut dice, devices);
        let mut steps = Vec::new();
        for _ in 0..4 + dice.roll(12) {
            steps.push(Step::Edit(setting.edit(&mut dice)));
        }
        for _ in 0..6 + dice.roll(26) {
            steps.push(Step::some(&mut dice, &setting));
        }
        // Notifications come on top: the rest of a world is what it is without.
        let mut dice = Dice::new(!seed);
        setting.notifies = dice.one_in(4);
        for _ in 0..if setting.notifies {
            1 + dice.roll(4)
        } else {
            0
        } {
            let step = Step::Notify(NotifyPlan::some(&mut dice, &setting));
            steps.insert(dice.roll(steps.len()), step);
        }
        let mut plan = Self {
            seed,
            setting,
            steps,
        };
        plan.add_peers(&mut Dice::new(seed.rotate_left(32)));
        plan
    }

    /// Peers that do what ours do not. This comes on top, too.
    fn add_peers(&mut self, dice: &mut Dice) {
        let setting = &mut self.setting;
        setting.long_ids = dice.one_in(4);
        setting.proof = dice.one_in(6).then(|| dice.of(SCHEMES));
        let (stores, devices) = (setting.stores.len(), setting.devices.len());
        let (groups, soft) = (dice.one_in(4), dice.one_in(4));
        let signed = [Some(setting.auth), setting.proof].contains(&Some(AuthScheme::Mac));
        for session in self.steps.iter_mut().flat_map(Step::sessions) {
            session.atomic = groups && !dice.one_in(3);
            if session.atomic && dice.one_in(2) {
                session.faults.push(Fault::refusal(dice));
            }
            if signed && dice.one_in(6) {
                session.faults.push(Fault::corruption(dice));
            }
        }
        for _ in 0..if soft { 1 + dice.roll(6) } else { 0 } {
            let edit = Edit {
                place: Place::Device(dice.roll(devices)),
                store: dice.roll(stores),
                what: What::Forgo { item: dice.roll(8) },
            };
            let at = dice.roll(self.steps.len());
            self.steps.insert(at, Step::Edit(edit));
        }
    }

    /// The seed it was made from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Reads a plan that was stored ([`to_json`](Self::to_json)).
    ///
    /// # Errors
    ///
    /// What is no plan.
    pub fn from_json(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// The plan as JSON, to be stored and played again.
    #[must_use]
    pub fn to_json(&self) -> String {
        // A plan has no map whose keys are no text, which alone JSON cannot hold.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl Step {
    fn sessions(&mut self) -> Vec<&mut SessionPlan> {
        match self {
            Self::Session(session) => vec![session],
            Self::Notify(notify) => vec![&mut notify.session],
            Self::Overlap { first, second, .. } => vec![first, second],
            Self::Edit(_) | Self::Refilter { .. } => Vec::new(),
        }
    }

    fn some(dice: &mut Dice, setting: &Setting) -> Self {
        match dice.roll(32) {
            0..=16 => Self::Edit(setting.edit(dice)),
            17..=29 => Self::Session(SessionPlan::some(dice, setting)),
            30 => Self::Overlap {
                first: SessionPlan::some(dice, setting),
                second: SessionPlan::some(dice, setting),
                at: 1 + dice.roll(5) as u32,
            },
            _ => Self::Refilter {
                device: dice.roll(setting.devices.len()),
                colour: dice.one_in(2).then(|| dice.roll(3)),
            },
        }
    }
}

impl Setting {
    fn some(dice: &mut Dice, devices: Option<usize>) -> Self {
        let devices = devices.unwrap_or_else(|| 1 + dice.roll(4)).clamp(1, 4);
        let tree = dice.one_in(4);
        let filters = dice.one_in(4);
        let stores = (0..1 + dice.roll(3)).map(|_| StoreSetting::some(dice, tree));
        let stores = stores.collect();
        let auth = dice.of([AuthScheme::Basic, AuthScheme::Md5, AuthScheme::Md5]);
        let auth = if dice.one_in(8) {
            AuthScheme::Mac
        } else {
            auth
        };
        let devices = (0..devices).map(|_| DeviceSetting::some(dice, tree, filters, auth));
        Self {
            devices: devices.collect(),
            stores,
            server: SizeSetting::some(dice, tree),
            server_is_kin: dice.one_in(2),
            auth,
            notifies: false,
            long_ids: false,
            proof: None,
        }
    }

    fn edit(&self, dice: &mut Dice) -> Edit {
        Edit::some(dice, self.stores.len(), self.devices.len())
    }
}

impl StoreSetting {
    fn some(dice: &mut Dice, tree: bool) -> Self {
        Self {
            policy: dice.of([
                ConflictPolicy::ClientWins,
                ConflictPolicy::ClientWins,
                ConflictPolicy::ServerWins,
                ConflictPolicy::NewestWins,
                ConflictPolicy::Merge,
                ConflictPolicy::Duplicate,
                ConflictPolicy::Unresolved,
                ConflictPolicy::ClientDecides,
            ]),
            deletes_win: dice.one_in(8),
            tree: tree && !dice.one_in(3),
        }
    }
}

impl SizeSetting {
    /// Device information of trees must fit into one message.
    fn some(dice: &mut Dice, tree: bool) -> Self {
        let least = if tree { 8_000 } else { 0 };
        let size: u64 = dice.of([3_000, 4_000, 8_000, 16_000, 65_536]);
        Self {
            max_msg_size: size.max(least),
            max_obj_size: match dice.roll(6) {
                0 => 4_000,
                _ => 1 << 20,
            },
        }
    }
}

impl DeviceSetting {
    fn some(dice: &mut Dice, tree: bool, filters: bool, auth: AuthScheme) -> Self {
        let version = match dice.roll(6) {
            _ if tree || filters => Version::V1_2,
            0 => Version::V1_0,
            1..=2 => Version::V1_1,
            _ => Version::V1_2,
        };
        Self {
            encoding: dice.of([Encoding::Wbxml, Encoding::Xml]),
            version,
            sizes: SizeSetting::some(dice, tree),
            auth,
            combined: dice.one_in(3),
            resume: !dice.one_in(4),
            is_kin: dice.one_in(2),
            stands: dice.of([None, Some(true), Some(false)]),
            colour: (filters && dice.one_in(2)).then(|| dice.roll(3)),
        }
    }
}
