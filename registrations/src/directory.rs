//! A folder of registration files, read again when it changes.
//!
//! Every `*.yaml` in it is one service. A file that cannot be read never takes the others down: when it is new, it is
//! left out; when it was good before, what it said last stays in force until it is good again or gone.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{FileProblem, Registration, Roster};

/// A watched folder.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    files: BTreeMap<PathBuf, Entry>,
    looked: bool,
}

/// What is known of one file.
#[derive(Debug, Default)]
struct Entry {
    stamp: Option<Stamp>,
    last_good: Option<Arc<Registration>>,
}

/// What differs when a file was written: inode, size, and the time the kernel noted the change, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

/// What a look at the folder found.
#[derive(Debug, Default)]
pub struct Found {
    /// Each usable service with its file, in the order of the file names.
    pub services: Vec<(PathBuf, Arc<Registration>)>,
    /// Each file that cannot be used as it is, with the reason.
    pub problems: Vec<FileProblem>,
}

impl Directory {
    /// A folder that was not looked at yet. It does not have to exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), files: BTreeMap::new(), looked: false }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks at the folder: `None` when nothing changed since the last look. Cheap enough for every second.
    ///
    /// # Errors
    /// When the folder exists but cannot be listed; what was known stays.
    pub fn look(&mut self) -> Result<Option<Found>, FileProblem> {
        let now = self.list().map_err(|error| FileProblem::Access {
            file: self.path.clone(),
            action: "listing the folder",
            cure: "let the server's user read it, or set `appservices.directory`",
            error,
        })?;
        let same = now.len() == self.files.len()
            && now.iter().all(|(file, stamp)| self.files.get(file).is_some_and(|entry| entry.stamp == Some(*stamp)));
        // The very first look is always news, even when it finds nothing.
        if std::mem::replace(&mut self.looked, true) && same {
            return Ok(None);
        }
        Ok(Some(self.read(now)))
    }

    fn list(&self) -> io::Result<BTreeMap<PathBuf, Stamp>> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(error),
        };
        let mut files = BTreeMap::new();
        for entry in entries {
            let file = entry?.path();
            if !is_registration(&file) {
                continue;
            }
            // A file may vanish between listing and looking; then it is not there.
            if let Ok(meta) = fs::metadata(&file) {
                let changed = (meta.ctime(), meta.ctime_nsec());
                files.insert(file, Stamp { inode: meta.ino(), size: meta.size(), changed });
            }
        }
        Ok(files)
    }

    fn read(&mut self, now: BTreeMap<PathBuf, Stamp>) -> Found {
        self.files.retain(|file, _| now.contains_key(file));
        let mut found = Found::default();
        let mut roster = Roster::default();
        for (file, stamp) in now {
            let entry = self.files.entry(file.clone()).or_default();
            entry.stamp = Some(stamp);
            match Registration::load(&file) {
                Ok(registration) => entry.last_good = Some(Arc::new(registration)),
                Err(problem) => found.problems.push(problem),
            }
            let Some(registration) = &entry.last_good else { continue };
            match roster.add(registration.clone()) {
                Ok(()) => found.services.push((file, registration.clone())),
                Err(problem) => found.problems.push(FileProblem::Content { file, problem }),
            }
        }
        found
    }
}

fn is_registration(file: &Path) -> bool {
    let hidden = file.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
    !hidden && file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(found: &Found) -> Vec<&str> {
        found.services.iter().map(|(_, service)| service.id.as_str()).collect()
    }

    fn write(folder: &Path, name: &str, id: &str) -> Registration {
        let registration = Registration::generate(id, format!("{id}bot"));
        registration.save(&folder.join(name)).unwrap();
        registration
    }

    #[test]
    fn a_broken_file_never_takes_the_others_down() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.yaml", "irc");
        write(folder.path(), "c.yaml", "xmpp");
        fs::write(folder.path().join("b.yaml"), "id: only").unwrap();
        fs::write(folder.path().join("notes.txt"), "not a registration").unwrap();
        fs::write(folder.path().join(".d.yaml.1234"), "a draft").unwrap();
        let found = Directory::new(folder.path()).look().unwrap().unwrap();
        assert_eq!(ids(&found), ["irc", "xmpp"]);
        assert_eq!(found.problems.len(), 1);
        assert!(found.problems[0].file().ends_with("b.yaml"));
    }

    #[test]
    fn a_look_tells_what_changed_while_running() {
        let folder = tempfile::tempdir().unwrap();
        let mut directory = Directory::new(folder.path());
        assert!(ids(&directory.look().unwrap().unwrap()).is_empty());

        write(folder.path(), "a.yaml", "irc");
        assert_eq!(ids(&directory.look().unwrap().unwrap()), ["irc"]);
        assert!(directory.look().unwrap().is_none(), "nothing changed");

        write(folder.path(), "a.yaml", "irc2");
        assert_eq!(ids(&directory.look().unwrap().unwrap()), ["irc2"]);

        fs::write(folder.path().join("a.yaml"), "id: [").unwrap();
        let found = directory.look().unwrap().unwrap();
        assert_eq!(ids(&found), ["irc2"], "what it said last stays in force");
        assert_eq!(found.problems.len(), 1);

        fs::remove_file(folder.path().join("a.yaml")).unwrap();
        assert!(ids(&directory.look().unwrap().unwrap()).is_empty());
    }

    #[test]
    fn a_copied_file_is_refused_and_named() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.yaml", "irc");
        fs::copy(folder.path().join("a.yaml"), folder.path().join("b.yaml")).unwrap();
        let found = Directory::new(folder.path()).look().unwrap().unwrap();
        assert_eq!(ids(&found), ["irc"]);
        assert!(found.problems[0].to_string().contains("b.yaml: `id`: `irc` is used by another service"));
    }

    #[test]
    fn a_folder_that_does_not_exist_is_empty() {
        let found = Directory::new("/nonexistent/registrations").look().unwrap().unwrap();
        assert!(found.services.is_empty() && found.problems.is_empty());
    }
}
