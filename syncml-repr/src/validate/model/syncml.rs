//! Content models of the representation protocol [RepPro].

use syncml_meta::Version;
use syncml_wbxml::Tag;
use syncml_wbxml::tag::syncml::*;

use super::{Content, Element, Particle, any, element, one, opt, some};
use Content::{Any, Empty, Sequence, Text};

const V1_1: Version = Version::V1_1;
const V1_2: Version = Version::V1_2;

/// The commands, and with them what is one in a place of its own.
pub(super) const COMMANDS: &[Tag] = &[
    ADD, ALERT, ATOMIC, COPY, DELETE, EXEC, GET, MAP, MOVE, PUT, REPLACE, RESULTS, SEARCH,
    SEQUENCE, STATUS, SYNC,
];

const BODY: &[Tag] = &[
    ALERT, ATOMIC, COPY, EXEC, GET, MAP, PUT, RESULTS, SEARCH, SEQUENCE, STATUS, SYNC,
];
const BODY_LATER: &[(Tag, Version)] = &[(ADD, V1_1), (REPLACE, V1_1), (DELETE, V1_1), (MOVE, V1_2)];
const GROUP_LATER: &[(Tag, Version)] = &[(GET, V1_1), (EXEC, V1_1), (ALERT, V1_1), (MOVE, V1_2)];

const CHANGE: &[Particle] = &[
    one(&[CMD_ID]),
    opt(&[NO_RESP]),
    opt(&[CRED]),
    opt(&[META]),
    some(&[ITEM]),
];
const EXCHANGE: &[Particle] = &[
    one(&[CMD_ID]),
    opt(&[NO_RESP]),
    opt(&[LANG]),
    opt(&[CRED]),
    opt(&[META]),
    some(&[ITEM]),
];
const PARENT: &[Particle] = &[one(&[LOC_URI])];
const ONE_ITEM: &[Particle] = &[one(&[ITEM])];

pub(super) const ELEMENTS: &[Element] = &[
    element(
        ITEM,
        Sequence(&[
            opt(&[TARGET]),
            opt(&[SOURCE]),
            opt(&[SOURCE_PARENT]).since(V1_2),
            opt(&[TARGET_PARENT]).since(V1_2),
            opt(&[META]),
            opt(&[DATA]),
            opt(&[MORE_DATA]).since(V1_1),
        ]),
    ),
    element(
        TARGET,
        Sequence(&[
            one(&[LOC_URI]),
            opt(&[LOC_NAME]),
            opt(&[FILTER]).since(V1_2),
        ]),
    ),
    element(SOURCE, Sequence(&[one(&[LOC_URI]), opt(&[LOC_NAME])])),
    element(META, Sequence(super::metinf::IN_META)),
    element(DATA, Any),
    element(
        STATUS,
        Sequence(&[
            one(&[CMD_ID]),
            one(&[MSG_REF]),
            one(&[CMD_REF]),
            one(&[CMD]),
            any(&[TARGET_REF]),
            any(&[SOURCE_REF]),
            opt(&[CRED]),
            opt(&[CHAL]),
            one(&[DATA]),
            any(&[ITEM]),
        ]),
    ),
    element(ADD, Sequence(CHANGE)),
    element(REPLACE, Sequence(CHANGE)),
    element(COPY, Sequence(CHANGE)),
    element(MOVE, Sequence(CHANGE)),
    element(
        DELETE,
        Sequence(&[
            one(&[CMD_ID]),
            opt(&[NO_RESP]),
            opt(&[ARCHIVE]),
            opt(&[SFT_DEL]),
            opt(&[CRED]),
            opt(&[META]),
            some(&[ITEM]),
        ]),
    ),
    element(MAP_ITEM, Sequence(&[one(&[TARGET]), one(&[SOURCE])])),
    element(
        MAP,
        Sequence(&[
            one(&[CMD_ID]),
            one(&[TARGET]),
            one(&[SOURCE]),
            opt(&[CRED]),
            opt(&[META]),
            some(&[MAP_ITEM]),
        ]),
    ),
    element(
        SYNC,
        Sequence(&[
            one(&[CMD_ID]),
            opt(&[NO_RESP]),
            opt(&[CRED]),
            opt(&[TARGET]),
            opt(&[SOURCE]),
            opt(&[META]),
            opt(&[NUMBER_OF_CHANGES]).since(V1_1),
            any(&[ADD, ATOMIC, COPY, DELETE, REPLACE, SEQUENCE]).or_later(&[(MOVE, V1_2)]),
        ]),
    ),
    element(
        ALERT,
        Sequence(&[
            one(&[CMD_ID]),
            opt(&[NO_RESP]),
            opt(&[CRED]),
            opt(&[DATA]),
            opt(&[CORRELATOR]).since(V1_2),
            any(&[ITEM]),
        ]),
    ),
    element(
        ATOMIC,
        Sequence(&[
            one(&[CMD_ID]),
            opt(&[NO_RESP]),
            opt(&[META]),
            some(&[ADD, REPLACE, DELETE, COPY, ATOMIC, MAP, SEQUENCE, SYNC]).or_later(GROUP_LATER),
        ]),
    ),
    element(
        SEQUENCE,
        Sequence(&[
            one(&[CMD_ID]),
            opt(&[NO_RESP]),
            opt(&[META]),
            some(&[ADD, REPLACE, DELETE, COPY, ATOMIC, MAP, SYNC]).or_later(GROUP_LATER),
        ]),
    ),
    element(
        EXEC,
        Sequence(&[
            one(&[CMD_ID]),
            opt(&[NO_RESP]),
            opt(&[CRED]),
            opt(&[META]),
            opt(&[CORRELATOR]).since(V1_2),
            one(&[ITEM]),
        ]),
    ),
    element(GET, Sequence(EXCHANGE)),
    element(PUT, Sequence(EXCHANGE)),
    element(
        RESULTS,
        Sequence(&[
            one(&[CMD_ID]),
            opt(&[MSG_REF]),
            one(&[CMD_REF]),
            opt(&[META]),
            opt(&[TARGET_REF]),
            opt(&[SOURCE_REF]),
            some(&[ITEM]),
        ]),
    ),
    element(
        SEARCH,
        Sequence(&[
            one(&[CMD_ID]),
            opt(&[NO_RESP]),
            opt(&[NO_RESULTS]),
            opt(&[CRED]),
            opt(&[TARGET]),
            some(&[SOURCE]),
            opt(&[LANG]),
            one(&[META]),
            one(&[DATA]),
        ]),
    ),
    element(CRED, Sequence(&[opt(&[META]), one(&[DATA])])),
    element(CHAL, Sequence(&[one(&[META])])),
    element(SOURCE_PARENT, Sequence(PARENT)),
    element(TARGET_PARENT, Sequence(PARENT)),
    element(
        FILTER,
        Sequence(&[
            one(&[META]),
            opt(&[FIELD]),
            opt(&[RECORD]),
            opt(&[FILTER_TYPE]),
        ]),
    ),
    element(FIELD, Sequence(ONE_ITEM)),
    element(RECORD, Sequence(ONE_ITEM)),
    element(SYNC_ML, Sequence(&[one(&[SYNC_HDR]), one(&[SYNC_BODY])])),
    element(
        SYNC_HDR,
        Sequence(&[
            one(&[VER_DTD]),
            one(&[VER_PROTO]),
            one(&[SESSION_ID]),
            one(&[MSG_ID]),
            one(&[TARGET]),
            one(&[SOURCE]),
            opt(&[RESP_URI]),
            opt(&[NO_RESP]),
            opt(&[CRED]),
            opt(&[META]),
        ]),
    ),
    element(
        SYNC_BODY,
        Sequence(&[some(BODY).or_later(BODY_LATER), opt(&[FINAL])]),
    ),
    element(CMD_ID, Text),
    element(FINAL, Empty),
    element(NO_RESP, Empty),
    element(MORE_DATA, Empty),
    element(ARCHIVE, Empty),
    element(SFT_DEL, Empty),
    element(NO_RESULTS, Empty),
];
