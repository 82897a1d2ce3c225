//! Commands that are carried out all or not at all (`Atomic`) `[DSPro §atomic]`.

use std::collections::HashSet;
use std::ops::Range;

use syncml_repr::{Command, GroupKind, MsgId, Status, StatusCode, encoded_len};

use super::accept::Accepts;
use super::chunk_in::ChunkIn;
use super::items::{Answer, Batch, Decided, Request, Requests, Step, collect_items, refuse};
use super::talk::{Common, Talk};
use crate::change::{Operation, Outcome};
use crate::link::Link;
use crate::store::{StoreFault, failure};

/// Octets of a message that are not answers to items: the header, its status, that of the Sync.
const HEADER: u64 = 700;

impl Batch {
    /// Reads what is to be done all or not at all. The answer to the whole stands before the others, although it is
    /// known last.
    pub(super) fn read_atomic(
        &mut self,
        atomic: &Command,
        commands: &[Command],
        accepts: &Accepts<'_>,
        chunks: &mut ChunkIn,
    ) {
        let start = self.answers.len();
        self.answers.push(Answer::of(atomic, StatusCode::OK));
        let accepts = Accepts {
            in_atomic: true,
            ..*accepts
        };
        let before = std::mem::take(&mut self.steps);
        self.open = None;
        self.read_atomic_part(commands, &accepts, chunks);
        let steps = std::mem::replace(&mut self.steps, before);
        let requests = steps.into_iter().filter_map(|step| match step {
            Step::Requests(requests) => Some(requests.all),
            // Refused where it is read.
            Step::Chunk(_) => None,
        });
        let mut all: Vec<Request> = requests.flatten().collect();
        let mut seen = HashSet::new();
        for request in &all {
            if !seen.insert(request.id.clone()) {
                // It would be decided on a state that is not there yet.
                self.refuse_request(request, StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED);
            }
        }
        all.retain(|request| !self.settled.contains(&request.answer));
        let atomic = Some(start..self.answers.len());
        self.steps.push(Step::Requests(Requests { all, atomic }));
        self.open = None;
    }

    fn read_atomic_part(
        &mut self,
        commands: &[Command],
        accepts: &Accepts<'_>,
        chunks: &mut ChunkIn,
    ) {
        for command in commands {
            match command {
                Command::Modify(modify) => collect_items(modify, accepts, chunks, self),
                Command::Group(group) if group.kind == GroupKind::Sequence => {
                    self.answers.push(Answer::of(command, StatusCode::OK));
                    self.read_atomic_part(&group.commands, accepts, chunks);
                }
                Command::Group(_) => refuse(command, StatusCode::COMMAND_FAILED, &mut self.answers),
                other => refuse(
                    other,
                    StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
                    &mut self.answers,
                ),
            }
        }
    }

    /// The first answer of an Atomic that makes it fail before anything is done.
    fn failed(&self, decided: &[Decided<'_>], answers: &Range<usize>) -> Option<usize> {
        let open: HashSet<usize> = decided
            .iter()
            .map(|decided| decided.request.answer)
            .collect();
        answers.clone().skip(1).find(|place| {
            let fails = |answer: &Answer| answer.code.get() >= 300 && answer.code.get() != 419;
            !open.contains(place) && self.answers.get(*place).is_some_and(fails)
        })
    }

    /// Answers an Atomic of which nothing was done: what stands before the one that failed was undone, what stands
    /// behind it was not tried.
    fn undo(&mut self, answers: &Range<usize>, code: StatusCode, failed: Option<usize>) {
        for place in answers.clone() {
            let Some(answer) = self.answers.get_mut(place) else {
                return;
            };
            answer.code = match failed {
                _ if place == answers.start => code,
                None if code == StatusCode::ATOMIC_RESPONSE_TOO_LARGE => StatusCode::NOT_EXECUTED,
                None => code,
                Some(failed) if place < failed => StatusCode::ATOMIC_ROLL_BACK_OK,
                Some(failed) if place > failed => StatusCode::NOT_EXECUTED,
                Some(_) => answer.code,
            };
        }
    }
}

impl Talk {
    /// Has the commands of an Atomic carried out, all or none; none: they are answered already, and nothing was done.
    pub(super) async fn carry_out_together(
        &mut self,
        link: &Link,
        decided: &[Decided<'_>],
        operations: Vec<Operation>,
        answers: &Range<usize>,
        batch: &mut Batch,
    ) -> Result<Option<Vec<Outcome>>, StoreFault> {
        if self.is_long_answer(batch, answers)? {
            let code = StatusCode::ATOMIC_RESPONSE_TOO_LARGE;
            batch.undo(answers, code, None);
            return Ok(None);
        }
        if let Some(failed) = batch.failed(decided, answers) {
            batch.undo(answers, StatusCode::ATOMIC_FAILED, Some(failed));
            return Ok(None);
        }
        let outcomes = match operations.is_empty() {
            true => Vec::new(),
            false => match self.port.apply_atomic(link.clone(), operations).await {
                Err(fault) if fault.status() == StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED => {
                    batch.undo(answers, fault.status(), None);
                    return Ok(None);
                }
                outcomes => outcomes?,
            },
        };
        if outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Done(_)))
        {
            return Ok(Some(outcomes));
        }
        let own = |code: StatusCode| !matches!(code.get(), 215 | 216 | 516);
        let told = decided.iter().zip(&outcomes).map(|(decided, outcome)| {
            let code = match outcome {
                Outcome::Done(_) => StatusCode::ATOMIC_ROLL_BACK_OK,
                Outcome::Refused(code) if own(*code) => failure(*code),
                Outcome::Refused(code) => *code,
            };
            (decided.request, code)
        });
        let failed = told.clone().find(|(_, code)| own(*code));
        let failed = failed.map(|(request, code)| {
            batch.answer(request, code);
            request.answer
        });
        batch.undo(answers, StatusCode::ATOMIC_FAILED, failed);
        for (request, code) in told.filter(|(_, code)| code.get() == 516) {
            // What could not be undone.
            batch.answer(request, code);
        }
        Ok(None)
    }

    /// Whether the answer to an Atomic does not fit one message.
    fn is_long_answer(&self, batch: &Batch, answers: &Range<usize>) -> Result<bool, StoreFault> {
        let Common {
            encoding, version, ..
        } = self.common;
        let mut room = self.max_sent();
        for answer in batch.answers.get(answers.clone()).unwrap_or_default() {
            let mut status = Status::new(
                "999",
                MsgId::new(999),
                answer.cmd_id.clone(),
                answer.cmd,
                answer.code,
            );
            status.target_refs.extend(answer.target.clone());
            status.source_refs.extend(answer.source.clone());
            let len = encoded_len(&status.into(), encoding, version).unwrap_or(0) as u64;
            match room.checked_sub(len) {
                Some(left) => room = left,
                None => return Ok(true),
            }
        }
        // The header, its status and that of the Sync.
        Ok(room < HEADER)
    }
}
