//! Device management: what its messages have besides those of data synchronization.

mod common;

use common::{command, commands, document, through_wbxml};
use syncml_repr::{
    AlertCode, Bytes, Command, Data, EncodeErrorKind, Encoding, Format, GroupKind, Limits, Message,
    ModifyKind, Version, decode, encode,
};

/// A header as management servers write it.
const HEADER: &str = "<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1A</SessionID><MsgID>2</MsgID>\
    <Target><LocURI>IMEI:493005100592800</LocURI></Target><Source><LocURI>https://dm.example/s</LocURI></Source>\
    <Meta><MaxMsgSize xmlns=\"syncml:metinf\">65536</MaxMsgSize><MaxObjSize xmlns=\"syncml:metinf\">1048576</MaxObjSize></Meta></SyncHdr>";

/// A message that is written as `body` says, to the byte, and reads the same from both encodings.
fn canonical(body: &str) -> Message {
    let bytes = document(HEADER, body);
    let message = decode(&bytes, Encoding::Xml, &Limits::default()).expect("can be read");
    let xml = encode(&message, Encoding::Xml).expect("can be encoded");
    let xml = String::from_utf8(xml).expect("is UTF-8");
    assert!(xml.contains(body), "{body}\n{xml}");
    assert!(xml.contains(HEADER), "{xml}");
    assert_eq!(through_wbxml(&message), message, "{body}");
    message
}

fn the_command(body: &str) -> Command {
    let mut message = canonical(body);
    assert_eq!(message.body.commands.len(), 1);
    message.body.commands.swap_remove(0)
}

/// REPR-009: the header names the other protocol; the representation is that of 1.2.
#[test]
fn repr_009_management_header() {
    let message = canonical("<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>");
    assert_eq!(
        (&*message.hdr.ver_dtd, &*message.hdr.ver_proto),
        ("1.2", "DM/1.2")
    );
    assert_eq!(message.hdr.session_id.as_str(), "1A");
    assert_eq!(
        message.hdr.version(),
        None,
        "no version of data synchronization"
    );
    assert_eq!(message.hdr.dtd_version(), Some(Version::V1_2));
    assert!(message.hdr.is_dm());
    assert_eq!(
        (message.hdr.max_msg_size(), message.hdr.max_obj_size()),
        (Some(65_536), Some(1 << 20))
    );
}

/// REPR-011: Exec with everything it may have, `Correlator` included.
#[test]
fn repr_011_exec_and_its_correlator() {
    let Command::Exec(exec) = the_command(
        "<Exec><CmdID>3</CmdID><NoResp/>\
         <Cred><Meta><Format xmlns=\"syncml:metinf\">b64</Format><Type xmlns=\"syncml:metinf\">syncml:auth-basic</Type></Meta><Data>YTpi</Data></Cred>\
         <Meta><Format xmlns=\"syncml:metinf\">chr</Format></Meta><Correlator>c-1</Correlator>\
         <Item><Target><LocURI>./SCM/Download/game/Operations/DownloadInstall</LocURI></Target><Data>now</Data></Item></Exec>",
    ) else {
        panic!("is an Exec")
    };
    assert_eq!(exec.correlator.as_deref(), Some("c-1"));
    assert!(exec.no_resp && exec.cred.is_some());
    assert_eq!(
        exec.items[0].format(exec.meta.as_deref()),
        Some(&Format::Chr)
    );
    assert_eq!(
        exec.items[0].data.as_ref().and_then(Data::as_text),
        Some("now")
    );
}

/// REPR-011: the generic alert has type, format and importance in its Meta, the node in Source.
#[test]
fn repr_011_generic_alert() {
    let Command::Alert(alert) = the_command(
        "<Alert><CmdID>2</CmdID><Data>1226</Data><Correlator>c-1</Correlator>\
         <Item><Source><LocURI>./SCM/Download/game</LocURI></Source>\
         <Meta><Format xmlns=\"syncml:metinf\">chr</Format><Type xmlns=\"syncml:metinf\">urn:oma:at:scomo:operationcomplete:1.0</Type>\
         <Mark xmlns=\"syncml:metinf\">warning</Mark></Meta><Data>1200</Data></Item>\
         <Item><Meta><Type xmlns=\"syncml:metinf\">Reversed-Domain-Name:org.example.second</Type></Meta></Item></Alert>",
    ) else {
        panic!("is an Alert")
    };
    assert_eq!(alert.code, Some(AlertCode::DM_GENERIC_ALERT));
    assert_eq!(alert.correlator.as_deref(), Some("c-1"));
    let item = &alert.items[0];
    assert_eq!(item.source_uri(), Some("./SCM/Download/game"));
    assert_eq!(
        item.media_type(None),
        Some("urn:oma:at:scomo:operationcomplete:1.0")
    );
    let mark = item.meta.as_ref().and_then(|meta| meta.mark.as_deref());
    assert_eq!(mark, Some("warning"));
    // A result code of the managed function, not an alert: it is data.
    assert_eq!(item.data.as_ref().and_then(Data::as_text), Some("1200"));
    assert_eq!(alert.items.len(), 2);
}

/// REPR-018: all alerts of device management, in both encodings.
#[test]
fn repr_018_management_alerts() {
    for code in AlertCode::ALL
        .iter()
        .filter(|code| (1100..1300).contains(&code.get()))
    {
        let Command::Alert(alert) = the_command(&format!(
            "<Alert><CmdID>1</CmdID><Data>{code}</Data></Alert>"
        )) else {
            panic!("is an Alert")
        };
        assert_eq!(alert.code, Some(*code));
    }
}

/// REPR-011: Atomic and Sequence in each other, with the commands that only management has there.
#[test]
fn repr_011_nested_groups() {
    let item = "<Item><Target><LocURI>./a</LocURI></Target></Item>";
    let Command::Group(sequence) = the_command(&format!(
        "<Sequence><CmdID>1</CmdID>\
           <Alert><CmdID>2</CmdID><Data>1101</Data><Item><Data>MINDT=10</Data></Item><Item><Data>Install?</Data></Item></Alert>\
           <Atomic><CmdID>3</CmdID><Meta><EMI xmlns=\"syncml:metinf\">x</EMI></Meta>\
             <Atomic><CmdID>4</CmdID><Add><CmdID>5</CmdID>{item}</Add></Atomic>\
             <Exec><CmdID>6</CmdID>{item}</Exec><Get><CmdID>7</CmdID>{item}</Get>\
             <Sequence><CmdID>8</CmdID><Copy><CmdID>9</CmdID>{item}</Copy></Sequence>\
           </Atomic>\
           <Delete><CmdID>10</CmdID>{item}</Delete>\
         </Sequence>"
    )) else {
        panic!("is a Sequence")
    };
    assert_eq!(sequence.kind, GroupKind::Sequence);
    let Command::Group(atomic) = &sequence.commands[1] else {
        panic!("is an Atomic")
    };
    let names: Vec<&str> = atomic.commands.iter().map(Command::name).collect();
    assert_eq!(
        (atomic.kind, names),
        (GroupKind::Atomic, vec!["Atomic", "Exec", "Get", "Sequence"])
    );
}

/// REPR-011: Add, Replace and Delete stand in the body itself, with absolute addresses, their
/// properties and the formats of tree nodes.
#[test]
fn repr_011_direct_changes() {
    let formats = [
        "b64", "bin", "bool", "chr", "int", "node", "null", "xml", "float", "date", "time",
    ];
    for kind in [
        ModifyKind::Add,
        ModifyKind::Replace,
        ModifyKind::Delete,
        ModifyKind::Copy,
    ] {
        for format in formats {
            // Data of Format bin is octets in WBXML, and Base64 under another Format in XML.
            let data = if format == "bin" {
                ""
            } else {
                "<Data>MA==</Data>"
            };
            let name = kind.name();
            let Command::Modify(modify) = the_command(&format!(
                "<{name}><CmdID>1</CmdID><Item><Target><LocURI>./Vendor/a?prop=ACL</LocURI></Target>\
                 <Meta><Format xmlns=\"syncml:metinf\">{format}</Format></Meta>{data}</Item></{name}>"
            )) else {
                panic!("is a {name}")
            };
            assert_eq!((modify.kind, modify.items.len()), (kind, 1));
            let item = &modify.items[0];
            assert_eq!(item.target_uri(), Some("./Vendor/a?prop=ACL"));
            let read = item.format(None).expect("has a Format");
            assert_eq!(read.as_str(), format);
            assert!(!matches!(read, Format::Other(_)), "{format} is known");
        }
    }
}

/// REPR-011: Results of a subtree: many items under one Meta, one of them large and in pieces.
#[test]
fn repr_011_results_of_a_tree() {
    let Command::Results(results) = the_command(
        "<Results><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef>\
         <Meta><Type xmlns=\"syncml:metinf\">text/plain</Type></Meta><TargetRef>./DevInfo?list=StructData</TargetRef>\
         <Item><Source><LocURI>./DevInfo</LocURI></Source><Meta><Format xmlns=\"syncml:metinf\">node</Format></Meta><Data>Man/Mod</Data></Item>\
         <Item><Source><LocURI>./DevInfo/Man</LocURI></Source><Data>Fjord</Data></Item>\
         <Item><Source><LocURI>./DevInfo/Mod</LocURI></Source><Meta><Size xmlns=\"syncml:metinf\">9000</Size></Meta><Data>Tab</Data><MoreData/></Item></Results>",
    ) else {
        panic!("is Results")
    };
    let uris: Vec<Option<&str>> = results.items.iter().map(|item| item.source_uri()).collect();
    assert_eq!(
        uris,
        [
            Some("./DevInfo"),
            Some("./DevInfo/Man"),
            Some("./DevInfo/Mod")
        ]
    );
    assert_eq!(
        results.target_ref.as_deref(),
        Some("./DevInfo?list=StructData")
    );
    let meta = results.meta.as_deref();
    assert_eq!(results.items[0].format(meta), Some(&Format::Node));
    assert_eq!(results.items[1].media_type(meta), Some("text/plain"));
    assert!(results.items[2].more_data && results.items[2].size(meta) == Some(9000));
}

/// REPR-006: a management tree travels as markup, in the vocabulary of its own.
#[test]
fn repr_006_management_tree_as_data() {
    let tree = "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>Vendor</NodeName></Node></MgmtTree>";
    let body = format!(
        "<Add><CmdID>1</CmdID><Item><Target><LocURI>./Vendor</LocURI></Target>\
         <Meta><Format xmlns='syncml:metinf'>xml</Format><Type xmlns='syncml:metinf'>application/vnd.syncml.dmtnds+xml</Type></Meta>\
         <Data>{tree}</Data></Item></Add>"
    );
    let bytes = document(HEADER, &body);
    let message = decode(&bytes, Encoding::Xml, &Limits::default()).expect("can be read");
    let Command::Modify(add) = &message.body.commands[0] else {
        panic!("is an Add")
    };
    assert!(
        matches!(add.items[0].data, Some(Data::Markup(_))),
        "{add:?}"
    );
    let xml = String::from_utf8(encode(&message, Encoding::Xml).expect("can be encoded"))
        .expect("is UTF-8");
    assert!(xml.contains(tree), "{xml}");
    assert_eq!(through_wbxml(&message), message);
}

/// The Windows profile: a namespace on SyncBody and an attribute on Status are read over, Type
/// beside an empty Meta counts as meta information, anything unknown can be answered.
#[test]
fn windows_profile_is_read() {
    let body = "<SyncBody xmlns:msft=\"http://schemas.microsoft.com/MobileDevice/MDM\">\
        <Status msft:originalerror=\"0x80070032\"><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>2</CmdRef><Cmd>Get</Cmd><Data>404</Data></Status>\
        <Add><CmdID>2</CmdID><Item><Target><LocURI>./a</LocURI></Target><Meta/><Type>text/plain</Type><Format>int</Format><Data>1</Data></Item></Add>\
        <Replace><Item><Target><LocURI>./b</LocURI></Target></Item></Replace>\
        <Result><CmdID>3</CmdID></Result><Final/></SyncBody>";
    let bytes = Bytes::from(format!(
        "<SyncML xmlns=\"SYNCML:SYNCML1.2\">{HEADER}{body}</SyncML>"
    ));
    let message = decode(&bytes, Encoding::Xml, &Limits::default()).expect("can be read");
    let [
        Command::Status(status),
        Command::Modify(add),
        Command::Modify(replace),
        Command::Unknown(unknown),
    ] = message.body.commands.as_slice()
    else {
        panic!("{:?}", message.body)
    };
    assert_eq!((status.code.get(), status.cmd_ref.as_str()), (404, "2"));
    assert_eq!(add.items[0].media_type(None), Some("text/plain"));
    assert_eq!(add.items[0].format(None), Some(&Format::Int));
    assert!(replace.cmd_id.is_empty());
    assert_eq!(unknown.cmd_id.as_ref().map(|id| id.as_str()), Some("3"));
    assert!(message.body.is_final);
    // What is written again has neither the attribute nor the stray elements.
    let xml = String::from_utf8(encode(&message, Encoding::Xml).expect("can be encoded"))
        .expect("is UTF-8");
    assert!(!xml.contains("msft") && !xml.contains("<Meta/>"), "{xml}");
    assert_eq!(through_wbxml(&message), message);
}

/// `DM/1.1` is version 1.1: what came with 1.2 is refused, and the rest is written.
#[test]
fn repr_002_older_management() {
    let header = HEADER
        .replace("<VerDTD>1.2</VerDTD>", "<VerDTD>1.1</VerDTD>")
        .replace("DM/1.2", "DM/1.1");
    let item = "<Item><Target><LocURI>./a</LocURI></Target></Item>";
    let read = |body: &str| {
        decode(&document(&header, body), Encoding::Xml, &Limits::default()).expect("can be read")
    };
    let plain = read(&format!(
        "<Atomic><CmdID>1</CmdID><Exec><CmdID>2</CmdID>{item}</Exec></Atomic><Replace><CmdID>3</CmdID>{item}</Replace>"
    ));
    let correlated = read(&format!(
        "<Exec><CmdID>1</CmdID><Correlator>c</Correlator>{item}</Exec>"
    ));
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        assert!(encode(&plain, encoding).is_ok());
        let error = encode(&correlated, encoding).expect_err("1.1 has no Correlator");
        let kind = EncodeErrorKind::NotInVersion {
            element: "Correlator",
            version: Version::V1_1,
        };
        assert_eq!(error.kind(), &kind);
    }
    let wbxml = encode(&plain, Encoding::Wbxml).expect("can be encoded");
    assert_eq!(wbxml[1..3], [0x9F, 0x53], "the public identifier of 1.1");
}

/// Children of Exec and Alert may come in any order, and twice.
#[test]
fn order_does_not_matter() {
    let item = "<Item><Target><LocURI>./a</LocURI></Target></Item>";
    assert_eq!(
        command(&format!(
            "<Exec>{item}<Correlator>x</Correlator><CmdID>0</CmdID><Correlator>c</Correlator><CmdID>1</CmdID></Exec>"
        )),
        command(&format!(
            "<Exec><CmdID>1</CmdID><Correlator>c</Correlator>{item}</Exec>"
        ))
    );
    assert_eq!(commands("<Exec/><Exec/>").len(), 2);
}
