//! A peer's changes of files: noted, written, entered into the books.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use bytes::Bytes;
use ds_protocol::{Content, ItemId, Key, Link, Operation, Outcome};
use syncml_meta::Mem;
use syncml_repr::StatusCode;

use super::FolderStore;
use super::file::{Files, Known, digest};
use super::hidden::Hidden;
use super::intent::{Intent, NewPairing, Work};
use super::room::{self, Room};
use crate::store::file_name;
use crate::store::item::{Described, last_revision};
use crate::store::ledger::Ledger;
use crate::store::schema::{in_one_quick_step, in_one_step, make_safe};
use crate::store::trouble::{Result, Trouble};
use crate::store::view;

/// What becomes of an operation.
pub(super) enum Plan {
    /// No file is concerned: it is done, or refused.
    Settled(Outcome),
    /// A file is to be written or removed.
    Intended(Box<Job>),
}

/// A file to be written or removed.
pub(super) struct Job {
    pub(super) intent: Intent,
    /// What it will hold; none: it will be gone.
    data: Option<Bytes>,
    /// What the books say it holds now.
    before: Option<Known>,
    local: ItemId,
}

impl FolderStore {
    /// Carries out operations in order. Files are written for many of them at a time, between two transactions; a new
    /// group begins where an operation speaks of an item that one before it has touched.
    pub(super) fn apply_all(
        &mut self,
        link: &Link,
        operations: Vec<Operation>,
    ) -> Result<Vec<Outcome>> {
        self.recover()?;
        let mut outcomes = Vec::with_capacity(operations.len());
        let mut group = Vec::new();
        let mut touched = BTreeSet::new();
        let keys = self.keys(link, &operations)?;
        for (operation, mut keys) in operations.into_iter().zip(keys) {
            if keys.iter().any(|key| touched.contains(key)) {
                outcomes.extend(self.apply_group(link, std::mem::take(&mut group))?);
                touched.clear();
                // The group may have paired the item anew.
                let again = self.keys(link, std::slice::from_ref(&operation))?;
                keys = again.into_iter().flatten().collect();
            }
            touched.extend(keys);
            group.push(operation);
        }
        outcomes.extend(self.apply_group(link, group)?);
        Ok(outcomes)
    }

    /// Which items each operation speaks of, as text that tells own ids from the peer's.
    fn keys(&mut self, link: &Link, operations: &[Operation]) -> Result<Vec<Vec<String>>> {
        let datastore = self.datastore;
        in_one_step(&mut self.connection, |c| {
            let ledger = Ledger::new(c, link, datastore)?;
            let keys = operations.iter().map(|operation| keys(&ledger, operation));
            keys.collect()
        })
    }

    fn apply_group(&mut self, link: &Link, operations: Vec<Operation>) -> Result<Vec<Outcome>> {
        let plans = self.plan(link, operations)?;
        let written = self.carry_out(&plans)?;
        let is_taken = |plan: &Plan| match plan {
            Plan::Intended(job) => matches!(written.get(&job.intent.id), Some(Err(Failure::Taken))),
            Plan::Settled(_) => false,
        };
        // Somebody has put something there since the folder was looked through. Now each name is looked at.
        let taken = plans.iter().enumerate().filter(|(_, plan)| is_taken(plan));
        let (places, again): (Vec<_>, Vec<_>) = taken
            .filter_map(|(place, plan)| Some((place, plan.again()?)))
            .filter(|_| !self.files.has_strangers)
            .unzip();
        let mut outcomes = self.enter(link, plans, written)?;
        if !again.is_empty() {
            self.files.has_strangers = true;
            let again = self.apply_group(link, again)?;
            for (place, outcome) in places.into_iter().zip(again) {
                if let Some(refused) = outcomes.get_mut(place) {
                    *refused = outcome;
                }
            }
        }
        Ok(outcomes)
    }

    /// First transaction: decides, and notes what is about to be done to files. It is not safe yet.
    pub(super) fn plan(&mut self, link: &Link, operations: Vec<Operation>) -> Result<Vec<Plan>> {
        let (files, datastore) = (&self.files, self.datastore);
        // What the file system has no room for, it says itself.
        let room = self
            .quota
            .map(|quota| Room::of(Some(quota), files.directory()));
        in_one_quick_step(&mut self.connection, |c| {
            let ledger = Ledger::new(c, link, datastore)?;
            let left = room.map(|room| room.left(&ledger)).transpose()?;
            let mut planner = Planner {
                ledger,
                files,
                left: left.flatten(),
                named: BTreeSet::new(),
                unused: last_revision(c)?,
            };
            operations
                .into_iter()
                .map(|operation| planner.plan(operation))
                .collect()
        })
    }

    /// Makes the plans safe, then writes and removes files; by intent, whether that was done.
    pub(super) fn carry_out(&self, plans: &[Plan]) -> Result<Written> {
        let jobs = || {
            plans.iter().filter_map(|plan| match plan {
                Plan::Settled(_) => None,
                Plan::Intended(job) => Some(job),
            })
        };
        // All are written before any is shown: the disk takes many at once in little more time than one.
        let contents = jobs().filter_map(|job| {
            let intent = &job.intent;
            Some((intent.id, job.data.as_deref()?, intent.item.is_none()))
        });
        let mut hidden = self.files.hide(contents, || make_safe(&self.connection))?;
        let written: BTreeMap<_, _> = jobs()
            .map(|job| {
                let hidden = hidden.remove(&job.intent.id).transpose();
                (job.intent.id, carry_out(&self.files, job, hidden))
            })
            .collect();
        if !written.is_empty() {
            // Not every file system can do this for a directory; those that cannot need not.
            let _ = self.files.sync();
        }
        Ok(written)
    }

    /// Second transaction: brings the books up to date.
    fn enter(
        &mut self,
        link: &Link,
        plans: Vec<Plan>,
        mut written: Written,
    ) -> Result<Vec<Outcome>> {
        let datastore = self.datastore;
        in_one_step(&mut self.connection, |c| {
            let ledger = Ledger::new(c, link, datastore)?;
            if !written.is_empty() {
                Intent::drop_all(c)?;
            }
            let outcomes = plans.into_iter().map(|plan| match plan {
                Plan::Settled(outcome) => Ok(outcome),
                Plan::Intended(job) => match written.remove(&job.intent.id) {
                    Some(Ok(())) => {
                        job.intent.finish(&ledger)?;
                        Ok(Outcome::Done(job.local))
                    }
                    Some(Err(failure)) => Ok(Outcome::Refused(failure.status())),
                    None => Ok(Outcome::Refused(StatusCode::COMMAND_FAILED)),
                },
            });
            outcomes.collect()
        })
    }
}

impl Plan {
    /// The operation once more, if a new file was to be written.
    fn again(&self) -> Option<Operation> {
        let Self::Intended(job) = self else {
            return None;
        };
        let Work::Write {
            described,
            pairing: Some(pairing),
            ..
        } = &job.intent.work
        else {
            return None;
        };
        Some(Operation::Add {
            remote: ItemId::new(pairing.remote.as_str()),
            content: Content::new(described.media_type.clone(), job.data.clone()?),
            owes_map: pairing.owes_map,
        })
    }
}

/// Which items an operation speaks of.
fn keys(ledger: &Ledger<'_>, operation: &Operation) -> Result<Vec<String>> {
    let (local, remote) = match operation {
        Operation::Add { remote, .. } => (None, Some(remote)),
        Operation::Copy { local, remote, .. } | Operation::Pair { local, remote, .. } => {
            (Some(local), Some(remote))
        }
        Operation::Replace { local, .. }
        | Operation::Delete { local }
        | Operation::SoftDelete { local }
        | Operation::Resend { local }
        | Operation::Unpair { local } => (Some(local), None),
        _ => (None, None),
    };
    let own = |id: &ItemId| format!("own {}", id.as_str());
    let mut keys: Vec<_> = local.map(own).into_iter().collect();
    if let Some(remote) = remote {
        keys.push(format!("peer's {}", remote.as_str()));
        let known = ledger.resolve(&[Key::Remote(remote.clone())])?;
        keys.extend(known.iter().flatten().map(|known| own(&known.local)));
    }
    Ok(keys)
}

/// Decides what is to be done, in the first of the two transactions.
struct Planner<'a> {
    ledger: Ledger<'a>,
    files: &'a Files,
    /// Room for more; none: any amount.
    left: Option<Mem>,
    /// Names given to new items here, in lower case: they are in no book yet.
    named: BTreeSet<String>,
    /// A number that no name has, most likely.
    unused: i64,
}

impl Planner<'_> {
    fn plan(&mut self, operation: Operation) -> Result<Plan> {
        Ok(match operation {
            Operation::Add {
                remote,
                content,
                owes_map,
            } => match self.ledger.unstaged(content)? {
                Some(content) => self.plan_add(&remote, content, owes_map)?,
                // The peer sends the object again.
                None => refused(StatusCode::SIZE_MISMATCH),
            },
            Operation::Replace { local, content } => self.plan_replace(local, content)?,
            Operation::Copy {
                local,
                remote,
                owes_map,
            } => match self.content(&local)? {
                Some(content) => self.plan_add(&remote, content, owes_map)?,
                None => refused(StatusCode::NOT_FOUND),
            },
            Operation::SoftDelete { local } => Plan::Settled(self.ledger.soft_delete(local)?),
            Operation::Resend { local } => Plan::Settled(self.ledger.resend(local)?),
            Operation::Delete { local } => self.plan_delete(local)?,
            Operation::Pair {
                local,
                remote,
                owes_map,
            } => Plan::Settled(self.ledger.pair(local, &remote, owes_map)?),
            Operation::Unpair { local } => Plan::Settled(self.ledger.unpair(local)?),
            _ => refused(StatusCode::COMMAND_NOT_IMPLEMENTED),
        })
    }

    /// What an item carries.
    fn content(&self, local: &ItemId) -> Result<Option<Content>> {
        let Some(item) = self.ledger.alive(local)? else {
            return Ok(None);
        };
        let data = self
            .files
            .read_known(self.ledger.c, item.id, local.as_str())?;
        Ok(data.map(|data| Content::new(item.media_type, data)))
    }

    fn plan_add(&mut self, remote: &ItemId, content: Content, owes_map: bool) -> Result<Plan> {
        let is_same = |item: i64, name: &str| {
            let held = self.files.read_known(self.ledger.c, item, name)?;
            Ok(held.is_some_and(|held| held == content.data))
        };
        let before = self
            .ledger
            .added_before(remote, &content, owes_map, is_same)?;
        if let Some(done) = before {
            return Ok(Plan::Settled(done));
        }
        let Some(extension) = file_name::extension_for(&content.media_type, &content.data) else {
            return Ok(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        };
        if !room::take(&mut self.left, true, content.data.len() as u64) {
            return Ok(refused(StatusCode::DEVICE_FULL));
        }
        let Some(name) = self.free_name(remote, extension, &content)? else {
            return Ok(refused(StatusCode::COMMAND_FAILED));
        };
        let pairing = Some(NewPairing {
            remote: remote.as_str().to_owned(),
            owes_map,
        });
        self.intend_write(name, None, None, content, pairing)
    }

    /// A name for a new item that no file has, nor any item, a deleted one included: a name that a server knows is not
    /// given to another item before the server has heard of the deletion. Nor one that differs from another item's in
    /// the case of letters alone: the folder may be taken to where they are the same.
    fn free_name(
        &mut self,
        remote: &ItemId,
        extension: &'static str,
        content: &Content,
    ) -> Result<Option<String>> {
        let c = self.ledger.c;
        let unused = self.unused.saturating_add_unsigned(self.named.len() as u64);
        for name in file_name::candidates(remote.as_str(), extension, &content.data, unused) {
            let folded = name.to_ascii_lowercase();
            if !self.named.contains(&folded)
                && !self.ledger.link.datastore.has_name(c, &name)?
                && self.files.is_free(&name)?
            {
                self.named.insert(folded);
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn plan_replace(&mut self, local: ItemId, content: Content) -> Result<Plan> {
        let c = self.ledger.c;
        let Some(item) = self.ledger.alive(&local)? else {
            return Ok(refused(StatusCode::NOT_FOUND));
        };
        let Some(content) = self.ledger.unstaged(content)? else {
            return Ok(refused(StatusCode::SIZE_MISMATCH));
        };
        if file_name::extension_for(&content.media_type, &content.data).is_none() {
            return Ok(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let pairing = self.ledger.link.pairing(c, item.id)?.unwrap_or_default();
        let view = self.ledger.view_of(pairing.fields.as_deref())?;
        let ours = || self.files.read_known(c, item.id, local.as_str());
        let restored = view::restored(view.as_ref(), &item.media_type, ours, &content)?;
        let Some(view::Restored { content, .. }) = restored else {
            return Ok(refused(StatusCode::PARTIAL_ITEM_NOT_ACCEPTED));
        };
        let content = content.into_owned();
        let before = Known::load(c, item.id)?;
        let is_same = before
            .as_ref()
            .is_some_and(|before| before.digest == digest(&content.data));
        if is_same && item.media_type == *content.media_type {
            self.ledger.put_in_step(item.id, item.revision)?;
            return Ok(Plan::Settled(Outcome::Done(local)));
        }
        let grows_by =
            (content.data.len() as u64).saturating_sub(u64::try_from(item.size).unwrap_or(0));
        if !room::take(&mut self.left, false, grows_by) {
            return Ok(refused(StatusCode::DEVICE_FULL));
        }
        self.intend_write(
            local.as_str().to_owned(),
            Some(item.id),
            before,
            content,
            None,
        )
    }

    fn plan_delete(&mut self, local: ItemId) -> Result<Plan> {
        let c = self.ledger.c;
        let Some(item) = self.ledger.alive(&local)? else {
            return Ok(Plan::Settled(self.ledger.unpair(local)?));
        };
        let before = Known::load(c, item.id)?;
        let name = local.as_str().to_owned();
        let intent = Intent::note(c, &self.ledger.link, name, Some(item.id), Work::Remove)?;
        Ok(Plan::Intended(Box::new(Job {
            intent,
            data: None,
            before,
            local,
        })))
    }

    fn intend_write(
        &self,
        name: String,
        item: Option<i64>,
        before: Option<Known>,
        content: Content,
        pairing: Option<NewPairing>,
    ) -> Result<Plan> {
        let described = Described::new(&content.media_type, &content.data);
        let work = Work::Write {
            digest: digest(&content.data),
            described,
            pairing,
        };
        let local = ItemId::new(name.as_str());
        let intent = Intent::note(self.ledger.c, &self.ledger.link, name, item, work)?;
        Ok(Plan::Intended(Box::new(Job {
            intent,
            data: Some(content.data),
            before,
            local,
        })))
    }
}

fn refused(status: StatusCode) -> Plan {
    Plan::Settled(Outcome::Refused(status))
}

/// Writes or removes a file. On failure nothing has changed.
fn carry_out(
    files: &Files,
    job: &Job,
    hidden: io::Result<Option<Hidden>>,
) -> std::result::Result<(), Failure> {
    let done = show_or_remove(files, job, hidden);
    if done.is_err() {
        files.discard(job.intent.id);
    }
    done
}

/// What became of files, by the intent.
type Written = BTreeMap<i64, std::result::Result<(), Failure>>;

/// Why nothing was done to a file.
#[derive(Debug)]
pub(super) enum Failure {
    /// The file is no longer what the books say: somebody edits it at this very moment.
    Edited,
    /// A new file cannot have its name: somebody has given it to another one.
    Taken,
    Trouble(Trouble),
}

impl Failure {
    /// What the peer is told.
    fn status(&self) -> StatusCode {
        match self {
            Self::Edited | Self::Taken => StatusCode::CONFLICT,
            Self::Trouble(trouble) => trouble.status(),
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

fn show_or_remove(
    files: &Files,
    job: &Job,
    hidden: io::Result<Option<Hidden>>,
) -> std::result::Result<(), Failure> {
    let Job { intent, before, .. } = job;
    let failed = |error: io::Error| Trouble::Io {
        what: intent.name.clone(),
        error,
    };
    let hidden = hidden.map_err(failed)?;
    let is_removal = hidden.is_none();
    if intent.item.is_some() {
        let is_known = match before {
            Some(before) => files.is_known(&intent.name, before)?,
            None => false,
        };
        if !is_known {
            // Of two who delete a file, one is too late and yet content.
            let is_gone = is_removal && files.look(&intent.name)?.is_none();
            return if is_gone {
                Ok(())
            } else {
                Err(Failure::Edited)
            };
        }
    }
    let path = files.path(&intent.name);
    let result = match (hidden, intent.item) {
        (None, _) => files.remove(&intent.name),
        (Some(hidden), None) => hidden.show_new(&path),
        (Some(hidden), Some(_)) => hidden.show_over(&path),
    };
    match result {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Failure::Taken),
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_removal => Ok(()),
        other => Ok(other.map_err(failed)?),
    }
}
