#!/usr/bin/env python3
"""Asks libwbxml whether the WBXML twins in a testdata folder say the same as their XML.

    wbxml-agree.py TESTDATA

Takes every FILE.xml below TESTDATA that has a FILE.wbxml beside it (not those in a folder named bad), lets wbxml2xml
(Debian: libwbxml2-utils) read the binary file, and compares the two element trees. Allowed to differ: white space
between elements, CR LF against LF in text, device information announced as +xml or +wbxml, and a DevInf element
around a bare list of properties (field filter; a nested document needs one root).

Prints one line per file and `N passed, M failed`. Exit status: 0 if all passed and there was something to pass, 77
without wbxml2xml.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

PROPERTY, WRAPPER = "{syncml:devinf}Property", "{syncml:devinf}DevInf"
DEVINF = "application/vnd.syncml-devinf+"
# One token with two names: Size up to DevInf 1.1, MaxSize in 1.2. Which one a reader prints is its own affair.
RENAMED = {"{syncml:devinf}MaxSize": "{syncml:devinf}Size"}


def local(tag):
    """The name without its namespace if it is a SyncML one, whose version varies in spelling."""
    return tag.split("}")[-1] if tag.upper().startswith("{SYNCML:SYNCML") else RENAMED.get(tag, tag)


def normal(element):
    """The element as (name, text or children)."""
    children = list(element)
    if [child.tag for child in children] == [WRAPPER] and all(child.tag == PROPERTY for child in children[0]):
        children = list(children[0])
    if children:
        stray = "".join([element.text or "", *[child.tail or "" for child in children]]).strip()
        return local(element.tag), stray, [normal(child) for child in children]
    attributes = "".join(f"[{name}={value}]" for name, value in sorted(element.attrib.items()))
    text = attributes + (element.text or "").replace("\r\n", "\n").replace("\r", "\n")
    if element.tag == "{syncml:metinf}Type" and text.strip().startswith(DEVINF):
        text = DEVINF
    return local(element.tag), text, []


def difference(ours, theirs, path=""):
    """The first place where two normal forms differ, or None."""
    path = f"{path}/{ours[0]}"
    if ours[0] != theirs[0]:
        return f"{path}: libwbxml has {theirs[0]}"
    if ours[1] != theirs[1]:
        at = next((i for i, (a, b) in enumerate(zip(ours[1], theirs[1])) if a != b), 0)
        start = max(0, at - 10)
        return f"{path}: {ours[1][start:at + 20]!r} against {theirs[1][start:at + 20]!r}"
    for mine, other in zip(ours[2], theirs[2]):
        if found := difference(mine, other, path):
            return found
    if len(ours[2]) != len(theirs[2]):
        return f"{path}: {len(ours[2])} children against {len(theirs[2])}"
    return None


def check(xml, binary, scratch):
    """None if libwbxml agrees, else what is wrong."""
    done = subprocess.run(["wbxml2xml", "-k", "-o", scratch, binary], capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        return (done.stderr or done.stdout).strip() or f"wbxml2xml ended with {done.returncode}"
    try:
        return difference(normal(ET.parse(xml).getroot()), normal(ET.parse(scratch).getroot()))
    except ET.ParseError as error:
        return str(error)


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if not shutil.which("wbxml2xml"):
        print("wbxml-agree: no wbxml2xml; apt-get install libwbxml2-utils", file=sys.stderr)
        return 77
    root = pathlib.Path(arguments[0])
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        scratch = f"{folder}/theirs.xml"
        for xml in sorted(root.glob("**/*.xml")):
            binary = xml.with_suffix(".wbxml")
            if xml.parent.name == "bad" or not binary.exists():
                continue
            wrong = check(xml, binary, scratch)
            name = binary.relative_to(root)
            if wrong is None:
                passed += 1
                print(f"ok    {name}")
            else:
                failed += 1
                print(f"FAIL  {name}: {wrong}")
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
