"""Cards of vCard 2.1 that begin with us, are edited in SyncEvolution, and come back: no property that both sides say they
know may change by that."""

import glob
import os
import re

import items
from peer import Client, Server, Store
from toolkit import Serve

USER, PASSWORD = "joe", "secret"
LOGIN = "%s:%s" % (USER, PASSWORD)


# SyncEvolution writes these two under two names each.
REPEATED = {"X-MANAGER():Pat", "X-SPOUSE():Robin"}


def claims(paths):
    """The properties of vCard 2.1 that the device information in these messages lists; none: it lists none."""
    text = "".join(open(path, encoding="utf-8", errors="replace").read() for path in paths)
    names = set()
    for cap in re.findall(r"(?s)<CTCap[ >].*?</CTCap>", text):
        if re.search(r"<CTType>\s*text/x-vcard\s*<", cap) and re.search(r"<VerCT>\s*2\.1\s*<", cap):
            names |= set(re.findall(r"<PropName>\s*([^<\s]+)", cap))
    return names


def fill(bench, where, folder):
    """Cards of 2.1, and what they say: (number of the card, property by property)."""
    os.makedirs(folder, exist_ok=True)
    for number in range(3):
        with open(os.path.join(folder, "o%04d.vcf" % number), "wb") as out:
            out.write(items.old_contact(number))
    bench.lines.append("     %s: %d properties a card" % (where, len(items.said(items.old_contact(0)))))


def are_whole(bench, what, folder, both):
    """Each card says what it said, in 2.1, but for the name that was given at the other side."""
    for number in range(3):
        data = open(items.find(folder, "o%04d" % number), "rb").read()
        bench.check("%s: card %d is 2.1 still" % (what, number), b"VERSION:2.1" in data, True, data)
        wanted = items.said(items.old_contact(number), both)
        got = [line for line in items.said(data, both) if "from the other side" not in line and line not in REPEATED]
        bench.check("%s: card %d, every property that both claim" % (what, number), "\n".join(got), "\n".join(wanted))
        added = [line for line in items.said(data) if "from the other side" in line]
        bench.check("%s: card %d, the edit" % (what, number), len(added), 1 if number else 0, added)


def edit(folder):
    """The other side gives two of three cards one more name."""
    for number in (1, 2):
        items.edit(folder, "o%04d" % number, "from the other side")


def their_client(bench):
    """Cards of 2.1 of our server, to SyncEvolution's client, edited there, and back."""
    serve = Serve(bench.syncml, bench.path("store.sqlite"), LOGIN)
    try:
        ours = bench.path("ours")
        fill(bench, "our server", ours)
        serve.import_(USER, "contacts", ours)
        client = Client(bench.path("client"), serve.url, USER, PASSWORD, "interop-old")
        store = Store("contacts", bench.path("cards"), "text/x-vcard")
        result = client.sync([store], mode="slow", encoding="xml")
        bench.session("to the client", result, "slow client +3 ~0 -0 server +0 ~0 -0")
        theirs, own = (claims(path for path in result.messages if path.endswith("_%s.xml" % way))
                       for way in ("outgoing", "incoming"))
        bench.check("the client says which properties it knows", len(theirs) > 20, True, theirs)
        bench.check("our server says which properties it knows", len(own) > 60, True, own)
        edit(store.folder)
        bench.session("back", client.sync([store], encoding="xml"), "two-way client +0 ~0 -0 server +0 ~2 -0")
        are_whole(bench, "our server", bench.served(serve), theirs & own)
    finally:
        serve.stop()


def our_client(bench):
    """Cards of 2.1 of our folder, to SyncEvolution's server, edited there, and back."""
    cards = bench.path("cards")
    fill(bench, "our client", cards)
    server = Server(bench.path("server"), USER, PASSWORD, ["interop-old"])
    try:
        def sync(what, **more):
            status, _, errors = bench.syncml.sync(server.url, LOGIN, "interop-old", "xml", {"addressbook": cards}, **more)
            bench.check(what, status, 0, errors)

        sync("to the server", mode="slow")
        edit(server.contacts)
        sync("back")
        theirs = claims(sorted(glob.glob(os.path.join(server.messages, "*-out.xml"))))
        bench.check("the server says which properties it knows", len(theirs) > 20, True, theirs)
        # Ours lists more than fits a first message: what it does not list, it claims all the same.
        are_whole(bench, "our client", cards, theirs)
    finally:
        server.stop()
