//! Octets of a stored session: Base64 where it is stored as text, which would spend four characters on each of them.

use bytes::Bytes;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use syncml_meta::base64;

pub(crate) fn serialize<S: Serializer>(octets: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        base64::encode(octets).serialize(serializer)
    } else {
        octets.serialize(serializer)
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    if deserializer.is_human_readable() {
        let text = String::deserialize(deserializer)?;
        let octets = base64::decode_lenient(&text);
        octets
            .map(Bytes::from)
            .ok_or_else(|| D::Error::custom("not Base64"))
    } else {
        Bytes::deserialize(deserializer)
    }
}
