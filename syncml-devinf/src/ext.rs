use syncml_wbxml::ByteString;
use syncml_wbxml::sparse_debug;

/// A vendor extension (`Ext`) `[DevInf §Ext]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Ext {
    /// Name (`XNam`).
    pub x_nam: ByteString,
    /// Values (`XVal`).
    pub x_vals: Vec<ByteString>,
}

sparse_debug!(Ext { x_nam, x_vals });

impl Ext {
    /// An extension with these values.
    #[must_use]
    pub fn new<T: Into<ByteString>>(
        x_nam: impl Into<ByteString>,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        Self {
            x_nam: x_nam.into(),
            x_vals: values.into_iter().map(Into::into).collect(),
        }
    }
}
