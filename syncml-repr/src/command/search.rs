use std::sync::Arc;

use syncml_meta::{MetInf, sparse_debug};
use syncml_wbxml::ByteString;

use crate::{CmdId, Cred, Data, Locator};

/// A query (`Search`) `[RepPro §Search]`. Superseded by filters, and nobody answers it.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Search {
    /// Id of the command (`CmdID`).
    pub cmd_id: CmdId,
    /// No Status is wanted (`NoResp`).
    pub no_resp: bool,
    /// No Results are wanted (`NoResults`).
    pub no_results: bool,
    /// Credentials (`Cred`).
    pub cred: Option<Box<Cred>>,
    /// Where the results go (`Target`).
    pub target: Option<Locator>,
    /// Where to search (`Source`).
    pub sources: Vec<Locator>,
    /// Language of the query (`Lang`).
    pub lang: Option<ByteString>,
    /// Grammar of the query (`Meta`).
    pub meta: Option<Arc<MetInf>>,
    /// The query (`Data`).
    pub data: Option<Data>,
}

sparse_debug!(Search {
    cmd_id,
    no_resp,
    no_results,
    cred,
    target,
    sources,
    lang,
    meta,
    data
});
