//! Sessions in which a header of the transport proves who sent a message.

use md5::{Digest, Md5};
use syncml_meta::base64;
use syncml_repr::StatusCode;
use testdata::Side;

use crate::session::{Session, sessions, statuses};

/// The two ends, as `session/README.md` of the test data names them.
const CLIENT: (&str, &str) = ("ann", "tulip");
const SERVER: (&str, &str) = ("hub", "reed-42");

/// `B64(H(B64(H(user:password)):nonce:B64(H(message))))`.
fn digest((user, password): (&str, &str), nonce: &[u8], message: &[u8]) -> String {
    let hash = |octets: &[u8]| base64::encode(&Md5::digest(octets));
    let mut text = hash(format!("{user}:{password}").as_bytes()).into_bytes();
    text.push(b':');
    text.extend_from_slice(nonce);
    text.push(b':');
    text.extend_from_slice(hash(message).as_bytes());
    hash(&text)
}

/// The nonces that both ends have given out, the last of each.
#[derive(Default)]
struct Nonces {
    by_client: Vec<Vec<u8>>,
    by_server: Vec<Vec<u8>>,
}

/// BIND-008: the header names its sender, and its digest is over the octets of the message with the newest nonce that the
/// other end has given out, also in an earlier session; no nonce is used twice, and no message has a Cred. A message
/// without the header is challenged, once an end.
#[test]
fn bind_008_digests_beside_the_messages() {
    let with_headers = |session: &Session| session.messages().any(|step| step.hmac.is_some());
    let mut nonces = Nonces::default();
    let (mut proved, mut challenged) = (0, 0);
    for session in sessions().iter().filter(|session| with_headers(session)) {
        for step in &session.steps {
            let is_client = step.from == Side::Client;
            let (end, given) = match is_client {
                true => (CLIENT, &nonces.by_server),
                false => (SERVER, &nonces.by_client),
            };
            assert!(step.message.hdr.cred.is_none(), "{}", step.name);
            if let Some(header) = step.hmac {
                let nonce = given.last().map_or(&[][..], Vec::as_slice);
                let mac = digest(end, nonce, step.wbxml);
                let expected = format!("algorithm=MD5, username=\"{}\", mac={mac}", end.0);
                assert_eq!(header, expected, "{}", step.name);
                proved += 1;
            }
            for status in statuses(&step.message) {
                let asks = [
                    StatusCode::MISSING_CREDENTIALS,
                    StatusCode::INVALID_CREDENTIALS,
                ];
                let is_asked = asks.contains(&status.code) && status.cmd_ref.is_header();
                challenged += usize::from(is_asked);
                let nonce = status
                    .chal
                    .as_ref()
                    .and_then(|chal| chal.meta.next_nonce.as_ref());
                let Some(nonce) = nonce else { continue };
                let given = match is_client {
                    true => &mut nonces.by_client,
                    false => &mut nonces.by_server,
                };
                let nonce = nonce.as_bytes().to_vec();
                assert!(
                    !given.contains(&nonce),
                    "{}: a nonce comes again",
                    step.name
                );
                given.push(nonce);
            }
        }
    }
    assert!(proved >= 10 && challenged == 2, "{proved} {challenged}");
}
