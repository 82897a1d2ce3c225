//! Devices that can hold less than the server has, or speak another version: what they are shown, and that nothing is lost
//! when their versions come back.

mod common;

use std::fs;

use common::run;
use ds_host::http::Background;
use ds_host::http::client::HttpClient;
use ds_host::store::SqliteStore;
use ds_host::{Service, SyncRequest, sync_once};
use ds_protocol::memory::MemoryStore;
use ds_protocol::{
    ConflictPolicy, Content, Credentials, Datastore, Device, Field, Filter, FilterCaps, ItemId,
    Sizes, SyncType, client, server,
};
use rusqlite::Connection;
use syncml_devinf::{ContentType, CtCap, Property};
use tempfile::{TempDir, tempdir};

const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Quill;Pat;;;\r\nFN:Pat Quill\r\nTEL;TYPE=home:1\r\n\
    TEL;TYPE=cell,pref:2\r\nEMAIL:pat@example.com\r\nNOTE:Likes tea and long walks\r\nX-TEAM:blue\r\nEND:VCARD\r\n";

const OLD: (&str, &str) = ("text/x-vcard", "2.1");
const NEW: (&str, &str) = ("text/vcard", "3.0");
const OLD_CALENDAR: (&str, &str) = ("text/x-vcalendar", "1.0");
const NEW_CALENDAR: (&str, &str) = ("text/calendar", "2.0");

/// A server, and its store.
struct Server {
    home: TempDir,
    store: SqliteStore,
    running: Background,
}

impl Server {
    fn new() -> Self {
        Self::with(|datastore| datastore)
    }

    /// With datastores that are configured in another way.
    fn with(change: impl Fn(Datastore) -> Datastore) -> Self {
        let home = tempdir().unwrap();
        let store = SqliteStore::open(home.path().join("store.db")).unwrap();
        store.set_user("ann", "tulip").unwrap();
        let datastore = |name: &'static str, types: [(&'static str, &'static str); 2]| {
            let types = types.map(|(name, version)| ContentType::new(name, version));
            let caps = FilterCaps::default().with_fields(true);
            change(Datastore::new(name, types).with_filter(caps))
        };
        let datastores = [
            datastore("contacts", [OLD, NEW]),
            datastore("calendar", [OLD_CALENDAR, NEW_CALENDAR]),
        ];
        let config = server::Config::new(Device::new("server", "server"), datastores);
        let running = Background::start(Service::new(config, store.clone()), "127.0.0.1:0");
        Self {
            home,
            store,
            running: running.unwrap(),
        }
    }

    fn put(&self, datastore: &str, id: &str, media_type: &'static str, text: &str) {
        let content = Content::new(media_type, text.to_owned());
        self.store
            .put("ann", datastore, &ItemId::new(id), &content)
            .unwrap();
    }

    fn text(&self, datastore: &str, id: &str) -> String {
        let content = self.store.get("ann", datastore, &ItemId::new(id));
        text(&content.unwrap().unwrap())
    }

    /// The only item of a datastore.
    fn only(&self, datastore: &str) -> String {
        let items = self.store.items("ann", datastore).unwrap();
        assert_eq!(items.len(), 1, "{items:?}");
        text(&items[0].1)
    }

    /// What a device has in another way, a line each.
    fn fitted(&self, datastore: &str, peer: &str) -> Vec<String> {
        let fitted = self.store.fitted("ann", datastore).unwrap();
        let of_peer = fitted.into_iter().filter(|fitted| fitted.peer == peer);
        let entries = of_peer.flat_map(|fitted| fitted.entries);
        entries.map(|entry| entry.to_string()).collect()
    }
}

fn text(content: &Content) -> String {
    String::from_utf8(content.data.to_vec()).unwrap()
}

/// A phone with one datastore.
struct Phone {
    name: &'static str,
    /// Of the server.
    remote: &'static str,
    store: MemoryStore,
    types: Vec<ContentType>,
    caps: Vec<CtCap>,
    filter: Option<Filter>,
    max_size: Option<u64>,
    sessions: u32,
}

impl Phone {
    fn new(name: &'static str, takes: (&'static str, &'static str)) -> Self {
        let is_card = takes == OLD || takes == NEW;
        Self {
            name,
            remote: if is_card { "contacts" } else { "calendar" },
            store: MemoryStore::new(),
            types: vec![ContentType::new(takes.0, takes.1)],
            caps: Vec::new(),
            filter: None,
            max_size: None,
            sessions: 0,
        }
    }

    /// That knows these properties.
    fn with(mut self, properties: impl IntoIterator<Item = Property>) -> Self {
        let own = &self.types[0];
        let version = own.ver_ct.clone().unwrap_or_default();
        let mut cap = CtCap::new(own.ct_type.clone(), version);
        cap.properties = properties.into_iter().collect();
        self.caps = vec![cap];
        self
    }

    fn sync(&mut self, server: &Server) {
        self.sync_as(server, SyncType::TwoWay);
    }

    fn sync_as(&mut self, server: &Server, sync_type: SyncType) {
        self.sessions += 1;
        let datastore =
            Datastore::new("people", self.types.clone()).with_ct_caps(self.caps.clone());
        let mut request = client::Request::new(datastore, self.remote).with_sync_type(sync_type);
        if let Some(filter) = &self.filter {
            request = request.with_filter(filter.clone());
        }
        let device = Device::new(self.name, "phone");
        let session = format!("{:x}", self.sessions);
        let url = server.running.url();
        let mut sizes = Sizes::default();
        sizes.max_obj_size = self.max_size.unwrap_or(sizes.max_obj_size);
        let config = client::Config::new(device, url, session.into(), [request])
            .with_sizes(sizes)
            .with_credentials(Credentials::new("ann", "tulip"));
        let request = SyncRequest::new(config);
        let report = sync_once(&HttpClient::default(), &mut self.store, request).unwrap();
        assert!(report.is_success(), "{}: {report:?}", self.name);
    }

    fn add(&mut self, text: &str) {
        let media_type = self.types[0].ct_type.clone();
        let content = Content::new(media_type, text.to_owned());
        self.store.add("ann", "people", content);
    }

    fn all(&self) -> Vec<(ItemId, String)> {
        let items = self.store.items("ann", "people");
        items
            .map(|(id, content)| (id.clone(), text(content)))
            .collect()
    }

    /// The only item.
    fn only(&self) -> String {
        let all = self.all();
        assert_eq!(all.len(), 1, "{}: {all:?}", self.name);
        all[0].1.clone()
    }

    /// Its user changes the only item.
    fn edit(&mut self, from: &str, to: &str) {
        let (id, text) = self.all().remove(0);
        assert!(text.contains(from), "{}: {text}", self.name);
        let media_type = self.types[0].ct_type.clone();
        let content = Content::new(media_type, text.replace(from, to));
        assert!(self.store.put("ann", "people", id, content));
    }
}

fn property(name: &'static str) -> Property {
    Property::new(name)
}

fn one(name: &'static str) -> Property {
    let mut property = Property::new(name);
    property.max_occur = Some(1);
    property
}

fn short(name: &'static str, max_size: u64) -> Property {
    let mut property = Property::new(name);
    property.max_size = Some(max_size);
    property
}

/// A phone of vCard 2.1 with one number and short notes.
fn old() -> Phone {
    Phone::new("old", OLD).with([property("N"), one("TEL"), short("NOTE", 9)])
}

/// A phone of vCard 3.0 without notes.
fn new() -> Phone {
    Phone::new("new", NEW).with(["N", "FN", "TEL", "EMAIL"].map(property))
}

/// Two devices that can hold different things of a card: each is shown what it can hold, in its version; each changes
/// something, and everything that either of them cannot hold is there in the end.
#[test]
fn two_devices() {
    let server = Server::new();
    server.put("contacts", "pat", "text/vcard", CARD);
    let (mut old, mut new) = (old(), new());
    old.sync(&server);
    new.sync(&server);
    assert_eq!(
        old.only(),
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN:Quill;Pat;;;\r\nFN:Pat Quill\r\nTEL;CELL;PREF:2\r\n\
         NOTE:Likes tea\r\nEND:VCARD\r\n"
    );
    assert_eq!(
        new.only(),
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Quill;Pat;;;\r\nFN:Pat Quill\r\nTEL;TYPE=home:1\r\n\
         TEL;TYPE=cell,pref:2\r\nEMAIL:pat@example.com\r\nEND:VCARD\r\n"
    );
    let fitted = server.fitted("contacts", "old");
    for entry in [
        "VCARD/EMAIL dropped: the device does not know the property",
        "VCARD/X-TEAM dropped: the device does not know the property",
        "VCARD/TEL dropped (1 of 2): the device takes fewer of them",
        "VCARD/NOTE shortened (9): the device takes no longer value",
    ] {
        assert!(
            fitted.iter().any(|told| told == entry),
            "{entry}: {fitted:?}"
        );
    }
    assert!(
        server
            .fitted("contacts", "new")
            .contains(&"VCARD/NOTE dropped: the device does not know the property".to_owned())
    );

    // Nothing has changed: nothing is sent.
    old.sync(&server);
    new.sync(&server);
    assert_eq!(server.only("contacts"), CARD);

    old.edit("PREF:2", "PREF:3");
    old.sync(&server);
    let changed = CARD.replace("pref:2", "pref:3");
    assert_eq!(server.only("contacts"), changed);
    new.edit("pat@example.com", "quill@example.com");
    new.sync(&server);
    // Both had something new: the client's version stood, with what it could not hold.
    let both = server.only("contacts");
    assert!(both.contains("quill@example.com") && both.contains("NOTE:Likes tea and long walks"));
    assert!(both.contains("X-TEAM:blue"), "{both}");
    old.sync(&server);
    new.sync(&server);
    let last = server.only("contacts");
    assert_eq!(last, both);
}

/// What a device has in another way is told on the server's command line.
#[test]
fn the_ledger_of_a_server() {
    let server = Server::new();
    server.put("contacts", "pat", "text/vcard", CARD);
    let (mut old, mut new) = (old(), new());
    old.sync(&server);
    new.sync(&server);
    let store = format!("sqlite:{}", server.home.path().join("store.db").display());
    let told = |more: &[&str]| {
        let words = ["fitted", "--store", &store, "--user", "ann", "contacts"];
        let output = run(words.iter().chain(more));
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let all = told(&[]);
    let lines = |peer: &str| -> Vec<String> {
        let entries = server.fitted("contacts", peer);
        let lines = entries
            .iter()
            .map(|entry| format!("pat at {peer}: {entry}"));
        lines.collect()
    };
    assert!(lines("old").len() > 2 && !lines("new").is_empty());
    let known: Vec<String> = lines("new").into_iter().chain(lines("old")).collect();
    assert_eq!(all.lines().collect::<Vec<_>>(), known);
    let one = told(&["--device", "old"]);
    assert_eq!(one.lines().collect::<Vec<_>>(), lines("old"));
    let json: serde_json::Value = serde_json::from_str(&told(&["--json"])).unwrap();
    assert_eq!(json["items"][0]["item"], "pat");
    assert_eq!(json["items"].as_array().unwrap().len(), 2);
}

/// What both change in different sessions reaches the other, in its version.
#[test]
fn there_and_back() {
    let server = Server::new();
    let (mut old, mut new) = (old(), new());
    old.add("BEGIN:VCARD\r\nVERSION:2.1\r\nN:Quill;Pat\r\nTEL;CELL:1\r\nNOTE:tea\r\nEND:VCARD\r\n");
    old.sync(&server);
    new.sync(&server);
    let shown = new.only();
    assert!(
        shown.contains("VERSION:3.0") && shown.contains("FN:Pat Quill"),
        "{shown}"
    );
    assert!(!shown.contains("NOTE"), "{shown}");
    new.edit("END:VCARD", "EMAIL:pat@example.com\r\nEND:VCARD");
    new.sync(&server);
    let kept = server.only("contacts");
    assert!(
        kept.contains("NOTE:tea") && kept.contains("EMAIL:pat@example.com"),
        "{kept}"
    );
    let before = old.only();
    old.sync(&server);
    let after = old.only();
    assert!(
        after.contains("VERSION:2.1") && after.contains("NOTE:tea"),
        "{before} {after}"
    );
    assert!(!after.contains("EMAIL"), "{after}");
    // The phone that cannot hold the address changes the note, and removes the number.
    old.edit("NOTE:tea", "NOTE:cake");
    old.edit("TEL;CELL:1\r\n", "");
    old.sync(&server);
    let kept = server.only("contacts");
    assert!(
        kept.contains("NOTE:cake") && kept.contains("EMAIL:pat@example.com"),
        "{kept}"
    );
    assert!(!kept.contains("TEL"), "{kept}");
    new.sync(&server);
    assert!(!new.only().contains("TEL"), "{}", new.only());
}

/// Devices that have lost their memory of the last session compare everything: each finds its own copies, and nothing is
/// doubled or lost.
#[test]
fn compared_by_what_was_shown() {
    let server = Server::new();
    server.put("contacts", "pat", "text/vcard", CARD);
    let (mut old, mut new) = (old(), new());
    old.sync(&server);
    new.sync(&server);
    for sync_type in [SyncType::Slow, SyncType::Slow, SyncType::TwoWay] {
        old.sync_as(&server, sync_type);
        new.sync_as(&server, sync_type);
        assert_eq!(server.only("contacts"), CARD);
        assert!(old.only().contains("NOTE:Likes tea\r\n"), "{}", old.only());
        assert!(new.only().contains("EMAIL"), "{}", new.only());
    }
    // Still known for what it is: what it cannot hold is not erased.
    old.edit("PREF:2", "PREF:4");
    old.sync_as(&server, SyncType::Slow);
    let kept = server.only("contacts");
    assert!(kept.contains("NOTE:Likes tea and long walks"), "{kept}");
    assert!(kept.contains("EMAIL") && kept.contains("X-TEAM"), "{kept}");
    assert!(
        kept.contains("pref:4") || kept.contains("CELL") && kept.contains(":4"),
        "{kept}"
    );
}

/// A person that both sides know before they ever met is one person, with everything that either side knows.
#[test]
fn compared_by_what_counts() {
    let server = Server::new();
    server.put("contacts", "pat", "text/vcard", CARD);
    let mut phone = Phone::new("phone", OLD);
    phone.add("BEGIN:VCARD\r\nVERSION:2.1\r\nN:QUILL;Pat\r\nTEL;WORK:9\r\nEND:VCARD\r\n");
    phone.add("BEGIN:VCARD\r\nVERSION:2.1\r\nN:Quill;Sam\r\nTEL;WORK:8\r\nEND:VCARD\r\n");
    phone.sync(&server);
    let kept = server.text("contacts", "pat");
    for known in ["TEL;TYPE=home:1", "pref:2", ":9", "EMAIL", "NOTE", "X-TEAM"] {
        assert!(kept.contains(known), "{known}: {kept}");
    }
    assert_eq!(server.store.items("ann", "contacts").unwrap().len(), 2);
    let all = phone.all();
    assert_eq!(all.len(), 2, "{all:?}");
    let pat = all.iter().find(|(_, text)| text.contains("Pat")).unwrap();
    assert!(
        pat.1.contains("NOTE:Likes tea and long walks") && pat.1.contains(":9"),
        "{pat:?}"
    );
}

/// Calendars of the old version and of the new.
#[test]
fn calendars() {
    let server = Server::new();
    let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:walk-in-the-park-1\r\n\
        DTSTAMP:20250101T000000Z\r\nDTSTART:20250106T090000Z\r\nDTEND:20250106T100000Z\r\n\
        RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=5\r\nSUMMARY:Walk\r\nLOCATION:Park\r\nURL:http://example.com/\r\n\
        END:VEVENT\r\nEND:VCALENDAR\r\n";
    server.put("calendar", "walk", "text/calendar", event);
    let known = ["DTSTART", "DTEND", "RRULE", "SUMMARY", "LOCATION"];
    let mut old = Phone::new("old", OLD_CALENDAR).with(known.map(property));
    let mut new = Phone::new("new", NEW_CALENDAR);
    old.sync(&server);
    new.sync(&server);
    let shown = old.only();
    assert!(
        shown.contains("VERSION:1.0") && shown.contains("RRULE:W1 MO #5"),
        "{shown}"
    );
    assert!(!shown.contains("URL"), "{shown}");
    assert_eq!(new.only(), event);
    old.edit("LOCATION:Park", "LOCATION:Beach");
    old.sync(&server);
    assert_eq!(server.only("calendar"), event.replace("Park", "Beach"));
    new.sync(&server);
    assert_eq!(new.only(), event.replace("Park", "Beach"));
    // And from the old version to the new.
    old.add(
        "BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\nDTSTART:20250201T080000Z\r\n\
         DTEND:20250201T090000Z\r\nSUMMARY:Swim\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    );
    old.sync(&server);
    new.sync(&server);
    let all = new.all();
    let swim = all.iter().find(|(_, text)| text.contains("Swim")).unwrap();
    assert!(swim.1.contains("VERSION:2.0"), "{swim:?}");
}

/// A device of the old version that wants some properties alone of cards of the new.
#[test]
fn filter_and_version() {
    let server = Server::new();
    server.put("contacts", "pat", "text/vcard", CARD);
    let mut phone = Phone::new("phone", OLD);
    let fields = [Field::new("N"), Field::new("TEL")];
    phone.filter = Some(Filter::of_fields("text/x-vcard", fields));
    phone.sync(&server);
    let shown = phone.only();
    assert!(
        shown.contains("VERSION:2.1") && shown.contains("TEL;HOME:1"),
        "{shown}"
    );
    assert!(!shown.contains("NOTE"), "{shown}");
    phone.edit("TEL;HOME:1", "TEL;HOME:7");
    phone.sync(&server);
    assert_eq!(server.only("contacts"), CARD.replace("home:1", "home:7"));
}

/// An item of a kind that a device does not know stays at the server, which says so; when the device learns it, it is sent.
#[test]
fn what_a_device_cannot_have() {
    let server = Server::new();
    let task = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VTODO\r\nUID:buy-some-bread-1\r\n\
        DTSTAMP:20250101T000000Z\r\nSUMMARY:Bread\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";
    server.put("calendar", "bread", "text/calendar", task);
    let events = [
        property("BEGIN").with_values(["VEVENT"]),
        property("SUMMARY"),
    ];
    let mut phone = Phone::new("phone", NEW_CALENDAR).with(events);
    phone.sync(&server);
    phone.sync(&server);
    assert!(phone.all().is_empty());
    assert_eq!(
        server.fitted("calendar", "phone"),
        ["withheld: an item of a kind that the device does not know"]
    );
    let both = property("BEGIN").with_values(["VEVENT", "VTODO"]);
    let mut phone = phone.with([both, property("SUMMARY")]);
    phone.sync(&server);
    assert!(phone.only().contains("SUMMARY:Bread"), "{}", phone.only());
    assert!(server.only("calendar").contains("DTSTAMP"));
}

/// A device that has learned more properties is sent its items anew; one that has not, is not.
#[test]
fn a_device_learns() {
    let server = Server::new();
    server.put("contacts", "pat", "text/vcard", CARD);
    let mut phone = new();
    phone.sync(&server);
    assert!(!phone.only().contains("NOTE"));
    let mut phone = phone.with(["N", "FN", "TEL", "EMAIL", "NOTE", "X-TEAM"].map(property));
    phone.sync(&server);
    assert_eq!(phone.only(), CARD);
    phone.edit("X-TEAM:blue\r\n", "");
    phone.sync(&server);
    assert_eq!(server.only("contacts"), CARD.replace("X-TEAM:blue\r\n", ""));
}

/// A photo that is too large for a device is left out; the rest of the card goes there, and the photo stays.
#[test]
fn a_photo_too_large() {
    let server = Server::new();
    let photo = format!(
        "PHOTO;ENCODING=b;TYPE=JPEG:{}\r\nEND:VCARD",
        "QUJD".repeat(1_000)
    );
    let card = CARD.replace("END:VCARD", &photo);
    server.put("contacts", "pat", "text/vcard", &card);
    let mut phone = Phone::new("phone", NEW).with(["N", "FN", "TEL", "PHOTO"].map(property));
    phone.max_size = Some(2_000);
    phone.sync(&server);
    assert!(!phone.only().contains("PHOTO"), "{}", phone.only());
    let left_out = "PHOTO dropped: the device takes no larger object".to_owned();
    assert!(server.fitted("contacts", "phone").contains(&left_out));
    phone.edit("home:1", "home:4");
    phone.sync(&server);
    assert_eq!(server.only("contacts"), card.replace("home:1", "home:4"));
}

/// Both sides have changed a card, and both changes stay.
#[test]
fn merged() {
    let server = Server::with(|datastore| datastore.with_conflict(ConflictPolicy::Merge));
    server.put("contacts", "pat", "text/vcard", CARD);
    let mut old = old();
    old.sync(&server);
    let here = CARD.replace(
        "X-TEAM:blue\r\n",
        "X-TEAM:blue\r\nEMAIL:second@example.com\r\n",
    );
    server.put("contacts", "pat", "text/vcard", &here);
    old.edit("TEL;CELL;PREF:2", "TEL;CELL;PREF:5");
    old.sync(&server);
    let kept = server.only("contacts");
    for known in [
        ":5",
        "pat@example.com",
        "second@example.com",
        "NOTE:Likes tea and long walks",
        "X-TEAM",
    ] {
        assert!(kept.contains(known), "{known}: {kept}");
    }
    // The short note of the phone is no other note.
    assert_eq!(kept.matches("Likes tea").count(), 1, "{kept}");
}

/// Where both sides have changed an item, what either has removed since they were in step stays removed; other devices
/// get that, too, and one that was away meanwhile is told apart from one that was not.
#[test]
fn merged_since_the_last_common_version() {
    let server = Server::with(|datastore| datastore.with_conflict(ConflictPolicy::Merge));
    let [mut phone, mut other, mut away] =
        ["phone", "other", "away"].map(|name| Phone::new(name, NEW));
    let card = |lines: &str| {
        format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Quill;Pat\r\nFN:Pat Quill\r\n{lines}END:VCARD\r\n")
    };
    phone.add(&card("TEL:1\r\nTEL:2\r\nTEL:3\r\nNOTE:tea\r\n"));
    for device in [&mut phone, &mut other, &mut away] {
        device.sync(&server);
    }
    // The server's item changes twice before the first device comes back, which has removed a number.
    other.edit("TEL:2\r\n", "");
    other.sync(&server);
    other.edit("NOTE:tea", "NOTE:cake");
    other.sync(&server);
    phone.edit("TEL:1\r\n", "EMAIL;TYPE=internet:a@b\r\n");
    phone.sync(&server);
    let merged = card("TEL:3\r\nNOTE:cake\r\nEMAIL;TYPE=internet:a@b\r\n");
    assert_eq!(server.only("contacts"), merged);
    phone.sync(&server);
    assert_eq!(phone.only(), merged);
    // The one that was away knows the first version alone.
    away.edit("TEL:3\r\n", "TEL:4\r\n");
    away.sync(&server);
    let all = server.only("contacts");
    for (line, is_there) in [
        ("TEL:1", false),
        ("TEL:2", false),
        ("TEL:3", false),
        ("TEL:4", true),
        ("NOTE:cake", true),
        ("a@b", true),
    ] {
        assert_eq!(all.contains(line), is_there, "{line}: {all}");
    }
    for device in [&mut phone, &mut other, &mut away] {
        device.sync(&server);
        device.sync(&server);
        assert_eq!(device.only(), all);
    }
    // Everybody has the last version: no older one is kept.
    let books = Connection::open(server.home.path().join("store.db")).unwrap();
    let kept = books.query_row("SELECT count(*) FROM base", [], |row| row.get::<_, u32>(0));
    assert_eq!(kept.unwrap(), 0);
}

/// A folder that took some properties alone takes all of them when it wants them again, of items that it has changed, too.
#[test]
fn a_folder_wants_everything_again() {
    let server = Server::new();
    let folder = server.home.path().join("cards");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("pat.vcf"), CARD).unwrap();
    let pair = format!("{}=contacts", folder.display());
    let sync = |more: &[&str]| {
        let url = server.running.url();
        let mut args = vec!["sync", url.as_str(), "--user", "ann:tulip", &pair];
        args.extend(more);
        let output = run(args);
        assert!(output.status.success(), "{output:?}");
    };
    sync(&[]);
    sync(&["--fields", "N,FN,TEL"]);
    let cut = fs::read_to_string(folder.join("pat.vcf")).unwrap();
    assert!(!cut.contains("NOTE"), "{cut}");
    fs::write(folder.join("pat.vcf"), cut.replace("home:1", "home:31")).unwrap();
    fs::write(folder.join("sam.vcf"), CARD.replace("Pat", "Sam")).unwrap();
    sync(&["--fields", "N,FN,TEL"]);
    sync(&[]);
    let file = fs::read_to_string(folder.join("pat.vcf")).unwrap();
    assert_eq!(file, CARD.replace("home:1", "home:31"));
}

/// A folder with a server that can hold less: the file keeps everything, and `--why` tells what the server has not.
#[test]
fn a_server_that_holds_less() {
    let server = Server::with(|datastore| {
        let mut cap = CtCap::new("text/vcard", "3.0");
        cap.properties = ["N", "FN", "TEL", "EMAIL"].map(property).into();
        datastore.with_ct_caps([cap])
    });
    let folder = server.home.path().join("cards");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("pat.vcf"), CARD).unwrap();
    let sync = || {
        let pair = format!("{}=contacts", folder.display());
        let url = server.running.url();
        let output = run(["sync", url.as_str(), "--user", "ann:tulip", "--why", &pair]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    // The server tells what it can with its first answer, before anything is sent.
    let told = sync();
    let dropped = "why: contacts: pat.vcf at the server: VCARD/NOTE dropped: the device does not know the property \
        (peer-lacks-property)";
    assert!(told.contains(dropped), "{told}");
    let kept = server.only("contacts");
    assert!(
        kept.contains("TEL;TYPE=home:1") && !kept.contains("NOTE"),
        "{kept}"
    );
    assert!(!sync().contains("NOTE"), "told once");
    let id = server.store.items("ann", "contacts").unwrap()[0].0.clone();
    let changed = kept.replace("home:1", "home:6");
    server.put("contacts", id.as_str(), "text/vcard", &changed);
    sync();
    let file = fs::read_to_string(folder.join("pat.vcf")).unwrap();
    assert_eq!(file, CARD.replace("home:1", "home:6"));
}
