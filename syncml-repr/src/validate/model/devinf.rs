//! Content models of device information [DevInf]: those of 1.2, and the older ones.

use syncml_meta::Version;
use syncml_wbxml::Tag;
use syncml_wbxml::tag::devinf::*;

use super::{Content, Element, Link, Particle, any, element, one, opt, some};
use Content::{Chain, Empty, Sequence, Text};

const TYPED: &[Particle] = &[one(&[CT_TYPE]), one(&[VER_CT])];

/// What is the same in all versions, in the order of its place in `DevInf`.
macro_rules! device {
    ($($last:expr),+) => {
        &[
            one(&[VER_DTD]),
            opt(&[MAN]),
            opt(&[MOD]),
            opt(&[OEM]),
            opt(&[FW_V]),
            opt(&[SW_V]),
            opt(&[HW_V]),
            one(&[DEV_ID]),
            one(&[DEV_TYP]),
            opt(&[UTC]).since(Version::V1_1),
            opt(&[SUPPORT_LARGE_OBJS]).since(Version::V1_1),
            opt(&[SUPPORT_NUMBER_OF_CHANGES]).since(Version::V1_1),
            some(&[DATA_STORE]),
            $($last),+
        ]
    };
}

/// Version 1.2.
pub(super) const ELEMENTS: &[Element] = &[
    element(
        PROPERTY,
        Sequence(&[
            one(&[PROP_NAME]),
            opt(&[DATA_TYPE]),
            opt(&[MAX_OCCUR]),
            opt(&[MAX_SIZE]),
            opt(&[NO_TRUNCATE]),
            any(&[VAL_ENUM]),
            opt(&[DISPLAY_NAME]),
            any(&[PROP_PARAM]),
            OLD_SIZE,
        ]),
    ),
    element(
        PROP_PARAM,
        Sequence(&[
            one(&[PARAM_NAME]),
            opt(&[DATA_TYPE]),
            any(&[VAL_ENUM]),
            opt(&[DISPLAY_NAME]),
            OLD_SIZE,
        ]),
    ),
    element(
        CT_CAP,
        Sequence(&[
            one(&[CT_TYPE]),
            one(&[VER_CT]),
            opt(&[FIELD_LEVEL]),
            some(&[PROPERTY]),
            any(&[
                PROP_NAME,
                PARAM_NAME,
                VAL_ENUM,
                DATA_TYPE,
                SIZE,
                DISPLAY_NAME,
            ])
            .until(Version::V1_1),
        ]),
    ),
    element(
        DEV_INF,
        Sequence(device!(any(&[CT_CAP]).until(Version::V1_1), any(&[EXT]))),
    ),
    element(
        DATA_STORE,
        Sequence(&[
            one(&[SOURCE_REF]),
            opt(&[DISPLAY_NAME]),
            opt(&[MAX_GUID_SIZE]),
            one(&[RX_PREF]),
            any(&[RX]),
            one(&[TX_PREF]),
            any(&[TX]),
            some(&[CT_CAP]),
            opt(&[DS_MEM]),
            opt(&[SUPPORT_HIERARCHICAL_SYNC]),
            one(&[SYNC_CAP]),
            any(&[FILTER_RX]),
            any(&[FILTER_CAP]),
        ]),
    ),
    element(
        FILTER_CAP,
        Sequence(&[
            one(&[CT_TYPE]),
            one(&[VER_CT]),
            any(&[FILTER_KEYWORD]),
            any(&[PROP_NAME]),
        ]),
    ),
    element(RX_PREF, Sequence(TYPED)),
    element(RX, Sequence(TYPED)),
    element(TX_PREF, Sequence(TYPED)),
    element(TX, Sequence(TYPED)),
    element(FILTER_RX, Sequence(TYPED)),
    element(DS_MEM, MEMORY),
    element(SYNC_CAP, TYPES),
    element(EXT, EXTENSION),
    element(UTC, Empty),
    element(SUPPORT_LARGE_OBJS, Empty),
    element(SUPPORT_NUMBER_OF_CHANGES, Empty),
    element(SUPPORT_HIERARCHICAL_SYNC, Empty),
    element(SHARED_MEM, Empty),
    element(NO_TRUNCATE, Empty),
    element(FIELD_LEVEL, Empty),
];

/// Versions 1.0 and 1.1.
pub(super) const ELEMENTS_OLD: &[Element] = &[
    element(
        CT_CAP,
        Chain(
            &[
                Link {
                    after: None,
                    next: &[CT_TYPE],
                },
                Link {
                    after: Some(CT_TYPE),
                    next: &[PROP_NAME],
                },
                Link {
                    after: Some(PROP_NAME),
                    next: &[
                        VAL_ENUM,
                        DATA_TYPE,
                        DISPLAY_NAME,
                        PARAM_NAME,
                        PROP_NAME,
                        CT_TYPE,
                    ],
                },
                Link {
                    after: Some(PARAM_NAME),
                    next: &[
                        VAL_ENUM,
                        DATA_TYPE,
                        DISPLAY_NAME,
                        PARAM_NAME,
                        PROP_NAME,
                        CT_TYPE,
                    ],
                },
                Link {
                    after: Some(VAL_ENUM),
                    next: &[VAL_ENUM, DISPLAY_NAME, PARAM_NAME, PROP_NAME, CT_TYPE],
                },
                Link {
                    after: Some(DATA_TYPE),
                    next: &[SIZE, DISPLAY_NAME, PARAM_NAME, PROP_NAME, CT_TYPE],
                },
                Link {
                    after: Some(SIZE),
                    next: &[DISPLAY_NAME, PARAM_NAME, PROP_NAME, CT_TYPE],
                },
                Link {
                    after: Some(DISPLAY_NAME),
                    next: &[PARAM_NAME, PROP_NAME, CT_TYPE],
                },
            ],
            &[
                VER_CT,
                FIELD_LEVEL,
                PROPERTY,
                MAX_SIZE,
                MAX_OCCUR,
                NO_TRUNCATE,
            ],
        ),
    ),
    element(DEV_INF, Sequence(device!(any(&[CT_CAP]), any(&[EXT])))),
    element(
        DATA_STORE,
        Sequence(&[
            one(&[SOURCE_REF]),
            opt(&[DISPLAY_NAME]),
            opt(&[MAX_GUID_SIZE]),
            one(&[RX_PREF]),
            any(&[RX]),
            one(&[TX_PREF]),
            any(&[TX]),
            opt(&[DS_MEM]),
            one(&[SYNC_CAP]),
            any(&[CT_CAP, SUPPORT_HIERARCHICAL_SYNC, FILTER_RX, FILTER_CAP]).since(Version::V1_2),
        ]),
    ),
    element(RX_PREF, Sequence(TYPED)),
    element(RX, Sequence(TYPED)),
    element(TX_PREF, Sequence(TYPED)),
    element(TX, Sequence(TYPED)),
    element(DS_MEM, MEMORY),
    element(SYNC_CAP, TYPES),
    element(EXT, EXTENSION),
    element(UTC, Empty),
    element(SUPPORT_LARGE_OBJS, Empty),
    element(SUPPORT_NUMBER_OF_CHANGES, Empty),
    element(SHARED_MEM, Empty),
];

/// The properties of a filter, which stand alone in XML and in a `DevInf` in WBXML.
pub(super) const FIELD: &[Element] = &[element(
    DEV_INF,
    Sequence(&[any(&[CT_CAP]), any(&[PROPERTY])]),
)];

const OLD_SIZE: Particle = opt(&[SIZE]).until(Version::V1_1);
const MEMORY: Content = Sequence(&[opt(&[SHARED_MEM]), opt(&[MAX_MEM]), opt(&[MAX_ID])]);
const TYPES: Content = Sequence(&[some(&[SYNC_TYPE])]);
const EXTENSION: Content = Sequence(&[one(&[X_NAM]), any(&[X_VAL])]);

/// The content of an element that this version does not have: as another version has it.
pub(super) fn other(tag: Tag) -> Content {
    ELEMENTS
        .iter()
        .find(|element| element.tag == tag)
        .map_or(Text, |element| element.content)
}
