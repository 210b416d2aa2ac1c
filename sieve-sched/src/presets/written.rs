//! Values as text: RON's spelling, so that they can be copied.

use serde_json::{Map, Value};

/// As RON has it, digits in groups.
pub(super) fn written(value: &Value) -> String {
    let list = |items: &mut dyn Iterator<Item = String>| items.collect::<Vec<_>>().join(", ");
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => match number.as_f64() {
            // 720000.0 is a whole number too.
            Some(float) if number.is_f64() && float.fract() == 0.0 => {
                grouped(&format!("{float:.0}"))
            }
            _ => grouped(&number.to_string()),
        },
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", list(&mut items.iter().map(written))),
        Value::Object(record) => match record.iter().next() {
            Some((name, inner)) if record.len() == 1 => match inner {
                // A variant with fields, of which there may be but one.
                Value::Object(fields) => format!("{name}{}", fields_of(fields)),
                _ => format!("{name}({})", written(inner)),
            },
            _ => fields_of(record),
        },
    }
}

fn fields_of(record: &Map<String, Value>) -> String {
    let pair = |(name, part): (&String, &Value)| format!("{name}: {}", written(part));
    format!("({})", record.iter().map(pair).collect::<Vec<_>>().join(", "))
}

/// Whole numbers of five digits and more in groups of three.
fn grouped(number: &str) -> String {
    if number.len() < 5 || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return number.to_owned();
    }
    let first = (number.len() - 1) % 3 + 1;
    let groups: Vec<&str> = std::iter::once(&number[..first])
        .chain((first..number.len()).step_by(3).map(|at| &number[at..at + 3]))
        .collect();
    groups.join("_")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn variants_stand_as_ron_has_them() {
        for (value, text) in [
            (json!({"ck": 28}), "ck(28)"),
            (json!({"dirichlet": {"shape": 0.158}}), "dirichlet(shape: 0.158)"),
            (json!({"gengamma": {"shape": 1.5, "power": 2}}), "gengamma(shape: 1.5, power: 2)"),
        ] {
            assert_eq!(written(&value), text);
        }
    }

    #[test]
    fn digits_stand_in_groups() {
        for (number, text) in [
            ("1024", "1024"),
            ("16384", "16_384"),
            ("900000000000", "900_000_000_000"),
            ("0.12345", "0.12345"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
