//! `syncml sync --listen-notifications`: sessions when the server asks for them.

use std::io::{self, BufRead, IsTerminal, Write};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use ds_protocol::client::Request;
use ds_protocol::{Account, Call, Inbox};
use san::UiMode;
use san::wdp::{Joiner, UserData};

use super::interrupt::Interrupt;
use super::{Failure, output};

/// How long a look at the socket lasts before Ctrl-C is looked for.
const GLANCE: Duration = Duration::from_millis(200);
/// Largest datagram there is.
const LARGEST: usize = 65_536;

/// A socket to which notifications come.
pub(super) struct Listener {
    socket: UdpSocket,
    inbox: Inbox,
    joiner: Joiner,
}

impl Listener {
    /// Listens at an address such as `127.0.0.1:2948`; port 0 chooses a free one.
    pub(super) fn bind(address: &str) -> Result<Self, Failure> {
        let failed = |error| Failure::io(&format!("cannot listen at {address}"), error);
        let socket = UdpSocket::bind(address).map_err(failed)?;
        socket.set_read_timeout(Some(GLANCE)).map_err(failed)?;
        Ok(Self {
            socket,
            inbox: Inbox::default(),
            joiner: Joiner::default(),
        })
    }

    pub(super) fn address(&self) -> Result<SocketAddr, Failure> {
        let address = self.socket.local_addr();
        address.map_err(|error| Failure::io("the socket has no address", error))
    }

    /// Waits for a notification that is to be followed; why others are not goes to the log. None: Ctrl-C.
    pub(super) fn next(
        &mut self,
        interrupt: &Interrupt,
        mut account: impl FnMut(&str) -> Result<Option<Account>, Failure>,
    ) -> Result<Option<Call>, Failure> {
        let mut buffer = vec![0; LARGEST];
        while !interrupt.is_asked() {
            let (len, from) = match self.socket.recv_from(&mut buffer) {
                Ok(received) => received,
                Err(error) if is_for_later(&error) => continue,
                Err(error) => return Err(Failure::io("the socket failed", error)),
            };
            let Some(bytes) = self.join(buffer.get(..len).unwrap_or_default(), from) else {
                continue;
            };
            let mut failure = None;
            let taken = self.inbox.take(&bytes, None, |server| {
                account(server).unwrap_or_else(|error| {
                    failure = Some(error);
                    None
                })
            });
            if let Some(failure) = failure {
                return Err(failure);
            }
            match taken {
                Ok(call) if is_welcome(&call) => return Ok(Some(call)),
                Ok(call) => {
                    self.ended(&call);
                    output::log(&format!("the session that {from} asks for is not wanted"));
                }
                Err(ignored) => {
                    output::log(&format!("a notification from {from} is ignored: {ignored}"))
                }
            }
        }
        Ok(None)
    }

    /// The session that was asked for is over.
    pub(super) fn ended(&mut self, call: &Call) {
        self.inbox.ended(&call.notification);
    }

    /// A whole datagram, which may have come in parts.
    fn join(&mut self, bytes: &[u8], from: SocketAddr) -> Option<Vec<u8>> {
        let is_part = |data: &UserData<'_>| {
            let ports = data.ports.is_some_and(san::wdp::Ports::is_push);
            ports && data.part.is_some_and(|part| part.total > 1)
        };
        match UserData::read(bytes) {
            Ok(data) if is_part(&data) => {
                // A sender may use another port for each part.
                let whole = self.joiner.take(&from.ip().to_string(), data)?;
                Some(whole.body)
            }
            _ => Some(bytes.to_vec()),
        }
    }
}

fn is_for_later(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionReset, Interrupted, TimedOut, WouldBlock};
    matches!(
        error.kind(),
        WouldBlock | TimedOut | Interrupted | ConnectionReset
    )
}

/// Tells or asks the user, as the server would have it.
fn is_welcome(call: &Call) -> bool {
    let server = &call.notification.server;
    // What would be taken away from here or there nobody gets back.
    let refreshes = |request: &Request| request.by_server && request.sync_type.is_afresh();
    if let Some(refresh) = call
        .config
        .requests
        .iter()
        .find(|request| refreshes(request))
    {
        let (what, name) = (refresh.sync_type.name(), &refresh.remote);
        return asks(&format!(
            "{server:?} asks for a {what} of {name}: begin it? [y/N] "
        ));
    }
    match call.ui_mode {
        UiMode::UserInteraction => {
            asks(&format!("{server:?} asks for a session: begin it? [y/N] "))
        }
        UiMode::Informative => {
            output::log(&format!("{server:?} asks for a session"));
            true
        }
        UiMode::Background | UiMode::NotSpecified => true,
    }
}

/// Nobody there to answer is a no.
fn asks(question: &str) -> bool {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return false;
    }
    let mut stderr = io::stderr().lock();
    let asked = stderr
        .write_all(question.as_bytes())
        .and_then(|()| stderr.flush());
    let mut answer = String::new();
    asked.is_ok()
        && stdin.lock().read_line(&mut answer).is_ok()
        && matches!(answer.trim(), "y" | "Y" | "yes")
}
