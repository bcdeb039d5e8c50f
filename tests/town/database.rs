//! A database for each town.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::postgresql::{VARIABLE, programs};

/// A new database on the server that the environment names, or an empty text: then it is a file.
pub(super) fn new(folder: &Path) -> String {
    let server = std::env::var(VARIABLE).unwrap_or_default();
    if !server.starts_with("postgres") {
        return String::new();
    }
    let folder = folder.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let unique: String = folder.chars().filter(char::is_ascii_alphanumeric).collect();
    let name = format!("town_{unique}_{}", std::process::id());
    let psql = programs().map_or_else(|| PathBuf::from("psql"), |folder| folder.join("psql"));
    let made = Command::new(psql).args([&server, "-q", "-c", &format!("CREATE DATABASE {name}")]).status();
    assert!(made.is_ok_and(|status| status.success()), "the database {name} cannot be made on {server}");
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}
