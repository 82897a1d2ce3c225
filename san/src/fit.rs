//! What to leave out of a notification that is too long.

use crate::notification::{Notification, SyncRequest};
use crate::sync_type::SyncType;

/// A notification made short enough, and what it no longer says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fit {
    /// What is left.
    pub notification: Notification,
    /// What was left out, in the order of least harm.
    pub left_out: Vec<LeftOut>,
}

/// Something a notification can do without.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftOut {
    /// Vendor data, of this many bytes: clients of other vendors ignore it in any case.
    Vendor(usize),
    /// The `./` at the beginning of the server URIs, which receivers compare without it.
    Prefixes,
    /// A datastore. It can go into a notification of its own, or wait for the next one.
    Sync(SyncRequest),
    /// All of them: the client syncs whatever it has set up with this server. Where everything was to be synced two ways
    /// this is no loss.
    List(Vec<SyncRequest>),
}

impl Notification {
    /// Leaves out as little as it takes to fit `limit` bytes, [`SINGLE_SMS`](crate::SINGLE_SMS) for one: vendor data, the
    /// `./` of server URIs, then datastores, the last one first. The first one stays, unless not even that fits; then the
    /// list goes, if it asks for two-way syncs only: for anything else the client could not know what was meant.
    ///
    /// None: the server identifier alone is too long, or what would have to go cannot.
    ///
    /// ```
    /// use san::{ContentType, LeftOut, Notification, SINGLE_SMS, SyncRequest, SyncType};
    ///
    /// let mut notification = Notification::new("sync.example.com", 7);
    /// for name in ["contacts", "calendar", "a-datastore-with-a-long-name", "another-datastore-with-a-long-name"] {
    ///     let uri = format!("./{name}");
    ///     notification.syncs.push(SyncRequest::new(SyncType::TwoWay, ContentType::UNSPECIFIED, uri));
    /// }
    /// assert_eq!(notification.encoded_len(), 147);
    /// let fit = notification.fit(SINGLE_SMS).unwrap();
    /// assert_eq!(fit.notification.encoded_len(), 100);
    /// assert!(matches!(&fit.left_out[..], [LeftOut::Prefixes, LeftOut::Sync(last)] if last.server_uri.starts_with("./another")));
    /// ```
    #[must_use]
    pub fn fit(&self, limit: usize) -> Option<Fit> {
        let mut fit = Fit {
            notification: self.clone(),
            left_out: Vec::new(),
        };
        let Fit {
            notification,
            left_out,
        } = &mut fit;
        let is_short = |notification: &Self| notification.encoded_len() <= limit;
        if !is_short(notification) && !notification.vendor.is_empty() {
            left_out.push(LeftOut::Vendor(notification.vendor.len()));
            notification.vendor.clear();
        }
        if !is_short(notification) {
            let mut shortened = false;
            for sync in &mut notification.syncs {
                if let Some(rest) = sync.server_uri.strip_prefix("./").filter(|r| !r.is_empty()) {
                    sync.server_uri = rest.to_owned();
                    shortened = true;
                }
            }
            left_out.extend(shortened.then_some(LeftOut::Prefixes));
        }
        let mut dropped = self.syncs.iter().rev();
        while !is_short(notification) && notification.syncs.len() > 1 {
            notification.syncs.pop();
            left_out.extend(dropped.next().cloned().map(LeftOut::Sync));
        }
        if !is_short(notification) {
            let all_two_way = |sync: &SyncRequest| sync.sync_type == SyncType::TwoWay;
            if !self.syncs.iter().all(all_two_way) {
                return None;
            }
            notification.syncs.clear();
            left_out.retain(|left| matches!(left, LeftOut::Vendor(_)));
            left_out.push(LeftOut::List(self.syncs.clone()));
        }
        is_short(notification).then_some(fit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content_type::ContentType;

    fn asking(uris: &[&str], sync_type: SyncType) -> Notification {
        let mut notification = Notification::new("srv", 1);
        for uri in uris {
            let sync = SyncRequest::new(sync_type, ContentType::UNSPECIFIED, *uri);
            notification.syncs.push(sync);
        }
        notification.vendor = b"vendor".to_vec();
        notification
    }

    /// The length is exact at every step: one byte less, and the next thing goes.
    #[test]
    fn what_goes_in_which_order() {
        let notification = asking(&["./a", "./", "c"], SyncType::TwoWay);
        let len = notification.encoded_len();
        assert_eq!(len, 16 + 8 + 3 + 1 + (5 + 3) + (5 + 2) + (5 + 1) + 6);
        let kinds = |limit: usize| {
            let fit = notification.fit(limit)?;
            assert!(fit.notification.encoded_len() <= limit);
            let kinds = fit.left_out.iter().map(|left| match left {
                LeftOut::Vendor(6) => "vendor",
                LeftOut::Prefixes => "prefixes",
                LeftOut::Sync(sync) => match &*sync.server_uri {
                    "./" => "second",
                    "c" => "third",
                    _ => "first",
                },
                LeftOut::List(all) if all.len() == 3 => "list",
                _ => "?",
            });
            Some((kinds.collect::<Vec<_>>().join(" "), fit.notification))
        };
        let steps = [
            (len, "", len),
            (len - 1, "vendor", len - 6),
            (len - 7, "vendor prefixes", len - 8),
            (len - 9, "vendor prefixes third", len - 14),
            (len - 15, "vendor prefixes third second", len - 21),
            (len - 22, "vendor list", 28),
        ];
        for (limit, left_out, left) in steps {
            let (kinds, short) = kinds(limit).expect("fits");
            assert_eq!((kinds.as_str(), short.encoded_len()), (left_out, left));
        }
        assert_eq!(kinds(27), None);
    }

    #[test]
    fn a_list_that_cannot_go() {
        let wipes = asking(&["./a", "./b"], SyncType::RefreshFromServer);
        let fit = wipes.fit(34).expect("one fits");
        assert_eq!(fit.notification.syncs.len(), 1);
        assert_eq!(wipes.fit(33), None);
        // Nothing to leave out but what cannot go.
        assert_eq!(Notification::device_management("srv", 1).fit(26), None);
        let fits = Notification::device_management("srv", 1).fit(27);
        assert!(fits.is_some_and(|fit| fit.left_out.is_empty()));
    }
}
