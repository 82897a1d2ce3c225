//! The queries that must stay quick however many items there are.

/// What the peer is to be told of item `i`, whose pairing row is `p`: an Add (0), a Replace (1), a Delete (2), or
/// nothing (null).
///
/// A deletion whose Map is still to come is none: there is no way to name the item to the peer.
macro_rules! kind {
    () => {
        "(CASE WHEN p.soft_deleted = 1 THEN NULL
            WHEN i.deleted = 1 THEN CASE WHEN p.awaits_map = 0 THEN 2 END
            WHEN p.item IS NULL OR p.awaits_map = 1 THEN 0
            WHEN p.revision < i.revision THEN 1
          END)"
    };
}

/// Whether the peer has said that it has item `i` in link 1: what was sent without a word from it may be the same as
/// what it sends.
macro_rules! settled {
    () => {
        "EXISTS (SELECT 1 FROM pairing p WHERE p.link = ?1 AND p.item = i.id
            AND p.awaits_map = 0 AND (p.remote IS NOT NULL OR p.revision > 0))"
    };
}

/// The condition that link 1 is to be told of item `i`, whose pairing row is `p`.
macro_rules! differs {
    () => {
        concat!(
            kind!(),
            " IS NOT NULL AND NOT EXISTS (SELECT 1 FROM held h
                WHERE h.link = ?1 AND h.item = i.id AND h.revision = i.revision AND h.kind = ",
            kind!(),
            ")"
        )
    };
}

/// Items that differ: of link 1 in datastore 2, with revisions above 3 up to 4, oldest first, at most 5.
pub(super) const CANDIDATES: &str = concat!(
    "SELECT i.id, i.name, i.revision, i.media_type, i.size, p.remote, ",
    kind!(),
    " FROM item i LEFT JOIN pairing p ON p.link = ?1 AND p.item = i.id
     WHERE i.datastore = ?2 AND i.revision > ?3 AND i.revision <= ?4 AND ",
    differs!(),
    " ORDER BY i.revision LIMIT ?5"
);

/// As [`CANDIDATES`], of those that stand at the top alone.
pub(super) const CANDIDATES_AT_TOP: &str = concat!(
    "SELECT i.id, i.name, i.revision, i.media_type, i.size, p.remote, ",
    kind!(),
    " FROM item i LEFT JOIN pairing p ON p.link = ?1 AND p.item = i.id
     WHERE i.datastore = ?2 AND i.revision > ?3 AND i.revision <= ?4 AND ",
    differs!(),
    " AND NOT EXISTS (SELECT 1 FROM place s WHERE s.item = i.id AND s.level > 0)
     ORDER BY i.revision LIMIT ?5"
);

/// As [`CANDIDATES`], of those that stand at level 6 alone.
pub(super) const CANDIDATES_AT_LEVEL: &str = concat!(
    "SELECT i.id, i.name, i.revision, i.media_type, i.size, p.remote, ",
    kind!(),
    " FROM place s CROSS JOIN item i ON i.id = s.item LEFT JOIN pairing p ON p.link = ?1 AND p.item = i.id
     WHERE s.datastore = ?2 AND s.level = ?6 AND s.revision > ?3 AND s.revision <= ?4 AND ",
    differs!(),
    " ORDER BY s.revision LIMIT ?5"
);

/// Whether anything in datastore 1 stands under anything, or did.
pub(super) const HAS_PLACES: &str = "SELECT 1 FROM place WHERE datastore = ?1";

/// The level behind 2 in datastore 1.
pub(super) const NEXT_LEVEL: &str =
    "SELECT min(level) FROM place WHERE datastore = ?1 AND level > ?2";

/// The items that stand under item 1.
pub(super) const CHILDREN: &str = "SELECT item FROM place WHERE parent = ?1";

/// The level before 2 in datastore 1.
pub(super) const LEVEL_BEFORE: &str =
    "SELECT max(level) FROM place WHERE datastore = ?1 AND level < ?2";

/// What link 1 is to be told of item `i`, whose pairing row is `p`, and has of it.
macro_rules! all {
    () => {
        concat!(
            "SELECT i.id, i.name, i.revision, i.media_type, p.remote, CASE WHEN ",
            differs!(),
            " THEN ",
            kind!(),
            " END, p.item IS NOT NULL AND p.awaits_map = 0 AND p.soft_deleted = 0, i.deleted,
                coalesce(p.revision >= i.revision, 0), p.fields"
        )
    };
}

/// Items, and what link 1 is to be told of them and has of them: in datastore 2, with revisions above 3 up to 4, oldest
/// first, at most 5.
pub(super) const ALL: &str = concat!(
    all!(),
    " FROM item i LEFT JOIN pairing p ON p.link = ?1 AND p.item = i.id
     WHERE i.datastore = ?2 AND i.revision > ?3 AND i.revision <= ?4
     ORDER BY i.revision LIMIT ?5"
);

/// As [`ALL`], of those that stand at the top alone.
pub(super) const ALL_AT_TOP: &str = concat!(
    all!(),
    " FROM item i LEFT JOIN pairing p ON p.link = ?1 AND p.item = i.id
     WHERE i.datastore = ?2 AND i.revision > ?3 AND i.revision <= ?4
        AND NOT EXISTS (SELECT 1 FROM place s WHERE s.item = i.id AND s.level > 0)
     ORDER BY i.revision LIMIT ?5"
);

/// As [`ALL`], of those that stand at level 6 alone.
pub(super) const ALL_AT_LEVEL: &str = concat!(
    all!(),
    " FROM place s CROSS JOIN item i ON i.id = s.item LEFT JOIN pairing p ON p.link = ?1 AND p.item = i.id
     WHERE s.datastore = ?2 AND s.level = ?6 AND s.revision > ?3 AND s.revision <= ?4
     ORDER BY s.revision LIMIT ?5"
);

/// How many items differ and have at most 5 octets: of link 1 in datastore 2, with revisions above 3 up to 4.
pub(super) const COUNT: &str = concat!(
    "SELECT count(*) FROM item i LEFT JOIN pairing p ON p.link = ?1 AND p.item = i.id
     WHERE i.datastore = ?2 AND i.revision > ?3 AND i.revision <= ?4 AND i.size <= ?5 AND ",
    differs!()
);

/// Holds what link 1 is to be told of item 2 until it takes more octets than 3.
pub(super) const HOLD: &str = concat!(
    "INSERT INTO held (link, item, revision, kind, max_size) SELECT ?1, i.id, i.revision, ",
    kind!(),
    ", ?3 FROM item i LEFT JOIN pairing p ON p.link = ?1 AND p.item = i.id
     WHERE i.id = ?2 AND ",
    kind!(),
    " IS NOT NULL"
);

/// Whether link 1 has an item in another view than 2 (empty: than the whole).
pub(super) const OTHER_VIEW: &str = "SELECT 1 FROM pairing WHERE link = ?1 AND fields IS NOT NULL AND fields < ?2
     UNION ALL SELECT 1 FROM pairing WHERE link = ?1 AND fields IS NOT NULL AND fields > ?2 LIMIT 1";

/// Forgets the views of link 1 that no item is in, but not 2.
pub(super) const FORGET_VIEWS: &str = "DELETE FROM view WHERE link = ?1 AND id IS NOT CAST(?2 AS INTEGER)
        AND NOT EXISTS (SELECT 1 FROM pairing p WHERE p.link = ?1 AND p.fields = CAST(view.id AS TEXT))";

/// Lets go of what was held for link 1 until it takes more octets than it takes now, which is 2.
pub(super) const LET_GO: &str = "DELETE FROM held
     WHERE link = ?1 AND max_size IS NOT NULL AND max_size < ?2 RETURNING item";

/// Lowers the cutoff of link 1 below item 2, if that differs.
pub(super) const LOWER_CUTOFF: &str = concat!(
    "UPDATE link SET cutoff = i.revision - 1
     FROM item i LEFT JOIN pairing p ON p.link = ?1 AND p.item = i.id
     WHERE link.id = ?1 AND i.id = ?2 AND link.cutoff >= i.revision AND ",
    differs!()
);

/// Raises the cutoff of link 1 in datastore 2 as far as nothing differs.
pub(super) const RAISE_CUTOFF: &str = concat!(
    "UPDATE link SET cutoff = coalesce(
        (SELECT i.revision - 1 FROM item i LEFT JOIN pairing p ON p.link = ?1 AND p.item = i.id
         WHERE i.datastore = ?2 AND i.revision > link.cutoff AND ",
    differs!(),
    " ORDER BY i.revision LIMIT 1),
        (SELECT revision FROM counter))
     WHERE id = ?1"
);

/// The next item, behind 4, of link 1 in datastore 2 that has fingerprint 3 and no settled pairing, and stands under item 5 (0: at
/// the top; null: anywhere).
pub(super) const TWIN: &str = concat!(
    "SELECT i.id, i.name FROM item i
     WHERE i.datastore = ?2 AND i.fingerprint = ?3 AND i.deleted = 0 AND i.id > ?4
        AND (?5 IS NULL OR ?5 = coalesce((SELECT s.parent FROM place s WHERE s.item = i.id), 0))
        AND NOT ",
    settled!(),
    "
     ORDER BY i.id LIMIT 1"
);

/// Whether datastore 1 has an item with fingerprint 2.
pub(super) const EQUAL: &str =
    "SELECT 1 FROM item i WHERE i.datastore = ?1 AND i.fingerprint = ?2 AND i.deleted = 0 LIMIT 1";

/// Items without a settled pairing: of link 1 in datastore 2, with revisions above 3, oldest first, at most 4.
pub(super) const UNPAIRED_SINCE: &str = concat!(
    "SELECT i.id, i.name, i.revision, i.media_type FROM item i
     WHERE i.datastore = ?2 AND i.revision > ?3 AND i.deleted = 0
        AND NOT ",
    settled!(),
    "
     ORDER BY i.revision LIMIT ?4"
);

/// Items of link 1 with key 3 of way 2, and whether they are paired now, at most 4. Of way 0 those alone that are not.
pub(super) const ALIKE: &str = concat!(
    "SELECT i.id, i.name,
        ",
    settled!(),
    "
     FROM twin t JOIN item i ON i.id = t.item AND i.revision = t.revision
     WHERE t.link = ?1 AND t.way = ?2 AND t.key = ?3 AND i.deleted = 0
        AND (?2 > 0 OR NOT ",
    settled!(),
    ")
     ORDER BY t.item LIMIT ?4"
);

/// The item of link 1 that the peer calls 2.
pub(super) const BY_REMOTE: &str = "SELECT i.name, i.id FROM pairing p JOIN item i ON i.id = p.item WHERE p.link = ?1 AND p.remote = ?2";

/// The item that link 1 was sent as 2.
pub(super) const BY_TEMPORARY: &str = "SELECT item FROM pairing WHERE link = ?1 AND temporary = ?2";

/// The items of datastore 1 whose name is 2, in whatever case. In folders only.
pub(super) const HAS_NAME: &str =
    "SELECT 1 FROM item WHERE datastore = ?1 AND name = ?2 COLLATE NOCASE";

/// Raises the revision of link 1 up to which every item of datastore 2 has a settled pairing.
pub(super) const RAISE_PAIRED: &str = concat!(
    "UPDATE link SET paired = coalesce(
        (SELECT i.revision - 1 FROM item i
         WHERE i.datastore = ?2 AND i.revision > link.paired AND i.deleted = 0
            AND NOT ",
    settled!(),
    "
         ORDER BY i.revision LIMIT 1),
        (SELECT revision FROM counter))
     WHERE id = ?1"
);

/// Lowers it, and the one for fingerprints, below item 2, which has lost its pairing.
pub(super) const LOWER_PAIRED: &str = "UPDATE link SET paired = min(paired, i.revision - 1), equal_up_to = min(equal_up_to, i.revision - 1)
     FROM item i WHERE link.id = ?1 AND i.id = ?2 AND max(link.paired, link.equal_up_to) >= i.revision";

/// Revisions up to which every item has a pairing with link 1 or a fingerprint, and the last one given out.
pub(super) const EQUAL_UP_TO: &str =
    "SELECT max(equal_up_to, paired), (SELECT revision FROM counter) FROM link WHERE id = ?1";

/// Items that have neither a fingerprint nor a settled pairing with link 1, in datastore 2, with revisions above 3, oldest first, at
/// most 4.
pub(super) const WITHOUT_FINGERPRINT: &str = concat!(
    "SELECT i.id, i.name, i.revision, i.media_type FROM item i INDEXED BY item_by_revision
     WHERE i.datastore = ?2 AND i.revision > ?3 AND i.deleted = 0 AND i.fingerprint = x''
        AND NOT ",
    settled!(),
    "
     ORDER BY i.revision LIMIT ?4"
);

/// Pairs of link 1 that the server has not acknowledged, behind item 2, at most 3.
pub(super) const OWED: &str =
    "SELECT i.name, p.remote FROM pairing p INDEXED BY pairing_owed JOIN item i ON i.id = p.item
     WHERE p.link = ?1 AND p.owes_map = 1 AND p.remote IS NOT NULL AND p.item > ?2
     ORDER BY p.item LIMIT ?3";

/// Forgets deleted items of datastore 1 that no link will ever speak of again.
///
/// A link whose cutoff is below a deletion may be in a session in which it listed the item as alive; it still
/// has to learn of the deletion if the peer takes it.
pub(super) const FORGET_DELETED: &str = "DELETE FROM item WHERE datastore = ?1 AND deleted = 1
        AND revision <= (SELECT min(cutoff) FROM link WHERE datastore = ?1)
        AND NOT EXISTS (SELECT 1 FROM pairing WHERE pairing.item = item.id)";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema::{self, Kind};

    #[test]
    fn no_query_reads_a_whole_table() {
        let folder = tempfile::tempdir().unwrap();
        let connection = schema::open(&folder.path().join("plan.db"), Kind::Folder).unwrap();
        for (query, index) in [
            (CANDIDATES, "item_by_revision"),
            (CANDIDATES_AT_TOP, "item_by_revision"),
            (CANDIDATES_AT_LEVEL, "place_by_level"),
            (HAS_PLACES, "place_by_level"),
            (NEXT_LEVEL, "place_by_level"),
            (CHILDREN, "place_by_parent"),
            (LEVEL_BEFORE, "place_by_level"),
            (ALL, "item_by_revision"),
            (ALL_AT_TOP, "item_by_revision"),
            (ALL_AT_LEVEL, "place_by_level"),
            (COUNT, "item_by_revision"),
            (HOLD, "PRIMARY KEY"),
            (LET_GO, "held_by_limit"),
            (OTHER_VIEW, "pairing_by_view"),
            (FORGET_VIEWS, "pairing_by_view"),
            (LOWER_CUTOFF, "PRIMARY KEY"),
            (RAISE_CUTOFF, "item_by_revision"),
            (TWIN, "item_by_fingerprint"),
            (HAS_NAME, "item_by_folded_name"),
            (RAISE_PAIRED, "item_by_revision"),
            (LOWER_PAIRED, "PRIMARY KEY"),
            (WITHOUT_FINGERPRINT, "item_by_revision"),
            (EQUAL, "item_by_fingerprint"),
            (EQUAL_UP_TO, "PRIMARY KEY"),
            (UNPAIRED_SINCE, "item_by_revision"),
            (ALIKE, "PRIMARY KEY"),
            (BY_REMOTE, "pairing_by_remote"),
            (BY_TEMPORARY, "pairing_by_temporary"),
            (OWED, "pairing_owed"),
            (FORGET_DELETED, "item_deleted"),
        ] {
            let mut statement = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {query}"))
                .unwrap();
            let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
            let steps: Vec<String> = statement
                .query_map(rusqlite::params_from_iter(nothing), |row| row.get("detail"))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            let plan = steps.join("\n");
            // The counter has one row.
            let scans = steps
                .iter()
                .filter(|step| step.starts_with("SCAN") && *step != "SCAN counter")
                .count();
            assert_eq!(scans, 0, "{query}\n{plan}");
            assert!(plan.contains(index), "{query}\n{plan}");
        }
    }
}
