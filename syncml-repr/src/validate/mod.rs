//! Says in what a message departs from the DTDs and the rules of usage: [`validate`].
//!
//! [`decode`](crate::decode) is tolerant: it reads what devices send. [`encode`](crate::encode) is
//! strict: what it writes keeps the rules, as far as the values of a message can. Between them stands
//! the validator. It tells the author of a device what to mend, and the reader of a trace what the
//! decoder put right without a word.
//!
//! ```
//! use syncml_repr::validate::{Rule, validate};
//! use syncml_repr::{Bytes, Encoding, Limits};
//!
//! let bytes = Bytes::from_static(b"<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD>\
//!     <VerProto>SyncML/1.2</VerProto><SessionID>7</SessionID><MsgID>1</MsgID>\
//!     <Source><LocURI>IMEI:1</LocURI></Source><Target><LocURI>http://s.example/ds</LocURI></Target>\
//!     </SyncHdr><SyncBody><Alert><CmdID>0</CmdID><Data>222</Data></Alert></SyncBody></SyncML>");
//! let report = validate(&bytes, Encoding::Xml, &Limits::default());
//!
//! let [order, id] = &report.findings[..] else { panic!("{report:?}") };
//! assert_eq!((order.rule, &*order.path), (Rule::DtdOrder, "SyncHdr/Target"));
//! assert_eq!(order.position.byte, 173);
//! assert!(order.repaired, "the decoder takes children in any order");
//! assert_eq!((id.rule, &*id.path), (Rule::UseCmdId, "SyncBody/Alert/CmdID"));
//! assert!(!id.repaired && report.is_readable());
//! ```
//!
//! # What is looked at
//!
//! The document is read as events, as the decoder does, and matched with the content models of its
//! version, those of meta information and device information included, and of nested documents in
//! whatever form they come. Beside the events go the tokens of the form. So both encodings of a
//! message have the same findings, those about the form apart.
//!
//! What XML leaves free is no finding: comments, processing instructions, single quotes, white space
//! between elements, CDATA in `Data`, no declaration. Neither is what only a session can know: a
//! reference to a command of another message, a message number out of turn, an anchor that does not
//! match, a status that the peer did not expect.
//!
//! Time and memory are in proportion to the document; a report lists [at most 1,000](Report) findings.

mod form;
mod model;
mod node;
mod report;
mod rule;
mod usage;
mod walk;
mod wbxml;
mod xml;

use syncml_wbxml::tag::{devinf, metinf};
use syncml_wbxml::{Bytes, Encoding, Error, Event, Limits, Name, Reader, Source, xml as markup};

pub use report::{Finding, Report};
pub use rule::Rule;

use crate::{DecodeError, DecodeErrorKind};
use form::Form;
use report::Findings;
use walk::{Place, Walker};

/// Reads a message, and reports every departure from the DTDs and the rules of usage.
///
/// If [`decode`](crate::decode) fails, then its error is among the findings, with the Status that
/// fits, and so is what was found before that place. Device information and meta information as a
/// document of its own is looked at as well.
#[must_use]
pub fn validate(bytes: &Bytes, encoding: Encoding, limits: &Limits) -> Report {
    let mut walker = Walker::new(encoding, limits);
    let text = match encoding {
        Encoding::Wbxml => None,
        Encoding::Xml => match markup::decode_charset(bytes.clone()) {
            Ok(text) => Some(text),
            Err(_) => {
                read_whole(&mut walker.findings, bytes, encoding, limits);
                return walker.findings.finish(None);
            }
        },
    };
    match &text {
        None => {
            let open = || Reader::new(bytes, limits);
            let mut form = wbxml::WbxmlForm::new(bytes, limits);
            walk(&mut walker, bytes, open, &mut form);
        }
        Some(text) => {
            let open = || markup::Reader::new(text, limits);
            let mut form = xml::XmlForm::new(text, bytes);
            walk(&mut walker, bytes, open, &mut form);
        }
    }
    walker.finish();
    walker.findings.finish(text.as_deref())
}

/// Reads a message, or a part of messages that stands alone.
fn walk<'a, S: Source<'a>>(
    walker: &mut Walker<'_>,
    bytes: &Bytes,
    open: impl Fn() -> Result<S, Error>,
    form: &mut impl Form,
) {
    let is_part = open().is_ok_and(is_part);
    if !is_part {
        // First, so that it has a place among the findings, however many there are.
        read_whole(&mut walker.findings, bytes, walker.encoding, walker.limits);
    }
    let Ok(mut source) = open() else { return };
    if let Err(error) = walker.read(&mut source, form, Place::After(0))
        && is_part
    {
        let kind = DecodeErrorKind::Document(error.kind().clone());
        let error = DecodeError::new(kind, walker.path(), error.position());
        walker.findings.add(|| Finding::from(&error));
    }
}

/// Takes the error of the decoder for a finding.
fn read_whole(findings: &mut Findings, bytes: &Bytes, encoding: Encoding, limits: &Limits) {
    if let Err(error) = crate::decode(bytes, encoding, limits) {
        findings.add(|| Finding::from(&error));
    }
}

/// Whether a document is a part of messages that stands alone.
fn is_part<'a>(mut source: impl Source<'a>) -> bool {
    matches!(
        source.next_event(),
        Ok(Some(Event::Start(Name::Known(
            devinf::DEV_INF | metinf::MET_INF
        ))))
    )
}
