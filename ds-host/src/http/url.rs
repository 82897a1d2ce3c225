//! The little of URLs that a client needs: where a redirect goes, and who may see a cookie.

/// Scheme and authority, such as `("http", "127.0.0.1:8080")`; the rest begins with `/`, `?` or is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Split<'a> {
    pub(super) scheme: &'a str,
    pub(super) authority: &'a str,
    pub(super) rest: &'a str,
}

/// Takes an absolute `http` or `https` URL apart; a fragment is dropped.
pub(super) fn split(url: &str) -> Option<Split<'_>> {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let (scheme, behind) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let end = behind.find(['/', '?']).unwrap_or(behind.len());
    let (authority, rest) = behind.split_at(end);
    if authority.is_empty() || url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    Some(Split {
        scheme,
        authority,
        rest,
    })
}

impl Split<'_> {
    /// The host without user and port.
    fn host(&self) -> &str {
        let host = self
            .authority
            .rsplit_once('@')
            .map_or(self.authority, |(_, host)| host);
        if let Some(v6) = host.strip_prefix('[') {
            return v6.split_once(']').map_or(v6, |(host, _)| host);
        }
        host.split_once(':').map_or(host, |(host, _)| host)
    }

    pub(super) fn is_secure(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("https")
    }

    /// Whether the host is this machine, so that no proxy can stand between.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.host();
        host.eq_ignore_ascii_case("localhost")
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// Whether a cookie of `self` may go to `other`.
    pub(super) fn same_origin(&self, other: &Self) -> bool {
        self.scheme.eq_ignore_ascii_case(other.scheme)
            && self.authority.eq_ignore_ascii_case(other.authority)
    }
}

/// A URL fit for people: without a password, and without the query that may tell a session.
pub(crate) fn shown(url: &str) -> String {
    match split(url) {
        Some(parts) => {
            let path = parts
                .rest
                .split_once('?')
                .map_or(parts.rest, |(path, _)| path);
            let authority = parts
                .authority
                .rsplit_once('@')
                .map_or(parts.authority, |(_, host)| host);
            format!("{}://{authority}{path}", parts.scheme)
        }
        None => url.to_owned(),
    }
}

/// Where a `Location` header leads, seen from the URL that was asked.
pub(super) fn resolve(base: &str, location: &str) -> Option<String> {
    let location = location.trim();
    let from = split(base)?;
    let target = if location.contains("://") {
        location.to_owned()
    } else if let Some(behind) = location.strip_prefix("//") {
        format!("{}://{behind}", from.scheme)
    } else if location.starts_with('/') {
        format!("{}://{}{location}", from.scheme, from.authority)
    } else {
        let path = from
            .rest
            .split_once('?')
            .map_or(from.rest, |(path, _)| path);
        let directory = if location.starts_with('?') {
            if path.is_empty() { "/" } else { path }
        } else {
            path.rfind('/').map_or("/", |slash| &path[..=slash])
        };
        format!("{}://{}{directory}{location}", from.scheme, from.authority)
    };
    split(&target).is_some().then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BIND-003.
    #[test]
    fn redirects_are_resolved() {
        let base = "http://h:8080/a/b?c=d";
        for (location, target) in [
            ("https://other/x", "https://other/x"),
            ("//other/x", "http://other/x"),
            ("/x", "http://h:8080/x"),
            ("x", "http://h:8080/a/x"),
            ("?s=1", "http://h:8080/a/b?s=1"),
            ("b;jsessionid=1?c", "http://h:8080/a/b;jsessionid=1?c"),
        ] {
            assert_eq!(resolve(base, location).as_deref(), Some(target));
        }
        assert_eq!(resolve("http://h", "x").as_deref(), Some("http://h/x"));
        assert_eq!(resolve(base, "ftp://other/x"), None);
        assert_eq!(resolve(base, "http://"), None);
        assert_eq!(resolve(base, "http://a b/"), None);
    }

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(shown("http://me:secret@h:1/a?s=secret#b"), "http://h:1/a");
        assert_eq!(shown("http://h"), "http://h");
        assert_eq!(shown("nonsense"), "nonsense");
    }

    #[test]
    fn hosts_and_origins() {
        assert!(split("http://127.0.0.1:80/x").unwrap().is_loopback());
        assert!(split("http://[::1]:80").unwrap().is_loopback());
        assert!(split("https://me@localhost?x").unwrap().is_loopback());
        assert!(!split("http://example.org/").unwrap().is_loopback());
        assert!(
            split("http://H/x")
                .unwrap()
                .same_origin(&split("HTTP://h/y").unwrap())
        );
        assert!(
            !split("http://h/x")
                .unwrap()
                .same_origin(&split("https://h/x").unwrap())
        );
        assert_eq!(split("mailto:x"), None);
    }
}
