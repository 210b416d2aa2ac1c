//! Whole numbers within limits.

use std::ops::RangeInclusive;

/// Reads one; the text of the error says what is allowed.
pub(super) fn whole(
    allowed: RangeInclusive<u32>,
) -> impl Fn(&str) -> Result<u32, String> + Clone + Send + Sync + 'static {
    move |text| match text.parse() {
        Ok(number) if allowed.contains(&number) => Ok(number),
        _ => {
            Err(format!("a whole number from {} to {} is expected", allowed.start(), allowed.end()))
        }
    }
}
