use std::collections::HashSet;

use syncml_wbxml::tag::devinf as tag;
use syncml_wbxml::{
    ByteString, Error, ErrorKind, FragmentBuilder, LimitKind, Position, Sink, Tag, put_empty,
    put_end, put_leaf, put_start,
};
use syncml_wbxml::{Version, same_essence};

use crate::content_type::implied_version;
use crate::{ContentType, CtCap, DataStore, DevInf, Ext, FilterCap, PropParam, Property};

/// Most elements that come into being when the content types of a device are copied into its
/// datastores. Real devices have a hundredth of them; a document that was made to grow has more.
const MAX_COPIED: usize = 100_000;

impl DevInf {
    /// Writes the `DevInf` element as a document of this version.
    ///
    /// What the version lacks is left out, and what it has elsewhere is moved there: content
    /// types stand in the datastores in 1.2, and behind them before. Datastores of a server have
    /// no `MaxGUIDSize`, and a type that does not tell its version has the one that its name
    /// implies, since some devices demand one.
    ///
    /// # Errors
    /// Those of the sink; [`ErrorKind::Limit`] if the content types of the device, copied into
    /// each datastore for 1.2, were more than 100 000 elements.
    pub fn write(&self, sink: &mut impl Sink, version: Version) -> Result<(), Error> {
        if version >= Version::V1_2 {
            self.check_copies()?;
        }
        put_start(sink, tag::DEV_INF)?;
        put_leaf(sink, tag::VER_DTD, version.as_str())?;
        put_text(sink, tag::MAN, self.man.as_deref())?;
        put_text(sink, tag::MOD, self.model.as_deref())?;
        put_text(sink, tag::OEM, self.oem.as_deref())?;
        put_text(sink, tag::FW_V, self.fw_v.as_deref())?;
        put_text(sink, tag::SW_V, self.sw_v.as_deref())?;
        put_text(sink, tag::HW_V, self.hw_v.as_deref())?;
        put_leaf(sink, tag::DEV_ID, &self.dev_id)?;
        put_leaf(sink, tag::DEV_TYP, &self.dev_typ)?;
        if version >= Version::V1_1 {
            put_flag(sink, tag::UTC, self.utc)?;
            put_flag(sink, tag::SUPPORT_LARGE_OBJS, self.support_large_objs)?;
            put_flag(
                sink,
                tag::SUPPORT_NUMBER_OF_CHANGES,
                self.support_number_of_changes,
            )?;
        }
        for store in &self.data_stores {
            self.write_store(store, sink, version)?;
        }
        if version < Version::V1_2 {
            self.write_flat_caps(sink, version)?;
        }
        for ext in &self.ext {
            ext.write(sink)?;
        }
        self.other
            .iter()
            .try_for_each(|fragment| fragment.replay(sink))?;
        put_end(sink)
    }

    fn check_copies(&self) -> Result<(), Error> {
        let stores = self.data_stores.iter();
        let takers = stores.filter(|store| store.ct_caps.is_empty()).count();
        let elements = self.ct_caps.iter().map(CtCap::elements).sum::<usize>();
        if takers.saturating_mul(elements) > MAX_COPIED {
            let kind = ErrorKind::Limit(LimitKind::Elements);
            return Err(Error::new(kind, Position::default()));
        }
        Ok(())
    }

    /// Whether `DevTyp` says so.
    fn is_server(&self) -> bool {
        self.dev_typ.eq_ignore_ascii_case("server")
    }

    fn write_store(
        &self,
        store: &DataStore,
        sink: &mut impl Sink,
        version: Version,
    ) -> Result<(), Error> {
        put_start(sink, tag::DATA_STORE)?;
        put_leaf(sink, tag::SOURCE_REF, &store.source_ref)?;
        put_text(sink, tag::DISPLAY_NAME, store.display_name.as_deref())?;
        if !self.is_server() {
            put_number(sink, tag::MAX_GUID_SIZE, store.max_guid_size)?;
        }
        for (index, content_type) in store.receives().enumerate() {
            content_type.write(sink, if index == 0 { tag::RX_PREF } else { tag::RX })?;
        }
        for (index, content_type) in store.sends().enumerate() {
            content_type.write(sink, if index == 0 { tag::TX_PREF } else { tag::TX })?;
        }
        if version >= Version::V1_2 {
            for cap in self.ct_caps(store) {
                cap.write_grouped(sink)?;
            }
        }
        if let Some(mem) = &store.ds_mem {
            put_start(sink, tag::DS_MEM)?;
            put_flag(sink, tag::SHARED_MEM, mem.shared_mem)?;
            put_number(sink, tag::MAX_MEM, mem.max_mem)?;
            put_number(sink, tag::MAX_ID, mem.max_id)?;
            put_end(sink)?;
        }
        if version >= Version::V1_2 {
            put_flag(
                sink,
                tag::SUPPORT_HIERARCHICAL_SYNC,
                store.support_hierarchical_sync,
            )?;
        }
        if !store.sync_cap.is_empty() {
            put_start(sink, tag::SYNC_CAP)?;
            for sync_type in &store.sync_cap {
                put_leaf(sink, tag::SYNC_TYPE, &sync_type.to_string())?;
            }
            put_end(sink)?;
        }
        if version >= Version::V1_2 {
            for grammar in &store.filter_rx {
                grammar.write(sink, tag::FILTER_RX)?;
            }
            for cap in &store.filter_caps {
                cap.write(sink)?;
            }
        }
        store
            .other
            .iter()
            .try_for_each(|fragment| fragment.replay(sink))?;
        put_end(sink)
    }

    /// Each content type of any datastore once, as far as this version can tell them apart.
    fn write_flat_caps(&self, sink: &mut impl Sink, version: Version) -> Result<(), Error> {
        let mut written = HashSet::new();
        let stores = self.data_stores.iter().flat_map(|store| &store.ct_caps);
        for cap in self.ct_caps.iter().chain(stores) {
            let mut builder = FragmentBuilder::new();
            cap.write_flat(&mut builder, version)?;
            let fragment = builder.finish()?;
            if !written.contains(&fragment) {
                fragment.replay(sink)?;
                written.insert(fragment);
            }
        }
        Ok(())
    }
}

impl ContentType {
    fn write(&self, sink: &mut impl Sink, tag: Tag) -> Result<(), Error> {
        put_start(sink, tag)?;
        put_type(sink, &self.ct_type, self.version())?;
        put_end(sink)
    }
}

impl CtCap {
    /// About how many elements it is written as.
    fn elements(&self) -> usize {
        let of_property = |property: &Property| {
            let params = property.params.iter();
            2 + property.val_enums.len()
                + params.map(|param| 2 + param.val_enums.len()).sum::<usize>()
        };
        3 + self.properties.iter().map(of_property).sum::<usize>()
    }

    /// As in 1.2.
    fn write_grouped(&self, sink: &mut impl Sink) -> Result<(), Error> {
        put_start(sink, tag::CT_CAP)?;
        put_type(sink, &self.ct_type, self.version())?;
        put_flag(sink, tag::FIELD_LEVEL, self.field_level)?;
        self.properties
            .iter()
            .try_for_each(|property| property.write(sink))?;
        put_end(sink)
    }

    /// As before 1.2.
    fn write_flat(&self, sink: &mut impl Sink, version: Version) -> Result<(), Error> {
        put_start(sink, tag::CT_CAP)?;
        put_leaf(sink, tag::CT_TYPE, &self.ct_type)?;
        // The formats that have bare types, and the phones that list them as parameters.
        let bare_types = same_essence(&self.ct_type, "text/x-vcard")
            || same_essence(&self.ct_type, "text/x-vcalendar");
        for property in &self.properties {
            put_leaf(sink, tag::PROP_NAME, &property.prop_name)?;
            let Property {
                val_enums,
                data_type,
                max_size,
                display_name,
                ..
            } = property;
            put_values(sink, val_enums, data_type.as_deref(), *max_size, version)?;
            put_text(sink, tag::DISPLAY_NAME, display_name.as_deref())?;
            for param in &property.params {
                if bare_types
                    && param.param_name.eq_ignore_ascii_case("TYPE")
                    && !param.val_enums.is_empty()
                {
                    for value in &param.val_enums {
                        put_leaf(sink, tag::PARAM_NAME, value)?;
                    }
                    continue;
                }
                put_leaf(sink, tag::PARAM_NAME, &param.param_name)?;
                let PropParam {
                    val_enums,
                    data_type,
                    max_size,
                    display_name,
                    ..
                } = param;
                put_values(sink, val_enums, data_type.as_deref(), *max_size, version)?;
                put_text(sink, tag::DISPLAY_NAME, display_name.as_deref())?;
            }
        }
        put_end(sink)
    }
}

impl Property {
    /// The `Property` element of 1.2.
    pub(crate) fn write(&self, sink: &mut impl Sink) -> Result<(), Error> {
        put_start(sink, tag::PROPERTY)?;
        put_leaf(sink, tag::PROP_NAME, &self.prop_name)?;
        put_text(sink, tag::DATA_TYPE, self.data_type.as_deref())?;
        put_number(sink, tag::MAX_OCCUR, self.max_occur)?;
        put_number(sink, tag::MAX_SIZE, self.max_size)?;
        put_flag(sink, tag::NO_TRUNCATE, self.no_truncate)?;
        for value in &self.val_enums {
            put_leaf(sink, tag::VAL_ENUM, value)?;
        }
        put_text(sink, tag::DISPLAY_NAME, self.display_name.as_deref())?;
        for param in &self.params {
            put_start(sink, tag::PROP_PARAM)?;
            put_leaf(sink, tag::PARAM_NAME, &param.param_name)?;
            put_text(sink, tag::DATA_TYPE, param.data_type.as_deref())?;
            for value in &param.val_enums {
                put_leaf(sink, tag::VAL_ENUM, value)?;
            }
            put_text(sink, tag::DISPLAY_NAME, param.display_name.as_deref())?;
            put_end(sink)?;
        }
        put_end(sink)
    }
}

impl FilterCap {
    fn write(&self, sink: &mut impl Sink) -> Result<(), Error> {
        put_start(sink, tag::FILTER_CAP)?;
        let ver_ct = self.ver_ct.as_deref();
        put_type(
            sink,
            &self.ct_type,
            ver_ct.or_else(|| implied_version(&self.ct_type)),
        )?;
        for keyword in &self.filter_keywords {
            put_leaf(sink, tag::FILTER_KEYWORD, keyword)?;
        }
        for name in &self.prop_names {
            put_leaf(sink, tag::PROP_NAME, name)?;
        }
        put_end(sink)
    }
}

impl Ext {
    fn write(&self, sink: &mut impl Sink) -> Result<(), Error> {
        put_start(sink, tag::EXT)?;
        put_leaf(sink, tag::X_NAM, &self.x_nam)?;
        for value in &self.x_vals {
            put_leaf(sink, tag::X_VAL, value)?;
        }
        put_end(sink)
    }
}

/// Values of a flat property or parameter: either they are listed, or there are a type and a
/// length. Phones of 1.0 crash on the latter.
fn put_values(
    sink: &mut impl Sink,
    val_enums: &[ByteString],
    data_type: Option<&str>,
    max_size: Option<u64>,
    version: Version,
) -> Result<(), Error> {
    for value in val_enums {
        put_leaf(sink, tag::VAL_ENUM, value)?;
    }
    if val_enums.is_empty()
        && version >= Version::V1_1
        && (data_type.is_some() || max_size.is_some())
    {
        put_leaf(sink, tag::DATA_TYPE, data_type.unwrap_or("chr"))?;
        put_number(sink, tag::SIZE, max_size)?;
    }
    Ok(())
}

/// A type and its version. An unknown version is an empty element: the content models demand one.
fn put_type(sink: &mut impl Sink, ct_type: &str, ver_ct: Option<&str>) -> Result<(), Error> {
    put_leaf(sink, tag::CT_TYPE, ct_type)?;
    put_leaf(sink, tag::VER_CT, ver_ct.unwrap_or_default())
}

fn put_flag(sink: &mut impl Sink, tag: Tag, set: bool) -> Result<(), Error> {
    if set { put_empty(sink, tag) } else { Ok(()) }
}

fn put_text(sink: &mut impl Sink, tag: Tag, text: Option<&str>) -> Result<(), Error> {
    text.map_or(Ok(()), |text| put_leaf(sink, tag, text))
}

fn put_number(sink: &mut impl Sink, tag: Tag, number: Option<u64>) -> Result<(), Error> {
    number.map_or(Ok(()), |number| put_leaf(sink, tag, &number.to_string()))
}
