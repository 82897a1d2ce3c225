//! The messages of the corpus as one would write them down for serde.
#![allow(
    dead_code,
    reason = "what is read is the measure, not what is done with it"
)]

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SyncMl {
    sync_hdr: SyncHdr,
    sync_body: SyncBody,
}

impl SyncMl {
    /// Commands, those in a `Sync` too.
    pub(crate) fn commands(&self) -> usize {
        let body = &self.sync_body;
        let inner = body.sync.iter().map(|sync| 1 + sync.add.len());
        body.status.len() + inner.sum::<usize>()
    }
}

#[derive(Deserialize)]
struct SyncHdr {
    #[serde(rename = "VerDTD")]
    ver_dtd: String,
    #[serde(rename = "VerProto")]
    ver_proto: String,
    #[serde(rename = "SessionID")]
    session_id: String,
    #[serde(rename = "MsgID")]
    msg_id: u32,
    #[serde(rename = "Target")]
    target: Locator,
    #[serde(rename = "Source")]
    source: Locator,
    #[serde(rename = "Meta")]
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Locator {
    #[serde(rename = "LocURI")]
    loc_uri: String,
    #[serde(rename = "LocName")]
    loc_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    r#type: Option<String>,
    format: Option<String>,
    max_msg_size: Option<u64>,
    max_obj_size: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SyncBody {
    #[serde(default)]
    status: Vec<Status>,
    #[serde(default)]
    sync: Vec<Sync>,
    r#final: Option<()>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(rename = "CmdID")]
    cmd_id: u32,
    #[serde(rename = "MsgRef")]
    msg_ref: u32,
    #[serde(rename = "CmdRef")]
    cmd_ref: u32,
    #[serde(rename = "Cmd")]
    cmd: String,
    #[serde(rename = "TargetRef", default)]
    target_ref: Vec<String>,
    #[serde(rename = "SourceRef", default)]
    source_ref: Vec<String>,
    #[serde(rename = "Data")]
    data: u16,
}

#[derive(Deserialize)]
struct Sync {
    #[serde(rename = "CmdID")]
    cmd_id: u32,
    #[serde(rename = "Target")]
    target: Option<Locator>,
    #[serde(rename = "Source")]
    source: Option<Locator>,
    #[serde(rename = "NumberOfChanges")]
    number_of_changes: Option<u32>,
    #[serde(rename = "Add", default)]
    add: Vec<Add>,
}

#[derive(Deserialize)]
struct Add {
    #[serde(rename = "CmdID")]
    cmd_id: u32,
    #[serde(rename = "Meta")]
    meta: Option<Meta>,
    #[serde(rename = "Item", default)]
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    source: Option<Locator>,
    target: Option<Locator>,
    meta: Option<Meta>,
    data: Option<String>,
}
