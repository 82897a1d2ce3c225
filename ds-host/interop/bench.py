"""What sessions cost, ours beside SyncEvolution's, in the same run.

usage: bench.py --syncml BINARY [--items 5000] [--memory 1000,50000] [--max-msg 150000] [--work FOLDER]

Three sessions each: a first sync of contacts of about 600 bytes with an empty
server, a two-way sync after 1 % was changed on each side, and a refresh of an empty
second device from the server. Played by our client and server, by SyncEvolution's,
and by its client with our server. Ours twice: over SQLite on both sides, and over a folder
of files at the client, which is what SyncEvolution has; much of the time is then the file
system's. Then ours alone over files, with few and with many contacts.

Figures are seconds of CPU (user and system, all processes of a side), the largest
resident size of a process in MB, messages and bytes of HTTP bodies both ways
(SyncEvolution's in sessions of their own, through a proxy), and wall time, which says
little: SyncEvolution sleeps on purpose. Nothing is deleted before all is measured: for
minutes after many files were deleted, ext4 searches long for the place of a new one,
and whoever makes files would pay for that (so wait some minutes between two runs). Prints a line a must, `ok …` or `FAIL …`.
Exit status: 0 all met, 1 some not.
"""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import items
from peer import LIVE, Client, Recorder, Server, Store, Trouble, start, stop_group, tail
from toolkit import Serve, Syncml

USER, PASSWORD = "joe", "secret"
LOGIN = "%s:%s" % (USER, PASSWORD)
TICK = os.sysconf("SC_CLK_TCK")
FIRST, CHANGED, REFRESH = PHASES = ("first sync", "two-way, 1 % changed", "refresh from server")


class Cost:
    """What a session cost on both sides."""

    def __init__(self):
        self.client = self.server = self.wall = 0.0
        self.client_mb = self.server_mb = 0.0
        self.messages = self.octets = 0  # both ways

    @property
    def both(self):
        return self.client + self.server


def processes(group):
    """(seconds of CPU with ended children, largest resident size in MB) of a process group."""
    seconds, largest = 0.0, 0.0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % name, encoding="ascii", errors="replace") as stat:
                fields = stat.read().rpartition(")")[2].split()
            if int(fields[2]) != group:
                continue
            with open("/proc/%s/status" % name, encoding="ascii", errors="replace") as status:
                peaks = [line.split()[1] for line in status if line.startswith("VmHWM")]
        except (OSError, ValueError):
            continue
        seconds += sum(map(int, fields[11:15])) / TICK
        largest = max([largest, *(int(peak) / 1024 for peak in peaks)])
    return seconds, largest


def measured(server, session):
    """The cost of `session()`, whose children are the client's side; `server` leads the other one's."""
    cost = Cost()
    before, children = processes(server.pid)[0], resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = threading.Event()

    def watch():
        # Not from getrusage: that counts what the child was before it became another program.
        while not ended.wait(0.01):
            for process in list(LIVE):
                if process is not server:
                    cost.client_mb = max(cost.client_mb, processes(process.pid)[1])

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.monotonic()
    try:
        cost.messages, cost.octets = session()
    finally:
        ended.set()
        watcher.join()
    cost.wall = time.monotonic() - begun
    # The helper processes of SyncEvolution's server go on for a while, and count with their parent when they end.
    seconds = None
    while seconds != processes(server.pid)[0]:
        seconds = processes(server.pid)[0]
        time.sleep(0.7)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost.client = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
    seconds, cost.server_mb = processes(server.pid)
    cost.server = seconds - before
    return cost


# --- the sides --------------------------------------------------------------


class OurServer:
    def __init__(self, bench, folder):
        self.bench = bench
        self.serve = Serve(bench.syncml, os.path.join(folder, "store.sqlite"), LOGIN,
                           options=["--max-msg-size", str(bench.max_msg)])
        self.process, self.datastore = self.serve.process, "contacts"
        self.folder, self.exports = folder, 0

    @property
    def url(self):
        return self.serve.url

    def edit(self, change):
        exported = self.contents()
        change(exported)
        self.serve.import_(USER, "contacts", exported)

    def contents(self):
        self.exports += 1
        return self.serve.export(USER, "contacts", os.path.join(self.folder, "export-%d" % self.exports))

    def stop(self):
        self.serve.stop()


class TheirServer:
    def __init__(self, bench, folder):
        self.server = Server(os.path.join(folder, "server"), USER, PASSWORD, ["bench-one", "bench-two"],
                             max_msg_size=bench.max_msg, quiet=True)
        self.process, self.datastore, self.url = self.server.process, "addressbook", self.server.url

    def edit(self, change):
        change(self.server.contacts)

    def contents(self):
        return self.server.contacts

    def stop(self):
        self.server.stop()


def database(folder):
    """The database with what is in a folder."""
    return "sqlite:%s.db" % folder


def in_database(bench, server, device, folder, mode, proxy=None):
    """One session of `syncml sync` over a database; its messages and bytes."""
    return our_client(bench, server, device, database(folder), mode, proxy)


def our_client(bench, server, device, home, mode, proxy=None):
    """One session of `syncml sync`; its messages and bytes."""
    assert not proxy
    command = [bench.binary, "sync", server.url, "--user", LOGIN, "--mode", mode, "--encoding", "wbxml", "--device",
               device, "--json", "--max-msg-size", str(bench.max_msg), "%s=%s" % (home, server.datastore)]
    with open(bench.syncml.log, "ab") as log:
        process = start(command, subprocess.PIPE, log, bench.syncml.env)
    with process.stdout as output:
        report = output.read()
    if process.wait():
        raise Trouble("syncml sync: exit %d\n%s" % (process.returncode, tail(bench.syncml.log)))
    stop_group(process)
    report = json.loads(report)
    return sum(report["messages"].values()), sum(report["bytes"].values())


def their_client(bench, server, device, folder, mode, proxy=None):
    """One session of SyncEvolution; messages and bytes, where they go through a proxy."""
    state = os.path.join(bench.folder, "client-%s-%s" % (device, server.process.pid))
    client = Client(state, server.url, USER, PASSWORD, device)
    result = client.sync([Store(server.datastore, folder)], mode, "wbxml", proxy=proxy and proxy.url, limit=900,
                         settings=["loglevel=1", "maxMsgSize=%d" % bench.max_msg])
    if result.status != "200":
        raise Trouble("SyncEvolution's client: %s" % result)
    if not proxy:
        return 0, 0
    return 2 * len(proxy.replies), proxy.sent + sum(len(body) for _, body in proxy.replies)


# --- the sessions -----------------------------------------------------------


class Bench:
    def __init__(self, binary, work, max_msg):
        self.binary, self.folder, self.max_msg = os.path.abspath(binary), work, max_msg
        self.plays = 0
        self.syncml = Syncml(binary, work)

    def change(self, tag, numbers):
        """Edits half of these items and deletes the other half, and adds as many as it deletes."""
        def change(folder):
            by_mark = marks(folder)
            for at, number in enumerate(numbers):
                path = by_mark["c%04d" % number]
                if at % 2:
                    os.unlink(path)
                    items.fill(folder, items.contact, [number], tag)
                else:
                    with open(path, "rb") as card:
                        text = card.read()
                    with open(path, "wb") as card:
                        card.write(text.replace(b"END:VCARD", b"NICKNAME:changed\r\nEND:VCARD"))
        return change

    def play(self, name, server_of, client, count, proxied=False):
        """All three sessions; their costs by phase. Through a proxy only messages and bytes are counted."""
        self.plays += 1
        folder = os.path.join(self.folder, "%d-%s-%d" % (self.plays, name, count))
        cards, second = os.path.join(folder, "cards"), os.path.join(folder, "second")
        items.fill(cards, items.contact, range(count), "c")
        os.makedirs(second)
        server = server_of(self, folder)
        costs = {}
        try:
            def session(phase, device, data, mode):
                proxy = Recorder(900) if proxied else None
                words = ["--store", database(data), "--user", USER, server.datastore, data]
                try:
                    if client is in_database:
                        self.syncml.must("import", "--delete", *words)
                    costs[phase] = measured(server.process, lambda: client(self, server, device, data, mode, proxy))
                    if client is in_database:
                        for path in items.listing(data):
                            os.unlink(path)
                        self.syncml.must("export", *words)
                finally:
                    if proxy:
                        proxy.stop()

            session(FIRST, "bench-one", cards, "slow")
            numbers = random.Random(7).sample(range(count), max(count // 50, 2))
            half = len(numbers) // 2
            self.change("mine", numbers[:half])(cards)
            server.edit(self.change("theirs", numbers[half:]))
            # Both clients tell changes by time stamps that tick slowly.
            time.sleep(2.5)
            session(CHANGED, "bench-one", cards, "two-way")
            session(REFRESH, "bench-two", second, "refresh-from-server")
            for what, data in (("the first device", cards), ("the second device", second)):
                odd = items.difference(data, server.contents())
                if odd:
                    raise Trouble("%s: %s and the server differ\n%s" % (name, what, odd))
        finally:
            server.stop()
        return costs


def marks(folder):
    """Paths by the mark of their contact."""
    found = {}
    for path in items.listing(folder):
        with open(path, "rb") as card:
            for _, _, value in (line for line in items.content_lines(card.read()) if line[0] == "N"):
                found[value.split(";")[2]] = path
    return found


def line(name, phase, cost):
    print("%-28s %-22s cpu %6.2f + %6.2f s   peak %3.0f / %3.0f MB   wall %5.1f s" % (
        name, phase, cost.client, cost.server, cost.client_mb, cost.server_mb, cost.wall), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--syncml", required=True, help="the binary")
    parser.add_argument("--items", type=int, default=5000)
    parser.add_argument("--memory", default="1000,50000", help="few and many contacts, for peak memory of ours")
    parser.add_argument("--max-msg", type=int, default=150_000)
    parser.add_argument("--only-ours", action="store_true", help="no SyncEvolution")
    parser.add_argument("--work")
    options = parser.parse_args()
    work = os.path.abspath(options.work or tempfile.mkdtemp(prefix="bench-"))
    os.makedirs(work, exist_ok=True)
    bench = Bench(options.syncml, work, options.max_msg)
    failed = 0

    def must(what, met):
        nonlocal failed
        failed += not met
        print("%s %s" % ("ok  " if met else "FAIL", what), flush=True)

    sides = {"ours": (OurServer, in_database), "ours, files": (OurServer, our_client),
             "theirs": (TheirServer, their_client), "their client, our server": (OurServer, their_client)}
    if options.only_ours:
        del sides["theirs"], sides["their client, our server"]
    timed = {}
    for name, (server, client) in sides.items():
        timed[name] = bench.play(name, server, client, options.items)
        for phase in PHASES:
            line(name, phase, timed[name][phase])
    if not options.only_ours:
        for phase, least in ((FIRST, 20), (REFRESH, 20), (CHANGED, 10)):
            times = timed["theirs"][phase].both / max(timed["ours"][phase].both, 1 / TICK)
            must("%s: SyncEvolution's CPU is %.1f times ours, at least %d wanted" % (phase, times, least), times >= least)
            times = timed["theirs"][phase].both / max(timed["ours, files"][phase].both, 1 / TICK)
            print("     %s: %.1f times ours where our client makes and reads a file an item" % (phase, times))
        for phase in PHASES:
            ours, theirs = timed["their client, our server"][phase].server, timed["theirs"][phase].server
            must("%s with SyncEvolution's client: our server %.2f s, theirs %.2f s" % (phase, ours, theirs), ours < theirs)
        counted = bench.play("theirs", *sides["theirs"], options.items, proxied=True)
        for phase in PHASES:
            ours, theirs = timed["ours"][phase], counted[phase]
            must("%s: %d messages and %d bytes, theirs %d and %d" % (
                phase, ours.messages, ours.octets, theirs.messages, theirs.octets),
                ours.messages < theirs.messages and ours.octets < theirs.octets)
    few, many = map(int, options.memory.split(","))
    peaks = {}
    for count in (few, many):
        costs = bench.play("ours", OurServer, our_client, count)
        for phase in PHASES:
            line("ours, %d contacts" % count, phase, costs[phase])
        peaks[count] = (max(cost.client_mb for cost in costs.values()), max(cost.server_mb for cost in costs.values()))
    for side, word in enumerate(("client", "server")):
        small, large = peaks[few][side], peaks[many][side]
        must("peak memory of our %s: %.1f MB with %d contacts, %.1f MB with %d" % (word, small, few, large, many),
             large < 30 and large < small + 4)
    shutil.rmtree(work, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
