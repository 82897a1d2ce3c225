"""SyncEvolution 2.0.0 (engine: libsynthesis) as client and as HTTP server.

Both run headless over plain folders of .vcf and .ics files, with a home of their
own and nothing of the user's environment. Their observed ways are in README.md.

usage: peer.py sync URL USER PASSWORD DATASTORE=FOLDER … [--wbxml] [--slow] [--state FOLDER]
       peer.py serve FOLDER PORT USER PASSWORD DEVICE …    (until Ctrl-C)
"""

import http.client
import http.server
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
CALENDAR = ("text/calendar", "text/x-vcalendar")


class Trouble(Exception):
    """A peer or our program did not do its part; the text says what was seen."""


# What was started and not stopped yet, so that an interrupted run leaves nothing.
LIVE = set()


def start(command, output, errors, env, **more):
    """Starts a command as the leader of a session of its own, see stop_group()."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=env,
                               start_new_session=True, **more)
    LIVE.add(process)
    return process


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(home, **more):
    """A clean environment around a home folder, which is created."""
    for part in (".config", ".cache", ".local/share"):
        os.makedirs(os.path.join(home, part), exist_ok=True)
    os.makedirs(os.path.join(home, ".run"), mode=0o700, exist_ok=True)
    return {
        "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": home,
        "XDG_CONFIG_HOME": home + "/.config", "XDG_CACHE_HOME": home + "/.cache",
        "XDG_DATA_HOME": home + "/.local/share", "XDG_RUNTIME_DIR": home + "/.run", **more,
    }


def run(command, log, env, limit, started=lambda _: None):
    """Runs a command to its end, all output appended to `log`; the exit status."""
    with open(log, "ab") as out:
        process = start(command, out, out, env)
        started(process)
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            raise Trouble("no end after %d s: %s" % (limit, " ".join(command[:3]))) from None
        finally:
            stop_group(process)


def stop_group(process, patience=5.0):
    """Ends a process and what it started; it must lead a session of its own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        end = time.monotonic() + patience
        while time.monotonic() < end:
            process.poll()  # or the leader stays a zombie and keeps the group alive
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:
                break
            time.sleep(0.05)
    process.wait()
    LIVE.discard(process)


def tail(path, lines=12):
    try:
        with open(path, encoding="utf-8", errors="replace") as text:
            return "".join(text.readlines()[-lines:])
    except OSError:
        return ""


# --- client ---------------------------------------------------------------


class Store:
    """One datastore of the client: the server's name for it, wire type, folder."""

    def __init__(self, uri, folder, media_type="text/vcard"):
        self.uri, self.folder, self.media_type = uri, os.path.abspath(folder), media_type
        self.name = re.sub(r"\W", "", uri) + "store"
        os.makedirs(self.folder, exist_ok=True)

    def properties(self):
        native = "text/calendar" if self.media_type in CALENDAR else "text/vcard"
        return ["%s/%s" % (self.name, setting) for setting in (
            "backend=file", "database=file://" + self.folder, "databaseFormat=" + native,
            "syncFormat=" + self.media_type, "forceSyncFormat=1", "uri=" + self.uri, "sync=two-way")]


class Result:
    """What SyncEvolution reports of one session."""

    def __init__(self, stores, status_file, messages):
        self.values, self.messages = {}, messages
        if os.path.exists(status_file):
            with open(status_file, encoding="utf-8", errors="replace") as lines:
                pairs = (line.partition(" = ") for line in lines)
                self.values = {key.strip(): value.strip() for key, found, value in pairs if found}
        self.status = self.values.get("status", "none")
        self.stores = [store.name for store in stores]

    def changes(self, index=0):
        """`two-way client +1 ~0 -2 server +0 ~0 -0`: what was done on which side."""
        def count(side, what):
            return self.values.get("source-%s-stat-%s-%s-total" % (self.stores[index], side, what), "0")
        sides = " ".join("%s +%s ~%s -%s" % (word, *(count(side, what) for what in ("added", "updated", "removed")))
                         for word, side in (("client", "local"), ("server", "remote")))
        return "%s %s" % (self.values.get("source-%s-mode" % self.stores[index], "?"), sides)

    def store_status(self, index=0):
        return self.values.get("source-%s-status" % self.stores[index], "none")

    def __str__(self):
        lines = ["status %s" % self.status]
        lines += ["%s: status %s %s" % (name, self.store_status(index), self.changes(index))
                  for index, name in enumerate(self.stores)]
        if self.values.get("error"):
            lines.append("error: " + self.values["error"])
        return "\n".join(lines)


class Client:
    """A SyncEvolution client with its state: configuration, anchors, device id."""

    def __init__(self, folder, url, user, password, device):
        self.folder = os.path.abspath(folder)
        self.url, self.user, self.password, self.device = url, user, password, device
        self.home = os.path.join(self.folder, "home")
        self.log = os.path.join(self.folder, "client.log")
        self.sessions, self.process = 0, None
        self.env = environment(self.home, LD_PRELOAD=self.callbacks())

    def callbacks(self):
        library = os.path.join(self.folder, "curl_callbacks.so")
        source = os.path.join(HERE, "curl_callbacks.c")
        if not os.path.exists(library):
            os.makedirs(self.folder, exist_ok=True)
            subprocess.run(["/usr/bin/cc", "-O2", "-Wall", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        return library

    def sync(self, stores, mode="two-way", encoding="wbxml", password=None, proxy=None, limit=60, settings=()):
        """One session. `settings` are further SyncEvolution properties, such as
        clientAuthType=basic, SyncMLVersion=1.1 (both obeyed before the first
        contact only) or maxMsgSize=10240 (the least it takes)."""
        self.sessions += 1
        logs = os.path.join(self.folder, "session-%02d" % self.sessions)
        os.makedirs(logs, exist_ok=True)
        properties = [setting for store in stores for setting in store.properties()] + [
            "syncURL=" + self.url, "username=" + self.user, "password=" + (password or self.password), "keyring=no",
            "deviceId=" + self.device, "enableWBXML=%d" % (encoding == "wbxml"),
            # A slow sync with data on both sides is refused unless this is off.
            "preventSlowSync=0", "enableRefreshSync=1",
            # No copies of all items, no resending, a dump of every message.
            "printChanges=0", "dumpData=0", "maxlogdirs=50", "loglevel=4", "logdir=" + logs, "RetryInterval=0",
            *(["useProxy=1", "proxyHost=" + proxy] if proxy else ["useProxy=0"]), *settings]
        names = [store.name for store in stores]
        base = ["syncevolution", "--daemon=no"]
        if run([*base, "--configure", "--template", "none", *properties, "peer", *names], self.log, self.env, 30):
            raise Trouble("SyncEvolution took no configuration:\n" + tail(self.log))
        run([*base, "--run", "--sync", mode, "peer", *names], self.log, self.env, limit,
            started=lambda process: setattr(self, "process", process))
        found = [os.path.join(logs, name) for name in os.listdir(logs) if os.path.isdir(os.path.join(logs, name))]
        session = max(found, key=os.path.getmtime) if found else logs
        messages = sorted(os.path.join(session, name) for name in os.listdir(session)
                          if re.search(r"_trm\d+_\d+_(outgoing|incoming)\.xml$", name))
        return Result(stores, os.path.join(session, "status.ini"), messages)


class Recorder:
    """An HTTP proxy on the loopback interface that keeps the bytes of each reply.

    `before` is what to do before a request is passed on, by its number from 1: a chance to kill somebody. Trouble with
    the server behind is answered with 502, so that a client that is told nothing was told so by the server itself."""

    def __init__(self, limit=60):
        recorder = self
        self.replies = []  # (content type, body)
        self.sent = self.requests = 0  # bytes of requests, and how many
        self.before = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = limit

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                target = urllib.parse.urlsplit(self.path)
                headers = {key: value for key, value in self.headers.items()
                           if not key.lower().startswith("proxy-") and key.lower() not in ("connection", "host")}
                recorder.requests += 1
                recorder.before.pop(recorder.requests, lambda: None)()
                onward = http.client.HTTPConnection(target.hostname, target.port, timeout=limit)
                try:
                    onward.request("POST", target.path + ("?" + target.query if target.query else ""), body,
                                   {**headers, "Host": target.netloc})
                    reply = onward.getresponse()
                    data = reply.read()
                except (OSError, http.client.HTTPException) as error:
                    self.send_error(502, "the server behind: %r" % error)
                    return
                kind = reply.getheader("Content-Type") or ""
                recorder.sent += len(body)
                recorder.replies.append((kind, data))
                self.send_response(reply.status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        # A side that hangs up shows in the session's result; no stack trace needed.
        self.server.handle_error = lambda *_: None
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


# --- server ---------------------------------------------------------------


class Server:
    """SyncEvolution's HTTP server over FOLDER/contacts (datastore "addressbook")
    and FOLDER/calendar ("calendar"). It knows its clients by device id, so the
    ids that will come are named beforehand. A quiet one keeps no messages and writes
    next to no log: one whose work is measured."""

    def __init__(self, folder, user, password, devices, port=None, max_msg_size=None, quiet=False):
        self.folder = os.path.abspath(folder)
        self.contacts, self.calendar = (os.path.join(self.folder, name) for name in ("contacts", "calendar"))
        self.messages = os.path.join(self.folder, "messages")
        self.log = os.path.join(self.folder, "server.log")
        self.url = "http://127.0.0.1:%d/syncevolution" % (port or free_port())
        home = os.path.join(self.folder, "home")
        self.env = environment(home)
        for data in (self.contacts, self.calendar):
            os.makedirs(data, exist_ok=True)
        for index, device in enumerate(devices):
            command = [
                "syncevolution", "--daemon=no", "--configure", "--template", "SyncEvolution_Client",
                "syncURL=", "username=" + user, "password=" + password, "keyring=no", "PeerIsClient=1",
                "remoteDeviceId=" + device, "sync=two-way", "preventSlowSync=0",
                "printChanges=0", "dumpData=0", "maxlogdirs=50", "loglevel=%d" % (1 if quiet else 4),
                # A client that fell silent blocks the next one that long.
                "RetryDuration=%d" % (900 if quiet else 15), *(["maxMsgSize=%d" % max_msg_size] if max_msg_size else []),
                "addressbook/backend=file", "addressbook/database=file://" + self.contacts,
                "addressbook/databaseFormat=text/vcard", "addressbook/syncFormat=text/vcard",
                "calendar/backend=file", "calendar/database=file://" + self.calendar,
                "calendar/databaseFormat=text/calendar", "calendar/syncFormat=text/calendar",
                "device%d" % index, "addressbook", "calendar"]
            if run(command, self.log, self.env, 30):
                raise Trouble("SyncEvolution took no configuration:\n" + tail(self.log))
        with open(self.log, "ab") as out:
            # The front end drives the engine over D-Bus: give both a bus of their own.
            self.process = start(["dbus-run-session", "--", "/usr/bin/python3", "-B", os.path.join(HERE, "http_server.py"),
                                  self.url, *([] if quiet else [self.messages])], out, out, self.env)
        self.await_port()

    def await_port(self):
        port = urllib.parse.urlsplit(self.url).port
        end = time.monotonic() + 20
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise Trouble("SyncEvolution's server did not come up:\n" + tail(self.log))

    def received(self):
        """Paths of the messages that came in, as the bytes they were."""
        if not os.path.isdir(self.messages):
            return []
        return sorted(os.path.join(self.messages, name) for name in os.listdir(self.messages) if "-in." in name)

    def kill(self):
        """As a loss of power would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        stop_group(self.process)

    def stop(self):
        stop_group(self.process)


def main(words):
    flags = [word for word in words if word in ("--wbxml", "--slow")]
    words = [word for word in words if word not in flags]
    if len(words) > 5 and words[0] == "serve":
        server = Server(words[1], words[3], words[4], words[5:], port=int(words[2]))
        print("serving", server.url, flush=True)
        try:
            server.process.wait()
        except KeyboardInterrupt:
            server.stop()
        return 0
    state = "syncevolution.state"
    if "--state" in words[:-1]:
        at = words.index("--state")
        state, words = words[at + 1], words[:at] + words[at + 2:]
    if len(words) > 4 and words[0] == "sync":
        stores = [Store(*word.split("=", 1), "text/calendar" if "cal" in word.split("=")[0] else "text/vcard")
                  for word in words[4:]]
        client = Client(state, *words[1:4], device="syncevolution-by-hand")
        result = client.sync(stores, "slow" if "--slow" in flags else "two-way", "wbxml" if "--wbxml" in flags else "xml")
        print(result)
        return 0 if result.status == "200" else 1
    print(__doc__.strip(), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
