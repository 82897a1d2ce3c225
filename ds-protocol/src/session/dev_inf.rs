//! The device information exchange: what a Put, Get and Results hold `[DSPro §device information]`.

use bytestring::ByteString;
use syncml_devinf::{ContentType, DataStore, DevInf, FilterCap, SyncType as Cap, Version};
use syncml_meta::MetInf;
use syncml_repr::{Command, Data, Get, Item, Locator, Results, StatusCode};
use syncml_wbxml::{Encoding, Limits};

use super::peer_store::PeerStore;
use super::pending::Awaiting;
use super::talk::{Common, Incoming, Talk};
use crate::config::{Datastore, Device, FilterCaps};
use crate::filter::Filter;
use crate::peer::PeerRecord;
use crate::store::StoreFault;

/// What a first message may have in octets, which is written before the peer has said how much it takes.
const UNSTATED: u64 = 10_000;

impl Common {
    /// Notes what the peer can.
    pub(crate) fn note_dev_inf(&mut self, dev_inf: &DevInf) {
        self.knows_dev_inf = true;
        self.peer_wants_number_of_changes = dev_inf.support_number_of_changes;
        self.peer_takes_chunks = dev_inf.support_large_objs;
        self.is_kin = Device::is_own(dev_inf.man.as_ref());
        self.peer_stores = dev_inf.data_stores.iter().map(PeerStore::of).collect();
    }
}

impl Talk {
    /// A Put or Results of the peer: keeps its device information for this and later sessions.
    pub(crate) async fn take_dev_inf(
        &mut self,
        incoming: &Incoming,
        command: &Command,
        items: &[Item],
        outer: Option<&MetInf>,
    ) {
        let code = match items.first() {
            Some(item) if is_uri(item.source_uri().unwrap_or_default()) => {
                self.keep_dev_inf(item, outer).await
            }
            // Results of nothing we asked for
            _ if matches!(command, Command::Results(_)) => StatusCode::OK,
            Some(_) => StatusCode::NOT_FOUND,
            None => StatusCode::INCOMPLETE_COMMAND,
        };
        self.owe_one(incoming, command, code);
    }

    async fn keep_dev_inf(&mut self, item: &Item, outer: Option<&MetInf>) -> StatusCode {
        let read = match read(item, outer) {
            Ok(read) => read,
            // The session goes on blind.
            Err(code) => return code,
        };
        self.common.note_dev_inf(&read);
        self.choose_profile(Some(&read));
        match self.update_peer(|record| record.dev_inf = Some(read)).await {
            Ok(()) => StatusCode::OK,
            Err(fault) => {
                self.peer_failed(&fault);
                fault.status()
            }
        }
    }

    /// A Get of the peer: Status now, Results with the rest of our next package.
    pub(crate) fn take_get(
        &mut self,
        incoming: &Incoming,
        command: &Command,
        get: &Get,
        own: impl FnOnce(&Self) -> DevInf,
    ) {
        let asks = get
            .items
            .first()
            .is_some_and(|item| is_uri(item.target_uri().unwrap_or_default()));
        let code = if !asks {
            StatusCode::NOT_FOUND
        } else {
            match self.dev_inf_item(&own(self)) {
                Ok(item) => {
                    let results = Results::new("", incoming.msg_id, get.cmd_id.clone());
                    let results = results.with_meta(meta()).with_item(item);
                    self.common
                        .outgoing
                        .push_back((results.into(), Awaiting::Nothing));
                    StatusCode::OK
                }
                Err(_) => StatusCode::COMMAND_FAILED,
            }
        };
        self.owe_one(incoming, command, code);
    }

    /// The Item of a Put or Results. It goes in one piece: what our items may have is told as far as there is room in a
    /// message of the peer, first without the parameters of properties, then not at all.
    pub(crate) fn dev_inf_item(&self, own: &DevInf) -> Result<Item, syncml_wbxml::Error> {
        if !own
            .data_stores
            .iter()
            .any(|store| !store.ct_caps.is_empty())
        {
            return self.dev_inf_whole(own);
        }
        let mut own = own.clone();
        let stated = self.common.peer_max_msg_size;
        let room = self.max_sent().min(stated.unwrap_or(UNSTATED)) / 2;
        for cut in [shorten, silence] {
            if self.dev_inf_size(&own)? <= room {
                break;
            }
            own.data_stores.iter_mut().for_each(cut);
        }
        self.dev_inf_whole(&own)
    }

    /// Octets of device information on the wire, nearly.
    fn dev_inf_size(&self, own: &DevInf) -> Result<u64, syncml_wbxml::Error> {
        let version = self.common.version;
        let octets = match self.common.encoding {
            Encoding::Wbxml => own.to_wbxml(version)?,
            Encoding::Xml => own.to_xml(version)?,
        };
        Ok(octets.len() as u64)
    }

    fn dev_inf_whole(&self, own: &DevInf) -> Result<Item, syncml_wbxml::Error> {
        let version = self.common.version;
        let data = if self.profile().devinf_as_xml && self.common.encoding == Encoding::Wbxml {
            Data::from_octets(own.to_xml(version)?)
        } else {
            Data::Markup(vec![own.to_fragment(version)?])
        };
        Ok(Item::new()
            .with_source(Locator::new(version.devinf_uri()))
            .with_data(data))
    }

    /// Changes what is remembered of the peer.
    pub(crate) async fn update_peer(
        &mut self,
        change: impl FnOnce(&mut PeerRecord),
    ) -> Result<(), StoreFault> {
        let peer = self.common.peer.clone();
        let mut record = self.port.load_peer(peer.clone()).await?;
        change(&mut record);
        self.port.save_peer(peer, record).await
    }
}

/// Our device information.
pub(crate) fn own<'a>(
    device: &Device,
    datastores: impl Iterator<Item = &'a Datastore>,
    max_guid_size: Option<u64>,
    version: Version,
) -> DevInf {
    let mut own = DevInf::default();
    own.ver_dtd = ByteString::from_static(version.as_str());
    own.man = Some(device.man.clone());
    own.model = Some(device.model.clone());
    own.sw_v = Some(device.sw_v.clone());
    own.dev_id = device.id.clone();
    own.dev_typ = device.dev_typ.clone();
    // What 1.0 does not know is not written in 1.0.
    own.utc = true;
    own.support_number_of_changes = true;
    own.support_large_objs = true;
    own.data_stores = datastores
        .map(|datastore| {
            let mut own = DataStore::default();
            own.source_ref = uri(&datastore.name);
            own.max_guid_size = max_guid_size;
            own.rx_pref = datastore.types.first().cloned();
            own.rx = datastore.types.iter().skip(1).cloned().collect();
            own.tx_pref = datastore.types.first().cloned();
            own.tx = datastore.types.iter().skip(1).cloned().collect();
            own.ct_caps = datastore.ct_caps.clone();
            own.support_hierarchical_sync = datastore.hierarchical;
            own.ds_mem = datastore.room;
            if let Some(caps) = &datastore.filter {
                own.filter_rx = vec![ContentType::new(Filter::CGI, "1.0")];
                let of_fields = ContentType::new(syncml_devinf::MEDIA_TYPE_XML, "1.2");
                own.filter_rx.extend(caps.fields.then_some(of_fields));
                own.filter_caps = datastore
                    .types
                    .iter()
                    .map(|of| filter_cap(of, caps))
                    .collect();
            }
            own.sync_cap = vec![
                Cap::TWO_WAY,
                Cap::SLOW,
                Cap::ONE_WAY_FROM_CLIENT,
                Cap::REFRESH_FROM_CLIENT,
                Cap::ONE_WAY_FROM_SERVER,
                Cap::REFRESH_FROM_SERVER,
            ];
            own
        })
        .collect();
    own
}

/// Which properties there are, and no parameters: all of them, that is.
fn shorten(store: &mut DataStore) {
    for cap in &mut store.ct_caps {
        for property in &mut cap.properties {
            property.params.clear();
        }
    }
}

fn silence(store: &mut DataStore) {
    store.ct_caps.clear();
}

fn filter_cap(of: &ContentType, caps: &FilterCaps) -> FilterCap {
    let mut cap = FilterCap::default();
    cap.ct_type = of.ct_type.clone();
    cap.ver_ct = of.ver_ct.clone();
    cap.filter_keywords = caps.keywords.clone();
    cap.prop_names = caps.properties.clone();
    cap
}

/// The URI under which a datastore is spoken of where the peer has not named it yet.
pub(crate) fn uri(name: &str) -> ByteString {
    format!("./{name}").into()
}

/// Meta of a Put, Get or Results. The encoder turns `+xml` into `+wbxml` where that is what it writes.
pub(crate) fn meta() -> MetInf {
    MetInf::default().with_type(syncml_devinf::MEDIA_TYPE_XML)
}

/// Asks the peer for its device information.
pub(crate) fn get(version: Version) -> Command {
    let item = Item::new().with_target(Locator::new(version.devinf_uri()));
    Get::new("").with_meta(meta()).with_item(item).into()
}

/// Whether a URI is that of device information, of any version, with or without `./`.
fn is_uri(uri: &str) -> bool {
    let name = uri.trim().trim_start_matches("./");
    ["devinf10", "devinf11", "devinf12"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// Reads the Item of a Put or Results; the status says why not.
fn read(item: &Item, outer: Option<&MetInf>) -> Result<DevInf, StatusCode> {
    if let Some(fragment) = item.data.as_ref().and_then(Data::devinf) {
        return DevInf::from_fragment(fragment).map_err(|_| StatusCode::BAD_REQUEST);
    }
    match &item.data {
        // Escaped or Base64 text of a document, whatever the Type says
        Some(_) => {
            let payload = item.payload(outer).map_err(|_| StatusCode::BAD_REQUEST)?;
            let limits = Limits::default();
            let read = match syncml_wbxml::sniff(&payload) {
                Some(Encoding::Wbxml) => DevInf::from_wbxml(&payload, &limits),
                Some(Encoding::Xml) => DevInf::from_xml(&payload, &limits),
                _ => return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            };
            read.map_err(|_| StatusCode::BAD_REQUEST)
        }
        None => Err(StatusCode::INCOMPLETE_COMMAND),
    }
}
