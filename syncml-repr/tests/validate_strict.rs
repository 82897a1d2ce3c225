//! The writer is strict: whatever the message, what is written keeps the rules of its form, and of
//! the content models what values can break only.

use proptest::prelude::*;
use syncml_repr::testing::message;
use syncml_repr::validate::{Rule, validate};
use syncml_repr::{Bytes, Encoding, Limits, encode};

/// Values break these: a message may lack what it should have, carry elements of others, and mean
/// what it should not.
fn is_of_values(rule: Rule) -> bool {
    matches!(rule, Rule::DtdMissing | Rule::DtdUnknown | Rule::DtdPlace)
        || rule.id().starts_with("USE-")
}

proptest! {
    /// REPR-001, REPR-002: order, versions, form.
    #[test]
    fn repr_001_what_is_written_keeps_the_rules(message in message()) {
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let bytes = Bytes::from(encode(&message, encoding).expect("the version has all of it"));
            let report = validate(&bytes, encoding, &Limits::default());
            prop_assert!(report.is_readable());
            for finding in &report.findings {
                prop_assert!(
                    is_of_values(finding.rule),
                    "{:?} {} {finding}\n{}", encoding, finding.position, String::from_utf8_lossy(&bytes)
                );
            }
        }
    }
}
