#!/usr/bin/env python3
"""Writes the files of san/carrier: notifications as they come through a carrier.

    tools/carrier.py          writes them
    tools/carrier.py --check  compares with those that are there

Independent of the Rust encoder on purpose, as twin.py is. Needs Python 3.9 or newer, nothing else.
"""

import base64
import hashlib
import pathlib
import struct
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "san"
DS, DM = b"application/vnd.syncml.ds.notification", b"application/vnd.syncml.notification"


def san(name):
    return (FOLDER / name).read_bytes()


def long_notification():
    """Fifteen datastores: more than one SMS holds. Server `sync.example.com`, password `s3cret`, nonce `Nonce-01`."""
    server = b"sync.example.com"
    rest = struct.pack(">H6B", 12 << 6 | 1 << 4 | 1 << 3, 0, 0, 0, 0, 9, len(server)) + server + bytes([15 << 4])
    for number in range(15):
        uri = b"./store-%02d" % number
        rest += bytes([(6 + number % 5) << 4, 0, 0, 7 - number % 2, len(uri)]) + uri
    b64 = lambda octets: base64.b64encode(hashlib.md5(octets).digest())
    return hashlib.md5(b64(server + b":s3cret") + b":Nonce-01:" + b64(rest)).digest() + rest


def push(content_type, application, body, transaction=1):
    headers = content_type + application
    return bytes([transaction, 6, len(headers)]) + headers + body


def sms(data, source=49154, part=b""):
    header = struct.pack(">BBHH", 5, 4, 2948, source) + part
    return bytes([len(header)]) + header + data


def parts(data, element, reference):
    """element: 0 with references of eight bits, 8 with sixteen."""
    fields = 3 + len(reference)
    room = 140 - 1 - 6 - fields - 1
    pieces = [data[at:at + room] for at in range(0, len(data), room)]
    for number, piece in enumerate(pieces, 1):
        yield sms(piece, part=bytes([element, fields - 1]) + reference + bytes([len(pieces), number]))


def obex(code, *headers):
    return struct.pack(">BH", code, 3 + sum(map(len, headers))) + b"".join(headers)


def header(name, value):
    return struct.pack(">BH", name, 3 + len(value)) + value


def string(text):
    return b"\x03" + text + b"\0"


def element(tag, *children):
    return bytes([0x40 | tag, *b"".join(children), 1])


def legacy():
    """The notification of 1.1 as a message in WBXML."""
    leaf = lambda tag, text: element(tag, string(text))
    uri = lambda tag, text: element(tag, leaf(0x17, text))
    hdr = element(0x2C, leaf(0x31, b"1.1"), leaf(0x32, b"SyncML/1.1"), leaf(0x25, b"1"), leaf(0x1B, b"1"),
                  uri(0x2E, b"IMEI:1"), uri(0x27, b"http://s.example/ds"))
    meta = element(0x1A, b"\0\x01", element(0x13, string(b"text/x-vcard")))
    item = element(0x14, uri(0x27, b"./contacts"), meta)
    body = element(0x2B, element(0x06, leaf(0x0B, b"1"), leaf(0x0F, b"206"), item), b"\0\0\x12")
    return b"\x02\x9f\x53\x6a\x00" + element(0x2D, hdr, body)


def files():
    two, dm, long = san("a-two-stores.san"), san("d-dm.san"), long_notification()
    ds_push, dm_push = push(b"\xCE", b"\xAF\x85", two), push(b"\xC4", b"\xAF\x87", dm)
    yield "long.san", long
    yield "carrier/a-two-stores.sms", sms(ds_push, 9200)
    yield "carrier/a-two-stores.wsp", ds_push
    yield "carrier/a-two-stores-rest.sms", sms(ds_push)[1:]
    yield "carrier/a-two-stores-text.wsp", push(DS + b"\0", b"\xAFx-wap-application:push.syncml\0", two)
    yield "carrier/a-two-stores-bare.wsp", push(DS + b"\0", b"", two)
    yield "carrier/a-two-stores-headers.wsp", push(b"\x03\xCE\x81\xEA", b"\x8D\x01\x47X-Note\0hello\0\xAF\x01\x05", two)
    yield "carrier/a-two-stores.obex", obex(0x82, b"\xCB\0\0\0\x01", header(0x42, DS + b"\0"),
                                            b"\xC3" + struct.pack(">I", len(two)), header(0x49, two))
    yield "carrier/d-dm.sms", sms(dm_push)
    yield "carrier/d-dm-alias.wsp", push(b"\xD8", b"\xAF\x87", dm)
    long_push = push(b"\xCE", b"\xAF\x85", long)
    for number, part in enumerate(parts(long_push, 0, b"\x2A"), 1):
        yield "carrier/long-%d.sms" % number, part
    for number, part in enumerate(parts(long_push, 8, b"\x01\x2A"), 1):
        yield "carrier/long-wide-%d.sms" % number, part
    yield "carrier/legacy-1.1.wbxml", legacy()
    yield "carrier/legacy-1.1.wsp", push(b"\x03\x02\x03\x03", b"\xAF\x85", legacy())
    stamp = b"\x05\xC3\x07\x20\x01\x09\x07\x10\x23\x21"
    yield "carrier/emn-mailat.wbxml", b"\x03\x0D\x6A\x00\x85\x07" + string(b"user@wapforum.org") + stamp + b"\x01"
    yield "carrier/emn-mailat.wsp", push(b"\x03\x02\x03\x0A", b"\xAF\x89",
                                         b"\x03\x0D\x6A\x00\x85\x07" + string(b"user@wapforum.org") + stamp + b"\x01")
    yield "carrier/emn-values.wbxml", (b"\x03\x0D\x6A\x00\x85\x05\xC3\x05\x20\x26\x01\x02\x03\x09"
                                       + string(b"joe;AUTH=*@mail.example") + b"\x85" + string(b"/INBOX") + b"\x01")
    yield "carrier/bad-header.sms", b"\x06\x05\x04\x0B"
    yield "carrier/bad-push.sms", sms(b"\x01\x06\x7F\xCE")
    yield "carrier/bad-part.sms", b"\x05\x00\x03\x01\x02\x03" + b"third of two"
    yield "carrier/bad-put.obex", b"\x82\x00\x09\x49\x00\xFFxyz"


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    wrong = 0
    for name, octets in files():
        path = FOLDER / name
        if not sys.argv[1:]:
            path.write_bytes(octets)
        elif path.read_bytes() != octets:
            print(f"{name} differs")
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
