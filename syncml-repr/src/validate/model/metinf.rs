//! Content models of meta information [MetInf].

use syncml_meta::Version;
use syncml_wbxml::tag::metinf::*;

use super::{Content, Element, Particle, any, element, one, opt};
use Content::{Empty, Sequence};

const FIELD_LEVEL_1: Particle = opt(&[FIELD_LEVEL]).since(Version::V1_2);
const MAX_OBJ_SIZE_1: Particle = opt(&[MAX_OBJ_SIZE]).since(Version::V1_1);

/// `Meta` holds the children of `MetInf` directly, or `MetInf`.
pub(super) const IN_META: &[Particle] = &[
    opt(&[MET_INF]),
    FIELD_LEVEL_1,
    opt(&[FORMAT]),
    opt(&[TYPE]),
    opt(&[MARK]),
    opt(&[SIZE]),
    opt(&[ANCHOR]),
    opt(&[VERSION]),
    opt(&[NEXT_NONCE]),
    opt(&[MAX_MSG_SIZE]),
    MAX_OBJ_SIZE_1,
    any(&[EMI]),
    opt(&[MEM]),
];

pub(super) const ELEMENTS: &[Element] = &[
    element(MET_INF, Sequence(IN_META.split_at(1).1)),
    element(ANCHOR, Sequence(&[opt(&[LAST]), one(&[NEXT])])),
    element(
        MEM,
        Sequence(&[opt(&[SHARED_MEM]), one(&[FREE_MEM]), one(&[FREE_ID])]),
    ),
    element(SHARED_MEM, Empty),
    element(FIELD_LEVEL, Empty),
];
