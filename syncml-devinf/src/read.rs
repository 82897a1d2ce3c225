use syncml_wbxml::tag::devinf as tag;
use syncml_wbxml::{ByteString, Child, Error, Fragment, Name, Source, Tag, leaf_text, skip};
use syncml_wbxml::{number, trim};

use crate::{
    ContentType, CtCap, DataStore, DevInf, DsMem, Ext, FilterCap, PropParam, Property, SyncType,
};

impl DevInf {
    /// Reads a `DevInf` element of any version whose start was just taken, through its end.
    ///
    /// Children are accepted in any order and place that devices put them, surrounding white
    /// space is removed, and numbers that are none are dropped.
    ///
    /// # Errors
    /// Those of the source.
    pub fn read<'a>(source: &mut impl Source<'a>) -> Result<Self, Error> {
        let mut out = Self::default();
        while let Some(name) = child(source)? {
            let Name::Known(known) = name else {
                out.other.push(Fragment::record(name, source)?);
                continue;
            };
            match known {
                tag::VER_DTD => out.ver_dtd = leaf(source)?,
                tag::MAN => out.man = some_leaf(source)?,
                tag::MOD => out.model = some_leaf(source)?,
                tag::OEM => out.oem = some_leaf(source)?,
                tag::FW_V => out.fw_v = some_leaf(source)?,
                tag::SW_V => out.sw_v = some_leaf(source)?,
                tag::HW_V => out.hw_v = some_leaf(source)?,
                tag::DEV_ID => out.dev_id = leaf(source)?,
                tag::DEV_TYP => out.dev_typ = leaf(source)?,
                tag::UTC => out.utc = flag(source)?,
                tag::SUPPORT_LARGE_OBJS => out.support_large_objs = flag(source)?,
                tag::SUPPORT_NUMBER_OF_CHANGES => out.support_number_of_changes = flag(source)?,
                tag::DATA_STORE => out.data_stores.push(DataStore::read(source)?),
                tag::CT_CAP => CtCap::read(source, &mut out.ct_caps)?,
                tag::EXT => out.ext.push(Ext::read(source)?),
                _ => out.other.push(Fragment::record(name, source)?),
            }
        }
        Ok(out)
    }
}

impl DataStore {
    fn read<'a>(source: &mut impl Source<'a>) -> Result<Self, Error> {
        let mut out = Self::default();
        while let Some(name) = child(source)? {
            let Name::Known(known) = name else {
                out.other.push(Fragment::record(name, source)?);
                continue;
            };
            match known {
                tag::SOURCE_REF => out.source_ref = leaf(source)?,
                tag::DISPLAY_NAME => out.display_name = some_leaf(source)?,
                tag::MAX_GUID_SIZE => out.max_guid_size = number(&leaf(source)?),
                tag::RX_PREF => prefer(&mut out.rx_pref, &mut out.rx, source)?,
                tag::RX => out.rx.push(ContentType::read(source)?),
                tag::TX_PREF => prefer(&mut out.tx_pref, &mut out.tx, source)?,
                tag::TX => out.tx.push(ContentType::read(source)?),
                tag::CT_CAP => CtCap::read(source, &mut out.ct_caps)?,
                tag::DS_MEM => out.ds_mem = Some(DsMem::read(source)?),
                tag::SUPPORT_HIERARCHICAL_SYNC => out.support_hierarchical_sync = flag(source)?,
                tag::SYNC_CAP => read_sync_cap(source, &mut out.sync_cap)?,
                tag::FILTER_RX => out.filter_rx.push(ContentType::read(source)?),
                tag::FILTER_CAP => out.filter_caps.push(FilterCap::read(source)?),
                _ => out.other.push(Fragment::record(name, source)?),
            }
        }
        for (preferred, others) in [
            (&mut out.rx_pref, &mut out.rx),
            (&mut out.tx_pref, &mut out.tx),
        ] {
            if preferred.is_none() && !others.is_empty() {
                *preferred = Some(others.remove(0));
            }
        }
        Ok(out)
    }
}

/// Reads the type that is liked best. Of two of them the first one is, the second is one more.
fn prefer<'a>(
    preferred: &mut Option<ContentType>,
    others: &mut Vec<ContentType>,
    source: &mut impl Source<'a>,
) -> Result<(), Error> {
    let content_type = ContentType::read(source)?;
    if preferred.is_none() {
        *preferred = Some(content_type);
    } else {
        others.push(content_type);
    }
    Ok(())
}

impl ContentType {
    fn read<'a>(source: &mut impl Source<'a>) -> Result<Self, Error> {
        let mut out = Self::default();
        while let Some(name) = child(source)? {
            match name.tag() {
                Some(tag::CT_TYPE) => out.ct_type = leaf(source)?,
                Some(tag::VER_CT) => out.ver_ct = some_leaf(source)?,
                _ => skip(source)?,
            }
        }
        Ok(out)
    }
}

impl DsMem {
    fn read<'a>(source: &mut impl Source<'a>) -> Result<Self, Error> {
        let mut out = Self::default();
        while let Some(name) = child(source)? {
            match name.tag() {
                Some(tag::SHARED_MEM) => out.shared_mem = flag(source)?,
                Some(tag::MAX_MEM) => out.max_mem = number(&leaf(source)?),
                Some(tag::MAX_ID) => out.max_id = number(&leaf(source)?),
                _ => skip(source)?,
            }
        }
        Ok(out)
    }
}

fn read_sync_cap<'a>(source: &mut impl Source<'a>, types: &mut Vec<SyncType>) -> Result<(), Error> {
    while let Some(name) = child(source)? {
        if name == tag::SYNC_TYPE {
            let code = number(&leaf(source)?).and_then(|code| u32::try_from(code).ok());
            types.extend(code.map(SyncType));
        } else {
            skip(source)?;
        }
    }
    Ok(())
}

impl FilterCap {
    fn read<'a>(source: &mut impl Source<'a>) -> Result<Self, Error> {
        let mut out = Self::default();
        while let Some(name) = child(source)? {
            match name.tag() {
                Some(tag::CT_TYPE) => out.ct_type = leaf(source)?,
                Some(tag::VER_CT) => out.ver_ct = some_leaf(source)?,
                Some(tag::FILTER_KEYWORD) => out.filter_keywords.push(leaf(source)?),
                Some(tag::PROP_NAME) => out.prop_names.push(leaf(source)?),
                _ => skip(source)?,
            }
        }
        Ok(out)
    }
}

impl Ext {
    fn read<'a>(source: &mut impl Source<'a>) -> Result<Self, Error> {
        let mut out = Self::default();
        while let Some(name) = child(source)? {
            match name.tag() {
                Some(tag::X_NAM) => out.x_nam = leaf(source)?,
                Some(tag::X_VAL) => out.x_vals.push(leaf(source)?),
                _ => skip(source)?,
            }
        }
        Ok(out)
    }
}

impl CtCap {
    /// Reads one `CTCap`, which before 1.2 may hold several content types.
    fn read<'a>(source: &mut impl Source<'a>, caps: &mut Vec<Self>) -> Result<(), Error> {
        let first = caps.len();
        let mut walk = Walk::default();
        loop {
            match source.child()? {
                Child::Known(tag::CT_TYPE) => {
                    caps.push(Self::new(leaf(source)?, ""));
                    walk.param = false;
                }
                Child::Known(known) => {
                    if caps.len() == first {
                        // A property before any type: keep it for a type without a name.
                        caps.push(Self::default());
                    }
                    let Some(cap) = caps.last_mut() else { break };
                    match known {
                        tag::VER_CT => cap.ver_ct = some_leaf(source)?,
                        tag::FIELD_LEVEL => cap.field_level = flag(source)?,
                        _ => walk.element(known, source, &mut cap.properties)?,
                    }
                }
                Child::Other(_) => skip(source)?,
                Child::End if walk.open.is_empty() => break,
                Child::End => walk.end(),
            }
        }
        Ok(())
    }
}

impl Property {
    /// Reads a `Property` element whose start was just taken, through its end.
    pub(crate) fn read<'a>(source: &mut impl Source<'a>) -> Result<Self, Error> {
        let mut properties = vec![Self::default()];
        let mut walk = Walk {
            open: vec![Level::Property],
            param: false,
        };
        while !walk.open.is_empty() {
            match source.child()? {
                Child::Known(known) => walk.element(known, source, &mut properties)?,
                Child::Other(_) => skip(source)?,
                Child::End => walk.end(),
            }
        }
        Ok(properties.swap_remove(0))
    }
}

/// Walks through properties and parameters, whether they are grouped as in 1.2, flat as before,
/// or half and half, as some phones have it.
#[derive(Default)]
struct Walk {
    /// Groups that are open.
    open: Vec<Level>,
    /// What comes next belongs to the last parameter, not to the last property.
    param: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Property,
    Param,
}

impl Walk {
    fn end(&mut self) {
        self.open.pop();
        self.param = false;
    }

    /// Takes up an element that has just started. As long as the list of elements: one arm for each.
    fn element<'a>(
        &mut self,
        known: Tag,
        source: &mut impl Source<'a>,
        properties: &mut Vec<Property>,
    ) -> Result<(), Error> {
        match known {
            tag::PROPERTY => {
                properties.push(Property::default());
                self.open.push(Level::Property);
                self.param = false;
                return Ok(());
            }
            tag::PROP_PARAM => {
                last_property(properties).params.push(PropParam::default());
                self.open.push(Level::Param);
                self.param = true;
                return Ok(());
            }
            tag::PROP_NAME => {
                let prop_name = leaf(source)?;
                match properties.last_mut() {
                    Some(property) if self.open.last() == Some(&Level::Property) => {
                        property.prop_name = prop_name
                    }
                    _ => properties.push(Property::new(prop_name)),
                }
                self.param = false;
            }
            tag::PARAM_NAME => {
                let param_name = leaf(source)?;
                let grouped = self.open.last() == Some(&Level::Param);
                let params = &mut last_property(properties).params;
                match params.last_mut() {
                    Some(param) if grouped => param.param_name = param_name,
                    _ => params.push(PropParam::new(param_name)),
                }
                self.param = true;
            }
            tag::VAL_ENUM => {
                let value = leaf(source)?;
                match self.param(properties) {
                    Some(param) => param.val_enums.push(value),
                    None => last_property(properties).val_enums.push(value),
                }
            }
            tag::DATA_TYPE => {
                let data_type = some_leaf(source)?;
                match self.param(properties) {
                    Some(param) => param.data_type = data_type,
                    None => last_property(properties).data_type = data_type,
                }
            }
            tag::SIZE | tag::MAX_SIZE => {
                let max_size = number(&leaf(source)?);
                match self.param(properties) {
                    Some(param) => param.max_size = max_size,
                    None => last_property(properties).max_size = max_size,
                }
            }
            tag::DISPLAY_NAME => {
                let display_name = some_leaf(source)?;
                match self.param(properties) {
                    Some(param) => param.display_name = display_name,
                    None => last_property(properties).display_name = display_name,
                }
            }
            tag::MAX_OCCUR => last_property(properties).max_occur = number(&leaf(source)?),
            tag::NO_TRUNCATE => last_property(properties).no_truncate = flag(source)?,
            _ => skip(source)?,
        }
        Ok(())
    }

    /// The parameter that what comes next belongs to.
    fn param<'p>(&self, properties: &'p mut [Property]) -> Option<&'p mut PropParam> {
        if self.param {
            properties.last_mut()?.params.last_mut()
        } else {
            None
        }
    }
}

/// The last property; one without a name if there is none.
fn last_property(properties: &mut Vec<Property>) -> &mut Property {
    if properties.is_empty() {
        properties.push(Property::default());
    }
    let last = properties.len() - 1;
    &mut properties[last]
}

/// The name of the next child, its start just taken; `None` at the end of the element.
fn child<'a>(source: &mut impl Source<'a>) -> Result<Option<Name<'a>>, Error> {
    Ok(match source.child()? {
        Child::Known(known) => Some(Name::Known(known)),
        Child::Other(name) => Some(*name),
        Child::End => None,
    })
}

fn leaf<'a>(source: &mut impl Source<'a>) -> Result<ByteString, Error> {
    leaf_text(source).map(trim)
}

/// A leaf that counts as absent when it is empty.
fn some_leaf<'a>(source: &mut impl Source<'a>) -> Result<Option<ByteString>, Error> {
    leaf(source).map(|text| (!text.is_empty()).then_some(text))
}

/// An element whose presence is all it says.
fn flag<'a>(source: &mut impl Source<'a>) -> Result<bool, Error> {
    skip(source).map(|()| true)
}
