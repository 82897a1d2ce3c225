//! Fingerprints are made by the rules of today.

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

/// Forgets all fingerprints where the rules have changed: they are made anew when they are asked for.
pub(super) fn forget_outdated(c: &Connection) -> rusqlite::Result<()> {
    let today = of_today();
    let stored = setting(c, NAME)?;
    if stored.as_deref() == Some(&today) {
        return Ok(());
    }
    if stored.is_some() {
        c.execute_batch("UPDATE item SET fingerprint = x''; UPDATE link SET equal_up_to = 0")?;
    }
    set_setting(c, NAME, &today)
}
