//! One slice at a time.

use super::data::Slice;
use crate::time::Femtos;

/// Ends every slice no later than the next one begins, and none later than `limit`; how many had to be cut. What is left without
/// length goes. The slices are put in order of their begins.
pub(super) fn cut(slices: &mut Vec<Slice>, limit: Option<Femtos>) -> usize {
    let mut cuts = 0;
    slices.sort_by_key(|slice| slice.start);
    let mut next = limit;
    for slice in slices.iter_mut().rev() {
        if let Some(next) = next.filter(|&next| next < slice.end) {
            slice.end = next.max(slice.start);
            cuts += 1;
        }
        next = Some(slice.start);
    }
    slices.retain(|slice| slice.start < slice.end);
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_end_where_the_next_begins() {
        let at = Femtos::from_ticks;
        let slice = |(start, end)| Slice::new("", at(start), at(end));
        let mut slices: Vec<Slice> = [(3, 5), (0, 4), (5, 9), (5, 7)].map(slice).into();
        assert_eq!(cut(&mut slices, Some(at(6))), 3);
        let spans: Vec<_> = slices.iter().map(|s| (s.start.as_ticks(), s.end.as_ticks())).collect();
        assert_eq!(spans, [(0, 3), (3, 5), (5, 6)]);
    }
}
