//! A setting of a source as it stands in the configuration: a text, or a table of such (the names of a register's fields).

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A text, or a table of such.
pub(super) enum WireSetting {
    Text(String),
    Table(BTreeMap<String, WireSetting>),
}

impl<'de> Deserialize<'de> for WireSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Setting;
        impl<'de> Visitor<'de> for Setting {
            type Value = WireSetting;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text in quotes, or a table of such")
            }

            fn visit_str<E>(self, text: &str) -> Result<WireSetting, E> {
                Ok(WireSetting::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<WireSetting, A::Error> {
                BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(WireSetting::Table)
            }
        }
        deserializer.deserialize_any(Setting)
    }
}

impl WireSetting {
    /// The texts by their paths below `path`.
    pub(super) fn flatten(self, path: String, values: &mut BTreeMap<String, String>) {
        match self {
            Self::Text(text) => drop(values.insert(path, text)),
            Self::Table(inner) => {
                for (name, setting) in inner {
                    setting.flatten(format!("{path}.{name}"), values);
                }
            }
        }
    }
}
