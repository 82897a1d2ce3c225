use crate::{DevInf, Property};

/// How much of the content types to tell.
///
/// A document that is too long for the other side's messages is sent with less detail: nobody
/// can do without datastores and sync types, everybody can without property sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "steps of one scale")]
pub enum Detail {
    /// No content types.
    None,
    /// Names of properties only.
    Names,
    /// Everything.
    #[default]
    Full,
}

impl Detail {
    /// From everything to nothing.
    pub const DESCENDING: [Self; 3] = [Self::Full, Self::Names, Self::None];
}

impl DevInf {
    /// The same with less detail.
    ///
    /// ```
    /// use syncml_devinf::{Detail, DevInf, Version};
    ///
    /// fn fit(device: &DevInf, limit: usize) -> Option<Vec<u8>> {
    ///     Detail::DESCENDING
    ///         .into_iter()
    ///         .filter_map(|detail| device.with_detail(detail).to_wbxml(Version::V1_2).ok())
    ///         .find(|bytes| bytes.len() <= limit)
    /// }
    /// assert!(fit(&DevInf::new("d", "phone"), 100).is_some());
    /// ```
    #[must_use]
    pub fn with_detail(&self, detail: Detail) -> Self {
        let mut out = self.clone();
        let Self {
            ct_caps,
            data_stores,
            ..
        } = &mut out;
        for caps in
            std::iter::once(ct_caps).chain(data_stores.iter_mut().map(|store| &mut store.ct_caps))
        {
            match detail {
                Detail::Full => {}
                Detail::None => caps.clear(),
                Detail::Names => {
                    for property in caps.iter_mut().flat_map(|cap| &mut cap.properties) {
                        *property = Property::new(property.prop_name.clone());
                    }
                }
            }
        }
        out
    }

    /// Forgets the lengths of properties, for peers whose numbers are known to be wrong.
    pub fn forget_sizes(&mut self) {
        let Self {
            ct_caps,
            data_stores,
            ..
        } = self;
        for cap in ct_caps
            .iter_mut()
            .chain(data_stores.iter_mut().flat_map(|store| &mut store.ct_caps))
        {
            for property in &mut cap.properties {
                property.max_size = None;
                property
                    .params
                    .iter_mut()
                    .for_each(|param| param.max_size = None);
            }
        }
    }
}
