//! Commands of a message.

mod alert;
mod exec;
mod get_put;
mod group;
mod map;
mod modify;
mod results;
mod search;
mod status;
mod sync;
mod unknown;

pub use alert::Alert;
pub use exec::Exec;
pub use get_put::{Get, Put};
pub use group::{Group, GroupKind};
pub use map::{Map, MapItem};
pub use modify::{Modify, ModifyKind};
pub use results::Results;
pub use search::Search;
pub use status::Status;
pub use sync::SyncCmd;
pub use unknown::UnknownCmd;

use std::fmt;

use syncml_meta::always_shown;

use crate::CmdId;

/// One command of a message `[RepPro §SyncBody]`.
///
/// Those that come in thousands are held in place, rare and large ones are boxed. All of them convert
/// into a command:
///
/// ```
/// use syncml_repr::{Alert, AlertCode, Command};
///
/// let command: Command = Alert::new(1, AlertCode::TWO_WAY).into();
/// assert_eq!(command.name(), "Alert");
/// assert_eq!(command.cmd_id().unwrap().as_str(), "1");
/// ```
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Command {
    /// `Alert`: asks for a sync, for more messages, or tells something.
    Alert(Alert),
    /// `Add`, `Copy`, `Delete`, `Move` or `Replace`.
    Modify(Modify),
    /// `Sync`: the changes of one datastore.
    Sync(Box<SyncCmd>),
    /// `Map`: ids that a client gave to items of the server.
    Map(Box<Map>),
    /// `Status`: outcome of a command of the other side.
    Status(Status),
    /// `Results`: answer to a Get or Search.
    Results(Box<Results>),
    /// `Get`: asks for data.
    Get(Get),
    /// `Put`: hands over data.
    Put(Put),
    /// `Atomic` or `Sequence`.
    Group(Group),
    /// `Exec`: runs something (DM).
    Exec(Exec),
    /// `Search`: a query.
    Search(Box<Search>),
    /// An element that is no command; to be answered with an error.
    Unknown(UnknownCmd),
}

impl Command {
    /// Id of the command (`CmdID`). `None` if it has none, which happens in unknown commands and
    /// faulty ones.
    #[must_use]
    pub fn cmd_id(&self) -> Option<&CmdId> {
        let id = match self {
            Self::Alert(command) => &command.cmd_id,
            Self::Modify(command) => &command.cmd_id,
            Self::Sync(command) => &command.cmd_id,
            Self::Map(command) => &command.cmd_id,
            Self::Status(command) => &command.cmd_id,
            Self::Results(command) => &command.cmd_id,
            Self::Get(command) => &command.cmd_id,
            Self::Put(command) => &command.cmd_id,
            Self::Group(command) => &command.cmd_id,
            Self::Exec(command) => &command.cmd_id,
            Self::Search(command) => &command.cmd_id,
            Self::Unknown(command) => return command.cmd_id.as_ref(),
        };
        (!id.is_empty()).then_some(id)
    }

    /// Name of the element, as a Status quotes it in `Cmd`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Alert(_) => "Alert",
            Self::Modify(command) => command.kind.name(),
            Self::Sync(_) => "Sync",
            Self::Map(_) => "Map",
            Self::Status(_) => "Status",
            Self::Results(_) => "Results",
            Self::Get(_) => "Get",
            Self::Put(_) => "Put",
            Self::Group(command) => command.kind.name(),
            Self::Exec(_) => "Exec",
            Self::Search(_) => "Search",
            Self::Unknown(command) => &command.name,
        }
    }

    /// Whether the sender wants no Status (`NoResp`). Map, Results and Status cannot say so.
    #[must_use]
    pub const fn no_resp(&self) -> bool {
        match self {
            Self::Alert(command) => command.no_resp,
            Self::Modify(command) => command.no_resp,
            Self::Sync(command) => command.no_resp,
            Self::Get(command) => command.no_resp,
            Self::Put(command) => command.no_resp,
            Self::Group(command) => command.no_resp,
            Self::Exec(command) => command.no_resp,
            Self::Search(command) => command.no_resp,
            Self::Map(_) | Self::Status(_) | Self::Results(_) | Self::Unknown(_) => false,
        }
    }
}

impl fmt::Debug for Command {
    /// The command inside, without a layer of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert(command) => command.fmt(f),
            Self::Modify(command) => command.fmt(f),
            Self::Sync(command) => command.fmt(f),
            Self::Map(command) => command.fmt(f),
            Self::Status(command) => command.fmt(f),
            Self::Results(command) => command.fmt(f),
            Self::Get(command) => command.fmt(f),
            Self::Put(command) => command.fmt(f),
            Self::Group(command) => command.fmt(f),
            Self::Exec(command) => command.fmt(f),
            Self::Search(command) => command.fmt(f),
            Self::Unknown(command) => command.fmt(f),
        }
    }
}

always_shown!(Command);

macro_rules! into_command {
    ($($inner:ident => $variant:ident),+; $($large:ident => $boxed:ident),+) => {
        $(impl From<$inner> for Command {
            fn from(command: $inner) -> Self {
                Self::$variant(command)
            }
        })+
        $(impl From<$large> for Command {
            fn from(command: $large) -> Self {
                Self::$boxed(Box::new(command))
            }
        })+
    };
}
into_command!(
    Alert => Alert, Modify => Modify, Status => Status, Get => Get, Put => Put, Group => Group, Exec => Exec, UnknownCmd => Unknown;
    SyncCmd => Sync, Map => Map, Results => Results, Search => Search
);
