//! The database: its tables, their versions, and how it is opened.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};

use super::item::next_revision;
use super::trouble::Trouble;
use crate::error::{Error, ErrorKind};

/// `SYML`, in the header of the file: a database of ours.
const APPLICATION: i32 = 0x5359_4D4C;

/// How long another process may hold the database before we give up.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most memory for pages of the database, in KiB for each connection.
const CACHE: i64 = 512;

/// Each step brings a database from the version of its index to the next one. Never changed once released: a
/// new version is a new step at the end.
const STEPS: &[&str] = &["
    -- The last revision given out, in all datastores.
    CREATE TABLE counter (revision INTEGER NOT NULL);
    INSERT INTO counter VALUES (0);

    CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    CREATE TABLE datastore (
        id INTEGER PRIMARY KEY,
        user TEXT NOT NULL,
        name TEXT NOT NULL,
        UNIQUE (user, name)
    );

    -- The newest state of each item. A deleted one stays until every link knows.
    CREATE TABLE item (
        id INTEGER PRIMARY KEY,
        datastore INTEGER NOT NULL REFERENCES datastore,
        name TEXT NOT NULL,
        revision INTEGER NOT NULL,
        deleted INTEGER NOT NULL,
        media_type TEXT NOT NULL,
        size INTEGER NOT NULL,
        fingerprint BLOB NOT NULL,
        UNIQUE (datastore, name)
    );
    CREATE UNIQUE INDEX item_by_revision ON item (datastore, revision);
    CREATE INDEX item_by_fingerprint ON item (datastore, fingerprint) WHERE deleted = 0;
    CREATE INDEX item_deleted ON item (datastore, revision) WHERE deleted = 1;

    -- What an item carries, where it is not in a file. Apart, so that looking through items reads no contents.
    CREATE TABLE body (
        item INTEGER PRIMARY KEY REFERENCES item ON DELETE CASCADE,
        content BLOB NOT NULL
    );

    CREATE TABLE link (
        id INTEGER PRIMARY KEY,
        datastore INTEGER NOT NULL REFERENCES datastore,
        user TEXT NOT NULL,
        peer TEXT NOT NULL,
        local TEXT NOT NULL,
        remote TEXT NOT NULL,
        -- Nothing at or below this revision differs.
        cutoff INTEGER NOT NULL DEFAULT 0,
        last_local TEXT,
        last_remote TEXT,
        -- Seconds since 1970 in the Next anchor given out last.
        next INTEGER NOT NULL DEFAULT 0,
        UNIQUE (user, peer, local, remote)
    );
    CREATE INDEX link_by_datastore ON link (datastore, cutoff);

    -- What the peer has: this revision of the item, under the name `remote`.
    CREATE TABLE pairing (
        link INTEGER NOT NULL REFERENCES link ON DELETE CASCADE,
        item INTEGER NOT NULL REFERENCES item,
        remote TEXT,
        revision INTEGER NOT NULL,
        awaits_map INTEGER NOT NULL,
        owes_map INTEGER NOT NULL,
        PRIMARY KEY (link, item)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX pairing_by_remote ON pairing (link, remote) WHERE remote IS NOT NULL;
    CREATE INDEX pairing_by_item ON pairing (item);
    CREATE INDEX pairing_owed ON pairing (link, item) WHERE owes_map = 1;

    CREATE TABLE peer (device TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;

    CREATE TABLE session (
        device TEXT NOT NULL,
        session TEXT NOT NULL,
        revision INTEGER NOT NULL,
        touched INTEGER NOT NULL,
        snapshot BLOB NOT NULL,
        PRIMARY KEY (device, session)
    );
    CREATE INDEX session_by_age ON session (touched);

    -- Of an item in a file: how the file looked (empty: look closer) and SHA-256 of what it holds.
    CREATE TABLE file (
        item INTEGER PRIMARY KEY REFERENCES item ON DELETE CASCADE,
        stamp TEXT NOT NULL,
        digest BLOB NOT NULL
    );

    -- What is about to be done to a file. `item`: the item there is; none: a new one.
    CREATE TABLE intent (
        id INTEGER PRIMARY KEY,
        link INTEGER NOT NULL REFERENCES link ON DELETE CASCADE,
        datastore INTEGER NOT NULL REFERENCES datastore,
        name TEXT NOT NULL,
        item INTEGER REFERENCES item,
        -- What the file will hold; no digest: it is to be removed.
        digest BLOB,
        media_type TEXT,
        size INTEGER,
        fingerprint BLOB,
        -- Pairing of a new item.
        remote TEXT,
        owes_map INTEGER
    );
    CREATE INDEX intent_by_item ON intent (item);
",
"
    -- Name of the sync type of a session that was begun and never committed.
    ALTER TABLE link ADD COLUMN unfinished TEXT;

    -- The id under which the peer was sent an Add whose Map is to come, where that was not the own one.
    ALTER TABLE pairing ADD COLUMN temporary TEXT;
    CREATE UNIQUE INDEX pairing_by_temporary ON pairing (link, temporary) WHERE temporary IS NOT NULL;
    -- The peer has removed its copy and wants none.
    ALTER TABLE pairing ADD COLUMN soft_deleted INTEGER NOT NULL DEFAULT 0;

    -- Changes that are not listed while the item has this revision and the change is of this kind.
    CREATE TABLE held (
        link INTEGER NOT NULL REFERENCES link ON DELETE CASCADE,
        item INTEGER NOT NULL REFERENCES item ON DELETE CASCADE,
        revision INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        -- Octets: until the peer takes more than this.
        max_size INTEGER,
        PRIMARY KEY (link, item)
    ) WITHOUT ROWID;
    CREATE INDEX held_by_item ON held (item);
    CREATE INDEX held_by_limit ON held (link, max_size) WHERE max_size IS NOT NULL;

    -- The object of the peer that is on its way: its name there, the size it announced, octets kept.
    CREATE TABLE stage (
        link INTEGER PRIMARY KEY REFERENCES link ON DELETE CASCADE,
        item TEXT NOT NULL,
        total INTEGER NOT NULL,
        held INTEGER NOT NULL
    );
    CREATE TABLE stage_part (
        link INTEGER NOT NULL REFERENCES stage ON DELETE CASCADE,
        place INTEGER NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (link, place)
    );

    -- What was put aside before it was deleted.
    CREATE TABLE archive (
        id INTEGER PRIMARY KEY,
        datastore INTEGER NOT NULL REFERENCES datastore,
        name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        content BLOB NOT NULL
    );
    CREATE INDEX archive_by_datastore ON archive (datastore);
",
"
    -- The properties that the peer is to have of each item, as it said last, and those that it has of one: a list in
    -- JSON; none: all.
    ALTER TABLE link ADD COLUMN fields TEXT;
    ALTER TABLE pairing ADD COLUMN fields TEXT;
    CREATE INDEX pairing_cut ON pairing (link) WHERE fields IS NOT NULL;

    -- The state that is being read part by part, as the peer is shown it.
    CREATE TABLE shown (
        link INTEGER PRIMARY KEY REFERENCES link ON DELETE CASCADE,
        revision INTEGER NOT NULL,
        content BLOB NOT NULL
    );

    -- Items without a pairing by what they are alike by, while a slow sync lasts, and up to which revision these were
    -- looked at.
    CREATE TABLE twin (
        link INTEGER NOT NULL REFERENCES link ON DELETE CASCADE,
        way INTEGER NOT NULL,
        key BLOB NOT NULL,
        item INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        PRIMARY KEY (link, way, key, item)
    ) WITHOUT ROWID;
    ALTER TABLE link ADD COLUMN shown_up_to INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE link ADD COLUMN alike_up_to INTEGER NOT NULL DEFAULT 0;
",
"
    -- Items that stand under others, that were moved, or that were deleted where others stand under others.
    CREATE TABLE place (
        item INTEGER PRIMARY KEY REFERENCES item ON DELETE CASCADE,
        datastore INTEGER NOT NULL,
        -- The item above; none: it stands at the top.
        parent INTEGER,
        -- How many items are above it. Deleted ones stand behind all.
        level INTEGER NOT NULL,
        -- That of the item.
        revision INTEGER NOT NULL,
        -- Those that brought its place, and the rest.
        moved INTEGER NOT NULL,
        written INTEGER NOT NULL
    );
    CREATE INDEX place_by_level ON place (datastore, level, revision);
    CREATE INDEX place_by_parent ON place (parent) WHERE parent IS NOT NULL;
",
"
    -- Every item alive at or below this revision has a pairing: there is no twin to be found.
    ALTER TABLE link ADD COLUMN paired INTEGER NOT NULL DEFAULT 0;
",
"
    -- Somebody has logged in to this session.
    ALTER TABLE session ADD COLUMN known INTEGER NOT NULL DEFAULT 0;
    DROP INDEX session_by_age;
    CREATE INDEX session_by_age ON session (known, touched);

    -- Seconds since 1970 when a device that was asked for credentials and never logged in was asked last; none: it has.
    ALTER TABLE peer ADD COLUMN asked INTEGER;
    CREATE INDEX peer_unknown ON peer (asked) WHERE asked IS NOT NULL;
",
"
    -- Anchors of the unfinished session, where this side has said everything in it.
    ALTER TABLE link ADD COLUMN concluded_local TEXT;
    ALTER TABLE link ADD COLUMN concluded_remote TEXT;
",
"
    -- Every item alive at or below this revision has a pairing or a fingerprint.
    ALTER TABLE link ADD COLUMN equal_up_to INTEGER NOT NULL DEFAULT 0;
",
"
    -- What a peer is to have of each item, as it takes and wants it: `fields` of links and pairings is the number of one.
    -- Older ones are the list of properties itself.
    CREATE TABLE view (
        id INTEGER PRIMARY KEY,
        link INTEGER NOT NULL REFERENCES link ON DELETE CASCADE,
        text TEXT NOT NULL,
        UNIQUE (link, text)
    );
    DROP INDEX pairing_cut;
    CREATE INDEX pairing_by_view ON pairing (link, fields) WHERE fields IS NOT NULL;

    -- What a peer has in another way than it is here, of this state of an item, as a list in JSON; and the Next anchor of
    -- the session in which that was noted.
    CREATE TABLE fitted (
        link INTEGER NOT NULL REFERENCES link ON DELETE CASCADE,
        item INTEGER NOT NULL REFERENCES item ON DELETE CASCADE,
        revision INTEGER NOT NULL,
        session INTEGER NOT NULL,
        entries TEXT NOT NULL,
        PRIMARY KEY (link, item)
    ) WITHOUT ROWID;
    CREATE INDEX fitted_by_item ON fitted (item);

    -- SHA-256 of nonces that have served, the last ones of each device.
    CREATE TABLE spent (
        id INTEGER PRIMARY KEY,
        device TEXT NOT NULL,
        nonce BLOB NOT NULL,
        UNIQUE (device, nonce)
    );
    CREATE INDEX spent_by_device ON spent (device, id);

    -- Notifications that were not answered yet; and the sessions that devices were asked for in a message, with the seconds
    -- since 1970 when that was.
    CREATE TABLE outbox (user TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE notified (
        device TEXT NOT NULL,
        session INTEGER NOT NULL,
        asked INTEGER NOT NULL,
        PRIMARY KEY (device, session)
    ) WITHOUT ROWID;
",
"
    -- What an item held in a state that some peer has, and that is not the newest: where both sides have changed, it tells
    -- which has removed what.
    CREATE TABLE base (
        item INTEGER NOT NULL REFERENCES item ON DELETE CASCADE,
        revision INTEGER NOT NULL,
        media_type TEXT NOT NULL,
        content BLOB NOT NULL,
        PRIMARY KEY (item, revision)
    );
"];

/// A folder gives no two items names that are the same on another system.
const FOLDED_NAMES: &str =
    "CREATE INDEX IF NOT EXISTS item_by_folded_name ON item (datastore, name COLLATE NOCASE)";

/// What a database is for. One is never taken for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Server,
    Folder,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Folder => "folder",
        }
    }
}

/// Opens a database, makes it where there is none, and brings it up to date.
pub(super) fn open(path: &Path, kind: Kind) -> Result<Connection, Error> {
    let failed = |error| failed(path, error);
    let mut connection = Connection::open(path).map_err(failed)?;
    prepare(&mut connection, kind).map_err(failed)?;
    upgrade(&mut connection, path, kind, failed)?;
    Ok(connection)
}

/// One more connection to a server's database, which is open already. It cannot write.
pub(super) fn open_reader(path: &Path) -> Result<Connection, Error> {
    let open = || {
        let mut connection = Connection::open(path)?;
        prepare(&mut connection, Kind::Server)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    };
    open().map_err(|error| failed(path, error))
}

/// Why a database cannot be opened.
fn failed(path: &Path, error: rusqlite::Error) -> Error {
    let hint = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "this file is something else; name another one",
        Some(ErrorCode::CannotOpen) => "check that the directory exists and may be written to",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "check that the file may be written to"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program is using it; try again when that has ended"
        }
        _ => {
            "if the file is damaged, name another one; the devices then compare everything once more"
        }
    };
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ErrorKind::InUse,
        _ => ErrorKind::Store,
    };
    Error::new(
        kind,
        format!("cannot open the store {}: {error}", path.display()),
    )
    .with_hint(hint)
    .with_source(error)
}

fn prepare(connection: &mut Connection, kind: Kind) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    // Plans do not depend on bound values. Else SQLite compiles most statements anew each time they are bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    if kind == Kind::Folder {
        // Two programs that synchronise one folder at a time would take each other's writing for the user's.
        connection.busy_timeout(Duration::from_millis(500))?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // After a loss of power a server may have forgotten its last steps; the anchors then differ and a slow sync
    // mends it. A folder may not: it would take the files it wrote itself for the user's.
    let synchronous = if kind == Kind::Folder {
        "FULL"
    } else {
        "NORMAL"
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    // A session goes through a datastore once; what it comes back to the system keeps at hand.
    connection.pragma_update(None, "cache_size", -CACHE)?;
    Ok(())
}

fn upgrade(
    connection: &mut Connection,
    path: &Path,
    kind: Kind,
    failed: impl Fn(rusqlite::Error) -> Error,
) -> Result<(), Error> {
    let refuse = |what: &str, hint: &str| {
        Err(
            Error::new(ErrorKind::Store, format!("{} {what}", path.display()))
                .with_hint(hint.to_owned()),
        )
    };
    let tx = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(&failed)?;
    let pragma = |name: &str| tx.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let version = pragma("user_version").map_err(&failed)?;
    let application = pragma("application_id").map_err(&failed)?;
    let tables: u32 = tx
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(&failed)?;
    if application != APPLICATION && (tables > 0 || version != 0) {
        return refuse("is a database of another program", "name another file");
    }
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    let Some(missing) = STEPS.get(done..) else {
        return refuse(
            "was made by a newer version of this program",
            "use that version, or name another file",
        );
    };
    for (step, number) in missing.iter().zip(version + 1..) {
        tx.execute_batch(step).map_err(&failed)?;
        tx.pragma_update(None, "user_version", number)
            .map_err(&failed)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION)
        .map_err(&failed)?;
    match setting(&tx, "kind").map_err(&failed)? {
        Some(found) if found != kind.name() => {
            return refuse(
                &format!("is the store of a {found}, not of a {}", kind.name()),
                "name another file",
            );
        }
        Some(_) => {}
        None => set_setting(&tx, "kind", kind.name()).map_err(&failed)?,
    }
    if kind == Kind::Folder {
        tx.execute_batch(FOLDED_NAMES).map_err(&failed)?;
    }
    tx.commit().map_err(&failed)
}

/// A note in the database.
pub(super) fn setting(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

pub(super) fn set_setting(
    connection: &Connection,
    name: &str,
    value: &str,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO setting VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")?
        .execute(params![name, value])?;
    Ok(())
}

/// Does something in one step that a loss of power may undo, until [`make_safe`] or a later step of
/// [`in_one_step`] that writes. What is written to the disk at once costs more than the step.
pub(super) fn in_one_quick_step<T, E: From<Trouble>>(
    connection: &mut Connection,
    work: impl FnOnce(&Connection) -> Result<T, Trouble>,
) -> Result<T, E> {
    let care = |connection: &Connection, synchronous| {
        let set = connection.execute_batch(synchronous);
        set.map_err(Trouble::from)
    };
    care(connection, "PRAGMA synchronous = NORMAL")?;
    let done = in_one_step(connection, work);
    care(connection, "PRAGMA synchronous = FULL")?;
    done
}

/// Makes safe against a loss of power what quick steps have done.
pub(super) fn make_safe(connection: &Connection) -> Result<(), Trouble> {
    // The journal goes to the disk with the next step that changes something. A number is used up for it.
    next_revision(connection)?;
    Ok(())
}

/// Does something in one step: all of it, or on trouble nothing.
pub(super) fn in_one_step<T, E: From<Trouble>>(
    connection: &mut Connection,
    work: impl FnOnce(&Connection) -> Result<T, Trouble>,
) -> Result<T, E> {
    let step = || -> Result<T, Trouble> {
        // Immediate: a step that begins by reading must not find at its first write that another came before.
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&tx)?;
        tx.commit()?;
        Ok(done)
    };
    step().map_err(E::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_and_newer_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("letter.txt");
        std::fs::write(&text, "Dear Sir or Madam, ".repeat(100)).unwrap();
        let error = open(&text, Kind::Server).unwrap_err();
        assert!(error.to_string().contains("letter.txt"), "{error}");

        let other = folder.path().join("other.db");
        Connection::open(&other)
            .unwrap()
            .execute_batch("CREATE TABLE bookmark (url TEXT)")
            .unwrap();
        let error = open(&other, Kind::Server).unwrap_err();
        assert!(error.to_string().contains("another program"), "{error}");

        let newer = folder.path().join("newer.db");
        open(&newer, Kind::Server)
            .unwrap()
            .pragma_update(None, "user_version", 1_000)
            .unwrap();
        let error = open(&newer, Kind::Server).unwrap_err();
        assert!(error.to_string().contains("newer version"), "{error}");
        assert!(error.hint().is_some());
    }

    #[test]
    fn a_folders_state_is_no_servers_store() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.db");
        drop(open(&state, Kind::Folder).unwrap());
        let error = open(&state, Kind::Server).unwrap_err();
        assert!(error.to_string().contains("folder"), "{error}");
        drop(open(&state, Kind::Folder).unwrap());
    }

    #[test]
    fn one_program_at_a_time_has_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.db");
        let first = open(&state, Kind::Folder).unwrap();
        let error = open(&state, Kind::Folder).unwrap_err();
        assert!(
            error
                .hint()
                .is_some_and(|hint| hint.contains("another program")),
            "{error}"
        );
        drop(first);
        open(&state, Kind::Folder).unwrap();
    }

    #[test]
    fn a_step_that_fails_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = open(&folder.path().join("state.db"), Kind::Server).unwrap();
        let failed: Result<(), Trouble> = in_one_step(&mut connection, |tx| {
            set_setting(tx, "a", "b")?;
            Err(Trouble::Foreign("enough".into()))
        });
        assert!(failed.is_err());
        assert_eq!(setting(&connection, "a").unwrap(), None);
    }
}
