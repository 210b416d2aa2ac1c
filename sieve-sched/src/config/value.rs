//! Values as they are written after `path=`: RON's spelling, so that a preset's text can be copied.

use serde_json::{Map, Value};

/// Brackets within brackets that a value may have; no field needs more, and the stack has an end.
const DEEPEST: usize = 32;

/// A number, bool, "text", name, `None`, name(value), (field: value, ..) or [values]; `None` if it is none of these, or has
/// more brackets within brackets than any field needs.
pub(crate) fn parse(text: &str) -> Option<Value> {
    within(text, DEEPEST)
}

/// A value with at most so many brackets within brackets.
fn within(text: &str, depth: usize) -> Option<Value> {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return list(&split(inner)?, depth.checked_sub(1)?);
    }
    // RON groups digits by underscores.
    for scalar in [text.to_owned(), text.replace('_', "")] {
        let value = serde_json::from_str(&scalar);
        if let Ok(value @ (Value::Number(_) | Value::Bool(_) | Value::String(_))) = value {
            return Some(value);
        }
    }
    let (name, arguments) = match text.split_once('(') {
        Some((name, rest)) => (name.trim(), Some(rest.strip_suffix(')')?)),
        None => (text, None),
    };
    match (name, arguments) {
        ("None", None) => Some(Value::Null),
        (name, None) if is_name(name) => Some(Value::from(name)),
        ("" | "Some", Some(arguments)) => structure(arguments, depth.checked_sub(1)?),
        (name, Some(arguments)) if is_name(name) => {
            let value = structure(arguments, depth.checked_sub(1)?)?;
            Some(Value::Object(Map::from_iter([(name.to_owned(), value)])))
        }
        _ => None,
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-+".contains(c))
}

/// What stands between brackets: named fields, one value, or several.
fn structure(text: &str, depth: usize) -> Option<Value> {
    let parts = split(text)?;
    let fields: Option<Vec<(&str, &str)>> = parts.iter().map(|part| field(part)).collect();
    if let Some(fields) = fields.filter(|fields| !fields.is_empty()) {
        let parsed = (fields.iter())
            .map(|(key, value)| Some((key.trim().to_owned(), within(value, depth)?)));
        return parsed.collect::<Option<Map<_, _>>>().map(Value::Object);
    }
    match parts.as_slice() {
        [one] => within(one, depth),
        several => list(several, depth),
    }
}

fn list(parts: &[&str], depth: usize) -> Option<Value> {
    parts.iter().map(|part| within(part, depth)).collect::<Option<_>>().map(Value::Array)
}

fn field(part: &str) -> Option<(&str, &str)> {
    part.split_once(':').filter(|(name, _)| is_name(name.trim()))
}

/// Splits at commas outside of brackets; `None` for unbalanced brackets.
pub(super) fn split(text: &str) -> Option<Vec<&str>> {
    let (mut depth, mut start, mut parts) = (0_i32, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        if depth < 0 {
            return None;
        }
    }
    (depth == 0).then(|| {
        if !text[start..].trim().is_empty() {
            parts.push(&text[start..]);
        }
        parts
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spellings() {
        let cases = [
            ("16_384", json!(16384)),
            ("1.5", json!(1.5)),
            ("true", json!(true)),
            ("\"a b\"", json!("a b")),
            ("all_bank", json!("all_bank")),
            ("balanced+2", json!("balanced+2")),
            ("None", json!(null)),
            ("ganged(4)", json!({"ganged": 4})),
            ("gengamma(0.5, 2)", json!({"gengamma": [0.5, 2]})),
            ("Some((count: 1, intermediate: 8))", json!({"count": 1, "intermediate": 8})),
            ("[(name: \"a\", layers: 2), full]", json!([{"name": "a", "layers": 2}, "full"])),
        ];
        for (text, value) in cases {
            assert_eq!(parse(text), Some(value), "{text}");
        }
        for text in ["ganged(4", "4)", "", "=", "a b", "[1, 2"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    /// Found by fuzzing: each bracket took a frame of the stack, and the line was read again for it.
    #[test]
    fn brackets_within_brackets_end_before_the_stack_does() {
        for (open, close) in [("(", ")"), ("[", "]"), ("a(", ")"), ("(a: ", ")")] {
            let nested = |depth| open.repeat(depth) + "1" + &close.repeat(depth);
            assert!(parse(&nested(DEEPEST)).is_some(), "{open}");
            for depth in [DEEPEST + 1, 50_000] {
                assert_eq!(parse(&nested(depth)), None, "{open}");
            }
        }
    }
}
