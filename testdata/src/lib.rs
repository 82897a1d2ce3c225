#![doc = include_str!("../README.md")]

mod fixture;
mod scenario;

pub use fixture::{Encoding, Expect, Fixture, Kind, Origin};
pub use scenario::{Scenario, ScenarioMessage, Side};

include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// `san/VECTORS.toml`: the secret that goes with each notification and the fields it holds.
pub const SAN_VECTORS: &str = include_str!("../san/VECTORS.toml");

/// Every fixture, in manifest order.
pub fn fixtures() -> impl Iterator<Item = &'static Fixture> {
    FIXTURES.iter()
}

/// The fixtures of one kind, in manifest order.
pub fn all(kind: Kind) -> impl Iterator<Item = &'static Fixture> {
    FIXTURES.iter().filter(move |fixture| fixture.kind == kind)
}

/// The fixture with this path inside the collection.
///
/// ```
/// let card = testdata::get("object/contacts/asa-lindqvist.vcf").expect("is in the collection");
/// assert_eq!(card.media_type, "text/vcard");
/// ```
#[must_use]
pub fn get(name: &str) -> Option<&'static Fixture> {
    FIXTURES.iter().find(|fixture| fixture.name == name)
}

/// Every recorded or derived session, in manifest order.
pub fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    SCENARIOS.iter()
}

/// The session with this folder name.
#[must_use]
pub fn scenario(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}
