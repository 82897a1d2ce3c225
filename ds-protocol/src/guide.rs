//! Longer pages.

#[doc = include_str!("guide/promises.md")]
pub mod promises {}
