//! Tables as text in columns, for a fixed width.

use appservice_sdk::content::{Doc, Inline};

/// Lines whose cells stand below each other.
pub(super) fn columns(head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>]) -> String {
    let cell = |cell: &Vec<Inline>| Doc::paragraph(cell.clone()).plain().replace('\n', " ");
    let line = |row: &[Vec<Inline>]| row.iter().map(cell).collect::<Vec<String>>();
    let mut lines: Vec<Vec<String>> = Vec::new();
    if !head.is_empty() {
        lines.push(line(head));
    }
    lines.extend(rows.iter().map(|row| line(row)));
    let count = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |at: usize| lines.iter().filter_map(|line| line.get(at)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..count).map(|at| width(at).unwrap_or_default()).collect();
    let mut out: Vec<String> = lines.iter().map(|line| aligned(line, &widths)).collect();
    if !head.is_empty() && !rows.is_empty() {
        out.insert(1, widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join("-+-"));
    }
    out.join("\n")
}

fn aligned(line: &[String], widths: &[usize]) -> String {
    let cells = widths.iter().enumerate().map(|(at, width)| {
        let cell = line.get(at).map(String::as_str).unwrap_or_default();
        format!("{cell}{}", " ".repeat(width - cell.chars().count()))
    });
    cells.collect::<Vec<_>>().join(" | ").trim_end().to_owned()
}
