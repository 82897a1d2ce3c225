//! Which peer a profile is for.

use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_devinf::DevInf;

use super::{BusyMode, Chosen, Profile};

/// A text to compare with: `*` stands for anything, letters are compared without case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pattern(ByteString);

impl Pattern {
    /// A pattern.
    pub fn new(text: impl Into<ByteString>) -> Self {
        Self(text.into())
    }

    /// Whether a text is like it.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let (text, pattern) = (text.trim().to_lowercase(), self.0.to_lowercase());
        let mut parts = pattern.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = text.strip_prefix(first) else {
            return false;
        };
        let mut is_open = false;
        for part in parts {
            is_open = part.is_empty();
            match rest.find(part) {
                Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
                None => return false,
            }
        }
        // What comes behind the last part must be that part's end, or anything.
        is_open || rest.is_empty() || (pattern.contains('*') && ends(&text, &pattern))
    }
}

/// Whether a text ends as the pattern does behind its last `*`.
fn ends(text: &str, pattern: &str) -> bool {
    pattern
        .rsplit('*')
        .next()
        .is_some_and(|last| text.ends_with(last))
}

/// For which peer which profile. All patterns that are there must fit; what the peer does not say of itself fits none.
///
/// ```
/// use ds_protocol::{Pattern, Profile, Rule};
///
/// let mut profile = Profile::default();
/// profile.no_filter = true;
/// let rule = Rule::new("our old gateway", profile).with_model(Pattern::new("gate*"));
/// assert_eq!(rule.name, "our old gateway");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rule {
    /// What it is called when somebody asks.
    pub name: ByteString,
    /// The peer's identity: `SyncHdr/Source` of a client, URL of a server.
    #[serde(default)]
    pub device: Option<Pattern>,
    /// `Man` of its device information.
    #[serde(default)]
    pub man: Option<Pattern>,
    /// `Mod`.
    #[serde(default)]
    pub model: Option<Pattern>,
    /// `SwV`.
    #[serde(default)]
    pub sw_v: Option<Pattern>,
    /// What to do otherwise.
    #[serde(default)]
    pub profile: Profile,
}

impl Rule {
    /// A rule for every peer, until patterns narrow it.
    pub fn new(name: impl Into<ByteString>, profile: Profile) -> Self {
        Self {
            name: name.into(),
            device: None,
            man: None,
            model: None,
            sw_v: None,
            profile,
        }
    }

    /// For peers with such an identity.
    #[must_use]
    pub fn with_device(mut self, pattern: Pattern) -> Self {
        self.device = Some(pattern);
        self
    }

    /// For peers of such a maker.
    #[must_use]
    pub fn with_man(mut self, pattern: Pattern) -> Self {
        self.man = Some(pattern);
        self
    }

    /// For such models.
    #[must_use]
    pub fn with_model(mut self, pattern: Pattern) -> Self {
        self.model = Some(pattern);
        self
    }

    /// For such versions of software.
    #[must_use]
    pub fn with_sw_v(mut self, pattern: Pattern) -> Self {
        self.sw_v = Some(pattern);
        self
    }

    /// The rules this crate comes with: what is known of peers that others have met.
    #[must_use]
    pub fn built_in() -> Vec<Self> {
        let rule = |name: &'static str, change: fn(&mut Profile)| {
            let mut profile = Profile::default();
            change(&mut profile);
            Self::new(ByteString::from_static(name), profile)
        };
        let is = |text: &'static str| Pattern::new(text);
        let libsynthesis: fn(&mut Profile) = |profile| {
            profile.plain_item_status = true;
            profile.busy_mode = BusyMode::Never;
            profile.takes_override = true;
        };
        vec![
            rule("SyncEvolution", libsynthesis).with_model(is("*SyncEvolution*")),
            rule("libsynthesis by maker", libsynthesis).with_man(is("*Synthesis*")),
            rule("libsynthesis by model", libsynthesis).with_model(is("*Synthesis*")),
            rule("libsynthesis by version", libsynthesis).with_sw_v(is("*Synthesis*")),
            rule("Sony Ericsson P900, P910", |profile| {
                profile.omit_item_status = true;
            })
            .with_man(is("*Sony*Ericsson*"))
            .with_model(is("P9*")),
            rule("Sony Ericsson P800", |profile| {
                profile.omit_item_status = true;
            })
            .with_man(is("*Sony*Ericsson*"))
            .with_model(is("P800*")),
            rule("Nokia 9210", |profile| profile.no_replace_in_slow = true)
                .with_man(is("*Nokia*"))
                .with_model(is("*9210*")),
            rule("Funambol Outlook plug-in", |profile| {
                profile.lenient_status = true;
            })
            .with_device(is("fol-*")),
            rule("ZYB", |profile| profile.lenient_anchors = true).with_device(is("http*zyb.com*")),
            rule("Oracle", |profile| profile.no_filter = true).with_man(is("Oracle*")),
            rule("Starfish", |profile| {
                profile.auth_retry_original_uri = true;
            })
            .with_man(is("Starfish*")),
        ]
    }

    /// The first rule that fits a peer, in words why.
    pub(crate) fn choose(
        rules: &[Self],
        device: &str,
        dev_inf: Option<&DevInf>,
    ) -> Option<(Chosen, String)> {
        rules.iter().find_map(|rule| {
            let why = rule.fits(device, dev_inf)?;
            let chosen = Chosen {
                profile: rule.profile.clone(),
                name: Some(rule.name.clone()),
            };
            Some((chosen, why))
        })
    }

    /// Why it fits, if it does.
    fn fits(&self, device: &str, dev_inf: Option<&DevInf>) -> Option<String> {
        let of = |text: fn(&DevInf) -> Option<&ByteString>| {
            dev_inf.and_then(text).map_or("", |text| &**text)
        };
        let asked = [
            ("device", &self.device, device),
            ("Man", &self.man, of(|dev_inf| dev_inf.man.as_ref())),
            ("Mod", &self.model, of(|dev_inf| dev_inf.model.as_ref())),
            ("SwV", &self.sw_v, of(|dev_inf| dev_inf.sw_v.as_ref())),
        ];
        let mut why = Vec::new();
        for (what, pattern, text) in asked {
            let Some(pattern) = pattern else { continue };
            if text.is_empty() || !pattern.matches(text) {
                return None;
            }
            why.push(format!("{what} {text:?} is like {:?}", &*pattern.0));
        }
        Some(if why.is_empty() {
            "it is for every peer".to_owned()
        } else {
            why.join(", ")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, like) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything", true),
            ("fol-*", "FOL-12", true),
            ("fol-*", "a fol-12", false),
            ("*SyncEvolution*", "SyncEvolution 1.5", true),
            ("P9*", " P910i ", true),
            ("P9*", "P800", false),
            ("*ab", "abab", true),
            ("*ab", "aba", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxcyyb", false),
            ("exact", "Exact", true),
            ("exact", "exactly", false),
        ] {
            assert_eq!(
                Pattern::new(pattern).matches(text),
                like,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn names_are_distinct() {
        let rules = Rule::built_in();
        let names: std::collections::BTreeSet<_> = rules.iter().map(|rule| &rule.name).collect();
        assert_eq!(names.len(), rules.len());
        // None is for every peer.
        assert_eq!(
            Rule::choose(&rules, "urn:device", Some(&DevInf::default())),
            None
        );
    }
}
