use syncml_meta::{Format, base64, same_essence};
use syncml_wbxml::tag::{metinf as m, syncml as s};

use super::base64::{Base64, classify};
use super::quoted;
use crate::Cred;
use crate::validate::Rule;
use crate::validate::node::{Node, find};
use crate::validate::walk::Walker;

/// What a Meta says about credentials.
struct Scheme<'n> {
    name: &'n str,
    format: Option<&'n str>,
}

impl<'n> Scheme<'n> {
    fn of(node: &'n Node) -> Self {
        let meta = node.child(s::META).map_or(&[][..], |meta| &meta.children);
        Self {
            name: find(meta, m::TYPE).map_or("", Node::text),
            format: find(meta, m::FORMAT).map(Node::text),
        }
    }

    fn is(&self, scheme: &str) -> bool {
        same_essence(self.name, scheme)
    }

    fn is_known(&self) -> bool {
        self.is(Cred::BASIC) || self.is(Cred::MD5) || self.is(Cred::MAC)
    }

    fn is_base64(&self) -> bool {
        self.format
            .is_some_and(|format| format.eq_ignore_ascii_case(Format::B64.as_str()))
    }
}

impl Walker<'_> {
    /// `Cred`.
    pub(super) fn check_cred(&mut self, node: &Node) {
        let scheme = Scheme::of(node);
        let is_basic = scheme.name.is_empty() || scheme.is(Cred::BASIC);
        if scheme.name.is_empty() {
            let detail = "no scheme, taken for basic";
            self.add(Rule::UseCredType, node.byte, true, detail);
        } else if !scheme.is_known() {
            self.add(Rule::UseCredType, node.byte, false, quoted(scheme.name));
        }
        if !scheme.is_base64() {
            let detail = "a Format other than b64, or none";
            self.add(Rule::UseCredFormat, node.byte, false, detail);
        }
        let Some(data) = node.child(s::DATA) else {
            return;
        };
        // What the data is goes into no report.
        let detail = if data.content.is_empty() {
            "no credentials"
        } else if data.is_opaque && std::str::from_utf8(&data.content).is_err() {
            "octets in place of Base64"
        } else {
            match (
                classify(data.text()),
                data.text().len() < data.content.len(),
            ) {
                (Base64::Not, _) => "no Base64",
                (Base64::Lenient, _) | (_, true) => "Base64 that is not as it should be",
                (Base64::Strict, false) => {
                    let octets = base64::decode_lenient(data.text()).unwrap_or_default();
                    if scheme.is(Cred::MD5) && octets.len() != 16 {
                        "a digest that has not 16 octets"
                    } else if is_basic && !octets.contains(&b':') {
                        "no colon between name and password"
                    } else {
                        return;
                    }
                }
            }
        };
        self.add_in(&[s::DATA], Rule::UseCredData, data.byte, false, detail);
    }

    /// `Chal`.
    pub(super) fn check_chal(&mut self, node: &Node) {
        let scheme = Scheme::of(node);
        if !scheme.is_known() {
            self.add(Rule::UseChalType, node.byte, false, quoted(scheme.name));
        }
        if !scheme.is_base64() {
            let detail = "a Format other than b64, or none";
            self.add(Rule::UseCredFormat, node.byte, false, detail);
        }
        let nonce = node
            .child(s::META)
            .and_then(|meta| meta.child(m::NEXT_NONCE));
        if nonce.is_none() && (scheme.is(Cred::MD5) || scheme.is(Cred::MAC)) {
            let detail = "a digest is asked for without a nonce";
            self.add(Rule::UseNonce, node.byte, false, detail);
        }
    }
}
