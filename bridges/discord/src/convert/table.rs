//! Tables, which Discord does not have: as text in columns.

use appservice_sdk::content::{Doc, Inline};

/// Wider cells push the others aside rather than widen the column.
const WIDEST: usize = 30;

/// The table as lines with aligned columns.
pub(super) fn columns(head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>]) -> String {
    let plain = |cells: &Vec<Vec<Inline>>| cells.iter().map(|cell| line(cell)).collect::<Vec<_>>();
    let head = head.iter().map(|cell| line(cell)).collect::<Vec<_>>();
    let rows: Vec<_> = rows.iter().map(plain).collect();
    let count = rows.iter().chain([&head]).map(Vec::len).max().unwrap_or_default();
    let mut widths = vec![0; count];
    for cells in rows.iter().chain([&head]) {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.chars().count().min(WIDEST));
        }
    }
    let mut out = String::new();
    if !head.is_empty() {
        row(&head, &widths, &mut out);
        out.push_str(&widths.iter().map(|width| "─".repeat(*width)).collect::<Vec<_>>().join("─┼─"));
        out.push('\n');
    }
    rows.iter().for_each(|cells| row(cells, &widths, &mut out));
    out.truncate(out.trim_end_matches('\n').len());
    out
}

fn line(cell: &[Inline]) -> String {
    Doc::paragraph(cell.to_vec()).plain().replace('\n', " ")
}

fn row(cells: &[String], widths: &[usize], out: &mut String) {
    let from = out.len();
    for (at, width) in widths.iter().enumerate() {
        if at > 0 {
            out.push_str(" │ ");
        }
        let cell = cells.get(at).map_or("", String::as_str);
        out.push_str(cell);
        out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
    }
    let end = from + out[from..].trim_end_matches(' ').len();
    out.truncate(end);
    out.push('\n');
}
