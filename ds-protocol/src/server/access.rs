//! Commands with a credential of their own, and what the caller says to them `[DSPro §authentication, levels]`.

use bytestring::ByteString;
use syncml_repr::{Chal, CmdId, Command, Cred, StatusCode, SyncCmd};

use super::turn::Server;
use crate::auth::{Access, Authorization, Claim, Unreadable};
use crate::session::command::children;
use crate::session::talk::Incoming;

/// The answer to a command: its status, and with 401 and 407 what is wanted instead.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) code: StatusCode,
    pub(crate) chal: Option<Box<Chal>>,
}

impl From<StatusCode> for Verdict {
    fn from(code: StatusCode) -> Self {
        Self { code, chal: None }
    }
}

impl Server {
    /// Whether a command may be carried out; else its answer.
    pub(super) async fn authorize(
        &mut self,
        command: &'static str,
        datastore: Option<ByteString>,
        cred: Option<&Cred>,
    ) -> Result<(), Verdict> {
        let user = self.state.user.clone().unwrap_or_default();
        let claim = match cred.map(|cred| Claim::read(cred, Some(&user))) {
            None => None,
            Some(Ok(claim)) => Some(claim),
            Some(Err(Unreadable::Scheme)) => {
                return Err(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED.into());
            }
            Some(Err(Unreadable::Data)) => return Err(StatusCode::INVALID_CREDENTIALS.into()),
        };
        let access = Access {
            user,
            device: self.talk.common.peer.clone(),
            datastore,
            command: ByteString::from_static(command),
            claim,
        };
        match self.talk.port.authorize(Box::new(access)).await {
            Ok(Authorization::Granted) => Ok(()),
            Ok(Authorization::Refused { status, challenge }) => Err(Verdict {
                code: status,
                chal: challenge.map(|challenge| Box::new(challenge.chal())),
            }),
            Err(fault) => {
                self.talk.peer_failed(&fault);
                Err(fault.status().into())
            }
        }
    }

    /// Whether a command outside a Sync may be carried out. If not, it and all inside it are answered.
    pub(super) async fn may(&mut self, incoming: &Incoming, command: &Command) -> bool {
        let (name, cred, datastore) = match command {
            Command::Get(get) => ("Get", &get.cred, None),
            Command::Put(put) => ("Put", &put.cred, None),
            Command::Sync(sync) => (
                "Sync",
                &sync.cred,
                self.named(sync.target.as_ref(), sync.source.as_ref()),
            ),
            Command::Map(map) => (
                "Map",
                &map.cred,
                self.named(Some(&map.target), Some(&map.source)),
            ),
            // An Alert is asked about when its datastore is known; the others are not offered.
            _ => return true,
        };
        let Some(cred) = cred else { return true };
        let Err(verdict) = self.authorize(name, datastore, Some(cred)).await else {
            return true;
        };
        let at = self.talk.common.statuses.len();
        self.talk.owe_all(incoming, command, verdict.code);
        if let Some(status) = self.talk.common.statuses.get_mut(at) {
            status.chal = verdict.chal;
        }
        false
    }

    fn named(
        &self,
        target: Option<&syncml_repr::Locator>,
        source: Option<&syncml_repr::Locator>,
    ) -> Option<ByteString> {
        let uri = crate::session::command::uri;
        let index = self
            .talk
            .place(uri(target).as_ref(), uri(source).as_ref())?;
        let store = self.talk.common.datastores.get(index)?;
        Some(store.link.local.clone())
    }

    /// The commands of a Sync that have a credential of their own and may not be carried out.
    pub(super) async fn denied(
        &mut self,
        sync: &SyncCmd,
        datastore: &ByteString,
    ) -> Vec<(CmdId, Verdict)> {
        let mut with_cred = Vec::new();
        collect(&sync.commands, &mut with_cred);
        let mut denied = Vec::new();
        for (id, name, cred) in with_cred {
            let asked = self.authorize(name, Some(datastore.clone()), Some(cred));
            if let Err(verdict) = asked.await {
                denied.push((id.clone(), verdict));
            }
        }
        denied
    }
}

/// Item commands with a credential, however deep.
fn collect<'a>(commands: &'a [Command], found: &mut Vec<(&'a CmdId, &'static str, &'a Cred)>) {
    for command in commands {
        if let Command::Modify(modify) = command
            && let Some(cred) = &modify.cred
        {
            found.push((&modify.cmd_id, modify.kind.name(), cred));
        }
        collect(children(command), found);
    }
}
