//! Tables, which Telegram does not have: columns drawn with spaces in a fixed width.

use appservice_sdk::content::Inline;
use appservice_sdk::prelude::Doc;

/// The longest cell that still widens its column.
const WIDEST: usize = 32;

/// The table as lines of text.
pub(super) fn drawn(head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>]) -> String {
    let cell = |cell: &Vec<Inline>| Doc::paragraph(cell.clone()).plain().replace('\n', " ");
    let line = |row: &[Vec<Inline>]| row.iter().map(cell).collect::<Vec<String>>();
    let head: Option<Vec<String>> = (!head.is_empty()).then(|| line(head));
    let rows: Vec<Vec<String>> = rows.iter().map(|row| line(row)).collect();
    let columns = head.iter().chain(&rows).map(Vec::len).max().unwrap_or_default();
    let width = |at: usize| {
        let cells = head.iter().chain(&rows).filter_map(|row| row.get(at));
        cells.map(|cell| cell.chars().count().min(WIDEST)).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut lines = Vec::new();
    if let Some(head) = &head {
        lines.push(drawn_line(head, &widths));
        lines.push(widths.iter().map(|width| "─".repeat(*width)).collect::<Vec<_>>().join("─┼─"));
    }
    lines.extend(rows.iter().map(|row| drawn_line(row, &widths)));
    lines.join("\n")
}

fn drawn_line(cells: &[String], widths: &[usize]) -> String {
    let cell = |(at, width): (usize, &usize)| {
        let text = cells.get(at).map_or("", String::as_str);
        format!("{text}{}", " ".repeat(width.saturating_sub(text.chars().count())))
    };
    let line: Vec<String> = widths.iter().enumerate().map(cell).collect();
    line.join(" │ ").trim_end().to_owned()
}
