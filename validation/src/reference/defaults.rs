//! Values of the built-in configuration and where they come from.

use serde_json::Value;

use super::resolve::Shape;

/// The value at a path, the first item of a list standing for all.
pub(super) fn at<'v>(tree: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(tree, |value, part| match value {
        Value::Array(items) if part == "N" => items.first(),
        Value::Object(fields) => fields.get(part),
        _ => None,
    })
}

/// A value as RON writes it; `None` for groups and maps, whose parts have rows of their own.
pub(super) fn written(value: &Value, of: &Shape) -> Option<String> {
    match (of, value) {
        (_, Value::Null) => Some("None".to_owned()),
        (Shape::Maybe(of), value) => written(value, of),
        (Shape::Map(_), _) => None,
        (Shape::List(of), Value::Array(items)) => {
            let items = items.iter().map(|item| written(item, of)).collect::<Option<Vec<_>>>()?;
            Some(format!("[{}]", items.join(", ")))
        }
        (Shape::Text, Value::String(text)) => Some(format!("\"{text}\"")),
        (Shape::Named(..), Value::Object(fields)) => match fields.iter().collect::<Vec<_>>()[..] {
            [(name, held)] if held.is_number() => Some(format!("{name}({held})")),
            [(name, Value::Object(held))] if held.values().all(Value::is_number) => {
                let parts: Vec<_> =
                    held.iter().map(|(field, value)| format!("{field}: {value}")).collect();
                Some(format!("{name}({})", parts.join(", ")))
            }
            // What it holds has rows below.
            [(name, _)] => Some(format!("{name}(...)")),
            _ => None,
        },
        (_, Value::String(name)) => Some(name.clone()),
        (_, value) if value.is_object() || value.is_array() => None,
        (_, value) => Some(value.to_string()),
    }
}

/// What the nearest `sources` above a path says of it: the entry of the longest prefix.
pub(super) fn source<'v>(tree: &'v Value, path: &str) -> Option<&'v str> {
    let parts: Vec<&str> = path.split('.').collect();
    (0..parts.len()).rev().find_map(|depth| {
        let above = parts[..depth].join(".");
        let group = if depth == 0 { Some(tree) } else { at(tree, &above) };
        let entries = group?.get("sources")?.as_object()?;
        let below = parts[depth..].join(".").replace(".N.", ".0.");
        let covers = |prefix: &str| {
            prefix.is_empty()
                || below
                    .strip_prefix(prefix)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let longest = entries.iter().filter(|(prefix, _)| covers(prefix));
        longest.max_by_key(|(prefix, _)| prefix.len())?.1.as_str()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_longest_prefix_of_the_nearest_sources_counts() {
        let tree = json!({
            "a": { "b": { "c": 1, "d": 2 }, "sources": { "": "all", "b": "group", "b.c": "field" } },
            "sources": { "a": "far" },
        });
        assert_eq!(source(&tree, "a.b.c"), Some("field"));
        assert_eq!(source(&tree, "a.b.d"), Some("group"));
        assert_eq!(source(&tree, "a.e"), Some("all"));
    }

    #[test]
    fn values_are_written_as_ron() {
        let choice = Shape::Named(0, Vec::new());
        for (value, of, text) in [
            (json!("b200"), Shape::Text, Some("\"b200\"")),
            (json!("all_bank"), choice.clone(), Some("all_bank")),
            (json!({"ganged": 4}), choice.clone(), Some("ganged(4)")),
            (json!([1, 2]), Shape::List(Box::new(Shape::Integer)), Some("[1, 2]")),
            (json!(null), Shape::Maybe(Box::new(Shape::Text)), Some("None")),
            (json!({"a": 1, "b": 2}), choice, None),
        ] {
            assert_eq!(written(&value, &of).as_deref(), text);
        }
    }
}
