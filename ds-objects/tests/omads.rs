//! Email, File and Folder in the forms that devices write.

use ds_objects::ErrorKind;
use ds_objects::omads::{Body, BodyReader, BodyWriter, Email, Ext, File, Folder, Role};

fn file(text: &str) -> File {
    File::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn email(text: &str) -> Email {
    Email::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn present(text: &str) -> Body {
    Body::Present(text.as_bytes().to_vec())
}

#[test]
fn flags_alone_leave_the_message() {
    let mail = email(
        "<Email><read>TRUE</read><flagged>False</flagged><deleted></deleted><received/></Email>",
    );
    assert_eq!(
        (mail.read, mail.flagged, mail.deleted, mail.replied),
        (Some(true), Some(false), None, None)
    );
    assert_eq!(
        (mail.item.clone(), mail.received.clone()),
        (Body::Absent, None)
    );
    assert_eq!(
        mail.encode(),
        b"<Email><read>true</read><flagged>false</flagged></Email>"
    );
    assert_eq!(email("<Email><emailitem/></Email>").item, Body::Empty);
}

#[test]
fn cdata_in_cdata_is_put_right() {
    let message = "Subject: <tea> & cake\r\n\r\nHi";
    for text in [
        format!("<Email><emailitem><![CDATA[{message}]]></emailitem></Email>"),
        format!("<Email><emailitem><![CDATA[{message}]]&gt;</emailitem></Email>"),
        format!("<![CDATA[\n<Email><emailitem><![CDATA[{message}]]&gt;</emailitem></Email>]]>"),
        "<Email><emailitem>Subject: &lt;tea> & cake\r\n\r\nHi</emailitem></Email>".to_owned(),
        "<Email><EmailItem ENC=\"QUOTED-PRINTABLE\"><![CDATA[Subject: <te=\r\na> & cake=0D=0A=0D=0AHi]]></EmailItem></Email>".to_owned(),
        "<Email><emailitem enc=\"base64\"><![CDATA[U3ViamVjdDogPHRlYT4gJiBjYWtlDQoN\r\nCkhp]]></emailitem></Email>".to_owned(),
    ] {
        assert_eq!(email(&text).item, present(message), "{text}");
        let written = email(&text).encode();
        assert_eq!(Email::parse(&written).map(|mail| mail.item), Ok(present(message)));
    }
    // What CDATA cannot hold is packed.
    let mut mail = Email::default();
    mail.item = present("a ]]> b");
    let written = String::from_utf8(mail.encode()).expect("is UTF-8");
    assert_eq!(
        written,
        "<Email><emailitem enc=\"base64\"><![CDATA[YSBdXT4gYg==]]></emailitem></Email>"
    );
    assert_eq!(email(&written), mail);
}

#[test]
fn extensions_of_all_shapes() {
    let mail = email(
        "<Email><Ext><XNam>x-funambol-size</XNam><XVal>10</XVal></Ext>\
         <Ext><XNam>a</XNam><XVal/><XVal>2</XVal><XNam>b</XNam></Ext><new><deep>1</deep></new></Email>",
    );
    let expected = [
        Ext::new("x-funambol-size", ["10"]),
        Ext::new("a", ["", "2"]),
        Ext::new("b", [""; 0]),
    ];
    assert_eq!(mail.ext, expected);
    let written = mail.encode();
    assert_eq!(Email::parse(&written), Ok(mail));
    assert!(String::from_utf8_lossy(&written).contains("<new><deep>1</deep></new>"));
}

#[test]
fn folders() {
    let folder =
        |text: &str| Folder::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"));
    let one = folder(
        "<Folder><name>In &amp; out</name><created>20250101T120000</created><role>inbox</role></Folder>",
    );
    assert_eq!(
        (one.name.as_deref(), one.known_role()),
        (Some("In & out"), Some(Role::Inbox))
    );
    assert_eq!(
        one.encode(),
        b"<Folder><name>In &amp; out</name><created>20250101T120000</created><role>inbox</role></Folder>"
    );
    assert_eq!(
        folder("<Folder><name/><role>Trash</role></Folder>").known_role(),
        Some(Role::Deleted)
    );
    assert_eq!(
        folder("<Folder><role>mine</role></Folder>").known_role(),
        None
    );
    let flags = folder("<Folder><attributes><h>true</h><e>FALSE</e><q>1</q></attributes></Folder>");
    let flags = flags.attributes.expect("are there");
    assert_eq!(
        (flags.hidden, flags.executable, flags.readable),
        (Some(true), Some(false), None)
    );
}

#[test]
fn files_of_careless_devices() {
    let tea = file(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE File PUBLIC \"-//X//\" \"x.dtd\">\n<f:File xmlns:f=\"urn:x\"><!-- hi -->\
         <NAME>Tea & cake.txt</NAME><modified>20030809T016500</modified><body enc='base64'>\r\n dGVh\r\n</body>\
         <size> 3 </size><unknown/></f:File>",
    );
    assert_eq!(tea.name.as_deref(), Some("Tea & cake.txt"));
    assert_eq!((tea.body.clone(), tea.size), (present("tea"), Some(3)));
    assert_eq!(tea.modified.as_deref(), Some("20030809T016500"));
    assert_eq!(
        String::from_utf8_lossy(&tea.encode()),
        "<File><name>Tea &amp; cake.txt</name><modified>20030809T016500</modified>\
         <body enc=\"base64\">dGVh</body><size>3</size><unknown></unknown></File>"
    );
    assert_eq!(file("<File><body/></File>").body, Body::Empty);
    assert_eq!(file("<File><size>7</size></File>").body, Body::Absent);
    assert_eq!(
        file("<File><body>a &lt; b &#228;</body></File>").body,
        present("a < b ä")
    );
}

#[test]
fn what_is_wrong_is_refused() {
    for (text, kind) in [
        (
            "<File><body enc=\"base64\">dGVh</body><size>4</size></File>",
            ErrorKind::Body,
        ),
        (
            "<File><body enc=\"base64\">?!</body></File>",
            ErrorKind::Body,
        ),
        ("<Folder/>", ErrorKind::UnknownFormat),
        ("<File><name></File>", ErrorKind::Xml),
        ("<File>", ErrorKind::Xml),
        ("", ErrorKind::Xml),
        ("File", ErrorKind::Xml),
        ("<!DOCTYPE File [<!ENTITY a \"b\">]><File/>", ErrorKind::Xml),
        (
            &format!("<File>{}", "<a>".repeat(50)),
            ErrorKind::Limit("depth"),
        ),
        (
            &format!("<File>{}</File>", "<a/>".repeat(2000)),
            ErrorKind::Limit("elements"),
        ),
    ] {
        let error = File::parse(text.as_bytes()).expect_err(text);
        assert_eq!(*error.kind(), kind, "{text}");
    }
}

/// In two pieces, cut anywhere, a file says what it says in one.
#[test]
fn pieces_make_no_difference() {
    for text in [
        "<File><name>a</name><body enc=\"base64\">dGVhIGFu\r\n ZCBjYWtl</body><size>12</size></File>",
        "<File><body>a &lt;&amp; b & c</body><name>a</name></File>",
        "<File><body><![CDATA[a ]] ]>]]></body></File>",
        "<File><body enc=\"quoted-printable\">a=3D=\r\nb=C3=A4</body></File>",
        "<File><name>a</name><size>3</size></File>",
        "<File><body/><name>a</name></File>",
    ] {
        let whole = file(text);
        for cut in 0..=text.len() {
            let mut content = Vec::new();
            let mut reader = BodyReader::new();
            let (first, second) = text.as_bytes().split_at(cut);
            for piece in [first, second] {
                let fed = reader.feed(piece, &mut |octets| content.extend_from_slice(octets));
                fed.unwrap_or_else(|e| panic!("{text} at {cut}: {e}"));
            }
            assert_eq!(reader.length(), content.len() as u64);
            let read = reader
                .finish()
                .unwrap_or_else(|e| panic!("{text} at {cut}: {e}"));
            assert_eq!(
                content,
                whole.body.octets().unwrap_or_default(),
                "{text} at {cut}"
            );
            assert_eq!(
                (&read.name, read.size),
                (&whole.name, whole.size),
                "{text} at {cut}"
            );
        }
    }
}

#[test]
fn mails_go_through_in_pieces() {
    let message = "Subject: tea & ]] > cake\r\n\r\nHi";
    let around = |item: &str| {
        format!(
            "<Email><read>true</read>{item}<Ext><XNam>x-funambol-size</XNam><XVal>31</XVal></Ext></Email>"
        )
    };
    for text in [
        around(&format!(
            "<emailitem cid='1'><![CDATA[{message}]]></emailitem>"
        )),
        format!(
            "<![CDATA[\n{}]]>",
            around(&format!(
                "<emailitem cid='1'><![CDATA[{message}]]&gt;</emailitem>"
            ))
        ),
        around(
            "<emailitem ENC='base64' cid='1'><![CDATA[U3ViamVjdDogdGVhICYgXV0gPiBjYWtlDQoNCkhp]]></emailitem>",
        ),
    ] {
        let whole = email(&text);
        assert_eq!(whole.item, present(message), "{text}");
        for size in 1..text.len() {
            let (mut reader, mut content) = (BodyReader::email(), Vec::new());
            for piece in text.as_bytes().chunks(size) {
                let fed = reader.feed(piece, &mut |octets| content.extend_from_slice(octets));
                fed.unwrap_or_else(|e| panic!("{text}: {e}"));
            }
            assert!(reader.has_content());
            assert_eq!(reader.length(), message.len() as u64);
            let mail = reader.finish_email().expect("is whole");
            assert_eq!(
                (mail.read, &mail.ext, &mail.item),
                (Some(true), &whole.ext, &Body::Absent)
            );
            assert_eq!(content, message.as_bytes());
        }
        let (mut written, mut other) = (Vec::new(), whole.clone());
        other.cid = None;
        let mut writer = BodyWriter::begin_email(&other, &mut written);
        for piece in message.as_bytes().chunks(5) {
            writer.content(piece, &mut written);
        }
        writer.end(&mut written);
        let length = BodyWriter::encoded_email_len(&other, message.len() as u64);
        assert_eq!(written.len() as u64, length);
        other.item = present(message);
        assert_eq!(Email::parse(&written), Ok(other));
    }
    // Nothing there, and nothing in it.
    for (text, has_content) in [
        ("<Email/>", false),
        ("<Email><emailitem></emailitem></Email>", true),
    ] {
        let mut reader = BodyReader::email();
        reader.feed(text.as_bytes(), &mut |_| {}).expect("is XML");
        assert_eq!(reader.has_content(), has_content);
    }
}

#[test]
fn streams_that_lie_are_refused() {
    let read = |text: &str| {
        let mut reader = BodyReader::new();
        reader.feed(text.as_bytes(), &mut |_| {})?;
        reader.finish()
    };
    for text in [
        "<File><body enc=\"base64\">dGVh</body><size>4</size></File>",
        "<File><body enc=\"base64\">d*Vh</body></File>",
        "<File><body enc=\"base64\">dGU=dGVh</body></File>",
        "<File><body enc=\"base64\">dGVh",
        "<File><name>",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
    let long = format!("<File><name>{}</name></File>", "x".repeat(70_000));
    assert_eq!(
        *read(&long).expect_err("is too long").kind(),
        ErrorKind::Limit("around the body")
    );
    for end in 0..60 {
        let text = "<File><name>a</name><body>&lt;<![CDATA[x]]></body></File>";
        let _ = read(&text[..end.min(text.len())]);
    }
}
