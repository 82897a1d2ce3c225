//! vCard 2.1, 3.0 and 4.0.
//!
//! A name with `X-` keeps a property that the version does not have; other programs leave it alone.

use super::Kind::{Binary, Birthday, Card, Geo, List, Phone, Structured, Text, Timestamp, Uri};
use super::Occurs::{Many, Once};
use super::Relevance::{Always, Conflict, Never, SlowSync};
use super::{Kind, Occurs, Property, Relevance, row};

const fn all(name: &'static str, kind: Kind, occurs: Occurs, relevance: Relevance) -> Property {
    row(name, kind, [name; 3], occurs, relevance)
}

#[rustfmt::skip]
pub(super) static PROPERTIES: &[Property] = &[
    all("N", Structured, Once, Always),
    all("FN", Text, Many, Conflict),
    all("TEL", Phone, Many, Conflict),
    all("EMAIL", Text, Many, Conflict),
    all("ADR", Structured, Many, Conflict),
    all("ORG", Structured, Many, SlowSync),
    all("TITLE", Text, Many, Conflict),
    all("NOTE", Text, Many, Conflict),
    all("URL", Uri, Many, Conflict),
    all("BDAY", Birthday, Once, Conflict),
    all("PHOTO", Binary, Many, Never),
    all("ROLE", Text, Many, Conflict),
    all("CATEGORIES", List, Many, Conflict),
    all("REV", Timestamp, Once, Never),
    all("UID", Uri, Once, Never),
    all("PRODID", Text, Once, Never),
    all("TZ", Text, Many, Conflict),
    all("GEO", Geo, Many, Conflict),
    all("LOGO", Binary, Many, Never),
    all("SOUND", Binary, Many, Never),
    all("KEY", Binary, Many, Conflict),
    all("SOURCE", Uri, Many, Never),
    row("LABEL", Text, ["LABEL", "LABEL", "X-LABEL"], Many, Conflict),
    row("AGENT", Card, ["AGENT", "AGENT", "X-AGENT"], Many, Conflict),
    row("MAILER", Text, ["MAILER", "MAILER", "X-MAILER"], Once, Conflict),
    // In cards of 2.1 by the habit of phones, though it came with 3.0.
    row("CLASS", Text, ["CLASS", "CLASS", "X-CLASS"], Once, Conflict),
    row("NICKNAME", List, ["X-NICKNAME", "NICKNAME", "NICKNAME"], Many, Conflict),
    row("SORT-STRING", Text, ["SORT-STRING", "SORT-STRING", "X-SORT-STRING"], Once, Conflict),
    row("NAME", Text, ["X-NAME", "NAME", "X-NAME"], Once, Never),
    row("PROFILE", Text, ["", "PROFILE", ""], Once, Never),
    row("IMPP", Uri, ["X-IMPP", "IMPP", "IMPP"], Many, Conflict),
    row("KIND", Text, ["X-KIND", "X-KIND", "KIND"], Once, Conflict),
    row("MEMBER", Uri, ["X-MEMBER", "X-MEMBER", "MEMBER"], Many, Conflict),
    row("GENDER", Structured, ["X-GENDER", "X-GENDER", "GENDER"], Once, Conflict),
    row("ANNIVERSARY", Birthday, ["X-ANNIVERSARY", "X-ANNIVERSARY", "ANNIVERSARY"], Once, Conflict),
    row("LANG", Text, ["X-LANG", "X-LANG", "LANG"], Many, Conflict),
    row("RELATED", Uri, ["X-RELATED", "X-RELATED", "RELATED"], Many, Conflict),
    row("CALURI", Uri, ["X-CALURI", "X-CALURI", "CALURI"], Many, Conflict),
    row("FBURL", Uri, ["X-FBURL", "X-FBURL", "FBURL"], Many, Conflict),
    row("CALADRURI", Uri, ["X-CALADRURI", "X-CALADRURI", "CALADRURI"], Many, Conflict),
    row("XML", Text, ["X-XML", "X-XML", "XML"], Many, Conflict),
    row("CLIENTPIDMAP", Structured, ["", "", "CLIENTPIDMAP"], Many, Never),
    row("BIRTHPLACE", Text, ["X-BIRTHPLACE", "X-BIRTHPLACE", "BIRTHPLACE"], Once, Conflict),
    row("DEATHDATE", Birthday, ["X-DEATHDATE", "X-DEATHDATE", "DEATHDATE"], Once, Conflict),
    row("DEATHPLACE", Text, ["X-DEATHPLACE", "X-DEATHPLACE", "DEATHPLACE"], Once, Conflict),
    row("EXPERTISE", Text, ["X-EXPERTISE", "X-EXPERTISE", "EXPERTISE"], Many, Conflict),
    row("HOBBY", Text, ["X-HOBBY", "X-HOBBY", "HOBBY"], Many, Conflict),
    row("INTEREST", Text, ["X-INTEREST", "X-INTEREST", "INTEREST"], Many, Conflict),
    row("ORG-DIRECTORY", Uri, ["X-ORG-DIRECTORY", "X-ORG-DIRECTORY", "ORG-DIRECTORY"], Many, Conflict),
    row("CONTACT-URI", Uri, ["X-CONTACT-URI", "X-CONTACT-URI", "CONTACT-URI"], Many, Conflict),
    row("CREATED", Timestamp, ["X-CREATED", "X-CREATED", "CREATED"], Once, Never),
    row("LANGUAGE", Text, ["X-LANGUAGE", "X-LANGUAGE", "LANGUAGE"], Once, Conflict),
    row("SOCIALPROFILE", Uri, ["X-SOCIALPROFILE", "X-SOCIALPROFILE", "SOCIALPROFILE"], Many, Conflict),
];

/// Names that makers of phones and programs have for properties of later versions.
pub(super) static ALIASES: &[(&str, &str)] = &[
    ("X-BDAY", "BDAY"),
    ("X-EPOCSECONDNAME", "NICKNAME"),
    ("X-MOT-NICKNAME", "NICKNAME"),
    ("X-EVOLUTION-ANNIVERSARY", "ANNIVERSARY"),
    ("X-FUNAMBOL-ANNIVERSARY", "ANNIVERSARY"),
    ("X-MOT-ANNIVERSARY", "ANNIVERSARY"),
    ("X-ADDRESSBOOKSERVER-KIND", "KIND"),
    ("X-ADDRESSBOOKSERVER-MEMBER", "MEMBER"),
];
