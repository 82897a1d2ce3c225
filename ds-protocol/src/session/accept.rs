//! One item command of the peer, read and checked against what a datastore takes.

use bytestring::ByteString;
use syncml_devinf::{ContentType, Version};
use syncml_repr::{Item, Modify, ModifyKind, StatusCode};

use super::chunk_in::{Chunk, ChunkIn, Names, Part};
use super::items::RequestKind;
use super::place_in::Said;
use super::talk::Role;
use crate::change::{Content, ItemId};
use crate::config::{Archiving, Datastore, Sizes};
use crate::place::Place;
use crate::sync_type::SyncType;

/// What a datastore takes, as [`read`] needs it.
pub(crate) struct Accepts<'a> {
    pub(crate) types: &'a [ContentType],
    /// The peer sends items in this type of sync.
    pub(crate) items: bool,
    /// A Delete has no place in what the client sends in a slow sync or refresh.
    pub(crate) deletes: bool,
    /// The peer names items by our ids (a client that receives a Replace or Delete).
    pub(crate) by_target: bool,
    /// Our `MaxObjSize`.
    pub(crate) max_obj_size: u64,
    /// Octets by which an object may differ from what was announced.
    pub(crate) size_slack: u8,
    pub(crate) archiving: Archiving,
    pub(crate) atomic: bool,
    /// Items stand under others.
    pub(crate) hierarchical: bool,
    /// What is read is inside an Atomic.
    pub(crate) in_atomic: bool,
}

impl<'a> Accepts<'a> {
    /// For a datastore as it is configured.
    pub(crate) fn of(
        datastore: Option<&'a Datastore>,
        sync_type: SyncType,
        role: Role,
        (version, sizes): (Version, &Sizes),
    ) -> Self {
        let archiving = datastore.map(|datastore| datastore.archiving);
        let archiving = match archiving.unwrap_or_default() {
            Archiving::Refused if role == Role::Client || version == Version::V1_0 => {
                Archiving::DeletesOnly
            }
            archiving => archiving,
        };
        let sender = match role {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
        };
        Self {
            types: datastore.map_or(&[], |datastore| &datastore.types),
            items: sync_type.sends(sender),
            deletes: role == Role::Client || !sync_type.is_afresh(),
            by_target: role == Role::Client,
            max_obj_size: sizes.max_obj_size,
            size_slack: 0,
            archiving,
            atomic: datastore.is_some_and(|datastore| datastore.atomic),
            hierarchical: datastore.is_some_and(|datastore| datastore.hierarchical),
            in_atomic: false,
        }
    }
}

/// What one item is.
pub(super) enum Reading {
    Request(RequestKind),
    Chunk(Chunk),
}

/// Reads one item; the error is its status. One arm for each command.
pub(super) fn read(
    modify: &Modify,
    item: &Item,
    names: &Names,
    accepts: &Accepts<'_>,
    chunks: &mut ChunkIn,
) -> Result<(Reading, ItemId, Said), StatusCode> {
    if !accepts.items {
        return Err(StatusCode::FORBIDDEN);
    }
    let Names { target, source } = names;
    let named_by_target = accepts.by_target && modify.kind != ModifyKind::Add;
    // Tolerant of a peer that puts the id on the other side.
    let id = if named_by_target {
        target.as_ref().or(source.as_ref())
    } else {
        source.as_ref().or(target.as_ref())
    };
    let id = ItemId::new(id.ok_or(StatusCode::INCOMPLETE_COMMAND)?.clone());
    let said = Said::of(item, accepts.by_target);
    if !accepts.hierarchical && said.key().is_some() {
        // A place in a tree would be lost.
        return Err(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED);
    }
    let kind = match modify.kind {
        ModifyKind::Add | ModifyKind::Replace => {
            let metas = [modify.meta.as_deref(), item.meta.as_deref()];
            if metas.into_iter().flatten().any(|meta| meta.field_level) {
                return Err(StatusCode::PARTIAL_ITEM_NOT_ACCEPTED);
            }
            if item.more_data && accepts.in_atomic {
                return Err(StatusCode::BAD_REQUEST);
            }
            let media_type = || media_type(modify, item, accepts);
            let limits = (accepts.max_obj_size, accepts.size_slack);
            match chunks.take(modify, item, &id, limits, media_type)? {
                Part::Chunk(chunk) => {
                    let said = chunks.note_place(said, &chunk);
                    return Ok((Reading::Chunk(chunk), id, said));
                }
                Part::Whole if modify.kind == ModifyKind::Add => {
                    RequestKind::Add(content(modify, item, accepts)?)
                }
                Part::Whole => RequestKind::Replace(content(modify, item, accepts)?),
            }
        }
        ModifyKind::Delete if !accepts.deletes => return Err(StatusCode::FORBIDDEN),
        ModifyKind::Delete if modify.sft_del => RequestKind::SoftDelete,
        ModifyKind::Delete if modify.archive => match accepts.archiving {
            Archiving::Refused => return Err(StatusCode::COMMAND_NOT_IMPLEMENTED),
            Archiving::DeletesOnly => RequestKind::DeleteInstead,
            Archiving::Archives => RequestKind::Archive,
        },
        ModifyKind::Delete => RequestKind::Delete,
        ModifyKind::Copy => {
            let (Some(copy), Some(original)) = (target.clone(), source.clone()) else {
                return Err(StatusCode::INCOMPLETE_COMMAND);
            };
            let kind = RequestKind::Copy(ItemId::new(copy));
            return Ok((Reading::Request(kind), ItemId::new(original), Said::Nothing));
        }
        ModifyKind::Move if !accepts.hierarchical => {
            return Err(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED);
        }
        ModifyKind::Move if said == Said::Nothing => return Err(StatusCode::INCOMPLETE_COMMAND),
        ModifyKind::Move => RequestKind::Move(Place::Unsaid),
    };
    let said = match modify.kind {
        ModifyKind::Delete => Said::Nothing,
        _ => said,
    };
    Ok((Reading::Request(kind), id, said))
}

fn content(modify: &Modify, item: &Item, accepts: &Accepts<'_>) -> Result<Content, StatusCode> {
    let Some(data) = &item.data else {
        return Err(StatusCode::INCOMPLETE_COMMAND);
    };
    let media_type = media_type(modify, item, accepts)?;
    let outer = modify.meta.as_deref();
    let octets = item.payload(outer).map_err(|_| StatusCode::BAD_REQUEST)?;
    if (data.len().min(octets.len()) as u64) > accepts.max_obj_size {
        return Err(StatusCode::REQUEST_ENTITY_TOO_LARGE);
    }
    Ok(Content::new(media_type, octets))
}

/// The own spelling of the type of an item.
fn media_type(
    modify: &Modify,
    item: &Item,
    accepts: &Accepts<'_>,
) -> Result<ByteString, StatusCode> {
    let known = match item.media_type(modify.meta.as_deref()) {
        Some(media_type) => accepts.types.iter().find(|known| {
            known.ct_type == media_type || syncml_meta::same_essence(&known.ct_type, media_type)
        }),
        // Old clients say nothing: the datastore's preference.
        None => accepts.types.first(),
    };
    known
        .map(|known| known.ct_type.clone())
        .ok_or(StatusCode::UNSUPPORTED_MEDIA_TYPE)
}
