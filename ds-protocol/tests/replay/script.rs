//! A scenario, and what is needed to hold one side of it.

use std::sync::Arc;

use ds_protocol::memory::MemoryStore;
use ds_protocol::{
    ConflictPolicy, Content, Effect, Input, ItemId, Known, Received, Reply, Sizes, Store,
};
use syncml_devinf::DevInf;
use syncml_meta::Nonce;
use syncml_repr::{Command, Data, Message, Modify};
use syncml_wbxml::{Encoding, Limits};
use testdata::{Scenario, Side};

use crate::common::hooked::Hooked;

/// A memory store whose anchors and nonces are those of the scenario, and items of which have a policy of their own. It
/// may forget what was acknowledged in the first session.
pub(crate) fn scripted<'a>(
    memory: &'a mut MemoryStore,
    next: Vec<String>,
    nonces: Vec<Nonce>,
    policies: Vec<(ItemId, ConflictPolicy)>,
    forgets: bool,
) -> Hooked<'a> {
    let sessions = next.len();
    let (mut next, mut nonces) = (next.into_iter(), nonces.into_iter());
    let policy = move |known: &Known| {
        let mut policies = policies.iter();
        let found = policies.find(|(local, _)| *local == known.local);
        found.map(|(_, policy)| *policy)
    };
    let hook = move |effect: &Effect, memory: &mut MemoryStore| match effect {
        Effect::NewNonce => {
            let nonce = nonces.next().expect("a nonce of the scenario");
            Some(Ok(Reply::Nonce(nonce)))
        }
        Effect::Confirm { .. } if forgets && next.len() + 1 == sessions => Some(Ok(Reply::Done)),
        Effect::Open { link } => Some(memory.open(link).map(|mut opened| {
            opened.next = next.next().expect("an anchor of the scenario").into();
            Reply::Opened(opened)
        })),
        Effect::Resolve { link, keys } => Some(memory.resolve(link, keys).map(|mut resolved| {
            for known in resolved.iter_mut().flatten() {
                known.conflict = policy(known);
            }
            Reply::Resolved(resolved)
        })),
        _ => None,
    };
    Hooked {
        inner: memory,
        hook: Box::new(hook),
    }
}

/// A scenario with its messages decoded.
pub(crate) struct Script {
    pub(crate) messages: Vec<(Side, bool, Message)>,
}

impl Script {
    pub(crate) fn new(scenario: &Scenario, encoding: Encoding) -> Self {
        let messages = scenario.messages.iter().map(|message| {
            let bytes = if encoding == Encoding::Xml {
                message.xml
            } else {
                message.wbxml
            };
            let decoded = syncml_repr::decode(&bytes.into(), encoding, &Limits::default())
                .expect(message.name);
            (message.from, message.lost, decoded)
        });
        Self {
            messages: messages.collect(),
        }
    }

    /// Item commands of one side.
    pub(crate) fn items(&self, from: Side) -> impl Iterator<Item = &Modify> {
        self.messages
            .iter()
            .filter(move |(side, ..)| *side == from)
            .flat_map(|(.., message)| {
                message
                    .body
                    .commands
                    .iter()
                    .filter_map(|command| match command {
                        Command::Sync(sync) => {
                            Some(sync.commands.iter().filter_map(|child| match child {
                                Command::Modify(modify) => Some(modify),
                                _ => None,
                            }))
                        }
                        _ => None,
                    })
            })
            .flatten()
    }

    /// Last and Next of each session that one side alerts.
    pub(crate) fn anchors(&self, from: Side) -> Vec<(Option<String>, String)> {
        let mut seen = Vec::new();
        for (side, _, message) in &self.messages {
            for command in &message.body.commands {
                if let (true, Command::Alert(alert)) = (*side == from, command) {
                    let anchor = alert
                        .items
                        .first()
                        .and_then(|item| item.meta.as_ref())
                        .and_then(|meta| meta.anchor.clone());
                    if let Some(anchor) = anchor {
                        let anchor = (
                            anchor.last.map(|last| last.to_string()),
                            anchor.next.to_string(),
                        );
                        if !seen.contains(&anchor) {
                            seen.push(anchor);
                        }
                    }
                }
            }
        }
        seen
    }

    /// Nonces the server gives out.
    pub(crate) fn nonces(&self) -> Vec<Nonce> {
        let statuses = self
            .messages
            .iter()
            .flat_map(|(.., message)| &message.body.commands);
        statuses
            .filter_map(|command| match command {
                Command::Status(status) => status.chal.as_ref()?.meta.next_nonce.clone(),
                _ => None,
            })
            .collect()
    }

    /// Whether an item of the client's comes in parts.
    pub(crate) fn is_chunked(&self, luid: &ItemId) -> bool {
        self.items(Side::Client)
            .any(|modify| modify.items[0].more_data && id(modify).1.as_ref() == Some(luid))
    }

    pub(crate) fn max_msg_size(&self, from: Side) -> u64 {
        let (.., message) = self
            .messages
            .iter()
            .find(|(side, ..)| *side == from)
            .unwrap();
        message.hdr.max_msg_size().unwrap()
    }

    /// Sizes with the limits that one side states, for messages to the other.
    pub(crate) fn sizes(&self, of: Side, to: Side) -> Sizes {
        let mut sizes = Sizes::default();
        sizes.max_msg_size = self.max_msg_size(of);
        sizes.max_sent = self.max_msg_size(to);
        let (.., message) = self.messages.iter().find(|(side, ..)| *side == of).unwrap();
        sizes.max_obj_size = message.hdr.max_obj_size().unwrap_or(sizes.max_obj_size);
        sizes
    }
}

pub(crate) fn id(modify: &Modify) -> (Option<ItemId>, Option<ItemId>) {
    let item = &modify.items[0];
    let id = |locator: &Option<syncml_repr::Locator>| {
        locator
            .as_ref()
            .map(|locator| ItemId::new(locator.loc_uri.clone()))
    };
    (id(&item.target), id(&item.source))
}

pub(crate) fn content(modify: &Modify) -> Content {
    let data = modify.items[0]
        .data
        .as_ref()
        .and_then(Data::to_bytes)
        .expect("content");
    Content::new(media_type(modify), data)
}

pub(crate) fn media_type(modify: &Modify) -> String {
    let media_type = modify.items[0].media_type(modify.meta.as_deref());
    media_type.unwrap_or("text/x-vcard").to_owned()
}

pub(crate) fn before() -> Content {
    Content::new("text/x-vcard", "what it was before")
}

/// What must agree: everything but the limits, credentials of the server's own, device information and free memory,
/// which are matters of configuration or not offered.
pub(crate) fn essence(mut message: Message) -> String {
    message.hdr.meta = None;
    message.hdr.cred = message
        .hdr
        .cred
        .filter(|_| message.hdr.source.loc_name().is_some());
    for command in &mut message.body.commands {
        match command {
            Command::Put(put) => put.items[0].data = None,
            Command::Results(results) => results.items[0].data = None,
            Command::Sync(sync) => sync.meta = None,
            Command::Alert(alert) => {
                if let Some(meta) = alert.items.first_mut().and_then(|item| item.meta.as_mut()) {
                    Arc::make_mut(meta).max_obj_size = None;
                }
            }
            _ => {}
        }
    }
    format!("{message:#?}")
}

/// A message as the engine gets it.
pub(crate) fn arrived(message: &Message, encoding: Encoding) -> Input {
    let bytes = syncml_repr::encode(message, encoding).unwrap();
    let received = Received::decode(bytes, encoding, &Limits::default()).unwrap();
    Input::Message(Box::new(received))
}

pub(crate) fn dev_inf() -> DevInf {
    let mut dev_inf = DevInf::default();
    dev_inf.support_number_of_changes = true;
    dev_inf
}
