//! What both writers can do: [`Encoder`].

use alloc::vec::Vec;

use core::fmt::Debug;

use crate::doctype::Doctype;
use crate::error::Error;
use crate::event::Sink;

/// A sink that makes bytes: the [`Writer`](crate::Writer) of WBXML and that of XML.
///
/// It lets the layer above pack a message under a size limit without encoding twice: take a
/// checkpoint, put a command, compare `len() + closing_len()` with the limit, and roll back if it is
/// too much.
pub trait Encoder: Sink + Sized {
    /// A state to come back to.
    type Checkpoint: Clone + Debug;

    /// A writer for a document of this type.
    fn new(doctype: Doctype) -> Self;

    /// The same with room for so many bytes.
    fn with_capacity(doctype: Doctype, capacity: usize) -> Self;

    /// Bytes written so far, those of the header included.
    ///
    /// An element whose content is still to come counts without its end; that is in
    /// [`closing_len`](Self::closing_len).
    fn len(&self) -> usize;

    /// Whether no element has begun yet.
    fn is_empty(&self) -> bool;

    /// Bytes that ending all open elements would add: the document would then be exactly
    /// `len() + closing_len()` bytes long.
    fn closing_len(&self) -> usize;

    /// The present state.
    fn checkpoint(&self) -> Self::Checkpoint;

    /// Takes back all that was put since the checkpoint, which must be one of this writer and not
    /// older than another one already rolled back to.
    fn rollback(&mut self, to: &Self::Checkpoint);

    /// The document.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unbalanced`](crate::ErrorKind::Unbalanced) unless the root has been put and ended.
    fn finish(self) -> Result<Vec<u8>, Error>;
}
