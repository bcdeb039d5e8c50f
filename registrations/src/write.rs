//! Files that hold secrets: readable by their owner alone, and never half written.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use crate::{FileProblem, Registration};

impl Registration {
    /// Reads one file.
    ///
    /// # Errors
    /// When the file cannot be read or is not a valid registration.
    pub fn load(file: &Path) -> Result<Self, FileProblem> {
        let yaml = fs::read_to_string(file).map_err(|error| FileProblem::Access {
            file: file.to_owned(),
            action: "reading it",
            cure: "let the server's user read it",
            error,
        })?;
        Self::parse(&yaml).map_err(|problem| FileProblem::Content { file: file.to_owned(), problem })
    }

    /// Writes the registration to `file`, replacing what was there in one step.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn save(&self, file: &Path) -> Result<(), FileProblem> {
        write_secret(file, self.to_yaml().as_bytes()).map_err(|error| FileProblem::Access {
            file: file.to_owned(),
            action: "writing it",
            cure: "let the server's user write to its folder",
            error,
        })
    }
}

/// Writes `content` to `file` with mode 0600, durably and in one step: a reader sees the old file or the new one.
///
/// # Errors
/// When the folder cannot be written to.
pub fn write_secret(file: &Path, content: &[u8]) -> io::Result<()> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let name = file.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_string_lossy();
    let draft = folder.join(format!(".{name}.{:08x}", rand::random::<u32>()));
    let written = write_new(&draft, content).and_then(|()| fs::rename(&draft, file));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written?;
    File::open(folder)?.sync_all()
}

fn write_new(file: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_saved_registration_is_private_and_leaves_no_draft() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("irc.yaml");
        fs::write(&file, "something older and world-readable").unwrap();
        Registration::generate("irc", "ircbot").save(&file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(Registration::load(&file).unwrap().id, "irc");
    }

    #[test]
    fn a_missing_file_is_named() {
        let problem = Registration::load(Path::new("/nonexistent/irc.yaml")).unwrap_err().to_string();
        assert!(problem.starts_with("/nonexistent/irc.yaml: reading it failed"), "{problem}");
    }
}
