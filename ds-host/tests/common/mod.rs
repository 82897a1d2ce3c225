//! What several tests need: the binary, a running `syncml serve`, messages.

#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod fleet;

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// The binary, with nothing of the caller's environment that could change the result.
pub(crate) fn syncml() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_syncml"));
    command.env_remove("SYNCML_PASSWORD");
    command
}

/// Runs the binary to its end.
pub(crate) fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Output {
    syncml()
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("the binary runs")
}

/// Runs the binary with something on standard input.
pub(crate) fn pipe<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>, input: &[u8]) -> Output {
    let mut child = syncml()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // A program that has seen enough closes the pipe.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("the writer ends");
    output
}

/// Standard output as text, of a run that went well.
pub(crate) fn success(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Standard output as JSON: one object, one line.
pub(crate) fn json(stdout: &[u8]) -> serde_json::Value {
    let text = std::str::from_utf8(stdout).expect("UTF-8");
    assert_eq!(text.lines().count(), 1, "{text}");
    let value = serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    assert!(value.is_object(), "{text}");
    value
}

/// Standard error of a run that ended with this exit code.
pub(crate) fn failure(output: Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stderr).expect("UTF-8")
}

/// A running `syncml serve`; killed when it is dropped.
pub(crate) struct Serve {
    child: Child,
    pub(crate) url: String,
}

impl Serve {
    pub(crate) fn start(store: &Path, more: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", store, more)
    }

    /// At an address, such as that of a server that was killed. The system may have lent it to a client meanwhile.
    pub(crate) fn start_at(address: &str, store: &Path, more: &[&str]) -> Self {
        for _ in 0..40 {
            if let Some(serve) = Self::try_start(syncml(), address, store, more) {
                return serve;
            }
            sleep(Duration::from_millis(250));
        }
        panic!(
            "{}",
            fs::read_to_string(Self::log_of(store)).unwrap_or_default()
        );
    }

    /// By a command of one's own, such as one that limits it.
    pub(crate) fn start_as(command: Command, address: &str, store: &Path, more: &[&str]) -> Self {
        let serve = Self::try_start(command, address, store, more);
        serve.expect("it says where it listens")
    }

    /// None: it ended without a word on standard output.
    fn try_start(mut command: Command, address: &str, store: &Path, more: &[&str]) -> Option<Self> {
        // Beside the store: what a person would see.
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(Self::log_of(store));
        let log = log.map_or_else(|_| Stdio::null(), Stdio::from);
        let mut child = command
            .args([
                "serve",
                "--listen",
                address,
                "--user",
                "ann:tulip",
                "--store",
            ])
            .arg(format!("sqlite:{}", store.display()))
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the binary runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("a line");
        if line.is_empty() {
            child.wait().expect("it ends");
            return None;
        }
        let url = line
            .strip_prefix("listening on ")
            .unwrap_or_else(|| panic!("{line:?}"))
            .trim_end()
            .to_owned();
        assert!(
            url.starts_with("http") && url.contains("://127.0.0.1:") && url.ends_with('/'),
            "{url}"
        );
        Some(Self { child, url })
    }

    /// Where the server of a store writes what a person would see.
    pub(crate) fn log_of(store: &Path) -> PathBuf {
        store.with_extension("log")
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Stops it with SIGTERM.
    #[cfg(unix)]
    pub(crate) fn stop(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .expect("kill runs")
                .success()
        );
        self.child.wait().expect("it ends")
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends any body to the server: status and body of the answer.
pub(crate) fn post(url: &str, content_type: Option<&str>, body: &[u8]) -> (u16, String, Vec<u8>) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into();
    let mut request = agent.post(url);
    if let Some(content_type) = content_type {
        request = request.header("Content-Type", content_type);
    }
    let mut response = if content_type.is_some() {
        request.send(body).expect("an answer")
    } else {
        request
            .header("Content-Type", "")
            .send(body)
            .expect("an answer")
    };
    let answered = response
        .headers()
        .get("Content-Type")
        .map(|value| value.to_str().expect("text").to_owned());
    let status = response.status().as_u16();
    (
        status,
        answered.unwrap_or_default(),
        response.body_mut().read_to_vec().expect("a body"),
    )
}

/// The first message of a client that wants to synchronise datastores.
pub(crate) fn first_message(device: &str, session: &str, datastores: &[&str]) -> String {
    let alerts = (2..)
        .zip(datastores)
        .map(|(id, name)| {
            format!(
                "<Alert><CmdID>{id}</CmdID><Data>201</Data><Item><Target><LocURI>./{name}</LocURI></Target>\
                 <Source><LocURI>./local-{name}</LocURI></Source><Meta><Anchor xmlns='syncml:metinf'>\
                 <Next>1</Next></Anchor></Meta></Item></Alert>"
            )
        })
        .collect::<String>();
    // ann:tulip
    format!(
        "<?xml version='1.0'?><SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD>\
         <VerProto>SyncML/1.2</VerProto><SessionID>{session}</SessionID><MsgID>1</MsgID>\
         <Target><LocURI>http://127.0.0.1/</LocURI></Target><Source><LocURI>{device}</LocURI></Source>\
         <Cred><Meta><Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>syncml:auth-basic</Type>\
         </Meta><Data>YW5uOnR1bGlw</Data></Cred></SyncHdr><SyncBody>{alerts}<Final/></SyncBody></SyncML>"
    )
}
