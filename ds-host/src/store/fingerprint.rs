//! Whether the stored fingerprints were made by the rules of today.

use rusqlite::Connection;

use super::schema::{set_setting, setting};

const NAME: &str = "fingerprint";

/// A fingerprint that changes whenever the rules do.
fn of_today() -> String {
    let probe = ds_objects::fingerprint::of(
        "text/vcard",
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Probe\r\nEND:VCARD\r\n",
    );
    probe.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Whether fingerprints must be made anew; from now on they count as new.
pub(super) fn are_outdated(c: &Connection) -> rusqlite::Result<bool> {
    let today = of_today();
    let outdated = setting(c, NAME)?.is_some_and(|stored| stored != today);
    set_setting(c, NAME, &today)?;
    Ok(outdated)
}
