//! What the two kinds of code have in common.

/// The known codes of a newtype around `u16`, by where they come from: constants with their
/// documentation, and what the newtype says about them. One row is all there is to a code.
macro_rules! codes {
    ($kind:ident { $($source:literal => { $($name:ident = $code:literal, $label:literal, $meaning:literal;)+ })+ }) => {
        impl $kind {
            $($(
                #[doc = concat!(stringify!($code), ", ", $label, ". ", $meaning, " `[", $source, "]`")]
                pub const $name: Self = Self($code);
            )+)+

            /// All known codes, in the order of this page.
            pub const ALL: &'static [Self] = &[$($(Self::$name),+),+];

            /// A code, known or not.
            #[must_use]
            pub const fn new(code: u16) -> Self {
                Self(code)
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> u16 {
                self.0
            }

            /// What the code is called, if it is a known one.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.entry() {
                    Some((name, ..)) => Some(name),
                    None => None,
                }
            }

            /// What the code means, in a sentence or two, if it is a known one.
            #[must_use]
            pub const fn meaning(self) -> Option<&'static str> {
                match self.entry() {
                    Some((_, meaning, _)) => Some(meaning),
                    None => None,
                }
            }

            /// Who defines the code, if it is a known one: a document and its section, or the peer
            /// that uses it.
            #[must_use]
            pub const fn source(self) -> Option<&'static str> {
                match self.entry() {
                    Some((.., source)) => Some(source),
                    None => None,
                }
            }

            const fn entry(self) -> Option<(&'static str, &'static str, &'static str)> {
                Some(match self.0 {
                    $($($code => ($label, $meaning, $source),)+)+
                    _ => return None,
                })
            }
        }

        impl fmt::Debug for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.name() {
                    Some(name) => write!(f, "{} ({name})", self.0),
                    None => write!(f, "{}", self.0),
                }
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<u16> for $kind {
            fn from(code: u16) -> Self {
                Self(code)
            }
        }

        always_shown!($kind);
    };
}
pub(crate) use codes;
