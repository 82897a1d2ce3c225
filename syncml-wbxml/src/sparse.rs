//! `Debug` that leaves out what is not there: log lines and snapshots show the elements of a
//! message, not the absent ones. Shared by the crates of the toolkit, no public interface.

use alloc::vec::Vec;

use core::fmt;

use crate::{ByteString, Fragment};

/// What a field shows.
pub trait Shown: fmt::Debug {
    /// `None` for what is absent, unset or empty; what an `Option` holds.
    fn shown(&self) -> Option<&dyn fmt::Debug>;
}

impl Shown for bool {
    fn shown(&self) -> Option<&dyn fmt::Debug> {
        self.then_some(self as _)
    }
}
impl<T: fmt::Debug> Shown for Option<T> {
    fn shown(&self) -> Option<&dyn fmt::Debug> {
        self.as_ref().map(|value| value as _)
    }
}
impl<T: fmt::Debug> Shown for Vec<T> {
    fn shown(&self) -> Option<&dyn fmt::Debug> {
        (!self.is_empty()).then_some(self as _)
    }
}

/// Implements [`Shown`] for types that are always there.
#[doc(hidden)]
#[macro_export]
macro_rules! always_shown {
    ($($name:ty),+ $(,)?) => {$(
        impl $crate::sparse::Shown for $name {
            fn shown(&self) -> Option<&dyn ::core::fmt::Debug> {
                Some(self)
            }
        }
    )+};
}
always_shown!(ByteString, Fragment);

/// Implements `Debug` for a struct from its field list. The list is checked to be complete.
#[doc(hidden)]
#[macro_export]
macro_rules! sparse_debug {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let Self { $($field),+ } = self;
                let mut out = f.debug_struct(stringify!($name));
                $(if let Some(value) = $crate::sparse::Shown::shown($field) {
                    out.field(stringify!($field), value);
                })+
                out.finish()
            }
        }
    };
}
