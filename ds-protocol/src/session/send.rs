//! Own changes on their way: Sync with item commands, and Maps.

use syncml_meta::MetInf;
use syncml_repr::{Command, Data, Item, Locator, Map, MapItem, Modify, ModifyKind, SyncCmd};

use super::chunk_out::Written;
use super::compose::Composer;
use super::datastore::StoreState;
use super::pending::Awaiting;
use super::place_out::Standing;
use super::state::Phase;
use super::talk::{Abort, Role, Talk};
use crate::change::{Change, ChangeKind, Confirmed, ItemId, MapPair};
use crate::defect::Defect;
use crate::notice::Notice;
use crate::sync_type::SyncType;
use syncml_devinf::Version;

/// Changes asked for at a time. The budget of octets bounds a page with content, this one bounds Deletes.
pub(super) const PAGE: u32 = 128;

impl Talk {
    /// Writes the Sync of every datastore, as far as there is room; true: all changes are out.
    pub(super) async fn write_changes(&mut self, composer: &mut Composer) -> Result<bool, Abort> {
        for index in 0..self.common.datastores.len() {
            let store = &self.common.datastores[index];
            if store.sending.done || !store.begun {
                continue;
            }
            // Pairs of an earlier session whose acknowledgement was lost go before the Sync.
            if self.common.role == Role::Client
                && !self.common.datastores[index].sending.opened
                && !Defect::MapNotRepeated.is_armed()
                && !self.write_store_maps(index, composer).await?
            {
                return Ok(false);
            }
            let sends = self.common.datastores[index]
                .sync_type
                .sends(self.common.role);
            let done = match self.common.role {
                // A server that has nothing to say in this type of sync says nothing.
                Role::Server if !sends => true,
                // A client opens the way for the server's changes.
                Role::Client if !sends => self.write_empty_sync(index, composer)?,
                _ => self.write_sync(index, composer).await?,
            };
            if !done {
                return Ok(false);
            }
            self.common.datastores[index].sending.done = true;
        }
        Ok(true)
    }

    /// Writes one Sync; true: the datastore has nothing left to send.
    async fn write_sync(&mut self, index: usize, composer: &mut Composer) -> Result<bool, Abort> {
        if !self.may_go_on(index) {
            return Ok(false);
        }
        let mut open = false;
        loop {
            if self.common.datastores[index].sending.object.is_some() {
                if !open && !self.open_sync(index, None, composer)? {
                    return Ok(false);
                }
                open = true;
                match self.write_chunk(index, composer).await? {
                    Written::Last | Written::Gone => {}
                    Written::Chunk | Written::NoRoom => {
                        composer.close_sync()?;
                        return Ok(false);
                    }
                }
            }
            let store = &self.common.datastores[index];
            let (link, after) = (store.link.clone(), store.sending.after.clone());
            let scope = self.scope(index, self.max_size(index));
            let page = match self
                .port
                .list_changes(link, scope, after, PAGE, composer.remaining())
                .await
            {
                Ok(page) => page,
                Err(fault) => {
                    self.store_failed(index, &fault);
                    if open {
                        composer.close_sync()?;
                    }
                    return Ok(true);
                }
            };
            if !open && !self.open_sync(index, page.total, composer)? {
                return Ok(false);
            }
            open = true;
            let mut splits = false;
            for mut change in page.changes {
                match self.write_change(index, &mut change, composer).await? {
                    Progress::Next => {}
                    Progress::Full => {
                        composer.close_sync()?;
                        return Ok(false);
                    }
                    Progress::Splits => {
                        splits = true;
                        break;
                    }
                }
            }
            if !page.more && !splits {
                composer.close_sync()?;
                return Ok(true);
            }
        }
    }

    /// Writes a Sync without items; false: no room.
    fn write_empty_sync(&mut self, index: usize, composer: &mut Composer) -> Result<bool, Abort> {
        let fits = self.open_sync(index, Some(0), composer)?;
        if fits {
            composer.close_sync()?;
        }
        Ok(fits)
    }

    fn open_sync(
        &mut self,
        index: usize,
        total: Option<u64>,
        composer: &mut Composer,
    ) -> Result<bool, Abort> {
        let store = &mut self.common.datastores[index];
        let (target, source) = (store.remote_uri.clone(), store.local_uri.clone());
        let mut sync = SyncCmd::new("", Locator::new(target), Locator::new(source));
        if !store.sending.opened
            && self.common.peer_wants_number_of_changes
            && !self.common.chosen.profile.no_number_of_changes
            && self.common.version != Version::V1_0
        {
            sync.number_of_changes = total;
        }
        if let Some(mem) = store.mem.filter(|_| !store.sending.opened) {
            sync.meta = Some(MetInf::default().with_mem(mem).into());
        }
        let fits = composer.open_sync(sync, Awaiting::Sync(index))?;
        store.sending.opened |= fits;
        Ok(fits)
    }

    /// Writes one change into the open Sync.
    async fn write_change(
        &mut self,
        index: usize,
        change: &mut Change,
        composer: &mut Composer,
    ) -> Result<Progress, Abort> {
        if composer.is_full() {
            return Ok(Progress::Full);
        }
        let moves = self.moves(index, change);
        let progress = match self.stand(index, change, composer) {
            Some(standing) if !self.passes_over(index, change) => {
                let told = (standing, moves);
                self.write_told(index, change, told, composer).await?
            }
            _ => Progress::Next,
        };
        if matches!(progress, Progress::Next) {
            let sending = &mut self.common.datastores[index].sending;
            sending.stuck = false;
            sending.after = Some(change.cursor.clone());
        }
        Ok(progress)
    }

    /// Whether a change has no place in this session.
    fn passes_over(&self, index: usize, change: &Change) -> bool {
        let store = &self.common.datastores[index];
        match change.kind {
            ChangeKind::Add if store.sending.peer_is_full => true,
            // Of an item that the server was sent before this slow sync was resumed: it goes with the next session.
            ChangeKind::Delete if self.common.role == Role::Client => store.sync_type.is_afresh(),
            ChangeKind::Replace
                if self.common.role == Role::Server
                    && store.sync_type == SyncType::Slow
                    && self.profile().no_replace_in_slow =>
            {
                true
            }
            _ if self.has_room(index, change) => false,
            _ => {
                let (datastore, item) = (store.link.local.clone(), change.local.clone());
                self.port.notice(Notice::NoRoom { datastore, item });
                true
            }
        }
    }

    /// Writes a change of which the peer is told: its place, and whether that alone has changed.
    async fn write_told(
        &mut self,
        index: usize,
        change: &Change,
        (standing, moves): (Standing, bool),
        composer: &mut Composer,
    ) -> Result<Progress, Abort> {
        let role = self.common.role;
        let limit = self.max_size(index).unwrap_or(u64::MAX);
        let size = change.size();
        let awaits_map = role == Role::Server && change.kind == ChangeKind::Add;
        let (local, revision) = (change.local.clone(), change.revision);
        let confirmed = Confirmed::new(change.kind, local.clone(), revision, awaits_map)
            .with_temporary(self.temporary_id(index, change));
        if size <= limit {
            let store = &mut self.common.datastores[index];
            if let Some(command) = command(
                change,
                confirmed.name(),
                store,
                role,
                (&standing, moves),
                composer,
            ) && composer.command(
                Command::Modify(command),
                Awaiting::Item(index, confirmed.clone()),
            )? {
                if change.soft {
                    composer.note_soft(index, local);
                }
                if change.kind == ChangeKind::Add {
                    self.take_room(index, size);
                    if self.common.datastores[index].hierarchical {
                        composer.note_sent(&confirmed);
                    }
                }
                return Ok(Progress::Next);
            }
            let splits = self.may_split(index) && change.kind != ChangeKind::Delete;
            // What is small does not make a chunk: it has room in the next message.
            let waits = composer.has_items() && (!splits || size < self.max_sent() / 4);
            if waits {
                return Ok(Progress::Full);
            }
            if splits {
                if self.begin_object(index, change, confirmed, standing) {
                    if change.kind == ChangeKind::Add {
                        self.take_room(index, size);
                    }
                    return Ok(Progress::Splits);
                }
            } else if !std::mem::replace(&mut self.common.datastores[index].sending.stuck, true) {
                return Ok(Progress::Full);
            }
        }
        // The peer takes no item of this size, or a message without any other was not large enough either.
        self.hold_too_large(index, local, revision).await;
        Ok(Progress::Next)
    }

    /// Writes the Maps of every datastore, as far as there is room; true: all are out.
    pub(super) async fn write_maps(&mut self, composer: &mut Composer) -> Result<bool, Abort> {
        for index in 0..self.common.datastores.len() {
            if self.common.datastores[index].is_active()
                && !self.write_store_maps(index, composer).await?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn write_store_maps(
        &mut self,
        index: usize,
        composer: &mut Composer,
    ) -> Result<bool, Abort> {
        loop {
            let store = &self.common.datastores[index];
            let (link, after) = (store.link.clone(), store.sending.mapped.clone());
            let pairs = match self.port.list_maps(link, after, PAGE).await {
                Ok(pairs) => pairs,
                Err(fault) => {
                    self.store_failed(index, &fault);
                    return Ok(true);
                }
            };
            if pairs.is_empty() {
                self.common.datastores[index].sending.mapped = None;
                return Ok(true);
            }
            let mut rest = pairs.as_slice();
            while !rest.is_empty() {
                let Some(written) = self.write_map(index, rest, composer)? else {
                    return Ok(false);
                };
                rest = &rest[written..];
            }
        }
    }

    /// Writes as many pairs as fit into one Map; none: not even one.
    fn write_map(
        &mut self,
        index: usize,
        pairs: &[MapPair],
        composer: &mut Composer,
    ) -> Result<Option<usize>, Abort> {
        let store = &mut self.common.datastores[index];
        let mut count = pairs.len().min(composer.room_for_pairs());
        while count > 0 {
            let chosen = &pairs[..count];
            if composer.command(map(store, chosen), Awaiting::Map(index, chosen.to_vec()))? {
                store.sending.mapped = chosen.last().map(|pair| pair.local.clone());
                if self.common.phase != Phase::ClientMap {
                    // Those of this session come behind the server's changes.
                    self.port.notice(Notice::MapsAgain {
                        datastore: store.link.local.clone(),
                        pairs: count,
                    });
                }
                return Ok(Some(count));
            }
            count /= 2;
        }
        if composer.is_empty() {
            return Err(Abort(syncml_repr::StatusCode::REQUEST_ENTITY_TOO_LARGE));
        }
        Ok(None)
    }
}

/// What became of a change.
enum Progress {
    /// It is through, in the message or not.
    Next,
    /// It comes in the next message.
    Full,
    /// It goes out in chunks.
    Splits,
}

/// The command that carries a change. None where the content is missing because it alone is larger than the message.
fn command(
    change: &Change,
    name: &ItemId,
    store: &StoreState,
    role: Role,
    (standing, moves): (&Standing, bool),
    composer: &mut Composer,
) -> Option<Modify> {
    let (kind, item) = item(change.kind, name, change.remote.as_ref(), store, role);
    let mut item = standing.write(item, role);
    if moves && kind == ModifyKind::Replace {
        return Some(Modify::new(ModifyKind::Move, "").with_item(item));
    }
    let mut modify = Modify::new(kind, "");
    // The item is gone for the peer alone.
    modify.sft_del = change.soft;
    if kind != ModifyKind::Delete {
        let content = change.content.as_ref()?;
        modify.meta = Some(composer.meta(&content.media_type));
        item.data = Some(Data::from_octets(content.data.clone()));
    }
    modify.items.push(item);
    Some(modify)
}

/// The command for a change, and its item without content.
pub(super) fn item(
    kind: ChangeKind,
    local: &ItemId,
    remote: Option<&ItemId>,
    store: &StoreState,
    role: Role,
) -> (ModifyKind, Item) {
    let kind = match kind {
        // A slow sync compares: nothing is new to the server until it says so.
        ChangeKind::Add if role == Role::Client && store.sync_type == SyncType::Slow => {
            ModifyKind::Replace
        }
        ChangeKind::Add => ModifyKind::Add,
        ChangeKind::Replace => ModifyKind::Replace,
        ChangeKind::Delete => ModifyKind::Delete,
    };
    let mut item = Item::new();
    // A server names the client's items by the client's ids, as soon as there are any; all else goes by the sender's.
    match (remote, role, kind) {
        (Some(luid), Role::Server, ModifyKind::Replace | ModifyKind::Delete) => {
            item.target = Some(locator(luid))
        }
        _ => item.source = Some(locator(local)),
    }
    (kind, item)
}

fn map(store: &StoreState, pairs: &[MapPair]) -> Command {
    let (target, source) = (
        Locator::new(store.remote_uri.clone()),
        Locator::new(store.local_uri.clone()),
    );
    let mut map = Map::new("", target, source);
    map.items = pairs
        .iter()
        .map(|pair| MapItem::new(locator(&pair.remote), locator(&pair.local)))
        .collect();
    map.into()
}

fn locator(id: &ItemId) -> Locator {
    Locator::new(id.text())
}
