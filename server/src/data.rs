//! The data folder: made at the first start, used by one server at a time.
//!
//! While a server runs it holds a lock on the file `lock` and tells in `running.json` where it listens, with a secret
//! that whoever may read the folder shows to give orders on this machine ([`Running`]). The kernel drops the lock with
//! the process, so a killed server leaves nothing behind that has to be cleared away.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use registrations::{Token, write::write_secret};
use serde::{Deserialize, Serialize};

const LOCK: &str = "lock";
const RUNNING: &str = "running.json";
/// How long a server may take from taking the folder to telling where it listens, in tenths of a second.
const STARTS_WITHIN: u32 = 50;

/// A data folder that is ours until this is dropped.
#[derive(Debug)]
pub struct Data {
    folder: PathBuf,
    /// Whether the folder was made just now.
    pub is_new: bool,
    _lock: File,
}

/// Whose the data folder is.
#[derive(Debug)]
pub enum Taken {
    /// Ours.
    Ours(Data),
    /// That of a server that runs.
    Theirs,
}

/// Where a running server is, for orders from this machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Running {
    /// Its address on this machine.
    pub address: String,
    /// What it knows us by.
    pub token: String,
}

impl Data {
    /// Makes the folder if it is not there, for its owner alone, and takes it unless another server has.
    ///
    /// # Errors
    /// When the folder cannot be made or written to.
    pub fn take(folder: &Path) -> anyhow::Result<Taken> {
        let shown = folder.display();
        let is_new = !folder.exists();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("the data folder {shown} cannot be made (server.data)"))?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(folder.join(LOCK));
        let lock = lock.with_context(|| format!("the data folder {shown} cannot be written to (server.data)"))?;
        match lock.try_lock() {
            Ok(()) => {
                // What a killed server told is no longer so.
                let _ = fs::remove_file(folder.join(RUNNING));
                Ok(Taken::Ours(Self { folder: folder.to_owned(), is_new, _lock: lock }))
            }
            Err(TryLockError::WouldBlock) => Ok(Taken::Theirs),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("the data folder {shown} cannot be locked (server.data)"))
            }
        }
    }

    /// The same, where another server is in the way.
    ///
    /// # Errors
    /// When the folder is in use or cannot be written to.
    pub fn take_alone(folder: &Path) -> anyhow::Result<Self> {
        match Self::take(folder)? {
            Taken::Ours(data) => Ok(data),
            Taken::Theirs => bail!(
                "the data folder {} is in use by another running server; stop that one or set `server.data`",
                folder.display()
            ),
        }
    }

    /// Tells where the server listens.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn announce(&self, address: &str, token: &Token) -> io::Result<()> {
        let running = Running { address: address.to_owned(), token: token.reveal().to_owned() };
        write_secret(&self.folder.join(RUNNING), &serde_json::to_vec(&running)?)
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.folder.join(RUNNING));
    }
}

impl Running {
    /// The server that has this folder. One that is just starting is waited for, a few seconds.
    ///
    /// # Errors
    /// When it has not told by then, or we may not know.
    pub fn find(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join(RUNNING);
        for _ in 0..STARTS_WITHIN {
            if !matches!(file.try_exists(), Ok(false)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let text = fs::read(&file).with_context(|| {
            format!(
                "a server runs on {}, but {} cannot be read; try again as its user",
                folder.display(),
                file.display()
            )
        })?;
        serde_json::from_slice(&text).with_context(|| format!("{} is damaged; start the server again", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_folder_and_what_is_in_it_are_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("a/data");
        let data = Data::take_alone(&folder).unwrap();
        assert!(data.is_new);
        data.announce("http://127.0.0.1:1", &Token::new("t")).unwrap();
        assert_eq!((mode(&folder), mode(&folder.join(LOCK)), mode(&folder.join(RUNNING))), (0o700, 0o600, 0o600));
        assert_eq!(Running::find(&folder).unwrap().token, "t");
        drop(data);
        assert!(!folder.join(RUNNING).exists());
        assert!(!Data::take_alone(&folder).unwrap().is_new);
    }

    #[test]
    fn a_folder_in_use_is_refused_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let _data = Data::take_alone(folder.path()).unwrap();
        assert!(matches!(Data::take(folder.path()).unwrap(), Taken::Theirs));
        let error = Data::take_alone(folder.path()).unwrap_err().to_string();
        assert!(error.contains("is in use by another running server") && error.contains("server.data"), "{error}");
    }
}
