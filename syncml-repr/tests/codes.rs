//! Status and alert codes: all that are documented, and all others.

use std::collections::BTreeSet;

use syncml_repr::{AlertCode, StatusCode};

/// Numbers in the order of the documents, with the gaps they have.
fn numbers(ranges: &[(u16, u16)]) -> Vec<u16> {
    ranges
        .iter()
        .flat_map(|(first, last)| *first..=*last)
        .collect()
}

/// REPR-018: every documented Status has a constant; 515 is reserved, and nobody uses it.
#[test]
fn repr_018_all_documented_statuses_are_known() {
    let documented = numbers(&[
        (101, 101),
        (200, 216),
        (300, 305),
        (400, 428),
        (500, 514),
        (516, 517),
    ]);
    let mut known: Vec<u16> = StatusCode::ALL.iter().map(|code| code.get()).collect();
    known.sort_unstable();
    assert_eq!(known, documented);
}

/// REPR-018: every documented Alert has a constant, those of device management, of single peers
/// and of extensions included.
#[test]
fn repr_018_all_documented_alerts_are_known() {
    let documented = numbers(&[
        (100, 100),
        (200, 210),
        (221, 225),
        (250, 250),
        (666, 666),
        (1100, 1104),
        (1200, 1201),
        (1222, 1226),
        (26_001, 26_005),
    ]);
    let mut known: Vec<u16> = AlertCode::ALL.iter().map(|code| code.get()).collect();
    known.sort_unstable();
    assert_eq!(known, documented);
}

/// REPR-018: a known code has a name, a meaning and a source, an unknown one none of them. The
/// number is kept either way.
#[test]
fn repr_018_known_codes_say_what_they_mean() {
    macro_rules! check {
        ($kind:ident) => {
            let known: BTreeSet<$kind> = $kind::ALL.iter().copied().collect();
            assert_eq!(known.len(), $kind::ALL.len(), "no code twice");
            for number in 0..=u16::MAX {
                let code = $kind::new(number);
                assert_eq!((code.get(), code.to_string()), (number, number.to_string()));
                if !known.contains(&code) {
                    assert_eq!(
                        (code.name(), code.meaning(), code.source()),
                        (None, None, None)
                    );
                    assert_eq!(format!("{code:?}"), number.to_string());
                    continue;
                }
                let (name, meaning) = (
                    code.name().expect("is known"),
                    code.meaning().expect("is known"),
                );
                assert!(
                    meaning.ends_with('.') && meaning.len() >= 5,
                    "{number} {meaning}"
                );
                assert!(
                    code.source().is_some_and(|source| source.len() > 5),
                    "{number}"
                );
                assert_eq!(format!("{code:?}"), format!("{number} ({name})"));
            }
        };
    }
    check!(StatusCode);
    check!(AlertCode);
}

/// The constants that engines rely on most are what they are called.
#[test]
fn names_and_numbers_agree() {
    for (code, number, name) in [
        (StatusCode::IN_PROGRESS, 101, "in progress"),
        (
            StatusCode::CHUNKED_ITEM_ACCEPTED,
            213,
            "chunked item accepted and buffered",
        ),
        (StatusCode::INVALID_CREDENTIALS, 401, "invalid credentials"),
        (StatusCode::MISSING_CREDENTIALS, 407, "missing credentials"),
        (StatusCode::SIZE_MISMATCH, 424, "size mismatch"),
        (StatusCode::ATOMIC_FAILED, 507, "atomic failed"),
        (StatusCode::REFRESH_REQUIRED, 508, "refresh required"),
        (
            StatusCode::ATOMIC_RESPONSE_TOO_LARGE,
            517,
            "atomic response too large",
        ),
    ] {
        assert_eq!((code.get(), code.name()), (number, Some(name)));
    }
    for (code, number, name) in [
        (AlertCode::DISPLAY, 100, "display"),
        (AlertCode::REFRESH_FROM_SERVER, 205, "refresh from server"),
        (
            AlertCode::REFRESH_FROM_SERVER_BY_SERVER,
            210,
            "refresh from server by server",
        ),
        (AlertCode::NEXT_MESSAGE, 222, "next message"),
        (AlertCode::RESUME, 225, "resume"),
        (
            AlertCode::DM_CLIENT_INITIATED,
            1201,
            "client-initiated session (DM)",
        ),
        (AlertCode::DM_GENERIC_ALERT, 1226, "generic alert (DM)"),
    ] {
        assert_eq!((code.get(), code.name()), (number, Some(name)));
    }
    assert_eq!(
        StatusCode::ITEM_NOT_EMPTY.source(),
        Some("RepPro 1.2 §Response status codes")
    );
    assert_eq!(AlertCode::DM_GENERIC_ALERT.source(), Some("DMPro §Alert"));
}
