//! Assignments of several values: every combination of them.

use super::error::ConfigError;
use super::set::Assignment;
use super::value::split;

/// Most combinations; each is held in memory.
const MOST: usize = 100_000;

/// Assignments of single values for every combination of the lists, `geometry.banks=8,16` being one of two values; the last
/// list varies fastest.
///
/// # Errors
/// Unbalanced brackets, and more combinations than anyone means.
pub fn combinations(assignments: &[Assignment]) -> Result<Vec<Vec<Assignment>>, ConfigError> {
    let mut grid = vec![Vec::new()];
    for Assignment { path, value } in assignments {
        let unbalanced = || ConfigError::Value { path: path.clone(), value: value.clone() };
        let values = split(value).ok_or_else(unbalanced)?;
        if grid.len().saturating_mul(values.len()) > MOST {
            return Err(ConfigError::TooMany(MOST));
        }
        let choices: Vec<Assignment> = values
            .iter()
            .map(|value| Assignment { path: path.clone(), value: value.trim().to_owned() })
            .collect();
        grid = grid
            .iter()
            .flat_map(|point| {
                choices.iter().map(move |choice| [point, [choice.clone()].as_slice()].concat())
            })
            .collect();
    }
    Ok(grid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_combine_and_brackets_hold_together() {
        let set = ["banks=8,16", "activation=ganged(2),all_bank", "pattern=[1,2]"];
        let set: Vec<Assignment> = set.iter().map(|text| text.parse().unwrap()).collect();
        let grid = combinations(&set).unwrap();
        let texts: Vec<String> = grid
            .iter()
            .map(|point| point.iter().map(|a| a.value.as_str()).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            texts,
            ["8 ganged(2) [1,2]", "8 all_bank [1,2]", "16 ganged(2) [1,2]", "16 all_bank [1,2]"]
        );
        assert!(combinations(&["a=f(1".parse().unwrap()]).is_err());
    }

    /// 300 bytes on the command line, and 10^30 combinations.
    #[test]
    fn more_combinations_than_anyone_means_are_refused() {
        let set = vec!["a=0,1,2,3,4,5,6,7,8,9".parse().unwrap(); 30];
        let error = combinations(&set).unwrap_err().to_string();
        assert_eq!(error, "--set: the lists have more than 100000 combinations");
        assert_eq!(combinations(&set[..5]).unwrap().len(), 100_000);
    }
}
