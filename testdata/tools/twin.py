#!/usr/bin/env python3
"""Writes the WBXML twin of an XML file, a SyncML message or device information, in the canonical form of this collection.

    tools/twin.py FILE.xml...          writes FILE.wbxml beside each
    tools/twin.py --check FILE.xml...  compares with the FILE.wbxml that is there

Independent of the Rust encoder on purpose: the files it writes are what that encoder is tested against. Needs Python
3.9 or newer, nothing else. Canonical form: WBXML 1.2, numeric public identifier, UTF-8, no string table; a code page
switch only before a start tag of the other page; elements without content have no content bit; text as inline
strings, but the data of an item as an opaque block unless it is one line of printable ASCII, and so is a chunk with
MoreData, since it may end within a character; a device information document as an opaque block with a header of its
own, its media type ending in +wbxml.
"""

import re
import sys
import xml.etree.ElementTree as ET

# Names by token, from 0x05. None: not assigned.
SYNCML = """Add Alert Archive Atomic Chal Cmd CmdID CmdRef Copy Cred Data Delete Exec Final Get Item Lang LocName LocURI
Map MapItem Meta MsgID MsgRef NoResp NoResults Put Replace RespURI Results Search Sequence SessionID SftDel Source
SourceRef Status Sync SyncBody SyncHdr SyncML Target TargetRef - VerDTD VerProto NumberOfChanges MoreData Field Filter
Record FilterType SourceParent TargetParent Move Correlator""".split()
METINF = """Anchor EMI Format FreeID FreeMem Last Mark MaxMsgSize Mem MetInf Next NextNonce SharedMem Size Type Version
MaxObjSize FieldLevel""".split()
DEVINF = """CTCap CTType DataStore DataType DevID DevInf DevTyp DisplayName DSMem Ext FwV HwV Man MaxGUIDSize MaxID MaxMem
Mod OEM ParamName PropName Rx Rx-Pref SharedMem Size SourceRef SwV SyncCap SyncType Tx Tx-Pref ValEnum VerCT VerDTD
XNam XVal UTC SupportNumberOfChanges SupportLargeObjs Property PropParam MaxOccur NoTruncate - Filter-Rx FilterCap
FilterKeyword FieldLevel SupportHierarchicalSync""".split()

SPACES = {"syncml:metinf": (1, METINF), "syncml:devinf": (0, DEVINF)}
PLAIN_LINE = re.compile("[ -~]*")
PUBLIC_IDS = {"1.0": (0x0FD1, 0x0FD2), "1.1": (0x0FD3, 0x0FD4), "1.2": (0x1201, 0x1203)}


def mb_int(value):
    """A multi-byte integer: groups of seven bits, the high bit set on all but the last."""
    octets = [value & 0x7F]
    while value := value >> 7:
        octets.append(0x80 | (value & 0x7F))
    return bytes(reversed(octets))


def opaque(octets):
    return b"\xc3" + mb_int(len(octets)) + octets


def header(public_id):
    return b"\x02" + mb_int(public_id) + b"\x6a\x00"


def tag_of(element):
    """Code page and token of an element."""
    space, name = element.tag[1:].split("}")
    page, names = SPACES.get(space, (0, SYNCML))
    if space == "syncml:devinf" and name == "MaxSize":
        name = "Size"  # one token, renamed in 1.2
    return page, names.index(name) + 5


class Document:
    """One WBXML document; nested ones are written by a Document of their own."""

    def __init__(self, version, public_id):
        self.version = version
        self.page = 0
        self.out = bytearray(header(public_id))

    def put(self, element, parent=None):
        page, token = tag_of(element)
        if page != self.page:
            self.out += bytes([0x00, page])
            self.page = page
        content = self.content(element, parent)
        if content is None:
            self.out.append(token)
            return
        self.out.append(token | 0x40)
        if isinstance(content, bytes):
            self.out += content
        else:
            for child in content:
                self.put(child, element)
        self.out.append(0x01)

    def content(self, element, parent):
        """None, the octets of a leaf, or the children."""
        children = list(element)
        if children:
            if children[0].tag.startswith("{syncml:devinf}") and not element.tag.startswith("{syncml:devinf}"):
                nested = Document(self.version, PUBLIC_IDS[self.version][1])
                nested.put(self.root_of(children))
                return opaque(bytes(nested.out))
            return children
        text = element.text or ""
        if element.tag == "{syncml:metinf}Type" and text.startswith("application/vnd.syncml-devinf+xml"):
            text = text.replace("+xml", "+wbxml", 1)
        if not text:
            return None
        if element.tag.endswith("}Data") and parent.tag.endswith("}Item"):
            if parent.find("{*}MoreData") is not None or not PLAIN_LINE.fullmatch(text):
                return opaque(text.encode())
        return b"\x03" + text.encode() + b"\x00"

    @staticmethod
    def root_of(children):
        """The root of a nested document: the DevInf, or a DevInf around a bare list of properties (field filter)."""
        if len(children) == 1 and children[0].tag == "{syncml:devinf}DevInf":
            return children[0]
        root = ET.Element("{syncml:devinf}DevInf")
        root.extend(children)
        return root


def twin(path):
    root = ET.parse(path).getroot()
    if root.tag == "{syncml:devinf}DevInf":
        version, public_id = root.findtext("{*}VerDTD", "1.2").strip(), 1
    else:
        space = root.tag[1:].split("}")[0]
        version, public_id = next(v for v in PUBLIC_IDS if space.upper().endswith(v)), 0
    document = Document(version, PUBLIC_IDS[version][public_id])
    document.put(root)
    return bytes(document.out)


def main(arguments):
    check = arguments[:1] == ["--check"]
    paths = arguments[1:] if check else arguments
    if not paths:
        sys.exit(__doc__)
    wrong = 0
    for path in paths:
        octets = twin(path)
        target = path.removesuffix(".xml") + ".wbxml"
        if not check:
            with open(target, "wb") as file:
                file.write(octets)
            continue
        with open(target, "rb") as file:
            if file.read() != octets:
                print(f"{target}: differs from what {path} says")
                wrong += 1
    if check:
        print(f"{len(paths) - wrong} passed, {wrong} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
