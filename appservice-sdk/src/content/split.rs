//! Cutting a text that is too long for one message into parts that are not.
//!
//! The tree is cut, not its markup: so no part ends within an escape, and quotes, styles and code that go on are opened
//! again in the next part. What «too long» means is the network's affair: it measures each candidate as it would be sent.

mod border;
mod cut;
mod loosen;

use self::{
    border::best_border,
    cut::{head, tail, weight},
};
use super::doc::Doc;

/// So many characters for one of the limit are surely too many.
const MANY: usize = 4;

/// The parts of a text, each measuring at most `limit`. They are cut between blocks if the part is then at least half
/// full, else between lines, else between words, else between characters. White space at a cut goes, all else stays.
///
/// A text of many times the limit is not measured as a whole: `measure` is taken to count most characters.
/// A limit too small for the markup around a single character is exceeded rather than text lost.
#[must_use]
pub fn split(doc: Doc, limit: usize, measure: impl Fn(&Doc) -> usize) -> Vec<Doc> {
    split_into(doc, |_| limit, measure)
}

/// The same where parts differ: the nth (from 0) measures at most `limit(n)`.
#[must_use]
pub fn split_into(doc: Doc, limit: impl Fn(usize) -> usize, measure: impl Fn(&Doc) -> usize) -> Vec<Doc> {
    let mut parts = Vec::new();
    let mut rest = doc.tidy();
    while !rest.is_empty() {
        let limit = limit(parts.len());
        let weight = weight(&rest.blocks);
        if weight / MANY <= limit && measure(&rest) <= limit {
            parts.push(rest);
            break;
        }
        let fits = |rest: &Doc, at: usize| measure(&head(rest, at)) <= limit;
        let most = largest(limit.min(weight.saturating_sub(1)), |at| fits(&rest, at));
        if most == 0 && loosen::loosen(&mut rest.blocks) {
            rest = rest.tidy();
            continue;
        }
        let at = Some(best_border(&rest, most)).filter(|&at| at > 0 && fits(&rest, at)).unwrap_or(most.max(1));
        let part = head(&rest, at);
        if !part.is_empty() {
            parts.push(part);
        }
        rest = tail(rest, at);
    }
    parts
}

/// The largest number up to `most` that fits, found by halving; 0 when not even 1 does.
fn largest(most: usize, fits: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if fits(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

#[cfg(test)]
mod tests;
