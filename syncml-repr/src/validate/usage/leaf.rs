use syncml_meta::{Format, Version};
use syncml_wbxml::tag::{devinf as d, metinf as m, syncml as s};
use syncml_wbxml::{Encoding, number};

use super::base64::{Base64, classify};
use super::{is_number, quoted};
use crate::validate::Rule;
use crate::validate::model;
use crate::validate::node::{Holds, Node};
use crate::validate::walk::Walker;
use crate::{AlertCode, MsgId};

/// What a Status may answer.
const COMMANDS: [&str; 17] = [
    "SyncHdr", "Add", "Alert", "Atomic", "Copy", "Delete", "Exec", "Get", "Map", "Move", "Put",
    "Replace", "Results", "Search", "Sequence", "Status", "Sync",
];

/// The words of DevTyp.
const DEVICES: [&str; 7] = [
    "pager",
    "handheld",
    "pda",
    "phone",
    "smartphone",
    "server",
    "workstation",
];

impl Walker<'_> {
    /// The text of a leaf. As long as the list of leaves that have a rule: one arm for each.
    pub(super) fn check_leaf(&mut self, node: &Node) {
        let parent = self.around(1);
        let (tag, byte, text) = (node.tag, node.byte, node.text());
        if model::is_trimmed(tag, parent)
            && node.holds == Holds::Text
            && text.len() < node.content.len()
            && std::str::from_utf8(&node.content).is_ok()
        {
            self.add(
                Rule::UseBlanks,
                byte,
                true,
                format!("white space around {}", quoted(text)),
            );
        }
        match tag {
            s::VER_DTD => {
                self.version = Version::parse(text);
                self.check_version(node);
            }
            d::VER_DTD => {
                let message = self.version;
                self.devinf_version = Version::parse(text);
                self.check_version(node);
                if let (Some(message), Some(own)) = (message, self.devinf_version)
                    && message != own
                {
                    self.add(
                        Rule::VerDevInf,
                        byte,
                        true,
                        format!("device information of version {own} in a message of {message}"),
                    );
                }
            }
            s::SESSION_ID if text.is_empty() || text.chars().count() > 4 => self.add(
                Rule::UseSessionId,
                byte,
                false,
                format!("{} characters", text.chars().count()),
            ),
            s::MSG_ID | s::MSG_REF if !is_number(text) || text == "0" => {
                // A number after all, and then the right one.
                let read = MsgId::parse(text.as_bytes()).is_some_and(|id| id.get() > 0);
                self.add(Rule::UseMsgId, byte, read, quoted(text));
            }
            s::CMD_ID => self.check_cmd_id(node),
            s::CMD_REF if text.is_empty() => {
                self.add(Rule::UseCmdRef, byte, false, "no command");
            }
            s::CMD_REF if text == "0" && parent == Some(s::RESULTS) => {
                self.add(Rule::UseCmdRef, byte, false, "Results of the header");
            }
            s::CMD if !COMMANDS.contains(&text) => {
                self.add(Rule::UseCmd, byte, false, quoted(text));
            }
            s::RESP_URI if !text.contains(':') => {
                self.add(Rule::UseRespUri, byte, false, quoted(text));
            }
            s::LOC_URI if text.is_empty() => {
                self.add(Rule::UseLocUri, byte, false, "an empty address");
            }
            s::FILTER_TYPE if text != "INCLUSIVE" && text != "EXCLUSIVE" => {
                let read = text.eq_ignore_ascii_case("INCLUSIVE")
                    || text.eq_ignore_ascii_case("EXCLUSIVE");
                self.add(Rule::UseFilterType, byte, read, quoted(text));
            }
            s::DATA if parent == Some(s::ALERT) => self.check_alert_code(node),
            s::DATA if parent == Some(s::STATUS) => {
                let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
                if !is_code {
                    self.add(Rule::UseStatusCode, byte, false, quoted(text));
                }
            }
            s::NUMBER_OF_CHANGES | m::SIZE | m::FREE_MEM | m::FREE_ID => self.check_number(node),
            d::MAX_GUID_SIZE | d::MAX_MEM | d::MAX_ID | d::SIZE | d::MAX_SIZE | d::MAX_OCCUR => {
                self.check_number(node);
            }
            m::MAX_MSG_SIZE | m::MAX_OBJ_SIZE => {
                self.check_number(node);
                if number(text) == Some(0) {
                    self.add(Rule::UseZero, byte, false, format!("{tag} is 0"));
                }
            }
            m::NEXT if text.is_empty() => {
                self.add(Rule::UseAnchor, byte, false, "an empty anchor");
            }
            m::FORMAT => self.check_format(node),
            m::NEXT_NONCE => self.check_nonce(node),
            d::SYNC_TYPE => self.check_sync_type(node),
            d::DEV_TYP => {
                self.usage.is_server = text.eq_ignore_ascii_case("server");
                let known = DEVICES.iter().any(|word| word.eq_ignore_ascii_case(text));
                if !known {
                    self.add(Rule::UseDevTyp, byte, false, quoted(text));
                }
            }
            d::CT_TYPE
            | d::VER_CT
            | d::DATA_TYPE
            | d::PROP_NAME
            | d::PARAM_NAME
            | d::SOURCE_REF
            | d::DEV_ID
            | d::X_NAM
                if text.is_empty() =>
            {
                self.add(Rule::UseEmpty, byte, false, format!("an empty {tag}"));
            }
            _ => {}
        }
    }

    fn check_version(&mut self, node: &Node) {
        let text = node.text();
        if !Version::ALL.iter().any(|version| version.as_str() == text) {
            let read = Version::parse(text).is_some();
            self.add(Rule::VerDtd, node.byte, read, quoted(text));
        }
    }

    fn check_cmd_id(&mut self, node: &Node) {
        let text = node.text();
        if text.is_empty() || text == "0" {
            self.add(Rule::UseCmdId, node.byte, false, quoted(text));
            return;
        }
        let id = node.content.slice_ref(text.as_bytes());
        if !self.usage.cmd_ids.insert(id) {
            self.add(
                Rule::UseCmdIdTwice,
                node.byte,
                false,
                format!("{} again", quoted(text)),
            );
        }
    }

    fn check_number(&mut self, node: &Node) {
        let text = node.text();
        if !is_number(text) {
            let read = number(text).is_some();
            let what = if read { "" } else { ", taken for none" };
            self.add(
                Rule::UseNumber,
                node.byte,
                true,
                format!("{}{what}", quoted(text)),
            );
        }
    }

    fn check_alert_code(&mut self, node: &Node) {
        let text = node.text();
        let code = AlertCode::parse(text.as_bytes());
        match code.filter(|_| is_number(text)) {
            Some(code) if code.name().is_some() => {
                let since = match code {
                    AlertCode::NO_END_OF_DATA => Version::V1_1,
                    AlertCode::SUSPEND | AlertCode::RESUME => Version::V1_2,
                    _ => Version::V1_0,
                };
                if let Some(version) = self.version.filter(|version| *version < since) {
                    self.add(
                        Rule::VerAlert,
                        node.byte,
                        false,
                        format!("code {code} in version {version}"),
                    );
                }
                self.usage.asked_on |= code == AlertCode::NEXT_MESSAGE;
            }
            _ => self.add(
                Rule::UseAlertCode,
                node.byte,
                code.is_some_and(|code| code.name().is_some()),
                quoted(text),
            ),
        }
    }

    fn check_format(&mut self, node: &Node) {
        let text = node.text();
        let format = Format::parse(text.to_owned().into());
        if matches!(format, Format::Other(_)) {
            self.add(Rule::UseFormat, node.byte, false, quoted(text));
        } else if format.as_str() != text {
            self.add(Rule::UseFormat, node.byte, true, quoted(text));
        }
        if format == Format::Bin && self.encoding == Encoding::Xml {
            self.add(Rule::XmlFormat, node.byte, true, "octets in XML");
        }
    }

    fn check_nonce(&mut self, node: &Node) {
        let detail = if node.is_opaque && std::str::from_utf8(&node.content).is_err() {
            "octets in place of Base64"
        } else {
            match classify(node.text()) {
                Base64::Strict if node.text().is_empty() => "an empty nonce",
                Base64::Strict => return,
                Base64::Lenient => "Base64 that is not as it should be",
                Base64::Not => "no Base64, taken as it stands",
            }
        };
        self.add(Rule::UseNonce, node.byte, true, detail);
    }
}
