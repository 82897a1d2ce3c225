//! The router, request by request, and the HTTP client against servers that behave badly.

mod common;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use common::first_message;
use ds_host::http::client::{ClientOptions, HttpClient};
use ds_host::http::server::router;
use ds_host::http::{Background, MEDIA_TYPE_WBXML, MEDIA_TYPE_XML};
use ds_host::store::SqliteStore;
use ds_host::{ErrorKind, Event, Service};
use ds_protocol::{Datastore, Device, Notice, server};
use http_body_util::BodyExt;
use syncml_devinf::ContentType;
use syncml_repr::{Command, Message, decode};
use syncml_wbxml::{Encoding, Limits};
use tempfile::TempDir;
use tower::ServiceExt;

/// Largest body the service under test takes.
const LIMIT: usize = 100_000;

/// What the service told its log.
type Notices = Arc<Mutex<Vec<Notice>>>;

fn service() -> (TempDir, Service, Notices) {
    let home = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(home.path().join("store.db")).unwrap();
    store.set_user("ann", "tulip").unwrap();
    let contacts = Datastore::new("contacts", [ContentType::new("text/vcard", "3.0")]);
    let mut config = server::Config::new(Device::new("test", "server"), [contacts]);
    config.sizes.limits = Limits::default().with_max_bytes(LIMIT);
    let notices = Notices::default();
    let log = Arc::clone(&notices);
    let service = Service::new(config, store).with_log(move |event| match event {
        Event::Notice { notice, .. } => log.lock().unwrap().push(notice.clone()),
        other => panic!("{other:?}"),
    });
    (home, service, notices)
}

async fn ask(
    router: &Router,
    request: Request<Body>,
) -> (StatusCode, axum::http::HeaderMap, Bytes) {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    assert_eq!(parts.headers[CACHE_CONTROL], "no-store");
    (
        parts.status,
        parts.headers,
        body.collect().await.unwrap().to_bytes(),
    )
}

fn post(uri: &str, content_type: Option<&str>, body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::post(uri);
    if let Some(content_type) = content_type {
        request = request.header(CONTENT_TYPE, content_type);
    }
    request.body(body.into()).unwrap()
}

fn message(bytes: &Bytes, encoding: Encoding) -> Message {
    decode(bytes, encoding, &Limits::default()).unwrap()
}

/// Status code, command and references of all statuses.
fn statuses(message: &Message) -> Vec<(String, u16)> {
    message
        .body
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Status(status) => Some((status.cmd.to_string(), status.code.get())),
            _ => None,
        })
        .collect()
}

/// The token of the answer's `RespURI`.
fn token(message: &Message) -> String {
    let uri = message.hdr.resp_uri.as_deref().expect("a RespURI");
    uri.split_once("?s=").expect("a token").1.to_owned()
}

/// BIND-001, BIND-005: media types with parameters, missing ones, and octets that know better.
#[tokio::test]
async fn any_path_takes_messages_in_both_forms() {
    let (_home, service, _) = service();
    let router = router(service);
    let xml = first_message("phone-1", "1", &["contacts"]);
    for path in ["/", "/syncml", "/a/b?c=d"] {
        let types = "application/vnd.syncml+XML; charset=UTF-8";
        let (status, headers, body) = ask(&router, post(path, Some(types), xml.clone())).await;
        assert_eq!(
            (status, headers[CONTENT_TYPE].to_str().unwrap()),
            (StatusCode::OK, MEDIA_TYPE_XML)
        );
        let answer = message(&body, Encoding::Xml);
        assert_eq!(
            statuses(&answer),
            [("SyncHdr".to_owned(), 212), ("Alert".to_owned(), 200)]
        );
        assert_eq!(token(&answer).len(), 32);
    }
    let wbxml =
        syncml_wbxml::from_xml(&xml.replace("phone-1", "phone-2"), &Limits::default()).unwrap();
    // No type, and a type of the other form: the octets say what they are.
    for content_type in [Some(MEDIA_TYPE_WBXML), None, Some(MEDIA_TYPE_XML)] {
        let (status, headers, body) = ask(&router, post("/", content_type, wbxml.clone())).await;
        assert_eq!(
            (status, headers[CONTENT_TYPE].to_str().unwrap()),
            (StatusCode::OK, MEDIA_TYPE_WBXML)
        );
        message(&body, Encoding::Wbxml);
    }
}

/// BIND-001: 400, 413 and 415, each with one line that says why, and no state touched.
#[tokio::test]
async fn what_is_no_message_is_refused() {
    let (_home, service, notices) = service();
    let router = router(service);
    let xml = Some(MEDIA_TYPE_XML);
    let cut = first_message("phone-1", "1", &["contacts"]).replace("</SyncBody></SyncML>", "");
    let no_header = "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><Final/></SyncBody></SyncML>";
    let internal = "<!DOCTYPE x [<!ENTITY a 'b'>]><SyncML/>";
    let long_name = first_message(&"x".repeat(2000), "1", &["contacts"]);
    for (body, content_type, expected) in [
        (cut.as_str(), xml, 400),
        (no_header, xml, 400),
        (internal, xml, 400),
        (long_name.as_str(), xml, 400),
        ("", xml, 400),
        ("Hello", xml, 400),
        ("Hello", None, 400),
        ("\u{2}\u{2}\u{2}", Some(MEDIA_TYPE_WBXML), 400),
        (no_header, Some("text/html"), 415),
        (no_header, Some("application/vnd.syncml.dm+xml"), 415),
        (no_header, Some("application/x-www-form-urlencoded"), 415),
    ] {
        let (status, headers, answer) =
            ask(&router, post("/", content_type, body.to_owned())).await;
        assert_eq!(status.as_u16(), expected, "{body} {answer:?}");
        assert_eq!(headers[CONTENT_TYPE], "text/plain; charset=utf-8");
        let answer = std::str::from_utf8(&answer).unwrap();
        assert_eq!(answer.lines().count(), 1, "{answer}");
        assert!(answer.len() > 10, "{answer}");
    }
    assert_eq!(*notices.lock().unwrap(), [], "no session was touched");
    for (size, expected) in [(LIMIT, 400), (LIMIT + 1, 413), (LIMIT * 20, 413)] {
        let (status, _, _) = ask(&router, post("/", xml, vec![b' '; size])).await;
        assert_eq!(status.as_u16(), expected, "{size}");
    }
}

/// BIND-001: GET, HEAD, and what is not allowed.
#[tokio::test]
async fn other_methods() {
    let (_home, service, _) = service();
    let router = router(service);
    let (status, headers, body) =
        ask(&router, Request::get("/x").body(Body::empty()).unwrap()).await;
    assert_eq!(
        (status, headers[CONTENT_TYPE].to_str().unwrap()),
        (StatusCode::OK, "text/plain; charset=utf-8")
    );
    assert!(body.starts_with(b"This is a SyncML"));
    assert_eq!(
        ask(&router, Request::head("/").body(Body::empty()).unwrap())
            .await
            .0,
        StatusCode::OK
    );
    for method in ["PUT", "DELETE", "OPTIONS", "PATCH"] {
        let request = Request::builder()
            .method(method)
            .uri("/")
            .body(Body::empty())
            .unwrap();
        let (status, headers, _) = ask(&router, request).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(headers[ALLOW], "GET, HEAD, POST");
    }
}

/// BIND-009: a repeated message gets the very same answer and is not carried out again.
#[tokio::test]
async fn a_repeated_message_gets_the_stored_answer() {
    let (_home, service, notices) = service();
    let router = router(service);
    let xml = first_message("phone-1", "7", &["contacts"]);
    let (_, _, first) = ask(&router, post("/", None, xml.clone())).await;
    // Its answer was lost, so it cannot know the token.
    let (_, _, again) = ask(&router, post("/", None, xml.clone())).await;
    assert_eq!(first, again);
    let with_token = format!("/?s={}", token(&message(&first, Encoding::Xml)));
    assert_eq!(
        ask(&router, post(&with_token, None, xml.clone())).await.2,
        first
    );
    let count = |wanted: fn(&Notice) -> bool| {
        notices
            .lock()
            .unwrap()
            .iter()
            .filter(|notice| wanted(notice))
            .count()
    };
    assert_eq!(
        count(|notice| matches!(notice, Notice::Authenticated { .. })),
        1
    );
    assert_eq!(count(|notice| matches!(notice, Notice::Repeated)), 2);
    // The same number with other content is another session of the same device.
    let other = xml.replace("<Next>1</Next>", "<Next>2</Next>");
    let (_, _, other) = ask(&router, post("/", None, other)).await;
    assert_ne!(
        token(&message(&other, Encoding::Xml)),
        token(&message(&first, Encoding::Xml))
    );
    assert_eq!(
        count(|notice| matches!(notice, Notice::Authenticated { .. })),
        2
    );
}

/// BIND-009: copies of one message at the same time: one turn, one answer for all.
#[test]
fn duplicates_in_flight_run_once() {
    let (_home, service, notices) = service();
    let xml = Bytes::from(first_message("phone-1", "7", &["contacts"]));
    let answers = thread::scope(|scope| {
        let threads = (0..8)
            .map(|_| scope.spawn(|| service.answer(&xml, Encoding::Xml, None).unwrap().bytes))
            .collect::<Vec<_>>();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<Vec<_>>()
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let authenticated = notices
        .lock()
        .unwrap()
        .iter()
        .filter(|notice| matches!(notice, Notice::Authenticated { .. }))
        .count();
    assert_eq!(authenticated, 1);
}

/// Nobody can go on with a session who does not know its token.
#[tokio::test]
async fn a_session_belongs_to_whom_its_token_was_told() {
    let (_home, service, _) = service();
    let router = router(service);
    let xml = first_message("phone-1", "7", &["contacts"]);
    let (_, _, first) = ask(&router, post("/", None, xml.clone())).await;
    let token = token(&message(&first, Encoding::Xml));
    let cred = &xml[xml.find("<Cred>").unwrap()..xml.find("</SyncHdr>").unwrap()];
    let alert = &xml[xml.find("<Alert>").unwrap()..xml.find("<Final/>").unwrap()];
    let second = xml
        .replace("<MsgID>1<", "<MsgID>2<")
        .replace(cred, "")
        .replace(alert, "<Alert><CmdID>2</CmdID><Data>222</Data></Alert>");
    for path in ["/", "/?s=", "/?s=0123456789abcdef0123456789abcdef"] {
        // In a session of their own, strangers have to say who they are.
        let (_home, service, _) = self::service();
        let router = self::router(service);
        ask(&router, post("/", None, xml.clone())).await;
        let (status, _, body) = ask(&router, post(path, None, second.clone())).await;
        let answer = message(&body, Encoding::Xml);
        assert_eq!(
            (status, statuses(&answer)[0].1),
            (StatusCode::OK, 407),
            "{path}"
        );
    }
    let (_, _, body) = ask(
        &router,
        post(&format!("/?x=1&s={token}"), None, second.clone()),
    )
    .await;
    assert_eq!(
        statuses(&message(&body, Encoding::Xml))[0],
        ("SyncHdr".to_owned(), 200)
    );
}

/// DS-S-046: a new session of a device ends its older ones, and nobody else's; nor does one that has no user.
#[tokio::test]
async fn a_new_session_ends_the_older_one() {
    for (device, wrong, expected) in [
        ("phone-1", false, 407),
        ("phone-1", true, 200),
        ("phone-2", false, 200),
    ] {
        let (_home, service, _) = service();
        let router = router(service);
        let xml = first_message("phone-1", "7", &["contacts"]);
        let (_, _, first) = ask(&router, post("/", None, xml.clone())).await;
        let token = token(&message(&first, Encoding::Xml));
        let mut other = first_message(device, "8", &["contacts"]);
        let cred = |xml: &str| xml.find("<Cred>").unwrap()..xml.find("</SyncHdr>").unwrap();
        if wrong {
            other.replace_range(cred(&other), "");
        }
        ask(&router, post("/", None, other)).await;

        let alert = xml.find("<Alert>").unwrap()..xml.find("<Final/>").unwrap();
        let second = xml
            .replace("<MsgID>1<", "<MsgID>2<")
            .replace(&xml[cred(&xml)], "")
            .replace(
                &xml[alert],
                "<Alert><CmdID>2</CmdID><Data>222</Data></Alert>",
            );
        let (_, _, body) = ask(&router, post(&format!("/?s={token}"), None, second)).await;
        let code = statuses(&message(&body, Encoding::Xml))[0].1;
        assert_eq!(code, expected, "{device} {wrong}");
    }
}

/// An unknown datastore gets its 404 while the others go on.
#[tokio::test]
async fn an_unknown_datastore_does_not_stop_the_others() {
    let (_home, service, _) = service();
    let router = router(service);
    let xml = first_message("phone-1", "1", &["recipes", "contacts"]);
    let (_, _, body) = ask(&router, post("/", None, xml)).await;
    let answer = message(&body, Encoding::Xml);
    let expected = [("SyncHdr", 212), ("Alert", 404), ("Alert", 200)]
        .map(|(name, code)| (name.to_owned(), code));
    assert_eq!(statuses(&answer), expected);
    let alerts = answer
        .body
        .commands
        .iter()
        .filter(|command| matches!(command, Command::Alert(_)))
        .count();
    assert_eq!(alerts, 1);
}

#[test]
fn it_can_be_mounted_in_another_application() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (_home, service, _) = service();
        let app = Router::new()
            .nest("/sync", router(service))
            .fallback(|| async { "elsewhere" });
        let xml = first_message("phone-1", "1", &["contacts"]);
        let response = app.clone().oneshot(post("/sync", None, xml)).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let response = app.oneshot(post("/other", None, "")).await.unwrap();
        assert_eq!(
            response.into_body().collect().await.unwrap().to_bytes(),
            "elsewhere"
        );
    });
}

/// A server of a few lines: gives these answers, one after the other, and tells what it was asked.
fn scripted(answers: Vec<String>) -> (String, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            stream
                .set_read_timeout(Some(Duration::from_secs(5)))
                .unwrap();
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            // Bodies here end with a full stop.
            while !request.ends_with(b".") {
                match stream.read(&mut buffer) {
                    Ok(0) | Err(_) => break,
                    Ok(count) => request.extend_from_slice(&buffer[..count]),
                }
            }
            asked.push(String::from_utf8(request).unwrap());
            stream.write_all(answer.as_bytes()).unwrap();
        }
        asked
    });
    (url, server)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

fn client() -> HttpClient {
    let mut options = ClientOptions::default();
    options.pause = Duration::from_millis(1);
    options.timeout = Duration::from_secs(10);
    options.max_response = 1000;
    HttpClient::new(options)
}

const BODY: Bytes = Bytes::from_static(b"<SyncML/>.");

/// BIND-002, BIND-003: the same bytes again after a failure and after a redirect.
#[test]
fn the_client_repeats_redirects_and_keeps_cookies() {
    let good = answer(
        "200 OK",
        "Content-Type: application/vnd.syncml+xml\r\nSet-Cookie: id=7; Path=/\r\n",
        "<SyncML/>",
    );
    let (url, server) = scripted(vec![
        answer("503 Busy", "Retry-After: 0\r\n", ""),
        // Nothing at all: the connection breaks.
        String::new(),
        answer("307 Elsewhere", "Location: /other?x=y\r\n", ""),
        good.clone(),
        good,
    ]);
    let client = client();
    let mut connection = client.connect();
    let first = connection.post(&url, Encoding::Xml, &BODY).unwrap();
    assert_eq!(
        (&first.bytes[..], first.encoding),
        (&b"<SyncML/>"[..], Encoding::Xml)
    );
    connection.post(&url, Encoding::Wbxml, &BODY).unwrap();
    assert_eq!(connection.bytes_sent(), 5 * BODY.len() as u64);
    assert_eq!(connection.bytes_received(), 2 * first.bytes.len() as u64);
    let asked = server.join().unwrap();
    for (request, path) in asked.iter().zip(["/", "/", "/", "/other?x=y", "/"]) {
        assert!(
            request.starts_with(&format!("POST {path} HTTP/1.1\r\n")),
            "{request}"
        );
        assert!(request.ends_with("<SyncML/>."), "{request}");
        let lower = request.to_ascii_lowercase();
        assert!(
            lower.contains("cache-control: no-store") && lower.contains("user-agent: syncml/"),
            "{request}"
        );
        assert!(!lower.contains("expect:"), "{request}");
    }
    assert!(asked[3].contains(MEDIA_TYPE_XML) && asked[4].contains(MEDIA_TYPE_WBXML));
    assert!(!asked[3].to_ascii_lowercase().contains("cookie:"));
    assert!(
        asked[4].to_ascii_lowercase().contains("cookie: id=7"),
        "{}",
        asked[4]
    );
}

/// BIND-002: what an answer that is no message means.
#[test]
fn the_client_says_what_is_wrong() {
    let plain = "Content-Type: text/plain\r\n";
    for (given, kind, text) in [
        (
            answer("404 Not Found", plain, "no such page\nsecond line"),
            ErrorKind::Http(404),
            "no such page",
        ),
        (
            answer("400 Bad", plain, "unreadable"),
            ErrorKind::Http(400),
            "unreadable",
        ),
        (answer("401 Who", "", ""), ErrorKind::Http(401), "401"),
        (
            answer("303 See", "Location: /x\r\n", ""),
            ErrorKind::Http(303),
            "303",
        ),
        (
            answer("301 Moved", "", ""),
            ErrorKind::Http(301),
            "without saying where",
        ),
        (
            answer(
                "200 OK",
                "Content-Type: text/html\r\n",
                "<!DOCTYPE html><p>Hi",
            ),
            ErrorKind::NotSyncMl,
            "text/html",
        ),
        (
            answer("200 OK", "", &"<SyncML>".repeat(200)),
            ErrorKind::NotSyncMl,
            "longer than 1000 bytes",
        ),
    ] {
        let (url, server) = scripted(vec![given]);
        let error = client()
            .connect()
            .post(&url, Encoding::Xml, &BODY)
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert!(!error.to_string().contains("second line"), "{error}");
        assert!(error.hint().is_some() || text.contains("longer"), "{error}");
        server.join().unwrap();
    }
    // Three times nothing.
    let (url, server) = scripted(vec![answer("204 No Content", "", ""); 3]);
    let error = client()
        .connect()
        .post(&url, Encoding::Xml, &BODY)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSyncMl);
    server.join().unwrap();
}

/// BIND-002: 404 before and after the first answer.
#[test]
fn a_session_that_is_gone_is_told_apart_from_a_wrong_url() {
    let good = answer(
        "200 OK",
        "Content-Type: application/vnd.syncml+xml\r\n",
        "<SyncML/>",
    );
    let (url, server) = scripted(vec![good, answer("404 Not Found", "", "")]);
    let client = client();
    let mut connection = client.connect();
    connection.post(&url, Encoding::Xml, &BODY).unwrap();
    let error = connection.post(&url, Encoding::Xml, &BODY).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionLost);
    server.join().unwrap();
}

#[test]
fn a_body_over_the_limit_gets_its_answer_over_a_socket() {
    let (_home, service, _) = service();
    let server = Background::start(service, "127.0.0.1:0").unwrap();
    let (status, _, body) =
        common::post(&server.url(), Some(MEDIA_TYPE_XML), &vec![b' '; LIMIT * 5]);
    assert_eq!(status, 413, "{body:?}");
    let (status, _, _) = common::post(&server.url(), Some("text/xml"), b"<SyncML/>");
    assert_eq!(status, 415);
    let (status, _, body) = common::post(&server.url(), Some(MEDIA_TYPE_XML), b"<SyncML/>");
    assert_eq!(status, 400);
    assert!(
        String::from_utf8(body)
            .unwrap()
            .contains("the message cannot be read")
    );
}
