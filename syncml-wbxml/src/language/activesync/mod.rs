//! The tokens of ActiveSync.

mod command;
mod mail;

use super::{AttributePage, Language};

/// Exchange ActiveSync 16.1, one document type with 26 code pages, each a namespace of its own such as
/// `AirSync:`. Its header names no document type as a rule, so that it has to be told.
pub static ACTIVESYNC: Language<'static> = Language::new("ACTIVESYNC")
    .with_version(0x03)
    .with_public_ids(&[(1, ""), (1, "-//MICROSOFT//DTD ActiveSync//EN")])
    .with_tags(&[
        mail::AIR_SYNC,
        mail::CONTACTS,
        mail::EMAIL,
        mail::AIR_NOTIFY,
        mail::CALENDAR,
        mail::MOVE,
        mail::GET_ITEM_ESTIMATE,
        mail::FOLDER_HIERARCHY,
        mail::MEETING_RESPONSE,
        mail::TASKS,
        command::RESOLVE_RECIPIENTS,
        command::VALIDATE_CERT,
        mail::CONTACTS2,
        command::PING,
        command::PROVISION,
        command::SEARCH,
        command::GAL,
        command::AIR_SYNC_BASE,
        command::SETTINGS,
        command::DOCUMENT_LIBRARY,
        command::ITEM_OPERATIONS,
        command::COMPOSE_MAIL,
        command::EMAIL2,
        command::NOTES,
        command::RIGHTS_MANAGEMENT,
        command::FIND,
    ])
    .with_attributes(&[AttributePage {
        page: 3,
        starts: &[(0x05, "Version=1.1")],
        values: &[],
        read_only: &[],
    }]);
