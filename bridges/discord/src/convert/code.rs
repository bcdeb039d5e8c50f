//! Backticks: code in a line and code blocks.

use appservice_sdk::content::Block;

/// The runs of backticks in a text, each with its nearest partner of the same length.
pub(super) struct Ticks {
    runs: Vec<Run>,
}

struct Run {
    at: usize,
    length: usize,
    partner: Option<usize>,
}

impl Ticks {
    pub(super) fn of(text: &str) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        for (at, _) in text.match_indices('`') {
            match runs.last_mut() {
                Some(run) if run.at + run.length == at => run.length += 1,
                _ => runs.push(Run { at, length: 1, partner: None }),
            }
        }
        let mut seen = [None; 3];
        for run in runs.iter_mut().rev() {
            if let Some(seen) = seen.get_mut(run.length) {
                run.partner = seen.replace(run.at);
            }
        }
        Self { runs }
    }

    /// Code that begins with the backticks at `at`: what is in it, and where it ends. Otherwise how many backticks there are.
    pub(super) fn code<'a>(&self, text: &'a str, at: usize) -> Result<(&'a str, usize), usize> {
        let Ok(found) = self.runs.binary_search_by_key(&at, |run| run.at) else {
            // The run began with an escaped backtick.
            return Err(text[at..].bytes().take_while(|&byte| byte == b'`').count());
        };
        let run = &self.runs[found];
        let Some(partner) = run.partner else { return Err(run.length) };
        Ok((unpadded(&text[at + run.length..partner]), partner + run.length))
    }
}

/// A space next to a backtick only keeps it from the backticks around.
fn unpadded(code: &str) -> &str {
    let code = code.strip_prefix(' ').filter(|rest| rest.trim_start_matches(' ').starts_with('`')).unwrap_or(code);
    code.strip_suffix(' ').filter(|rest| rest.trim_end_matches(' ').ends_with('`')).unwrap_or(code)
}

pub(super) const FENCE: &str = "```";

/// The code block that `text` begins with, and its length.
pub(super) fn fenced(text: &str) -> Option<(Block, usize)> {
    let inside = text.strip_prefix(FENCE)?;
    let first = inside.chars().next()?.len_utf8();
    let end = first + inside[first..].find(FENCE)?;
    let (language, code) = named(&inside[..end]);
    let code = code.trim_matches('\n');
    if code.chars().all(|c| c == '`') {
        return None;
    }
    let block = Block::Code { language: language.map(str::to_owned), text: code.to_owned() };
    Some((block, FENCE.len() + end + FENCE.len()))
}

/// A first line that is one word names the language, if code follows.
fn named(inside: &str) -> (Option<&str>, &str) {
    match inside.split_once('\n') {
        Some((first, rest)) if is_language(first) && !rest.trim_matches('\n').is_empty() => (Some(first), rest),
        _ => (None, inside),
    }
}

/// Whether Discord takes the word as a language.
pub(super) fn is_language(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_+-.#".contains(c))
}
