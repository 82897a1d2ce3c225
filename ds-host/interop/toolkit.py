"""Our side of the checks: the binary `syncml`, driven as a user would drive it."""

import json
import os
import re
import signal
import subprocess
import threading

from peer import Trouble, environment, start, stop_group, tail


class Syncml:
    """The binary, with a log of all it wrote to standard error."""

    def __init__(self, binary, folder):
        self.binary, self.log = os.path.abspath(binary), os.path.join(folder, "syncml.log")
        self.env = environment(os.path.join(folder, "home"), RUST_BACKTRACE="1")

    def run(self, *words, limit=60):
        """Runs a subcommand; (exit status, standard output, standard error)."""
        try:
            done = subprocess.run([self.binary, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  env=self.env, timeout=limit, check=False)
        except subprocess.TimeoutExpired:
            raise Trouble("no end after %d s: syncml %s" % (limit, " ".join(words))) from None
        with open(self.log, "a", encoding="utf-8") as log:
            log.write("$ syncml %s\n%s%s= %d\n" % (" ".join(words), done.stdout, done.stderr, done.returncode))
        return done.returncode, done.stdout, done.stderr

    def must(self, *words):
        status, _, errors = self.run(*words, limit=600)
        if status:
            raise Trouble("syncml %s: exit %d\n%s" % (" ".join(words), status, errors))

    def sync(self, url, user, device, encoding, folders, mode="two-way", options=(), limit=60):
        """`syncml sync`; `folders` is {datastore: folder}. (exit status, report, standard error)"""
        pairs = ["%s=%s" % (folder, datastore) for datastore, folder in folders.items()]
        status, output, errors = self.run("sync", url, "--user", user, "--mode", mode, "--encoding", encoding,
                                          "--device", device, "--json", *options, *pairs, limit=limit)
        if status:
            return status, None, errors
        try:
            return status, json.loads(output), errors
        except ValueError:
            raise Trouble("standard output is not one JSON object: %.200r" % output) from None


class Serve:
    """`syncml serve` on a free port (or the one named) over an SQLite file, stopped by SIGTERM."""

    def __init__(self, syncml, store, *users, options=(), port=0):
        self.syncml, self.store, self.users, self.options = syncml, "sqlite:" + store, users, options
        self.port = port
        self.process = None
        self.start()

    def start(self):
        words = ["serve", "--listen", "127.0.0.1:%d" % self.port, "--store", self.store, *self.options]
        for user in self.users:
            words += ["--user", user]
        with open(self.syncml.log, "a", encoding="utf-8") as log:
            log.write("$ syncml %s\n" % " ".join(words))
            log.flush()
            self.process = start([self.syncml.binary, *words], subprocess.PIPE, log, self.syncml.env, text=True)
        guard = threading.Timer(20, lambda: stop_group(self.process))
        guard.start()
        line = self.process.stdout.readline()
        guard.cancel()
        found = re.fullmatch(r"listening on (http://[0-9.]+:[0-9]+/)\n", line)
        if not found:
            stop_group(self.process)
            raise Trouble("syncml serve said %r\n%s" % (line, tail(self.syncml.log)))
        self.url = found.group(1)

    def kill(self):
        """As a loss of power would."""
        self.process.kill()
        stop_group(self.process)
        self.process.stdout.close()

    def stop(self):
        """The exit status after SIGTERM; a negative one had to be killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                pass
        stop_group(self.process)
        self.process.stdout.close()
        return self.process.returncode

    def export(self, user, datastore, folder):
        os.makedirs(folder, exist_ok=True)
        self.syncml.must("export", "--store", self.store, "--user", user, datastore, folder)
        return folder

    def import_(self, user, datastore, folder):
        """The folder as the user's datastore: what has no file is deleted."""
        self.syncml.must("import", "--store", self.store, "--user", user, "--delete", datastore, folder)
