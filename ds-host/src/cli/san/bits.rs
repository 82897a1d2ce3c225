//! A notification field by field: where it stands, its bits, what they mean.

use san::{Application, Notification, SyncType, UiMode};
use serde::Serialize;

use super::super::Table;
use super::hex;

/// A field.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// Octet it begins in, from the first of the notification.
    pub(super) byte: usize,
    /// The bits, with dots for those of its neighbours; or the octets.
    pub(super) bits: String,
    pub(super) field: &'static str,
    pub(super) value: String,
}

/// The fields of a notification that was read, from its octets.
pub(super) fn rows(bytes: &[u8], claimed: &Notification) -> Vec<Row> {
    let mut rows = Rows {
        bytes,
        at: 0,
        rows: Vec::new(),
    };
    rows.octets(16, "digest", |octets| {
        let zeros = octets.iter().all(|octet| *octet == 0);
        if zeros {
            "zeros: proves nothing"
        } else {
            "MD5"
        }
        .to_owned()
    });
    rows.header(claimed);
    let len = usize::from(rows.octet());
    rows.number("length-server-identifier", format!("{len} octets"));
    rows.text(len, "server-identifier");
    if claimed.application == Application::DataSync && rows.at < bytes.len() {
        rows.syncs();
    }
    let rest = bytes.len() - rows.at;
    if rest > 0 {
        rows.octets(rest, "vendor-specific", shown);
    }
    rows.rows
}

/// The fields as a table.
pub(super) fn render(rows: &[Row]) -> String {
    let mut table = Table::new(["byte", "bits", "field", "value"]);
    for row in rows {
        table.row([
            row.byte.to_string(),
            row.bits.clone(),
            row.field.to_owned(),
            row.value.clone(),
        ]);
    }
    table.render()
}

struct Rows<'a> {
    bytes: &'a [u8],
    at: usize,
    rows: Vec<Row>,
}

impl Rows<'_> {
    fn octet(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or_default()
    }

    fn push(&mut self, byte: usize, bits: String, field: &'static str, value: String) {
        self.rows.push(Row {
            byte,
            bits,
            field,
            value,
        });
    }

    /// Whole octets.
    fn octets(&mut self, len: usize, field: &'static str, value: impl Fn(&[u8]) -> String) {
        let end = self.bytes.len().min(self.at + len);
        let octets = self.bytes.get(self.at..end).unwrap_or_default();
        let value = value(octets);
        self.push(self.at, hex(octets), field, value);
        self.at = end;
    }

    fn text(&mut self, len: usize, field: &'static str) {
        self.octets(len, field, shown);
    }

    /// One octet that is a number.
    fn number(&mut self, field: &'static str, value: String) {
        let bits = format!("{:08b}", self.octet());
        self.push(self.at, bits, field, value);
        self.at += 1;
    }

    /// Some bits of the next octets: `first` is the number of bits before them in the first one.
    fn bits(&mut self, first: usize, count: usize, field: &'static str, value: String) {
        let octets = (first + count).div_ceil(8);
        let mut bits = String::new();
        for at in 0..octets {
            if at > 0 {
                bits.push(' ');
            }
            let octet = self.bytes.get(self.at + at).copied().unwrap_or_default();
            for bit in 0..8 {
                let place = at * 8 + bit;
                let is_in = (first..first + count).contains(&place);
                let set = octet & (0x80 >> bit) != 0;
                bits.push(match (is_in, set) {
                    (false, _) => '.',
                    (true, true) => '1',
                    (true, false) => '0',
                });
            }
        }
        self.push(self.at, bits, field, value);
    }

    fn header(&mut self, claimed: &Notification) {
        let version = claimed.version.tenths();
        let named = format!("{version}: {}.{}", version / 10, version % 10);
        self.bits(0, 10, "version", named);
        self.at += 1;
        let ui = match claimed.ui_mode {
            UiMode::NotSpecified => "0: not specified",
            UiMode::Background => "1: background",
            UiMode::Informative => "2: informative",
            UiMode::UserInteraction => "3: user interaction",
        };
        self.bits(2, 2, "ui-mode", ui.to_owned());
        let initiator = match claimed.initiator {
            san::Initiator::User => "0: user",
            san::Initiator::Server => "1: server",
        };
        self.bits(4, 1, "initiator", initiator.to_owned());
        let future = self.bytes.get(self.at..self.at + 4).unwrap_or_default();
        let unused = matches!(future, [first, 0, 0, 0] if first & 7 == 0);
        self.bits(5, 27, "future-use", used(unused));
        self.at += 4;
        let id = claimed.session_id;
        let text = match id {
            0 => "0: the client chooses".to_owned(),
            _ => format!("{id}: SessionID {}", claimed.session_id_text()),
        };
        self.bits(0, 16, "sessionid", text);
        self.at += 2;
    }

    fn syncs(&mut self) {
        let octet = self.octet();
        let count = octet >> 4;
        let what = match count {
            0 => "0: everything".to_owned(),
            _ => count.to_string(),
        };
        self.bits(0, 4, "num-syncs", what);
        self.bits(4, 4, "future-use", used(octet & 0x0F == 0));
        self.at += 1;
        for _ in 0..count {
            let octet = self.octet();
            let sync_type = SyncType::from_value(octet >> 4).map_or_else(
                || "reserved".to_owned(),
                |sync_type| {
                    let plain = ds_protocol::SyncType::from(sync_type);
                    let code = sync_type.alert_code();
                    format!("{}: Alert {code}, {}", sync_type.value(), plain.name())
                },
            );
            self.bits(0, 4, "sync-type", sync_type);
            self.bits(4, 4, "future-use", used(octet & 0x0F == 0));
            self.at += 1;
            self.octets(3, "content-type", |octets| {
                let number = octets
                    .iter()
                    .fold(0, |all, octet| all << 8 | u32::from(*octet));
                match san::ContentType::new(number).unwrap_or_default() {
                    san::ContentType::UNSPECIFIED => "0: not specified".to_owned(),
                    content_type => format!("{number}: {content_type}"),
                }
            });
            let len = usize::from(self.octet());
            self.number("length-server-URI", format!("{len} octets"));
            self.text(len, "server-URI");
        }
    }
}

fn used(unused: bool) -> String {
    if unused { "0" } else { "set, and ignored" }.to_owned()
}

/// Text with its quotes, so that a terminal shows it and does not obey it.
fn shown(octets: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(octets))
}
