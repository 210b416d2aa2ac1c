//! Methods in figures' files, by their names on the command line, which are no identifiers of RON.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

use crate::method::Method;

fn named<E: Error>(name: &str) -> Result<Method, E> {
    name.parse().map_err(E::custom)
}

/// A method.
pub(super) mod one {
    use super::*;

    pub(in crate::figure) fn serialize<S: Serializer>(
        of: &Method,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(of.traits().name)
    }

    pub(in crate::figure) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Method, D::Error> {
        named(&String::deserialize(from)?)
    }
}

/// Some methods.
pub(super) mod some {
    use super::*;

    pub(in crate::figure) fn serialize<S: Serializer>(
        of: &[Method],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(of.iter().map(|method| method.traits().name))
    }

    pub(in crate::figure) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Method>, D::Error> {
        Vec::<String>::deserialize(from)?.iter().map(|name| named(name)).collect()
    }
}
