"""The interop checks: our server with SyncEvolution's client, our client with its server.

usage: checks.py --syncml BINARY [--work FOLDER] [--only WORD]
       checks.py --peers-only [--work FOLDER]    SyncEvolution against itself

Prints a line a check, `ok …` or `FAIL …`, and `N passed, M failed` at the end.
Exit status: 0 all passed, 1 some failed, 2 bad arguments.
"""

import argparse
import concurrent.futures
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import items
import old_cards
from peer import LIVE, Client, Recorder, Server, Store, Trouble, free_port, start, stop_group, tail
from toolkit import Serve, Syncml

USER, PASSWORD = "joe", "secret"
LOGIN = "%s:%s" % (USER, PASSWORD)
CONTACTS = "text/vcard"
CALENDAR = "text/calendar"


class Bench:
    """One scenario: a folder of its own, and the lines it has to say."""

    def __init__(self, title, work, binary):
        self.title, self.binary = title, binary
        self.folder = os.path.join(work, "".join(c if c.isalnum() else "-" for c in title))
        self.lines, self.passed, self.failed, self.exports = [], 0, 0, 0
        os.makedirs(self.folder)
        self.syncml = Syncml(binary, self.folder) if binary else None

    def path(self, name):
        return os.path.join(self.folder, name)

    def check(self, what, got, wanted, more=""):
        if got == wanted:
            self.passed += 1
            self.lines.append("ok   %s: %s" % (self.title, what))
            return
        self.failed += 1
        self.lines.append("FAIL %s: %s" % (self.title, what))
        for word, value in (("wanted", wanted), ("got", got), ("", more)):
            self.lines += ["       %-6s %s" % (word, line) for line in str(value).splitlines()]

    def same(self, what, left, right):
        self.check(what + ", same contents on both sides", items.difference(left, right) or "same", "same")

    def session(self, what, result, wanted, status="200"):
        """Checks what SyncEvolution's client says of a session, store by store."""
        got = " | ".join(result.changes(index) for index in range(len(result.stores)))
        self.check(what, "%s %s" % (result.status, got), "%s %s" % (status, wanted), result)

    def readable(self, what, messages):
        """libwbxml reads these WBXML messages of ours: [(name, bytes)]."""
        bad = []
        for name, data in messages:
            path = self.path("ours.wbxml")
            with open(path, "wb") as out:
                out.write(data)
            done = subprocess.run(["/usr/bin/wbxml2xml", "-o", self.path("ours.xml"), path],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
            if done.returncode:
                bad.append("%s: %s" % (name, done.stderr.decode(errors="replace").strip()))
        self.check(what, "%s of %d" % (bad or "none", len(messages)), "none of %d" % max(len(messages), 1))

    def served(self, serve, datastore="contacts", user=USER):
        """The server's items, exported to a fresh folder."""
        self.exports += 1
        return serve.export(user, datastore, self.path("export-%02d" % self.exports))


def line(mode, client, server):
    """What Result.changes() says; each side as (added, updated, removed)."""
    return "%s client +%d ~%d -%d server +%d ~%d -%d" % (mode, *client, *server)


NOTHING = (0, 0, 0)
EACH = (1, 1, 1)


def edit_both(left, right, maker, tag, numbers, unedited=None):
    """One addition, one edit and one deletion on each side, on items apart; no edit on side `unedited`."""
    for side, folder in enumerate((left, right)):
        items.fill(folder, maker, [numbers[0] + side], "new")
        if side != unedited:
            items.edit(folder, "%s%04d" % (tag, numbers[0] + side), "changed on side %d, ünd sö; on" % side)
        items.remove(folder, "%s%04d" % (tag, numbers[0] + 2 + side))


# --- our server, their client ---------------------------------------------


def their_client(bench, encoding):
    """First contact, then changes on both sides until both datastores were in it."""
    cards, dates = bench.path("cards"), bench.path("dates")
    items.fill(cards, items.contact, range(20), "c")
    with open(os.path.join(cards, "photo.vcf"), "wb") as out:
        out.write(items.contact(20, "c", photo=20000))
    items.fill(dates, items.event, range(12), "e")
    serve = Serve(bench.syncml, bench.path("store.sqlite"), LOGIN, "eve:other")
    recorder = Recorder()
    try:
        client = Client(bench.path("client"), serve.url, USER, PASSWORD, "interop-" + encoding)
        contacts, calendar = Store("contacts", cards, CONTACTS), Store("calendar", dates, CALENDAR)

        def sync(*stores, **more):
            client.url = serve.url
            return client.sync(stores, encoding=encoding, proxy=recorder.url, **more)

        def edit_ours(datastore, change):
            """Changes the server's items the way a user can: export, edit, import."""
            folder = bench.served(serve, datastore)
            change(folder)
            serve.import_(USER, datastore, folder)
            bench.same("import of %s" % datastore, folder, bench.served(serve, datastore))

        bench.session("slow sync of 21 contacts", sync(contacts, mode="slow"), line("slow", NOTHING, (21, 0, 0)))
        bench.same("slow sync", cards, bench.served(serve))
        bench.session("nothing changed", sync(contacts), line("two-way", NOTHING, NOTHING))

        edit_ours("contacts", lambda ours: edit_both(cards, ours, items.contact, "c", [0]))
        bench.session("changes on both sides", sync(contacts), line("two-way", EACH, EACH))
        bench.same("changes on both sides", cards, bench.served(serve))

        bench.check("SIGTERM stops the server", serve.stop(), 0)
        edit_ours("contacts", lambda ours: edit_both(cards, ours, items.contact, "c", [5]))
        serve.start()
        result = sync(contacts, calendar)
        bench.session("after a restart, calendar for the first time", result,
                      line("two-way", EACH, EACH) + " | " + line("slow", NOTHING, (12, 0, 0)))
        bench.same("contacts beside calendar", cards, bench.served(serve))
        bench.same("calendar", dates, bench.served(serve, "calendar"))

        edit_ours("contacts", lambda ours: edit_both(cards, ours, items.contact, "c", [10]))
        edit_ours("calendar", lambda ours: edit_both(dates, ours, items.event, "e", [4]))
        bench.session("both datastores changed on both sides", sync(contacts, calendar),
                      line("two-way", EACH, EACH) + " | " + line("two-way", EACH, EACH))
        bench.same("contacts, both changed", cards, bench.served(serve))
        bench.same("calendar, both changed", dates, bench.served(serve, "calendar"))

        result = sync(contacts, mode="slow")
        bench.check("slow again", result.status, "200", result)
        bench.same("slow again", cards, bench.served(serve))

        before = bench.served(serve)
        items.fill(cards, items.contact, [1], "refused")
        result = sync(contacts, password="wrong")
        bench.check("wrong password", result.status, "401", result)
        bench.same("wrong password changes nothing", before, bench.served(serve))
        result = sync(contacts)
        bench.session("right password again", result, line("two-way", NOTHING, (1, 0, 0)))

        result = sync(Store("nosuch", bench.path("nosuch"), CONTACTS))
        bench.check("unknown datastore", result.status, "404", result)
        status, _, errors = bench.syncml.run("export", "--store", serve.store, "--user", "eve", "contacts", bench.path("eve"))
        bench.check("another user has nothing to export", (status, "eve has no" in errors), (1, True), errors)

        kinds = {kind.split(";")[0] for kind, _ in recorder.replies}
        bench.check("replies in the encoding of the request", kinds, {"application/vnd.syncml+" + encoding})
        if encoding == "wbxml":
            bench.readable("libwbxml reads our replies", [(index, data) for index, (_, data) in enumerate(recorder.replies)])
    finally:
        recorder.stop()
        serve.stop()


def their_client_otherwise(bench):
    """What one may turn on a client: authentication, message size, versions, formats."""
    serve = Serve(bench.syncml, bench.path("store.sqlite"), *("%s:%s" % (user, PASSWORD) for user in
                                                             ("basic", "small", "old", "older", "v21")))
    recorder = Recorder()
    try:
        def client(user, name="one"):
            folder = bench.path("%s-%s" % (user, name))
            return (Client(folder, serve.url, user, PASSWORD, "interop-%s-%s" % (user, name)),
                    Store("contacts", folder + "-cards", CONTACTS))

        def first(what, user, settings, media_type=CONTACTS, encoding="xml"):
            """A slow sync, then a change from each side."""
            peer, store = client(user)
            store.media_type = media_type
            items.fill(store.folder, items.contact, range(6), "c")
            result = peer.sync([store], mode="slow", encoding=encoding, settings=settings)
            bench.session(what, result, line("slow", NOTHING, (6, 0, 0)))
            ours = bench.served(serve, user=user)
            bench.same(what, store.folder, ours)
            items.edit(ours, "c0001", "from the server")
            items.edit(store.folder, "c0002", "from the client")
            serve.import_(user, "contacts", ours)
            result = peer.sync([store], encoding=encoding, settings=settings)
            bench.session(what + ", two-way", result, line("two-way", (0, 1, 0), (0, 1, 0)))
            bench.same(what + ", two-way", store.folder, bench.served(serve, user=user))
            return result

        def sent(result, number, text):
            """Whether message `number` of the client, as it was dumped, has the text."""
            names = [name for name in result.messages if name.endswith("_%03d_outgoing.xml" % number)]
            return bool(names) and text in open(names[0], encoding="utf-8").read()

        result = first("basic authentication", "basic", ["clientAuthType=basic"])
        bench.check("basic authentication was used", sent(result, 1, "syncml:auth-basic"), True)
        result = first("SyncML 1.1", "old", ["SyncMLVersion=1.1"], encoding="wbxml")
        bench.check("SyncML 1.1 was spoken", sent(result, 1, "<VerProto>SyncML/1.1"), True)
        result = first("SyncML 1.0", "older", ["SyncMLVersion=1.0"])
        bench.check("SyncML 1.0 was spoken", sent(result, 1, "<VerProto>SyncML/1.0"), True)
        first("vCard 2.1", "v21", [], media_type="text/x-vcard", encoding="wbxml")

        limit = 10240
        peer, store = client("small")
        items.fill(store.folder, items.contact, range(60), "c")
        result = peer.sync([store], mode="slow", encoding="xml", settings=["maxMsgSize=%d" % limit])
        bench.session("60 contacts in messages of 10 KB", result, line("slow", NOTHING, (60, 0, 0)))
        other, empty = client("small", "two")
        result = other.sync([empty], mode="slow", encoding="xml", proxy=recorder.url, settings=["maxMsgSize=%d" % limit])
        bench.session("60 contacts to a second device", result, line("slow", (60, 0, 0), NOTHING))
        bench.same("60 contacts to a second device", store.folder, empty.folder)
        sizes = [len(data) for _, data in recorder.replies]
        bench.check("no reply above MaxMsgSize", [size for size in sizes if size > limit], [])
        bench.check("several messages a package", len(sizes) > 6, True, sizes)
    finally:
        recorder.stop()
        serve.stop()


MESSAGE, PHOTO = 16384, 300_000


def photo(folder, number):
    """A contact many times as large as a message."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "photo%d.vcf" % number), "wb") as out:
        out.write(items.contact(number, "p", photo=PHOTO))


def their_client_large(bench, encoding):
    """Photos of 300 KB in messages of 16 KB, from the client and to it."""
    cards = bench.path("cards")
    items.fill(cards, items.contact, range(3), "c")
    photo(cards, 20)
    serve = Serve(bench.syncml, bench.path("store.sqlite"), LOGIN, options=["--max-msg-size", str(MESSAGE)])
    recorder = Recorder()
    try:
        client = Client(bench.path("client"), serve.url, USER, PASSWORD, "interop-" + encoding)
        contacts = Store("contacts", cards, CONTACTS)

        def sync(mode="two-way"):
            return client.sync([contacts], mode=mode, encoding=encoding, proxy=recorder.url,
                               settings=["maxMsgSize=%d" % MESSAGE])

        bench.session("a photo for the server", sync("slow"), line("slow", NOTHING, (4, 0, 0)))
        bench.same("a photo for the server", cards, bench.served(serve))
        ours = bench.served(serve)
        photo(ours, 21)
        items.edit(ours, "p0020", "edited on the server")
        serve.import_(USER, "contacts", ours)
        bench.session("photos for the client", sync(), line("two-way", (1, 1, 0), NOTHING))
        bench.same("photos for the client", cards, bench.served(serve))
        items.edit(cards, "p0021", "edited on the client")
        bench.session("a photo back", sync(), line("two-way", NOTHING, (0, 1, 0)))
        bench.same("a photo back", cards, bench.served(serve))
        bench.session("nothing changed", sync(), line("two-way", NOTHING, NOTHING))
        sizes = [len(data) for _, data in recorder.replies]
        bench.check("no reply above MaxMsgSize", [size for size in sizes if size > MESSAGE], [])
        bench.check("many messages a photo", len(sizes) > 40, True, sizes)
    finally:
        recorder.stop()
        serve.stop()


def our_client_large(bench, encoding):
    """The same with our client and a server that none of us wrote."""
    cards, device = bench.path("cards"), "interop-" + encoding
    items.fill(cards, items.contact, range(3), "c")
    photo(cards, 20)
    server = Server(bench.path("server"), USER, PASSWORD, [device], max_msg_size=MESSAGE)
    try:
        def sync(what, mode="two-way"):
            status, _, errors = bench.syncml.sync(server.url, LOGIN, device, encoding, {"addressbook": cards}, mode=mode,
                                                  options=["--max-msg-size", str(MESSAGE)])
            bench.check(what, status, 0, errors)
            bench.same(what, cards, server.contacts)

        sync("a photo for the server", mode="slow")
        photo(server.contacts, 21)
        items.edit(server.contacts, "p0020", "edited on the server")
        sync("photos for the client")
        items.edit(cards, "p0021", "edited on the client")
        sync("a photo back")
        before = kept(bench, cards)
        sync("nothing changed")
        bench.same("nothing changed: the copy", cards, before)
        sizes = [os.path.getsize(path) for path in server.received()]
        bench.check("no message above the server's MaxMsgSize", [size for size in sizes if size > MESSAGE], [])
        bench.check("many messages a photo", len(sizes) > 40, True, sizes)
    finally:
        server.stop()


def their_client_one_way(bench, encoding):
    """What goes one way, and what is removed when everything does."""
    cards = bench.path("cards")
    items.fill(cards, items.contact, range(40), "c")
    serve = Serve(bench.syncml, bench.path("store.sqlite"), LOGIN)
    try:
        client = Client(bench.path("client"), serve.url, USER, PASSWORD, "interop-" + encoding)
        contacts = Store("contacts", cards, CONTACTS)

        def edit(number, unedited=None):
            ours = bench.served(serve)
            # SyncEvolution forgets its edits in a session in which it sends nothing: there is none.
            edit_both(cards, ours, items.contact, "c", [number], unedited if unedited == 0 else None)
            serve.import_(USER, "contacts", ours)
            return kept(bench, cards), bench.served(serve)

        def sync(mode):
            result = client.sync([contacts], mode=mode, encoding=encoding)
            bench.check(mode, result.status, "200", result)
            return bench.served(serve)

        sync("slow")
        one_way(bench, cards, edit, sync, ("one-way-from-local", "one-way-from-remote"),
                ("refresh-from-local", "refresh-from-remote"))
    finally:
        serve.stop()


def kept(bench, folder):
    """A copy of a folder as it is."""
    bench.exports += 1
    copy = bench.path("kept-%02d" % bench.exports)
    shutil.copytree(folder, copy)
    return copy


def one_way(bench, cards, edit, sync, ways, refreshes):
    """Each mode between two sides that are in step, after a change on both. `edit` gives copies of both sides
    and is told which one will send nothing, `sync` gives the server's items afterwards."""
    mine, theirs = edit(0, unedited=1)
    after = sync(ways[0])
    bench.same(ways[0] + " changes nothing at the client: the copy", cards, mine)
    bench.check(ways[0] + " changes the server", items.difference(after, theirs) != "", True)
    bench.same("two-way after it", cards, sync("two-way"))
    mine, theirs = edit(6, unedited=0)
    bench.same(ways[1] + " changes nothing at the server: the copy", sync(ways[1]), theirs)
    bench.check(ways[1] + " changes the client", items.difference(cards, mine) != "", True)
    bench.same("two-way after it", cards, sync("two-way"))
    mine, _ = edit(12)
    after = sync(refreshes[0])
    bench.same(refreshes[0], cards, after)
    bench.same(refreshes[0] + " changes nothing at the client: the copy", cards, mine)
    bench.same("two-way after it", cards, sync("two-way"))
    _, theirs = edit(18)
    after = sync(refreshes[1])
    bench.same(refreshes[1], cards, after)
    bench.same(refreshes[1] + " changes nothing at the server: the copy", after, theirs)
    bench.same("two-way after it", cards, sync("two-way"))


# --- our client, their server ---------------------------------------------


def our_client_one_way(bench, encoding):
    """The same against a server that none of us wrote."""
    cards, device = bench.path("cards"), "interop-" + encoding
    items.fill(cards, items.contact, range(40), "c")
    server = Server(bench.path("server"), USER, PASSWORD, [device])
    try:
        def edit(number, unedited=None):
            # As above, on the other side.
            edit_both(cards, server.contacts, items.contact, "c", [number], unedited if unedited == 1 else None)
            return kept(bench, cards), kept(bench, server.contacts)

        def sync(mode):
            status, _, errors = bench.syncml.sync(server.url, LOGIN, device, encoding, {"addressbook": cards}, mode=mode)
            bench.check(mode, status, 0, errors)
            return server.contacts

        sync("slow")
        one_way(bench, cards, edit, sync, ("one-way-from-client", "one-way-from-server"),
                ("refresh-from-client", "refresh-from-server"))
    finally:
        server.stop()


def our_client(bench, encoding):
    """Our client's life with a server that none of us wrote."""
    cards, dates = bench.path("cards"), bench.path("dates")
    device, other = "interop-%s" % encoding, "interop-%s-two" % encoding
    items.fill(cards, items.contact, range(20), "c")
    with open(os.path.join(cards, "photo.vcf"), "wb") as out:
        out.write(items.contact(20, "c", photo=20000))
    items.fill(dates, items.event, range(12), "e")
    server = Server(bench.path("server"), USER, PASSWORD, [device, other])
    try:
        def sync(what, folders, login=LOGIN, wanted=0, name=device, **more):
            status, report, errors = bench.syncml.sync(server.url, login, name, encoding, folders, **more)
            bench.check(what, status, wanted, errors)
            return report, errors

        def edits(folder):
            """What an idle session may not touch: names, contents, times."""
            return {path: (open(path, "rb").read(), os.stat(path).st_mtime_ns) for path in items.listing(folder)}

        sync("slow sync of 21 contacts", {"addressbook": cards}, mode="slow")
        bench.same("slow sync", cards, server.contacts)
        before = edits(cards), edits(server.contacts)
        sync("nothing changed", {"addressbook": cards})
        bench.check("nothing changed, nothing touched", (edits(cards), edits(server.contacts)) == before, True)

        edit_both(cards, server.contacts, items.contact, "c", [0])
        sync("changes on both sides", {"addressbook": cards})
        bench.same("changes on both sides", cards, server.contacts)

        edit_both(cards, server.contacts, items.contact, "c", [5])
        sync("calendar for the first time", {"addressbook": cards, "calendar": dates})
        bench.same("contacts beside calendar", cards, server.contacts)
        bench.same("calendar", dates, server.calendar)

        edit_both(cards, server.contacts, items.contact, "c", [10])
        edit_both(dates, server.calendar, items.event, "e", [4])
        sync("both datastores changed on both sides", {"addressbook": cards, "calendar": dates})
        bench.same("contacts, both changed", cards, server.contacts)
        bench.same("calendar, both changed", dates, server.calendar)

        sync("slow again", {"addressbook": cards}, mode="slow")
        bench.same("slow again", cards, server.contacts)
        second = bench.path("second")
        os.makedirs(second)
        sync("a second device, empty", {"addressbook": second}, name=other)
        bench.same("a second device, empty", second, server.contacts)

        before = edits(cards), edits(server.contacts)
        _, errors = sync("wrong password", {"addressbook": cards}, login=USER + ":wrong", wanted=1)
        bench.check("wrong password is named", "401" in errors or "password" in errors.lower(), True, errors)
        bench.check("wrong password changes nothing", (edits(cards), edits(server.contacts)) == before, True)
        sync("right password again", {"addressbook": cards})
        bench.same("right password again", cards, server.contacts)
        nosuch = bench.path("nosuch")
        os.makedirs(nosuch)
        _, errors = sync("unknown datastore", {"nosuch": nosuch}, wanted=1)
        bench.check("unknown datastore is named", "404" in errors and "nosuch" in errors, True, errors)

        ours = server.received()
        bench.check("messages in the encoding asked for", {os.path.splitext(path)[1] for path in ours}, {"." + encoding})
        if encoding == "wbxml":
            bench.readable("libwbxml reads our messages", [(os.path.basename(path), open(path, "rb").read()) for path in ours])
    finally:
        server.stop()


def our_client_small(bench):
    """A server that takes and sends messages of 10 KB."""
    limit = 10240
    left, right = bench.path("left"), bench.path("right")
    items.fill(left, items.contact, range(60), "c")
    os.makedirs(right)
    server = Server(bench.path("server"), USER, PASSWORD, ["interop-left", "interop-right"], max_msg_size=limit)
    try:
        for name, folder in (("left", left), ("right", right)):
            status, _, errors = bench.syncml.sync(server.url, LOGIN, "interop-" + name, "xml", {"addressbook": folder})
            bench.check("60 contacts, " + name, status, 0, errors)
            bench.same("60 contacts, " + name, folder, server.contacts)
        sizes = [os.path.getsize(path) for path in server.received()]
        # The first message is sent before the server's limit is known.
        bench.check("no message above the server's MaxMsgSize", [size for size in sizes[1:] if size > limit], [])
        bench.check("several messages a package", len(sizes) > 6, True, sizes)
    finally:
        server.stop()


def our_client_database(bench):
    """Our client with its items in a database, and one with a file an item."""
    first, cards, dates = bench.path("first"), bench.path("cards"), bench.path("dates")
    items.fill(first, items.contact, range(20), "c")
    items.fill(dates, items.event, range(12), "e")
    store = "sqlite:" + bench.path("mine.db")
    user = ["--store", store, "--user", USER]
    server = Server(bench.path("server"), USER, PASSWORD, ["interop-database", "interop-files"])
    try:
        def sync(what, device, folders, **more):
            status, _, errors = bench.syncml.sync(server.url, LOGIN, device, "wbxml", folders, **more)
            bench.check(what, status, 0, errors)

        def both(what):
            sync(what, "interop-database", {"addressbook": store, "calendar": store})
            for datastore, theirs in (("addressbook", server.contacts), ("calendar", server.calendar)):
                mine = bench.path("%s-%d" % (datastore, bench.passed))
                bench.syncml.must("export", *user, datastore, mine)
                bench.same("%s, %s" % (what, datastore), mine, theirs)

        bench.syncml.must("import", *user, "addressbook", first)
        bench.syncml.must("import", *user, "calendar", dates)
        both("two datastores in one database")
        os.makedirs(cards)
        sync("a folder beside it", "interop-files", {"addressbook": cards})
        edit_both(cards, server.contacts, items.contact, "c", [0])
        sync("changes of the folder", "interop-files", {"addressbook": cards})
        both("changes for the database")
        bench.syncml.must("export", *user, "addressbook", first)
        edit_both(first, server.contacts, items.contact, "c", [10])
        bench.syncml.must("import", *user, "--delete", "addressbook", first)
        both("changes on both sides")
    finally:
        server.stop()


# --- sessions that are cut -------------------------------------------------


MANY = 1000


def their_client_cut(bench, encoding):
    """A thousand contacts each way, with the client killed in the middle, and then the server."""
    cards, second = bench.path("cards"), bench.path("second")
    items.fill(cards, items.contact, range(MANY), "c")
    serve = Serve(bench.syncml, bench.path("store.sqlite"), LOGIN, options=["--max-msg-size", str(MESSAGE)], port=free_port())
    recorder = Recorder()
    try:
        clients = {name: Client(bench.path("client-" + name), serve.url, USER, PASSWORD, "interop-%s-%s" % (encoding, name))
                   for name in ("one", "two")}

        def sync(name, folder, mode, cut=None):
            """A session; `cut` is what befalls it in the middle."""
            if cut:
                recorder.before[recorder.requests + 9] = cut
            result = clients[name].sync([Store("contacts", folder)], mode, encoding, proxy=recorder.url, limit=300,
                                        settings=["maxMsgSize=%d" % MESSAGE])
            recorder.before.clear()
            return result

        def killed():
            os.killpg(clients["one"].process.pid, signal.SIGKILL)

        # Its sessions are in the database, so a session may go on as if nothing had happened.
        restarts = []

        def down_and_up():
            serve.kill()
            serve.start()
            restarts.append(recorder.requests)

        def whole(what, name, folder, mode="two-way"):
            result = sync(name, folder, mode)
            bench.check(what, result.status, "200", result)
            bench.same(what, folder, bench.served(serve))

        result = sync("one", cards, "slow", killed)
        bench.check("the client is killed in its first session", result.status != "200", True, result)
        whole("after the client was killed", "one", cards)
        result = sync("two", second, "slow", down_and_up)
        bench.check("the server is killed in the first session of a second device", len(restarts), 1, result)
        whole("a second device, after the server was killed", "two", second)
        ours = bench.served(serve)
        for number in range(0, 200, 2):
            items.edit(cards, "c%04d" % number, "changed here")
        for path in items.listing(ours)[-200:]:
            os.unlink(path)
        items.fill(ours, items.contact, range(200), "new")
        serve.import_(USER, "contacts", ours)
        result = sync("one", cards, "two-way", down_and_up)
        bench.check("the server is killed in a two-way sync", len(restarts), 2, result)
        whole("changes, after the server was killed", "one", cards)
        whole("the second device", "two", second)
        whole("nothing changed", "one", cards)
    finally:
        recorder.stop()
        serve.stop()


def our_client_cut(bench, encoding):
    """The same with our client and a server that none of us wrote."""
    cards, second = bench.path("cards"), bench.path("second")
    items.fill(cards, items.contact, range(MANY), "c")
    os.makedirs(second)
    names = ["interop-%s-%s" % (encoding, name) for name in ("one", "two")]
    port = free_port()

    def start_server():
        return Server(bench.path("server"), USER, PASSWORD, names, port=port, max_msg_size=MESSAGE)

    server = start_server()
    try:
        def begin(device, folder, mode):
            """A session of which nobody waits for the end, well under way."""
            seen = len(server.received())
            process = start([bench.syncml.binary, "sync", server.url, "--user", LOGIN, "--mode", mode, "--encoding", encoding,
                             "--device", device, "--max-msg-size", str(MESSAGE), "%s=addressbook" % folder],
                            subprocess.DEVNULL, subprocess.DEVNULL, bench.syncml.env)
            end = time.monotonic() + 60
            while len(server.received()) < seen + 9 and process.poll() is None and time.monotonic() < end:
                time.sleep(0.01)
            bench.check("%s is under way" % mode, process.poll(), None)
            return process

        def kill(process):
            os.killpg(process.pid, signal.SIGKILL)
            stop_group(process)
            # The server waits that long for a client that fell silent.
            time.sleep(16)

        def whole(what, device, folder, mode="two-way"):
            status, _, errors = bench.syncml.sync(server.url, LOGIN, device, encoding, {"addressbook": folder}, mode=mode,
                                                  options=["--max-msg-size", str(MESSAGE)], limit=300)
            bench.check(what, status, 0, errors)
            bench.same(what, folder, server.contacts)

        kill(begin(names[0], cards, "slow"))
        whole("after our client was killed", names[0], cards)
        process = begin(names[1], second, "slow")
        server.kill()
        stop_group(process)
        server = start_server()
        whole("a second device, after the server was killed", names[1], second)
        for number in range(0, 200, 2):
            items.edit(cards, "c%04d" % number, "changed here")
        items.fill(server.contacts, items.contact, range(200), "new")
        kill(begin(names[0], cards, "two-way"))
        whole("changes, after our client was killed", names[0], cards)
        whole("the second device", names[1], second)
        whole("nothing changed", names[0], cards)
    finally:
        server.stop()


# --- SyncEvolution against itself -----------------------------------------


def peers_only(bench, encoding):
    """Whether this machine's SyncEvolution works at all; no code of ours is in it."""
    cards, dates = bench.path("cards"), bench.path("dates")
    items.fill(cards, items.contact, range(20), "c")
    items.fill(dates, items.event, range(12), "e")
    server = Server(bench.path("server"), USER, PASSWORD, ["interop-peer", "interop-other"])
    recorder = Recorder()
    try:
        client = Client(bench.path("client"), server.url, USER, PASSWORD, "interop-peer")
        stores = [Store("addressbook", cards, CONTACTS), Store("calendar", dates, CALENDAR)]
        result = client.sync(stores, "slow", encoding)
        bench.session("slow sync", result, line("slow", NOTHING, (20, 0, 0)) + " | " + line("slow", NOTHING, (12, 0, 0)))
        edit_both(cards, server.contacts, items.contact, "c", [0])
        edit_both(dates, server.calendar, items.event, "e", [4])
        result = client.sync(stores, "two-way", encoding, proxy=recorder.url)
        bench.session("two-way", result, line("two-way", EACH, EACH) + " | " + line("two-way", EACH, EACH))
        bench.same("contacts", cards, server.contacts)
        bench.same("calendar", dates, server.calendar)
        bench.check("wrong password", client.sync(stores, "two-way", encoding, password="wrong").status, "401")
        bench.check("the proxy saw every reply", len(recorder.replies) >= 3, True)
        bench.check("the server kept every request", len(server.received()) > len(recorder.replies), True)
        if encoding == "wbxml":
            bench.readable("libwbxml reads the replies", [(index, data) for index, (_, data) in enumerate(recorder.replies)])
    finally:
        recorder.stop()
        server.stop()


def play(scenario, bench, *arguments):
    start = time.monotonic()
    try:
        scenario(bench, *arguments)
    except (Trouble, AssertionError, OSError, subprocess.SubprocessError) as trouble:
        bench.check("the scenario runs to its end", "%s: %s" % (type(trouble).__name__, trouble), "no trouble",
                    traceback.format_exc(limit=-3))
    if bench.failed:
        for log in sorted(glob.glob(bench.path("*.log")) + glob.glob(bench.path("*/*.log"))):
            bench.lines.append("     end of %s:" % log)
            bench.lines += ["       | " + text for text in tail(log, 25).splitlines()]
    bench.lines.append("     %s took %.0f s" % (bench.title, time.monotonic() - start))
    return bench


def interrupted(*_):
    """Ctrl-C, or the time limit of .ci/run: take the servers along."""
    for process in list(LIVE):
        stop_group(process, patience=1.0)
    print("interrupted", flush=True)
    os._exit(1)


def main():
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--syncml", help="the binary to check")
    parser.add_argument("--peers-only", action="store_true", help="SyncEvolution against itself")
    parser.add_argument("--work", help="empty folder for logs and items; kept (default: a temporary one, kept on failure)")
    parser.add_argument("--only", default="", help="scenarios with this word in their title")
    options = parser.parse_args()
    if not options.peers_only and not (options.syncml and os.access(options.syncml, os.X_OK)):
        parser.error("--syncml BINARY is needed, and has to be executable")
    work = os.path.abspath(options.work or tempfile.mkdtemp(prefix="interop-"))
    os.makedirs(work, exist_ok=True)
    if os.listdir(work):
        parser.error("%s is not empty" % work)
    scenarios = [("peers only, " + encoding, peers_only, encoding) for encoding in ("xml", "wbxml")]
    if not options.peers_only:
        scenarios = [("our server, " + encoding, their_client, encoding) for encoding in ("xml", "wbxml")]
        scenarios += [("our client, " + encoding, our_client, encoding) for encoding in ("xml", "wbxml")]
        scenarios += [("our server, one way, " + encoding, their_client_one_way, encoding) for encoding in ("xml", "wbxml")]
        scenarios += [("our client, one way, " + encoding, our_client_one_way, encoding) for encoding in ("xml", "wbxml")]
        scenarios += [("our server, large, " + encoding, their_client_large, encoding) for encoding in ("xml", "wbxml")]
        scenarios += [("our client, large, " + encoding, our_client_large, encoding) for encoding in ("xml", "wbxml")]
        scenarios += [("our server, cut, wbxml", their_client_cut, "wbxml"), ("our client, cut, wbxml", our_client_cut, "wbxml")]
        scenarios += [("our server, otherwise", their_client_otherwise), ("our client, small messages", our_client_small),
                      ("our client, database", our_client_database),
                      ("our server, vCard 2.1", old_cards.their_client), ("our client, vCard 2.1", old_cards.our_client)]
    passed = failed = 0
    # SyncEvolution mostly sleeps (it wants distinct time stamps), so they overlap.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(play, scenario, Bench(title, work, options.syncml), *rest)
                for title, scenario, *rest in scenarios if options.only in title]
        for run in runs:
            bench = run.result()
            print("\n".join(bench.lines), flush=True)
            passed, failed = passed + bench.passed, failed + bench.failed
    if failed or options.work:
        print("logs and items: " + work)
    else:
        shutil.rmtree(work, ignore_errors=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
