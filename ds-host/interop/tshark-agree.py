#!/usr/bin/env python3
"""Asks tshark whether it reads the notifications that `syncml san build` frames as they were meant.

    tshark-agree.py SYNCML

SYNCML is the binary. tshark (Debian: tshark) takes apart WAP pushes over UDP, user data of SMS in one and in several
parts, which it puts together, an OBEX PUT, and the WBXML of a notification of 1.1. It cannot check the notification of
1.2 itself nor its digest, for which it has no dissector: here it only has to hand out its octets unharmed. Nor does it
know the content types 0x4E and 0x0303 by name: their numbers are compared.

Prints one line per check and `N passed, M failed`. Exit status: 0 if all passed, 77 without tshark.
"""

import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

RAW_IP, USER_SMS, USER_OBEX = 101, 147, 148
SETTINGS = [
    'uat:user_dlts:"User 0 (DLT=147)","gsm_sms","0","","0",""',
    'uat:user_dlts:"User 1 (DLT=148)","obex","0","","0",""',
    "gsm_sms_ud.port_number_udh_means_wsp:TRUE",
]
SERVER = ["--server-id", "sync.example.com", "--secret", "s3cret", "--session", "298"]
LONG = [argument for number in range(15) for argument in ("--sync", f"./store-{number:02}=two-way,text/x-vcard")]
APPLICATIONS = {
    "ds": ("push.syncml", "<Unknown media type identifier 0x4E>", []),
    "dm": ("syncml.dm", "application/vnd.syncml.notification", ["--dm"]),
}


def build(syncml, *arguments):
    done = subprocess.run([syncml, "san", "build", "--json", *arguments], stdout=subprocess.PIPE, check=True, timeout=60)
    return [bytes.fromhex(piece) for piece in json.loads(done.stdout)["pieces"]]


def read(link, packets):
    """What tshark makes of packets: its layers of each, names that come twice in lists."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as capture:
        capture.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link))
        for at, packet in enumerate(packets):
            capture.write(struct.pack("<IIII", at, 0, len(packet), len(packet)) + packet)
        capture.flush()
        settings = [word for setting in SETTINGS for word in ("-o", setting)]
        done = subprocess.run(["tshark", "-r", capture.name, "-T", "json", *settings], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=True, timeout=120)
    found = json.loads(done.stdout, object_pairs_hook=Pairs)
    return [packet.get("_source").get("layers") for packet in found]


class Pairs(list):
    """An object of JSON in which a name may come twice."""

    def get(self, name):
        return next((value for key, value in self if key == name), None)

    def all(self, name):
        """Every value of a name, however deep."""
        found = []
        for key, value in self:
            if key == name:
                found.append(value)
            values = value if type(value) is list else [value]
            for inner in values:
                if isinstance(inner, Pairs):
                    found.extend(inner.all(name))
        return found


def ip(protocol, data):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(data), 0, 0, 64, protocol, 0, b"\x0a\0\0\1", b"\x0a\0\0\2") + data


def udp(data):
    return ip(17, struct.pack(">HHHH", 49154, 2948, 8 + len(data), 0) + data)


def http(media_type, body):
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return ip(6, struct.pack(">HHIIHHHH", 49154, 80, 1, 1, 0x5018, 8192, 0, 0) + head + body)


def deliver(user_data):
    """An SMS-DELIVER with a user data header and eight bits a character."""
    return bytes.fromhex("4407912143650000f562112230000000") + bytes([len(user_data)]) + user_data


def octets(text):
    return bytes.fromhex(text.replace(":", ""))


def push(layers, application, content_type, body, transaction):
    """A push is what it should be."""
    same(layers.all("wsp.pdu_type"), ["0x06"], "PDU type")
    same(int(layers.all("wsp.TID")[0], 16), transaction, "transaction id")
    same(layers.all("wsp.header.x_wap_application_id"), [f"x-wap-application:{application}"], "application id")
    same(layers.all("wsp.header.content_type"), [content_type], "content type")
    same(octets(layers.all("media.type")[0]), body, "body")


def same(found, expected, what):
    if found != expected:
        raise AssertionError(f"{what}: {found!r} in the place of {expected!r}")


def wap_push(syncml, kind):
    application, content_type, more = APPLICATIONS[kind]
    more = SERVER + more
    [body], [framed] = build(syncml, *more), build(syncml, *more, "--carrier", "wap")
    [layers] = read(RAW_IP, [udp(framed)])
    push(layers, application, content_type, body, 298 & 0xFF)


def message_push(syncml):
    more = [*SERVER, "--syncml", "1.1", "--sync", "contacts"]
    [body], [framed] = build(syncml, *more), build(syncml, *more, "--carrier", "wap")
    [layers] = read(RAW_IP, [udp(framed)])
    push(layers, "push.syncml", "<Unknown media type identifier 0x303>", body, 298 & 0xFF)


def sms(syncml, carrier, arguments, reference):
    arguments = SERVER + arguments
    [body], parts = build(syncml, *arguments), build(syncml, *arguments, "--carrier", carrier)
    frames = read(USER_SMS, [deliver(part) for part in parts])
    for number, layers in enumerate(frames, 1):
        same(layers.all("gsm_sms.destination_port"), ["2948"], "port")
        if len(parts) > 1:
            found = [layers.all(f"gsm_sms.udh.mm.msg_{name}") for name in ("id", "parts", "part")]
            same(found, [[str(reference)], [str(len(parts))], [str(number)]], "part")
    push(frames[-1], *APPLICATIONS["ds"][:2], body, 298 & 0xFF)
    return len(parts)


def one_sms(syncml):
    same(sms(syncml, "sms", ["--sync", "contacts"], None), 1, "parts")


def long_sms(syncml):
    same(sms(syncml, "sms", LONG, 298 & 0xFF), 3, "parts")


def wide_sms(syncml):
    same(sms(syncml, "sms-wide", LONG, 298), 3, "parts")


def obex_put(syncml):
    arguments = [*SERVER, "--sync", "contacts"]
    [body], packets = build(syncml, *arguments), build(syncml, *arguments, "--carrier", "obex")
    [layers] = read(USER_OBEX, packets)
    same([layers.all(f"obex.{name}") for name in ("opcode", "final_flag")], [["0x02"], ["1"]], "operation")
    same(layers.all("obex.connection_id"), ["1"], "connection")
    same(layers.all("obex.type"), ["application/vnd.syncml.ds.notification"], "type")
    same(layers.all("obex.length"), [str(len(body))], "length")
    same(octets(layers.all("obex.header.value.byte_sequence")[-1]), body, "body")


def message_wbxml(syncml):
    arguments = [*SERVER, "--syncml", "1.1", "--sync", "contacts=two-way,text/x-vcard"]
    [body] = build(syncml, *arguments)
    [layers] = read(RAW_IP, [http("application/vnd.syncml+wbxml", body)])
    same(layers.all("wbxml.public_id.known"), ["0x00000fd3"], "public id")
    strings = layers.all("wbxml.str_i")
    for text in ("SyncML/1.1", "298", "206", "./contacts", "text/x-vcard", "sync.example.com"):
        if not any(text in found for found in strings):
            raise AssertionError(f"{text} is missing: {strings}")


CHECKS = {
    "WAP push of a notification for data synchronization": lambda syncml: wap_push(syncml, "ds"),
    "WAP push of a notification for device management": lambda syncml: wap_push(syncml, "dm"),
    "WAP push of a message of 1.1": message_push,
    "one SMS": one_sms,
    "three SMS, references of 8 bits, put together": long_sms,
    "three SMS, references of 16 bits, put together": wide_sms,
    "OBEX PUT": obex_put,
    "WBXML of a message of 1.1": message_wbxml,
}


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if not shutil.which("tshark"):
        print("tshark-agree: no tshark; apt-get install --no-install-recommends tshark", file=sys.stderr)
        return 77
    syncml = str(pathlib.Path(arguments[0]).resolve())
    passed = failed = 0
    for name, check in CHECKS.items():
        try:
            check(syncml)
            passed += 1
            print(f"ok    {name}")
        except (AssertionError, IndexError, subprocess.SubprocessError) as error:
            failed += 1
            print(f"FAIL  {name}: {error}")
    print(f"{passed} passed, {failed} failed")
    return 0 if not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
