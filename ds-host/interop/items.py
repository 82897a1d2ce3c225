"""Test items: makes them, edits them, and compares two folders field by field.

Every peer rewrites what it stores (line order, PRODID, empty properties, the
spelling of a rule), so folders are compared by what a user would notice.

usage: items.py contacts|events COUNT FOLDER [TAG]
       items.py compare FOLDER FOLDER      prints the differences, exit 1 if any
"""

import base64
import collections
import hashlib
import os
import quopri
import random
import re
import sys

GIVEN = ["José", "Zoë", "Jürgen", "Åsa", "Łukasz", "Þóra", "Nuño", "Søren", "Ömer", "Ελένη", "Юлия", "花子"]
FAMILY = ["Müller", "García", "Östlund", "Wójcik", "Çelik", "Nguyễn", "Straße", "O’Brien", "Иванова", "山田"]
PLACES = [("Königstraße", "Köln"), ("Ulica Długa", "Łódź"), ("Calle Mayor", "Málaga"), ("Åsgatan", "Malmö")]
WORDS = "plain words and façade, señor; crème brûlée, smörgåsbord, déjà vu, Škoda, coöperate, 日本語, слово".split()

BERLIN = [
    "BEGIN:VTIMEZONE", "TZID:Europe/Berlin",
    "BEGIN:STANDARD", "DTSTART:19961027T030000", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
    "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "TZNAME:CET", "END:STANDARD",
    "BEGIN:DAYLIGHT", "DTSTART:19810329T020000", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
    "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "TZNAME:CEST", "END:DAYLIGHT", "END:VTIMEZONE",
]
# Ends by date, not by COUNT, and no yearly ones: SyncEvolution's engine turns
# a count into a date, and a year into twelve months.
RULES = [
    "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270630T100000Z", "FREQ=DAILY;INTERVAL=2;UNTIL=20270201T100000Z",
    "FREQ=MONTHLY;BYMONTHDAY=15;UNTIL=20280101T100000Z", "FREQ=MONTHLY;BYDAY=2TU;UNTIL=20280101T100000Z",
]


# --- making ---------------------------------------------------------------


def escape(text):
    return re.sub(r"([\\,;])", r"\\\1", text).replace("\n", "\\n")


def fold(lines):
    """Joins content lines with CR LF, folded at 75 octets between characters."""
    out = []
    for line in lines:
        rest = line.encode()
        while len(rest) > 75:
            cut = 75
            while rest[cut] & 0xC0 == 0x80:
                cut -= 1
            out.append(rest[:cut])
            rest = b" " + rest[cut:]
        out.append(rest)
    return b"\r\n".join(out) + b"\r\n"


def contact(number, tag="c", photo=0):
    """A vCard 3.0; `tag` and `number` make its mail address unique, see find()."""
    rng = random.Random("%s%d" % (tag, number))
    given, family = rng.choice(GIVEN), rng.choice(FAMILY)
    street, town = rng.choice(PLACES)
    mark = "%s%04d" % (tag, number)
    lines = [
        "BEGIN:VCARD", "VERSION:3.0",
        "N:%s;%s;%s;;" % (family, given, mark), "FN:%s %s %s" % (given, mark, family),
        "ORG:%s;%s" % (escape("Møbler & Søn, Brno"), "Équipe %d" % rng.randint(1, 40)),
        "TITLE:Ingénieur",
        "TEL;TYPE=CELL:+49 151 %08d" % rng.randrange(10**8),
        "TEL;TYPE=WORK,VOICE:+33 1 %08d" % rng.randrange(10**8),
        "EMAIL;TYPE=HOME:%s@example.com" % mark,
        "EMAIL;TYPE=WORK:%s@work.example.org" % mark,
        "ADR;TYPE=HOME:;;%s %d;%s;;%05d;España" % (street, rng.randint(1, 200), town, rng.randint(1000, 99999)),
        "BDAY:19%02d-%02d-%02d" % (rng.randint(40, 99), rng.randint(1, 12), rng.randint(1, 28)),
        "URL:http://example.com/~%s" % mark,
        "NOTE:" + escape(" ".join(rng.choice(WORDS) for _ in range(14)) + "\nzweite Zeile"),
    ]
    if photo:
        image = b"\xff\xd8\xff\xe0" + rng.randbytes(photo - 6) + b"\xff\xd9"
        lines.append("PHOTO;ENCODING=b;TYPE=JPEG:" + base64.b64encode(image).decode())
    return fold(lines + ["END:VCARD"])


def old_contact(number, tag="o"):
    """A vCard 2.1 as phones write it, with every property that SyncEvolution says it knows of that version."""
    mark = "%s%04d" % (tag, number)

    def quoted(head, text):
        coded = quopri.encodestring(text.replace("\n", "\r\n").encode(), quotetabs=False).decode()
        coded = coded.replace("\r\n", "=0D=0A").replace("=\n", "")
        return "%s;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:%s" % (head, coded)

    image = base64.b64encode(b"\xff\xd8\xff\xe0" + random.Random(mark).randbytes(600) + b"\xff\xd9").decode()
    lines = [
        "BEGIN:VCARD", "VERSION:2.1",
        quoted("N", "Müller;Åsa;%s;Dr.;" % mark), quoted("FN", "Dr. Åsa %s Müller" % mark),
        quoted("ORG", "Møbler & Søn;Équipe"), "TITLE:Engineer", quoted("ROLE", "Schlüsselträgerin"),
        "TEL;CELL;PREF:+49 151 0000%04d" % number, "TEL;WORK;VOICE:+33 1 0000%04d" % number,
        "TEL;WORK;FAX:+33 2 0000%04d" % number, "TEL;HOME:+33 3 0000%04d" % number, "TEL;PAGER:4711%04d" % number,
        "EMAIL;INTERNET;HOME:%s@example.com" % mark, "EMAIL;INTERNET;WORK:%s@work.example.org" % mark,
        quoted("ADR;HOME", ";;Königstraße 1;Köln;NRW;50667;Deutschland"), "ADR;WORK:;Room 2;Main Street 3;Boston;MA;02108;USA",
        "BDAY:1970-04-05", "URL:http://example.com/~%s" % mark, "CATEGORIES:Family,Work",
        quoted("NOTE", "eine Zeile\nnoch eine; mit Zeichen, Kommas"), "X-EVOLUTION-MANAGER:Pat",
        "X-EVOLUTION-SPOUSE:Robin", "X-EVOLUTION-FILE-AS:Müller", "X-UNHEARD-OF:kept", "UID:%s" % mark,
        "PHOTO;JPEG;ENCODING=BASE64:",
    ]
    lines += [" " + image[at:at + 72] for at in range(0, len(image), 72)] + ["", "END:VCARD", ""]
    return "\r\n".join(lines).encode()


def said(data, names=None):
    """Each property of a card with its parameters and its value, as a sorted list; of these names if they are given."""
    block = re.compile(rb"(?s)(PHOTO[^:\r\n]*:)(.*?)(\r\n\r\n|\r\n(?=[A-Z]))")
    data = block.sub(lambda found: found.group(1) + re.sub(rb"\s", b"", found.group(2)) + b"\r\n", data)
    out = []
    for name, params, value in content_lines(data):
        if names is not None and name not in names or name in ("BEGIN", "END", "VERSION"):
            continue
        params = sorted(params - {"UTF-8", "QUOTED-PRINTABLE", "BASE64", "B"})
        value = value.replace("-", "") if name == "BDAY" else unescape(value.strip())
        out.append("%s(%s):%s" % (name, ",".join(params), value))
    return sorted(out)


def event(number, tag="e"):
    """An iCalendar 2.0 event: in turn UTC, zoned, zoned and repeating, all day."""
    rng = random.Random("%s%d" % (tag, number))
    day, hour = "2026%02d%02d" % (rng.randint(1, 12), rng.randint(1, 27)), rng.randint(7, 19)
    mark = "%s%04d" % (tag, number)
    kind = number % 4
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//syncml interop//EN"]
    if kind in (1, 2):
        lines += BERLIN
    lines += ["BEGIN:VEVENT", "UID:%s@example.com" % mark, "DTSTAMP:20260101T000000Z",
              "LAST-MODIFIED:20260101T000000Z", "SEQUENCE:0"]
    if kind == 0:
        lines += ["DTSTART:%sT%02d3000Z" % (day, hour), "DTEND:%sT%02d1500Z" % (day, hour + 1)]
    elif kind == 3:
        lines += ["DTSTART;VALUE=DATE:%s" % day, "DTEND;VALUE=DATE:%d" % (int(day) + 1)]
    else:
        lines += ["DTSTART;TZID=Europe/Berlin:%sT%02d0000" % (day, hour),
                  "DTEND;TZID=Europe/Berlin:%sT%02d0000" % (day, hour + 1)]
    if kind == 2:
        lines.append("RRULE:" + rng.choice(RULES))
    lines += [
        "SUMMARY:Réunion %s %s" % (mark, escape(rng.choice(WORDS))),
        "LOCATION:" + escape(", ".join(rng.choice(PLACES))),
        "DESCRIPTION:" + escape(" ".join(rng.choice(WORDS) for _ in range(12)) + "\nzweite Zeile"),
        "CATEGORIES:PRIVÉ", "CLASS:PRIVATE",
    ]
    if number % 3 == 0:
        lines += ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Rappel",
                  "TRIGGER;VALUE=DURATION;RELATED=START:-PT15M", "END:VALARM"]
    return fold(lines + ["END:VEVENT", "END:VCALENDAR"])


def fill(folder, maker, numbers, tag):
    os.makedirs(folder, exist_ok=True)
    suffix = "vcf" if maker is contact else "ics"
    for number in numbers:
        with open(os.path.join(folder, "%s%04d.%s" % (tag, number, suffix)), "wb") as out:
            out.write(maker(number, tag))


# --- changing -------------------------------------------------------------


def listing(folder):
    """Paths of the items: regular files whose names do not start with a dot."""
    if not os.path.isdir(folder):
        return []
    paths = (os.path.join(folder, name) for name in sorted(os.listdir(folder)) if not name.startswith("."))
    return [path for path in paths if os.path.isfile(path)]


def find(folder, mark):
    """The one file whose item carries the mark, whatever the peer called it."""
    found = [path for path in listing(folder) if re.search(rb"\b%s\b" % mark.encode(), open(path, "rb").read())]
    if len(found) != 1:
        raise AssertionError("%d files with %s in %s" % (len(found), mark, folder))
    return found[0]


def edit(folder, mark, text):
    """Sets the NICKNAME of a contact or the LOCATION of an event."""
    path = find(folder, mark)
    kept, dropping = [], False
    for line in open(path, "rb").read().decode().replace("\r\n", "\n").rstrip("\n").split("\n"):
        dropping = dropping if line[:1] in (" ", "\t") else line.startswith(("NICKNAME", "LOCATION"))
        if line in ("END:VCARD", "END:VEVENT"):
            kept.append(("NICKNAME:" if line == "END:VCARD" else "LOCATION:") + escape(text))
        if not dropping:
            kept.append(line)
    with open(path, "wb") as out:
        out.write("".join(line + "\r\n" for line in kept).encode())


def remove(folder, mark):
    os.unlink(find(folder, mark))


# --- comparing ------------------------------------------------------------

CARD = {"N", "FN", "ORG", "TITLE", "TEL", "EMAIL", "ADR", "BDAY", "URL", "NOTE", "NICKNAME", "PHOTO"}
EVENT = {"UID", "SUMMARY", "LOCATION", "DESCRIPTION", "DTSTART", "DTEND", "RRULE", "CATEGORIES", "CLASS", "TRIGGER"}


def content_lines(data):
    """(NAME, parameters, text) of each line, unfolded and transfer-decoded."""
    text = data.decode("utf-8").replace("\r\n", "\n")
    # vCard 2.1 continues a quoted-printable value after a trailing "=" …
    text = re.sub(r"(?im)^([^:\n]*QUOTED-PRINTABLE[^:\n]*:)((?:.*=\n)*.*)$",
                  lambda found: found.group(1) + found.group(2).replace("=\n", ""), text)
    # … and everything else, in all versions, with a line that starts blank.
    for line in re.sub(r"\n[ \t]", "", text).split("\n"):
        head, colon, value = line.partition(":")
        if not colon:
            continue
        name, *params = head.upper().split(";")
        params = [param.partition("=")[2] or param for param in params]
        params = {word for param in params for word in param.split(",")}
        if "QUOTED-PRINTABLE" in params:
            value = quopri.decodestring(value.encode()).decode("utf-8").replace("\r\n", "\n")
        yield name.rpartition(".")[2], params, value


def unescape(text):
    return re.sub(r"\\(.)", lambda found: "\n" if found.group(1) in "nN" else found.group(1), text)


def fields(data):
    """What must survive a synchronisation, as a sorted tuple of strings."""
    out = set()
    lines = list(content_lines(data))
    names = {name for name, _, _ in lines}
    wanted = CARD if "FN" in names or "N" in names else EVENT
    zone = 0
    for name, params, value in lines:
        # The time zone definition repeats names of the event; only the event counts.
        zone += (name, value.upper()) == ("BEGIN", "VTIMEZONE")
        zone -= (name, value.upper()) == ("END", "VTIMEZONE")
        value = value.strip()
        if zone or name not in wanted or not value.strip(";"):
            continue
        if name == "PHOTO":
            value = hashlib.sha256(base64.b64decode(value)).hexdigest()
        elif name == "RRULE":
            value = ";".join(sorted(part for part in value.upper().split(";") if part != "INTERVAL=1"))
        elif name == "BDAY":
            value = value.replace("-", "")
        else:
            value = unescape(value.rstrip(";"))
        if name in ("TEL", "EMAIL", "ADR"):
            kinds = sorted(params & {"HOME", "WORK", "CELL", "VOICE"})
            name = "%s(%s)" % (name, ",".join(kinds))
        out.add("%s:%s" % (name, value))
    return tuple(sorted(out))


def difference(left, right):
    """Empty when both folders hold the same items; else one line an oddity."""
    bags = [collections.Counter(fields(open(path, "rb").read()) for path in listing(folder))
            for folder in (left, right)]
    if bags[0] == bags[1]:
        return ""
    lost, extra = list((bags[0] - bags[1]).elements()), list((bags[1] - bags[0]).elements())
    out = ["%d items against %d" % (sum(bags[0].values()), sum(bags[1].values()))]
    # Items that share a mail address or UID are one item that changed.
    for item in lost:
        keys = {field for field in item if field.startswith(("EMAIL", "UID"))}
        twin = next((other for other in extra if keys & set(other)), None)
        if twin is None:
            out.append("only left: %s" % " | ".join(item)[:200])
        else:
            extra.remove(twin)
            out.append("changed: left %s, right %s" % (sorted(set(item) - set(twin)), sorted(set(twin) - set(item))))
    out += ["only right: %s" % " | ".join(item)[:200] for item in extra]
    return "\n".join(out[:12])


def main(words):
    if len(words) >= 3 and words[0] in ("contacts", "events"):
        maker, tag = (contact, "c") if words[0] == "contacts" else (event, "e")
        fill(words[2], maker, range(int(words[1])), words[3] if len(words) > 3 else tag)
        return 0
    if len(words) == 3 and words[0] == "compare":
        text = difference(words[1], words[2])
        print(text or "same items")
        return 1 if text else 0
    print(__doc__.strip(), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
