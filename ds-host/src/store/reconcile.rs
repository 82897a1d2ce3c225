//! Two versions of an item: one of them, or one that is made of both.

use bytes::Bytes;
use ds_objects::compare::{Merged, merge, merge_from};
use ds_objects::{Object, parse};
use ds_protocol::{ConflictPolicy, Content, ItemId, Resolution};

use super::body;
use super::ledger::Ledger;
use super::trouble::Result;
use super::view;

impl Ledger<'_> {
    /// What becomes of an item that was changed here and by the peer. What the peer was not shown is not missing from its
    /// version. Where it is known what both sides had last, what either has removed since stays removed.
    pub(super) fn reconcile(
        &self,
        policy: ConflictPolicy,
        local: &ItemId,
        theirs: &Content,
    ) -> Result<Resolution> {
        let item = self.alive(local)?;
        let ours = match &item {
            Some(item) => body::read(self.c, item.id)?,
            None => None,
        };
        let (Some(item), Some(ours), Some(theirs)) = (item, ours, self.unstaged(theirs.clone())?)
        else {
            return Ok(Resolution::ClientWins);
        };
        let pairing = self.link.pairing(self.c, item.id)?.unwrap_or_default();
        let view = self.view_of(pairing.fields.as_deref())?;
        let base = body::base(self.c, item.id, pairing.revision)?;
        // What it was shown is what it had last.
        let (shown_type, shown) = match &base {
            Some(base) => (&*base.media_type, &base.data),
            None => (&*item.media_type, &ours),
        };
        let shown = || Ok(Some(shown.clone()));
        let restored = view::restored(view.as_ref(), shown_type, shown, &theirs)?;
        let theirs = restored.map_or_else(|| theirs.clone(), |it| it.content.into_owned());
        let both = || both(&item.media_type, base.as_ref(), &ours, &theirs);
        Ok(match policy {
            ConflictPolicy::NewestWins => {
                newest(&item.media_type, &ours, &theirs).unwrap_or_else(both)
            }
            _ => both(),
        })
    }
}

/// Everything that either says, but for what one of them has removed since the base. Where the two cannot become one, both
/// stay.
fn both(media_type: &str, base: Option<&Content>, ours: &Bytes, theirs: &Content) -> Resolution {
    let Some((mine, other)) = objects(media_type, ours, theirs) else {
        return match *ours == theirs.data {
            true => Resolution::ServerWins,
            false => Resolution::Duplicate,
        };
    };
    let base = base.and_then(|base| parse(&base.media_type, &base.data).ok());
    let merged = match &base {
        Some(base) => merge_from(base, &mine, &other),
        None => merge(&mine, &other),
    };
    match merged {
        None => Resolution::Duplicate,
        Some(Merged {
            is_news_to_ours: false,
            ..
        }) => Resolution::ServerWins,
        Some(Merged { object, .. }) => Resolution::Merged(
            Content::new(media_type, object.encode()).with_place(theirs.place.clone()),
        ),
    }
}

/// The version that was written last, where both say when.
fn newest(media_type: &str, ours: &Bytes, theirs: &Content) -> Option<Resolution> {
    let (mine, other) = objects(media_type, ours, theirs)?;
    let (mine, other) = (written(&mine)?, written(&other)?);
    Some(match mine > other {
        true => Resolution::ServerWins,
        false => Resolution::ClientWins,
    })
}

fn objects(media_type: &str, ours: &Bytes, theirs: &Content) -> Option<(Object, Object)> {
    let ours = parse(media_type, ours).ok()?;
    Some((ours, parse(&theirs.media_type, &theirs.data).ok()?))
}

/// When an object says that it was written, in UTC: `YYYYMMDDTHHMMSS`.
fn written(object: &Object) -> Option<String> {
    let line = ["REV", "LAST-MODIFIED"].iter().find_map(|name| {
        let mut lines = object.lines().iter();
        lines.find(|line| line.name().eq_ignore_ascii_case(name))
    })?;
    let text = line.text();
    let in_utc = text.trim().strip_suffix('Z')?;
    let (whole, _fraction) = in_utc.split_once('.').unwrap_or((in_utc, ""));
    let digits: String = whole.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let is_time = digits.len() == 15 && digits.as_bytes().get(8) == Some(&b'T');
    is_time.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(lines: &str) -> Bytes {
        format!(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Quill;Pat;;;\r\nFN:Pat Quill\r\n{lines}END:VCARD\r\n"
        )
        .into()
    }

    fn theirs(lines: &str) -> Content {
        Content::new("text/vcard", card(lines))
    }

    #[test]
    fn both_say_something() {
        let merged = both(
            "text/vcard",
            None,
            &card("TEL:1\r\n"),
            &theirs("NOTE:tea\r\n"),
        );
        let Resolution::Merged(merged) = merged else {
            panic!("{merged:?}")
        };
        assert_eq!(merged.data, card("TEL:1\r\nNOTE:tea\r\n"));
        let known = both(
            "text/vcard",
            None,
            &card("TEL:1\r\nNOTE:tea\r\n"),
            &theirs("TEL:1\r\n"),
        );
        assert_eq!(known, Resolution::ServerWins);
        let event = Content::new(
            "text/calendar",
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n",
        );
        assert_eq!(
            both("text/vcard", None, &card(""), &event),
            Resolution::Duplicate
        );
        let text = Content::new("text/plain", "tea");
        assert_eq!(
            both("text/plain", None, &"cake".into(), &text),
            Resolution::Duplicate
        );
    }

    #[test]
    fn the_newest_is_known_by_its_time() {
        let resolve = |ours: &str, other: &str| newest("text/vcard", &card(ours), &theirs(other));
        let (old, new) = ("REV:20250101T000000Z\r\n", "REV:2025-01-02T00:00:00.5Z\r\n");
        assert_eq!(resolve(old, new), Some(Resolution::ClientWins));
        assert_eq!(resolve(new, old), Some(Resolution::ServerWins));
        assert_eq!(resolve(new, "REV:2025-01-03\r\n"), None);
        assert_eq!(resolve(new, ""), None);
    }
}
