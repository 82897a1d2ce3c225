//! Email, File and Folder: the objects of OMA Data Synchronization itself, as XML.
//!
//! Read are all forms that devices write: elements in any order and case, namespaces, document types, ampersands that
//! are none, CDATA in CDATA, several `XNam` in one `Ext`. Written is one form, the one that all understand: elements in
//! the order of the objects, flags in lower case, bodies of files in base64, messages in CDATA. Children that nobody
//! knows are kept.
//!
//! ```
//! use ds_objects::omads::{Body, File};
//!
//! let file = File::parse(b"<File><name>tea.txt</name><body enc=\"base64\">dGVh</body><size>3</size></File>")?;
//! assert_eq!(file.body, Body::Present(b"tea".to_vec()));
//! // A change of the name alone leaves the content as it is.
//! assert_eq!(File::parse(b"<File><name>tea 2.txt</name></File>")?.body, Body::Absent);
//! # Ok::<(), ds_objects::Error>(())
//! ```

mod any;
mod attributes;
mod body;
mod email;
mod ext;
mod file;
mod folder;
mod stream;
mod xml;

pub(crate) use any::Any;
pub use attributes::Attributes;
pub use body::{Body, Enc};
pub use email::Email;
pub use ext::Ext;
pub use file::File;
pub use folder::{Folder, Role};
pub use stream::{BodyReader, BodyWriter};
pub use xml::Element;
