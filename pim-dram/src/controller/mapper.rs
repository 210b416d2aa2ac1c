//! From flat addresses to banks, rows and columns: mappers are data.
//!
//! An address, counted in bursts of one channel, is a number of mixed radix whose digits are parts of a place in the channel;
//! no size has to be a power of two.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::access::{Access, Request};
use super::spec::Beyond;
use crate::geometry::Geometry;
use crate::similar::Unknown;

/// Mappers that ship with the crate: name and RON text of a [`MapperSpec`].
pub const MAPPERS: &[(&str, &str)] = include!("../../presets/mappers/all.rs");

/// A part of a place in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Pseudo-channel of the channel.
    PseudoChannel,
    /// Rank of the pseudo-channel.
    Rank,
    /// Bank group of the rank.
    BankGroup,
    /// Bank of the bank group.
    Bank,
    /// Row of the bank.
    Row,
    /// Burst of the row.
    Column,
}

impl Part {
    const ALL: [Self; 6] =
        [Self::PseudoChannel, Self::Rank, Self::BankGroup, Self::Bank, Self::Row, Self::Column];

    fn values(self, geometry: &Geometry) -> u32 {
        match self {
            Self::PseudoChannel => geometry.pseudo_channels,
            Self::Rank => geometry.ranks,
            Self::BankGroup => geometry.bank_groups,
            Self::Bank => geometry.banks / geometry.bank_groups,
            Self::Row => geometry.rows,
            Self::Column => geometry.columns(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::PseudoChannel => "pseudo_channel",
            Self::Rank => "rank",
            Self::BankGroup => "bank_group",
            Self::Bank => "bank",
            Self::Row => "row",
            Self::Column => "column",
        }
    }
}

/// A digit of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digit {
    /// The part that it counts; a part with several digits is counted from its least significant one.
    pub part: Part,
    /// How many values it has; without it, all that the part's earlier digits leave.
    #[serde(default)]
    pub values: Option<u32>,
}

/// A mapper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapperSpec {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub source: String,
    /// Digits of a burst's number within its channel, the least significant first.
    pub digits: Vec<Digit>,
    /// Parts that are XORed with successive bits of the column, the first with its lowest.
    #[serde(default)]
    pub xor_with_column: Vec<Part>,
}

/// What is wrong with a mapper or an address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MapError {
    /// A part whose digits do not multiply to its size.
    #[error(
        "mapper `{mapper}`: the digits of `{part}` count {counted} values, the device has {values}"
    )]
    Digits {
        /// The mapper.
        mapper: String,
        /// The part.
        part: &'static str,
        /// Product of its digits.
        counted: u64,
        /// Its size.
        values: u32,
    },
    /// A part that is XORed and whose size is no power of two, or the column or row.
    #[error(
        "mapper `{mapper}`: `{part}` with {values} values cannot be XORed, that takes a bank part of a power of two"
    )]
    Xor {
        /// The mapper.
        mapper: String,
        /// The part.
        part: &'static str,
        /// Its size.
        values: u32,
    },
    /// An address outside of the device.
    #[error("address {address:#x} lies beyond the {capacity} B of {channels} channel(s)")]
    Beyond {
        /// The address.
        address: u64,
        /// Bytes of all channels.
        capacity: u64,
        /// Channels.
        channels: u32,
    },
}

/// A divisor with its quotient and remainder as shifts where it is a power of two.
#[derive(Clone, Copy, Debug)]
struct Radix {
    values: u64,
    shift: Option<u32>,
}

impl Radix {
    fn new(values: u64) -> Self {
        Self { values, shift: values.is_power_of_two().then(|| values.trailing_zeros()) }
    }

    /// Takes the least significant digit off a number.
    #[inline]
    fn split(self, number: &mut u64) -> u64 {
        match self.shift {
            Some(shift) => {
                let digit = *number & (self.values - 1);
                *number >>= shift;
                digit
            }
            None => {
                let digit = *number % self.values;
                *number /= self.values;
                digit
            }
        }
    }
}

/// A mapper for a device whose addresses are spread over some channels, burst by burst.
#[derive(Clone, Debug)]
pub struct Mapper {
    burst: Radix,
    channels: Radix,
    /// Radix, the part that it belongs to, and the weight of the digit within the part.
    digits: Vec<(Radix, Part, u64)>,
    /// Part, its bits, and the column's bits to shift out before.
    xors: Vec<(Part, u32, u32)>,
    geometry: Geometry,
    beyond: Beyond,
}

impl MapperSpec {
    /// The shipped mapper of that name.
    ///
    /// # Errors
    /// The text of the error says which mappers exist, or where a shipped file does not parse.
    pub fn shipped(name: &str) -> Result<Self, String> {
        let Some((_, text)) = MAPPERS.iter().find(|(known, _)| *known == name) else {
            let known = MAPPERS.iter().map(|(name, _)| *name);
            return Err(Unknown::new("mapper", name, known).to_string());
        };
        ron::from_str(text).map_err(|error| format!("mapper `{name}`: {error}"))
    }
}

impl Mapper {
    /// The mapper of a device with so many of its channels in use.
    ///
    /// # Errors
    /// Digits that do not fit the device.
    pub fn new(
        spec: &MapperSpec,
        geometry: &Geometry,
        channels: u32,
        beyond: Beyond,
    ) -> Result<Self, MapError> {
        let mut counted = [1_u64; Part::ALL.len()];
        let mut digits = Vec::new();
        for digit in &spec.digits {
            let weight = counted[digit.part as usize];
            let left = u64::from(digit.part.values(geometry)) / weight.max(1);
            let values = digit.values.map_or(left, u64::from).max(1);
            digits.push((Radix::new(values), digit.part, weight));
            counted[digit.part as usize] = weight.saturating_mul(values);
        }
        for part in Part::ALL {
            let (counted, values) = (counted[part as usize], part.values(geometry));
            if counted != u64::from(values) {
                let (mapper, part) = (spec.name.clone(), part.name());
                return Err(MapError::Digits { mapper, part, counted, values });
            }
        }
        let mut xors = Vec::new();
        let mut before = 0;
        for &part in &spec.xor_with_column {
            let values = part.values(geometry);
            if !values.is_power_of_two() || matches!(part, Part::Row | Part::Column) {
                let (mapper, part) = (spec.name.clone(), part.name());
                return Err(MapError::Xor { mapper, part, values });
            }
            let bits = values.trailing_zeros();
            xors.push((part, bits, before));
            before += bits;
        }
        Ok(Self {
            burst: Radix::new(geometry.burst_bytes.into()),
            channels: Radix::new(channels.into()),
            digits,
            xors,
            geometry: *geometry,
            beyond,
        })
    }

    /// Channel and place of a request.
    ///
    /// # Errors
    /// An address beyond the device, unless such addresses wrap.
    #[inline]
    pub fn map(&self, request: &Request) -> Result<(u32, Access), MapError> {
        let mut number = request.address;
        let _within_the_burst = self.burst.split(&mut number);
        let channel = self.channels.split(&mut number);
        let mut parts = [0_u64; Part::ALL.len()];
        for &(radix, part, weight) in &self.digits {
            parts[part as usize] += radix.split(&mut number) * weight;
        }
        if number != 0 && self.beyond == Beyond::Refused {
            return Err(self.beyond(request.address));
        }
        let column = parts[Part::Column as usize];
        for &(part, bits, before) in &self.xors {
            parts[part as usize] ^= (column >> before) & ((1 << bits) - 1);
        }
        let of = |part: Part| parts[part as usize] as u32;
        let g = &self.geometry;
        let rank = of(Part::PseudoChannel) * g.ranks + of(Part::Rank);
        let bank = of(Part::BankGroup) * (g.banks / g.bank_groups) + of(Part::Bank);
        let access = Access {
            write: request.write,
            address: request.address,
            bank: rank * g.banks + bank,
            row: of(Part::Row),
            column: of(Part::Column),
        };
        Ok((channel as u32, access))
    }

    #[cold]
    fn beyond(&self, address: u64) -> MapError {
        let channels = self.channels.values as u32;
        let of_channel = self.geometry.capacity_bytes() / u64::from(self.geometry.channels.max(1));
        MapError::Beyond { address, capacity: of_channel * u64::from(channels), channels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GEOMETRY: Geometry = Geometry {
        channels: 16,
        pseudo_channels: 2,
        ranks: 2,
        bank_groups: 4,
        banks: 16,
        rows: 16384,
        row_bytes: 1024,
        burst_bytes: 32,
    };

    fn mapper(name: &str, geometry: &Geometry, beyond: Beyond) -> Mapper {
        let spec = MapperSpec::shipped(name).expect("shipped");
        Mapper::new(&spec, geometry, 1, beyond).expect("fits")
    }

    fn read(address: u64) -> Request {
        Request { write: false, address, at: 0 }
    }

    #[test]
    fn robaracoch_is_the_formula_of_the_golden_traces() {
        let mapper = mapper("robaracoch", &GEOMETRY, Beyond::Refused);
        let (row, bank, group, rank, pseudo_channel, column) =
            (9113_u64, 2_u64, 3_u64, 1_u64, 1_u64, 21_u64);
        let address = (((((row << 2 | bank) << 2 | group) << 1 | rank) << 1 | pseudo_channel) << 5
            | column)
            << 5;
        let (_, access) = mapper.map(&read(address)).expect("inside");
        assert_eq!((access.bank, access.row, access.column), (2 * 16 + 16 + 14, 9113, 21));
        let beyond = mapper.map(&read(1 << 30));
        assert!(
            matches!(beyond, Err(MapError::Beyond { capacity: 0x4000_0000, .. })),
            "{beyond:?}"
        );
    }

    #[test]
    fn addresses_may_wrap() {
        let small = Geometry { ranks: 1, ..GEOMETRY };
        let mapper = mapper("robaracoch", &small, Beyond::Wraps);
        let (_, access) = mapper.map(&read((1 << 29) + 32)).expect("wraps");
        assert_eq!((access.bank, access.row, access.column), (0, 0, 1));
    }

    #[test]
    fn every_place_has_one_address_under_every_mapper() {
        let small = Geometry { rows: 3, row_bytes: 128, banks: 8, ..GEOMETRY };
        for &(name, _) in MAPPERS {
            let mapper = mapper(name, &small, Beyond::Refused);
            let bursts = 2 * 2 * 8 * 3 * 4;
            let mut seen: Vec<_> = (0..bursts)
                .map(|n| mapper.map(&read(n * 32)).expect("inside").1)
                .map(|a| (a.bank, a.row, a.column))
                .collect();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len() as u64, bursts, "{name}");
            assert!(mapper.map(&read(bursts * 32)).is_err(), "{name}");
        }
    }

    #[test]
    fn sizes_need_be_no_powers_of_two() {
        let odd = Geometry { ranks: 3, bank_groups: 3, banks: 15, rows: 7, ..GEOMETRY };
        let mapper = mapper("interleaved", &odd, Beyond::Refused);
        let (_, access) = mapper.map(&read((2 * 3 * 32 * 5 * 3 * 7 - 1) * 32)).expect("the last");
        assert_eq!((access.bank, access.row, access.column), (2 * 45 - 1, 6, 31));
    }

    #[test]
    fn a_mapper_that_does_not_fit_says_where() {
        let spec = MapperSpec::shipped("mop4clxor").expect("shipped");
        let narrow = Geometry { row_bytes: 96, ..GEOMETRY };
        let error = Mapper::new(&spec, &narrow, 1, Beyond::Refused).expect_err("3 columns");
        assert!(error.to_string().contains("`column`"), "{error}");
        let three = Geometry { bank_groups: 3, banks: 12, ..GEOMETRY };
        let error = Mapper::new(&spec, &three, 1, Beyond::Refused).expect_err("3 groups");
        assert!(error.to_string().contains("`bank_group` with 3 values"), "{error}");
    }
}
