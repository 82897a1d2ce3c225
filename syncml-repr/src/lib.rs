//! SyncML messages as values.
//!
#![doc = include_str!("../README.md")]

mod alert_code;
mod answers;
mod builder;
mod cmd_ids;
mod code;
mod cred;
mod data;
mod decode;
mod dialect;
mod encode;
mod error;
mod header;
mod id;
mod item;
mod list;
mod locator;
mod message;
mod reply;
mod short;
mod size;
mod status_code;
mod stream;
mod walk;

pub mod command;
#[cfg(feature = "testing")]
pub mod testing;
pub mod validate;

pub use crate::alert_code::AlertCode;
pub use crate::answers::{Answered, Answers};
pub use crate::builder::{Answer, MessageBuilder, Request};
pub use crate::cmd_ids::CmdIds;
pub use crate::command::{
    Alert, Command, Exec, Get, Group, GroupKind, Map, MapItem, Modify, ModifyKind, Put, Results,
    Search, Status, SyncCmd, UnknownCmd,
};
pub use crate::cred::{Chal, Cred};
pub use crate::data::{Data, PayloadError};
pub use crate::decode::{decode, decode_header};
pub use crate::dialect::{SYNCML_WBXML, SYNCML_XML, encoding_of, media_type};
pub use crate::encode::{Encoder, encode};
pub use crate::error::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};
pub use crate::header::SyncHdr;
pub use crate::id::{CmdId, CmdName, MsgId, SessionId};
pub use crate::item::Item;
pub use crate::list::List;
pub use crate::locator::{Filter, Locator};
pub use crate::message::{Message, SyncBody};
pub use crate::reply::Reply;
pub use crate::size::encoded_len;
pub use crate::status_code::StatusCode;
pub use crate::stream::{CommandReader, Step};
pub use crate::walk::AllCommands;

pub use syncml_meta::{
    Anchor, DEVINF_WBXML, DEVINF_XML, Format, Mem, MetInf, Nonce, Version, base64,
};
pub use syncml_wbxml::{ByteString, Bytes, Encoding, Fragment, Limits, Position};
