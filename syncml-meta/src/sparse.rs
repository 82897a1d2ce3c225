//! `Debug` that leaves out what is not there: log lines and snapshots show the elements of a
//! message, not the absent ones. Shared by the crates of the toolkit, no public interface.

use syncml_wbxml::{ByteString, Fragment};

/// Whether a field is worth showing.
pub trait Shown {
    /// `false` for what is absent, unset or empty.
    fn shown(&self) -> bool {
        true
    }
}

impl Shown for bool {
    fn shown(&self) -> bool {
        *self
    }
}
impl<T> Shown for Option<T> {
    fn shown(&self) -> bool {
        self.is_some()
    }
}
impl<T> Shown for Vec<T> {
    fn shown(&self) -> bool {
        !self.is_empty()
    }
}
impl Shown for ByteString {}
impl Shown for Fragment {}
impl Shown for crate::MetInf {}

/// Implements `Debug` for a struct from its field list. The list is checked to be complete.
#[doc(hidden)]
#[macro_export]
macro_rules! sparse_debug {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let Self { $($field),+ } = self;
                let mut out = f.debug_struct(stringify!($name));
                $(if $crate::sparse::Shown::shown($field) {
                    out.field(stringify!($field), $field);
                })+
                out.finish()
            }
        }
    };
}
