//! For each rule a message that breaks it, and what the report says.

mod common;

use common::{HEADER, document};
use syncml_repr::validate::{Finding, Rule, validate};
use syncml_repr::{Bytes, Encoding, Limits, StatusCode, decode};

const SYNC: &str =
    "<CmdID>9</CmdID><Target><LocURI>./a</LocURI></Target><Source><LocURI>./b</LocURI></Source>";
const PUT: &str = "<Put><CmdID>3</CmdID><Meta><Type xmlns='syncml:metinf'>application/vnd.syncml-devinf+xml</Type></Meta>";
const STORE: &str = "<SourceRef>./b</SourceRef><Rx-Pref><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT></Rx-Pref>\
    <Tx-Pref><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT></Tx-Pref>\
    <CTCap><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT><Property><PropName>N</PropName></Property></CTCap>\
    <SyncCap><SyncType>1</SyncType><SyncType>2</SyncType></SyncCap>";

fn findings(bytes: &Bytes, encoding: Encoding) -> Vec<Finding> {
    validate(bytes, encoding, &Limits::default()).findings
}

/// A document in which namespaces are no matter: those of MetInf and DevInf are put where they belong.
fn xml(header: &str, body: &str) -> Bytes {
    let text = String::from_utf8(document(header, body).to_vec()).expect("is UTF-8");
    let mut text = text;
    for name in [
        "Format",
        "Type",
        "Size",
        "Anchor",
        "NextNonce",
        "MaxMsgSize",
        "EMI",
        "MetInf",
    ] {
        text = text.replace(
            &format!("<{name}>"),
            &format!("<{name} xmlns='syncml:metinf'>"),
        );
    }
    // Inside of these two the namespace is that of the element around.
    for (inside, part) in [("DevInf", "<Size"), ("MetInf", "<Type")] {
        if text.contains(&format!("<{inside} ")) {
            text = text.replace(
                &format!("{part} xmlns='syncml:metinf'>"),
                &format!("{part}>"),
            );
        }
    }
    text.into()
}

fn put(device: &str) -> String {
    format!(
        "{PUT}<Item><Source><LocURI>./devinf12</LocURI></Source><Data><DevInf xmlns='syncml:devinf'>{device}</DevInf></Data></Item></Put>"
    )
}

fn device(store: &str) -> String {
    put(&format!(
        "<VerDTD>1.2</VerDTD><DevID>1</DevID><DevTyp>phone</DevTyp><DataStore>{store}</DataStore>"
    ))
}

fn add(item: &str) -> String {
    format!(
        "<Sync>{SYNC}<Add><CmdID>10</CmdID><Item><Source><LocURI>1</LocURI></Source>{item}</Item></Add></Sync>"
    )
}

/// Rule, body, path, whether it is repaired. One finding each.
fn bodies() -> Vec<(Rule, String, &'static str, bool)> {
    let alert = |data: &str, rest: &str| format!("<Alert><CmdID>1</CmdID>{data}{rest}</Alert>");
    let status = |rest: &str| format!("<Status><CmdID>1</CmdID><MsgRef>1</MsgRef>{rest}</Status>");
    let item = |meta: &str| {
        format!(
            "<Item><Target><LocURI>./a</LocURI></Target><Source><LocURI>./b</LocURI></Source>{meta}</Item>"
        )
    };
    let cred = |meta: &str, data: &str| {
        alert(
            &format!("<Cred>{meta}<Data>{data}</Data></Cred><Data>100</Data>"),
            "",
        )
    };
    let chal = |meta: &str| {
        status(&format!(
            "<CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Chal><Meta>{meta}</Meta></Chal><Data>407</Data>"
        ))
    };
    let basic = "<Meta><Format>b64</Format><Type>syncml:auth-basic</Type></Meta>";
    let filter = |rest: &str| {
        let anchor = "<Meta><Anchor><Next>1</Next></Anchor></Meta>";
        alert(
            "<Data>200</Data>",
            &format!(
                "<Item><Target><LocURI>./a</LocURI><Filter>{rest}</Filter></Target><Source><LocURI>./b</LocURI></Source>{anchor}</Item>"
            ),
        )
    };
    vec![
        (Rule::DtdOrder, "<Alert><Data>100</Data><CmdID>1</CmdID></Alert>".into(), "SyncBody/Alert/CmdID", true),
        (Rule::DtdMissing, "<Get><CmdID>1</CmdID></Get>".into(), "SyncBody/Get", false),
        (Rule::DtdTwice, alert("<Data>100</Data><Data>100</Data>", ""), "SyncBody/Alert/Data[2]", true),
        (Rule::DtdPlace, alert("<Data>100</Data><Archive/>", ""), "SyncBody/Alert/Archive", true),
        (Rule::DtdPlace, format!("<Sync>{SYNC}{}</Sync>", alert("<Data>100</Data>", "")), "SyncBody/Sync/Alert", false),
        (Rule::DtdUnknown, alert("<Data>100</Data><Error>x</Error>", ""), "SyncBody/Alert/Error", true),
        (Rule::DtdUnknown, alert("<Data>100</Data>", "") + "<Teleport><CmdID>2</CmdID></Teleport>", "SyncBody/Teleport", false),
        (Rule::DtdText, alert("<Data>100</Data>", "then"), "SyncBody/Alert", true),
        (Rule::DtdEmpty, alert("<NoResp>yes</NoResp><Data>100</Data>", ""), "SyncBody/Alert/NoResp", true),
        (Rule::DtdLeaf, alert("<Data>100<Cmd/></Data>", ""), "SyncBody/Alert/Data/Cmd", true),
        (Rule::UseCmdId, "<Alert><CmdID>0</CmdID><Data>100</Data></Alert>".into(), "SyncBody/Alert/CmdID", false),
        (Rule::UseCmdIdTwice, alert("<Data>100</Data>", "").repeat(2), "SyncBody/Alert[2]/CmdID", false),
        (Rule::UseMsgId, "<Status><CmdID>1</CmdID><MsgRef>01</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>".into(), "SyncBody/Status/MsgRef", true),
        (Rule::UseCmdRef, "<Results><CmdID>1</CmdID><CmdRef>0</CmdRef><Item/></Results>".into(), "SyncBody/Results/CmdRef", false),
        (Rule::UseCmd, status("<CmdRef>2</CmdRef><Cmd>ADD</Cmd><Data>200</Data>"), "SyncBody/Status/Cmd", false),
        (Rule::UseCmd, status("<CmdRef>2</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data>"), "SyncBody/Status/Cmd", false),
        (Rule::UseLocUri, alert("<Data>100</Data>", "<Item><Target><LocURI/></Target></Item>"), "SyncBody/Alert/Item/Target/LocURI", false),
        (Rule::UseBlanks, "<Alert><CmdID>1 </CmdID><Data>100</Data></Alert>".into(), "SyncBody/Alert/CmdID", true),
        (Rule::UseNumber, add("<Meta><Size>+1</Size></Meta><Data>x</Data>"), "SyncBody/Sync/Add/Item/Meta/Size", true),
        (Rule::UseAlertCode, alert("<Data>two-way</Data>", ""), "SyncBody/Alert/Data", false),
        (Rule::UseAlertCode, alert("", ""), "SyncBody/Alert", false),
        (Rule::UseAlertItem, alert("<Data>200</Data>", ""), "SyncBody/Alert", false),
        (Rule::UseAnchor, alert("<Data>200</Data>", &item("")), "SyncBody/Alert/Item", false),
        (Rule::UseAnchor, alert("<Data>200</Data>", &item("<Meta><Anchor><Next/></Anchor></Meta>")), "SyncBody/Alert/Item/Meta/Anchor/Next", false),
        (Rule::UseStatusCode, status("<CmdRef>2</CmdRef><Cmd>Add</Cmd><Data>OK</Data>"), "SyncBody/Status/Data", false),
        (Rule::UseStatusFirst, status("<CmdRef>2</CmdRef><Cmd>Add</Cmd><Data>200</Data>") + "<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>", "SyncBody/Status[2]", false),
        (Rule::UseStatusRef, status("<CmdRef>2</CmdRef><Cmd>Add</Cmd><Data>200</Data><Item><Source><LocURI>1</LocURI></Source></Item>"), "SyncBody/Status/Item", false),
        (Rule::UseFinal, alert("<Data>222</Data>", "") + "<Final/>", "SyncBody/Final", false),
        (Rule::UseSync, "<Sync><CmdID>1</CmdID></Sync>".into(), "SyncBody/Sync", false),
        (Rule::UseSyncNested, format!("<Atomic><CmdID>1</CmdID><Sync>{SYNC}</Sync></Atomic>"), "SyncBody/Atomic/Sync", false),
        (Rule::UseChange, "<Delete><CmdID>1</CmdID><Item><Target><LocURI>1</LocURI></Target></Item></Delete>".into(), "SyncBody/Delete", false),
        (Rule::UseChangeCount, add("").replace("<Add>", "<NumberOfChanges>0</NumberOfChanges><Add>"), "SyncBody/Sync/NumberOfChanges", false),
        (Rule::UseItemAddress, format!("<Sync>{SYNC}<Add><CmdID>1</CmdID><Item><Data>x</Data></Item></Add></Sync>"), "SyncBody/Sync/Add/Item", false),
        (Rule::UseMoreData, add("<Data>x</Data><MoreData/>") + "<Final/>", "SyncBody/Final", false),
        (Rule::UseMoreData, add("<Data>x</Data><MoreData/></Item><Item><Source><LocURI>2</LocURI></Source>"), "SyncBody/Sync/Add/Item[2]", false),
        (Rule::UseSize, add("<Meta><Size>7</Size></Meta><Data>x</Data>"), "SyncBody/Sync/Add/Item/Meta/Size", false),
        (Rule::UseBase64, add("<Meta><Format>b64</Format></Meta><Data>eA</Data>"), "SyncBody/Sync/Add/Item/Data", true),
        (Rule::UseFormat, add("<Meta><Format>CHR</Format></Meta><Data>x</Data>"), "SyncBody/Sync/Add/Item/Meta/Format", true),
        (Rule::UseFormat, add("<Meta><Format>own</Format></Meta><Data>x</Data>"), "SyncBody/Sync/Add/Item/Meta/Format", false),
        (Rule::XmlFormat, add("<Meta><Format>bin</Format></Meta><Data>x</Data>"), "SyncBody/Sync/Add/Item/Meta/Format", true),
        (Rule::UseMetaPlace, add("<Meta><MaxMsgSize>7</MaxMsgSize></Meta>"), "SyncBody/Sync/Add/Item/Meta/MaxMsgSize", true),
        (Rule::UseMetaEmpty, add("<Meta/>"), "SyncBody/Sync/Add/Item/Meta", true),
        (Rule::UseMetaWrapper, add("<Meta><MetInf><Type>text/plain</Type></MetInf></Meta>"), "SyncBody/Sync/Add/Item/Meta/MetInf", true),
        (Rule::UseCredType, cred("<Meta><Format>b64</Format></Meta>", "YTpi"), "SyncBody/Alert/Cred", true),
        (Rule::UseCredType, cred("<Meta><Format>b64</Format><Type>own</Type></Meta>", "YTpi"), "SyncBody/Alert/Cred", false),
        (Rule::UseCredFormat, cred("<Meta><Type>syncml:auth-basic</Type></Meta>", "YTpi"), "SyncBody/Alert/Cred", false),
        (Rule::UseCredData, cred(basic, "YTp"), "SyncBody/Alert/Cred/Data", false),
        (Rule::UseCredData, cred(basic, "YWJj"), "SyncBody/Alert/Cred/Data", false),
        (Rule::UseCredData, cred(&basic.replace("basic", "md5"), "YTpi"), "SyncBody/Alert/Cred/Data", false),
        (Rule::UseChalType, chal("<Format>b64</Format>"), "SyncBody/Status/Chal", false),
        (Rule::UseNonce, chal("<Format>b64</Format><Type>syncml:auth-md5</Type>"), "SyncBody/Status/Chal", false),
        (Rule::UseNonce, chal("<Format>b64</Format><Type>syncml:auth-md5</Type><NextNonce>no!</NextNonce>"), "SyncBody/Status/Chal/Meta/NextNonce", true),
        (Rule::UseFilter, filter("<Meta><EMI>x</EMI></Meta>").replace("<EMI>x</EMI>", "<Type xmlns='syncml:metinf'/>"), "SyncBody/Alert/Item/Target/Filter", false),
        (Rule::UseFilter, filter("<Meta><Type>text/vcard</Type></Meta><Record><Item><Meta><Type>text/plain</Type></Meta><Data>x</Data></Item></Record>"), "SyncBody/Alert/Item/Target/Filter/Record/Item", false),
        (Rule::UseFilterType, filter("<Meta><Type>text/vcard</Type></Meta><FilterType>inclusive</FilterType>"), "SyncBody/Alert/Item/Target/Filter/FilterType", true),
        (Rule::UseType, device(STORE).replace("devinf+xml", "devinf+wbxml"), "SyncBody/Put/Item", true),
        (Rule::UseDevInfForm, format!("{PUT}<Item><Source><LocURI>./devinf12</LocURI></Source><Data>nothing</Data></Item></Put>"), "SyncBody/Put/Item/Data", false),
        (Rule::UseDevInfUri, device(STORE).replace("./devinf12", "devinf11"), "SyncBody/Put/Item/Source/LocURI", true),
        (Rule::UseDevTyp, device(STORE).replace("phone", "fridge"), "SyncBody/Put/Item/Data/DevInf/DevTyp", false),
        (Rule::UseMaxGuid, device(&STORE.replace("<Rx-Pref>", "<MaxGUIDSize>64</MaxGUIDSize><Rx-Pref>")).replace("phone", "server"), "SyncBody/Put/Item/Data/DevInf/DataStore/MaxGUIDSize", false),
        (Rule::UseSyncType, device(&STORE.replace("<SyncType>2", "<SyncType>02")), "SyncBody/Put/Item/Data/DevInf/DataStore/SyncCap/SyncType[2]", true),
        (Rule::UseSyncType, device(&STORE.replace("</SyncCap>", "<SyncType>8</SyncType></SyncCap>")), "SyncBody/Put/Item/Data/DevInf/DataStore/SyncCap/SyncType[3]", false),
        (Rule::UseSyncCap, device(&STORE.replace("<SyncType>2</SyncType>", "")), "SyncBody/Put/Item/Data/DevInf/DataStore/SyncCap", false),
        (Rule::UseDataStore, device(STORE) + &alert("<Data>200</Data>", &item("<Meta><Anchor><Next>1</Next></Anchor></Meta>")).replace("./b", "./c"), "SyncBody/Alert/Item/Source", false),
        (Rule::UseEmpty, device(&STORE.replace("<VerCT>2.1</VerCT></Tx", "<VerCT/></Tx")), "SyncBody/Put/Item/Data/DevInf/DataStore/Tx-Pref/VerCT", false),
        (Rule::VerDevInf, device(STORE).replace("<VerDTD>1.2", "<VerDTD>1.1").replace(&STORE[STORE.find("<CTCap").unwrap_or(0)..STORE.find("<SyncCap").unwrap_or(0)], ""), "SyncBody/Put/Item/Data/DevInf/VerDTD", true),
        (Rule::XmlCdata, "<Alert><CmdID><![CDATA[1]]></CmdID><Data>100</Data></Alert>".into(), "SyncBody/Alert/CmdID", true),
        (Rule::XmlEntity, add("<Data>a&EQ;b</Data>"), "SyncBody/Sync/Add/Item/Data", true),
        (Rule::XmlLineEnd, add("<Data><![CDATA[a\r\r\nb]]></Data>"), "SyncBody/Sync/Add/Item/Data", false),
        (Rule::XmlAttribute, "<Alert lang='en'><CmdID>1</CmdID><Data>100</Data></Alert>".into(), "SyncBody/Alert", true),
        (Rule::XmlNamespace, "<Alert xmlns=''><CmdID>1</CmdID><Data>100</Data></Alert>".into(), "SyncBody/Alert", true),
        (Rule::XmlNamespaceCase, add("<Meta><Type xmlns='SYNCML:METINF'>a/b</Type></Meta>"), "SyncBody/Sync/Add/Item/Meta/Type", true),
        (Rule::XmlNamespaceVersion, add("<Meta><Type xmlns='syncml:metinf1.1'>a/b</Type></Meta>"), "SyncBody/Sync/Add/Item/Meta/Type", true),
        (Rule::XmlPrefix, add("<Meta><m:Type xmlns:m='syncml:metinf'>a/b</m:Type></Meta>"), "SyncBody/Sync/Add/Item/Meta/Type", true),
        (Rule::XmlSpelling, device(STORE).replace("DevID", "DevId"), "SyncBody/Put/Item/Data/DevInf/DevID", true),
    ]
}

/// Rule, header, path, whether it is repaired.
fn headers() -> Vec<(Rule, String, &'static str, bool)> {
    let replace = |from: &str, to: &str| HEADER.replace(from, to);
    vec![
        (Rule::VerDtd, replace("<VerDTD>1.2", "<VerDTD>1.3"), "SyncHdr/VerDTD", false),
        (Rule::VerProto, replace("SyncML/1.2", "SyncML/1.1"), "SyncHdr/VerProto", false),
        (Rule::UseSessionId, replace("<SessionID>7", "<SessionID>1234567890"), "SyncHdr/SessionID", false),
        (Rule::UseMsgId, replace("<MsgID>1", "<MsgID>01"), "SyncHdr/MsgID", true),
        (Rule::UseRespUri, replace("</SyncHdr>", "<RespURI>x</RespURI></SyncHdr>"), "SyncHdr/RespURI", false),
        (Rule::UseZero, replace("</SyncHdr>", "<Meta><MaxMsgSize>0</MaxMsgSize></Meta></SyncHdr>"), "SyncHdr/Meta/MaxMsgSize", false),
        (Rule::VerElement, replace("1.2<", "1.1<").replace("<LocURI>http://s.example/ds</LocURI>", "<LocURI>http://s.example/ds</LocURI><Filter><Meta><Type>a/b</Type></Meta></Filter>"), "SyncHdr/Target/Filter", true),
        (Rule::ReadHeader, replace("<MsgID>1</MsgID>", "<MsgID>one</MsgID>"), "SyncHdr/MsgID", false),
    ]
}

/// Rule, document, encoding, path, whether it is repaired.
fn documents() -> Vec<(Rule, Bytes, Encoding, &'static str, bool)> {
    let good = document(HEADER, "<Final/>");
    let good = String::from_utf8(good.to_vec()).expect("is UTF-8");
    let text = |text: String| Bytes::from(text);
    let fixture = |name: &str| {
        Bytes::from_static(
            testdata::get(name)
                .unwrap_or_else(|| panic!("{name}"))
                .bytes,
        )
    };
    let plain = fixture("message/variant/plain.wbxml");
    let with = |at: usize, octet: u8| {
        let mut octets = plain.to_vec();
        octets[at] = octet;
        Bytes::from(octets)
    };
    let deep = "<Atomic>".repeat(20) + &"</Atomic>".repeat(20);
    let elements = "<X>".repeat(70) + &"</X>".repeat(70);
    let long_names = document(
        &HEADER.replace("1.2<", "1.1<"),
        "<Alert><CmdID>1</CmdID><Data>224</Data></Alert>",
    );
    // The header of `plain` and a literal tag in place of Final.
    let mut literal = b"\x02\xA4\x01\x6A\x06Final\0".to_vec();
    literal.extend_from_slice(&plain[5..]);
    let last = literal.len() - 3;
    assert_eq!(literal[last], 0x12, "Final, END, END");
    literal.splice(last..=last, [0x04, 0x00]);
    use Encoding::{Wbxml, Xml};
    vec![
        (
            Rule::ReadDocument,
            fixture("message/bad/truncated.xml"),
            Xml,
            "SyncBody/Sync/Replace/Item/Data",
            false,
        ),
        (Rule::ReadRoot, text("<html/>".into()), Xml, "", false),
        (
            Rule::ReadNesting,
            document(HEADER, &deep),
            Xml,
            &DEEP[..DEEP.len() - 1],
            false,
        ),
        (
            Rule::ReadLimit,
            document(HEADER, &elements),
            Xml,
            &LIMIT[..LIMIT.len() - 1],
            false,
        ),
        (
            Rule::VerAlert,
            text(String::from_utf8_lossy(&long_names).replace("SYNCML1.2", "SYNCML1.1")),
            Xml,
            "SyncBody/Alert/Data",
            false,
        ),
        (
            Rule::XmlByteOrderMark,
            text(format!("\u{FEFF}{good}")),
            Xml,
            "",
            true,
        ),
        (
            Rule::XmlStart,
            text(format!(" <?xml version='1.0'?>{good}")),
            Xml,
            "",
            true,
        ),
        (
            Rule::XmlCharset,
            text(format!("<?xml version='1.0' encoding='ISO-8859-1'?>{good}")),
            Xml,
            "",
            true,
        ),
        (
            Rule::XmlCharsetWrong,
            fixture("message/variant/latin-1-undeclared.xml"),
            Xml,
            "",
            true,
        ),
        (
            Rule::XmlDoctype,
            text(format!("<!DOCTYPE SyncML SYSTEM 'x.dtd'>{good}")),
            Xml,
            "",
            true,
        ),
        (Rule::XmlNul, text(format!("{good}\0")), Xml, "", true),
        (
            Rule::XmlNamespaceVersion,
            text(good.replace("SYNCML1.2", "SYNCML1.1")),
            Xml,
            "",
            true,
        ),
        (Rule::WbxVersion, with(0, 0x04), Wbxml, "", true),
        (
            Rule::WbxPublicId,
            fixture("message/variant/public-id-unknown.wbxml"),
            Wbxml,
            "",
            true,
        ),
        (
            Rule::WbxPublicIdOther,
            fixture("message/variant/public-id-1.1.wbxml"),
            Wbxml,
            "",
            true,
        ),
        (
            Rule::WbxCharset,
            fixture("message/variant/charset-unset.wbxml"),
            Wbxml,
            "",
            true,
        ),
        (
            Rule::WbxTable,
            fixture("message/variant/fpi-string.wbxml"),
            Wbxml,
            "",
            true,
        ),
        (
            Rule::WbxInteger,
            fixture("message/variant/padded-integers.wbxml"),
            Wbxml,
            "",
            true,
        ),
        (
            Rule::WbxSwitch,
            fixture("message/variant/switch-before-root.wbxml"),
            Wbxml,
            "",
            true,
        ),
        (
            Rule::WbxContent,
            fixture("message/variant/empty-with-content.wbxml"),
            Wbxml,
            "SyncBody/Sync/Meta/Mem/SharedMem",
            true,
        ),
        (
            Rule::WbxAttribute,
            fixture("message/variant/literal-xmlns.wbxml"),
            Wbxml,
            "",
            true,
        ),
        (
            Rule::WbxLiteral,
            literal.into(),
            Wbxml,
            "SyncBody/Final",
            true,
        ),
        (
            Rule::WbxExtension,
            fixture("message/variant/extensions.wbxml"),
            Wbxml,
            "SyncBody/Put/CmdID",
            true,
        ),
        (
            Rule::WbxInstruction,
            fixture("message/variant/extensions.wbxml"),
            Wbxml,
            "",
            true,
        ),
        (
            Rule::WbxOpaque,
            fixture("message/variant/opaque-leaves.wbxml"),
            Wbxml,
            "SyncHdr/VerDTD",
            true,
        ),
        (
            Rule::WbxText,
            fixture("message/bad/not-utf-8.wbxml"),
            Wbxml,
            "SyncBody/Sync/Replace/Item/Data",
            false,
        ),
        (
            Rule::WbxTrailing,
            fixture("message/variant/trailing-octets.wbxml"),
            Wbxml,
            "",
            true,
        ),
    ]
}

const DEEP: &str = "SyncBody/Atomic/Atomic/Atomic/Atomic/Atomic/Atomic/Atomic/Atomic/Atomic/Atomic/Atomic/Atomic/Atomic/Atomic/Atomic/Atomic/Atomic/";
const LIMIT: &str = "SyncBody/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/X/";

/// A document without the rule that is meant to be broken is the reference: no findings.
#[test]
fn the_frame_of_all_cases_is_clean() {
    let alert = "<Alert><CmdID>1</CmdID><Data>100</Data></Alert><Final/>";
    assert_eq!(findings(&document(HEADER, alert), Encoding::Xml), []);
    assert_eq!(findings(&xml(HEADER, &device(STORE)), Encoding::Xml), []);
    assert_eq!(
        findings(&xml(HEADER, &add("<Data>x</Data>")), Encoding::Xml),
        []
    );
}

/// Each rule is broken alone, and the one finding says so.
#[test]
fn a_body_that_breaks_a_rule() {
    for (rule, body, path, repaired) in bodies() {
        let found = findings(&xml(HEADER, &body), Encoding::Xml);
        let [finding] = &found[..] else {
            panic!("{rule}: {body}\n{found:#?}")
        };
        assert_eq!((finding.rule, &*finding.path), (rule, path), "{body}");
        assert_eq!(finding.repaired, repaired, "{rule}: {body}");
        assert!(!finding.detail.is_empty() && finding.status.is_none());
        assert!(finding.position.line.is_some());
    }
}

/// What a header may have wrong; a header that cannot be read has the Status with it.
#[test]
fn a_header_that_breaks_a_rule() {
    let body = "<Alert><CmdID>1</CmdID><Data>100</Data></Alert>";
    for (rule, header, path, repaired) in headers() {
        let mut document = xml(&header, body);
        if rule == Rule::VerElement {
            let text = String::from_utf8_lossy(&document).replace("SYNCML1.2", "SYNCML1.1");
            document = text.into();
        }
        let found = findings(&document, Encoding::Xml);
        let finding = found.iter().find(|finding| finding.rule == rule);
        let finding = finding.unwrap_or_else(|| panic!("{rule}: {found:#?}"));
        assert_eq!(
            (&*finding.path, finding.repaired),
            (path, repaired),
            "{rule}"
        );
        let fails = rule == Rule::ReadHeader;
        assert_eq!(finding.status, fails.then_some(StatusCode::BAD_REQUEST));
        assert!(fails || found.len() == 1, "{rule}: {found:#?}");
    }
}

/// WBXML-002, WBXML-003, WBXML-008, REPR-017: what the form of a document may have wrong.
#[test]
fn a_document_that_breaks_a_rule() {
    for (rule, bytes, encoding, path, repaired) in documents() {
        let found = findings(&bytes, encoding);
        let finding = found.iter().find(|finding| finding.rule == rule);
        let finding = finding.unwrap_or_else(|| panic!("{rule}: {found:#?}"));
        assert_eq!(
            (&*finding.path, finding.repaired),
            (path, repaired),
            "{rule}"
        );
        let error = decode(&bytes, encoding, &Limits::default()).err();
        assert_eq!(
            finding.status,
            error.map(|error| error.status_hint()),
            "{rule}"
        );
    }
}

/// The three tables have every rule.
#[test]
fn every_rule_is_broken_by_some_message() {
    let bodies = bodies().into_iter().map(|case| case.0);
    let headers = headers().into_iter().map(|case| case.0);
    let documents = documents().into_iter().map(|case| case.0);
    let mut broken: Vec<Rule> = bodies.chain(headers).chain(documents).collect();
    broken.sort_unstable();
    broken.dedup();
    let never: Vec<_> = Rule::ALL
        .iter()
        .filter(|rule| !broken.contains(rule))
        .collect();
    assert!(never.is_empty(), "{never:?}");
}
