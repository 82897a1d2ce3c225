//! A server's engine and a client that is made by hand, word for word.

use std::sync::Arc;

use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::{Player, Variant};
use ds_protocol::{AuthScheme, Closed, Device, Input, Received, Secret, Sizes, server};
use syncml_repr::{Command, Cred, Message};
use syncml_wbxml::{Encoding, Limits};

use super::hooked::{Hook, Hooked};
use super::{PASSWORD, USER, datastore};

/// A server, run in every way, and what a hand-made client says to it.
pub(crate) struct Desk {
    pub(crate) store: MemoryStore,
    session: Player<server::Session>,
    msg_id: u32,
    /// How the session has ended.
    pub(crate) closed: Option<Closed>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with_sizes(Sizes::default())
    }

    /// A server with these sizes.
    pub(crate) fn with_sizes(sizes: Sizes) -> Self {
        let datastores = [
            datastore("contacts", "text/vcard"),
            datastore("calendar", "text/calendar"),
        ];
        let config = server::Config::new(Device::new("hub", "server"), datastores);
        Self::of(config.with_auth(AuthScheme::Basic).with_sizes(sizes))
    }

    /// A server that is configured so.
    pub(crate) fn of(config: server::Config) -> Self {
        Self {
            store: MemoryStore::new().with_user(USER, Secret::Password(PASSWORD.into())),
            session: Player::new(Arc::new(config), Variant::Every),
            msg_id: 0,
            closed: None,
        }
    }

    /// Another session with the same server.
    pub(crate) fn next_session(self) -> Self {
        Self {
            store: self.store,
            ..Self::new()
        }
    }

    /// Another session with a server that has this one's store.
    pub(crate) fn next_session_of(self, config: server::Config) -> Self {
        Self {
            store: self.store,
            ..Self::of(config)
        }
    }

    /// As [`say`](Self::say), in another version.
    pub(crate) fn say_in(&mut self, version: &str, body: &str) -> Message {
        let cred = basic();
        self.say_with(version, &cred, body)
    }

    /// Says a body with right credentials; `@` in it stands for the namespace of MetInf.
    pub(crate) fn say(&mut self, body: &str) -> Message {
        self.say_in("1.2", body)
    }

    pub(crate) fn say_with(&mut self, version: &str, cred: &str, body: &str) -> Message {
        let xml = self.written(version, cred, body);
        self.deliver(xml)
    }

    /// A message of the client that never arrives.
    pub(crate) fn skip(&mut self) {
        self.msg_id += 1;
    }

    /// As [`say`](Self::say), to a server whose store does otherwise.
    pub(crate) fn say_hooked(&mut self, body: &str, hook: Hook<'_>) -> Message {
        let xml = self.written("1.2", &basic(), body);
        self.deliver_hooked(xml, hook)
    }

    fn written(&mut self, version: &str, cred: &str, body: &str) -> String {
        self.msg_id += 1;
        format!(
            "<SyncML><SyncHdr><VerDTD>{version}</VerDTD><VerProto>SyncML/{version}</VerProto><SessionID>5</SessionID>\
             <MsgID>{}</MsgID><Target><LocURI>http://hub/</LocURI></Target><Source><LocURI>phone</LocURI></Source>\
             {cred}</SyncHdr><SyncBody>{}</SyncBody></SyncML>",
            self.msg_id,
            body.replace('@', r#"xmlns="syncml:metinf""#)
        )
    }

    pub(crate) fn deliver(&mut self, xml: String) -> Message {
        self.deliver_hooked(xml, Box::new(|_, _| None))
    }

    fn deliver_hooked(&mut self, xml: String, hook: Hook<'_>) -> Message {
        let received = Received::decode(xml, Encoding::Xml, &Limits::default()).expect("a message");
        let mut store = Hooked {
            inner: &mut self.store,
            hook,
        };
        let input = Input::Message(Box::new(received));
        let played = self.session.turn(&mut store, Some(&input));
        self.closed = played.closed;
        let transmit = played.transmit.expect("a server always answers");
        syncml_repr::decode(&transmit.bytes, transmit.encoding, &Limits::default())
            .expect("readable")
    }

    /// A session that has agreed on a slow sync of contacts.
    pub(crate) fn in_slow_sync() -> Self {
        let mut desk = Self::new();
        let answer = desk.say(&format!("{}<Final/>", alert(1, 201, "contacts")));
        assert_eq!(codes(&answer), ["0 SyncHdr 212", "1 Alert 200"]);
        desk
    }
}

/// The right credentials.
fn basic() -> String {
    let cred = Cred::basic(USER, PASSWORD);
    format!(
        r#"<Cred><Meta><Type xmlns="syncml:metinf">syncml:auth-basic</Type></Meta><Data>{}</Data></Cred>"#,
        cred.data.as_text().unwrap()
    )
}

pub(crate) fn alert(cmd_id: u32, code: u16, name: &str) -> String {
    alert_with(cmd_id, code, name, None, "7")
}

/// An Alert with these anchors.
pub(crate) fn alert_with(
    cmd_id: u32,
    code: u16,
    name: &str,
    last: Option<&str>,
    next: &str,
) -> String {
    let last = last.map_or_else(String::new, |last| format!("<Last>{last}</Last>"));
    format!(
        "<Alert><CmdID>{cmd_id}</CmdID><Data>{code}</Data><Item><Target><LocURI>./{name}</LocURI></Target>\
         <Source><LocURI>./x-{name}</LocURI></Source>\
         <Meta><Anchor @>{last}<Next>{next}</Next></Anchor></Meta></Item></Alert>"
    )
}

pub(crate) fn sync(children: &str) -> String {
    format!(
        "<Sync><CmdID>2</CmdID><Target><LocURI>./contacts</LocURI></Target><Source><LocURI>./x-contacts</LocURI></Source>\
         {children}</Sync><Final/>"
    )
}

pub(crate) fn item(kind: &str, cmd_id: u32, rest: &str) -> String {
    format!("<{kind}><CmdID>{cmd_id}</CmdID>{rest}</{kind}>")
}

/// `CmdRef Cmd code` of every status.
pub(crate) fn codes(answer: &Message) -> Vec<String> {
    let statuses = answer
        .body
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Status(status) => Some(format!(
                "{} {} {}",
                status.cmd_ref,
                status.cmd,
                status.code.get()
            )),
            _ => None,
        });
    statuses.collect()
}
