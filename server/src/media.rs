//! Files people send: kept once each by content, streamed in and out, made smaller on demand.
//! Specified in the client-server API, «Content repository».

pub mod picture;
pub mod serve;
pub mod upload;

use std::path::{Path, PathBuf};

use tokio::sync::Semaphore;

/// Where files are, and how much may be done with them at once.
pub struct Media {
    folder: PathBuf,
    /// Bytes one upload may have.
    pub max_upload: u64,
    /// Pictures being made smaller; each takes a processor and some memory.
    pub(crate) smaller: Semaphore,
}

impl Media {
    /// Files below `folder`.
    #[must_use]
    pub fn new(folder: PathBuf, max_upload: u64) -> Self {
        Self { folder, max_upload, smaller: Semaphore::new(2) }
    }

    /// The file with this content.
    #[must_use]
    pub fn file(&self, hash: &str) -> PathBuf {
        let (start, rest) = hash.split_at(hash.len().min(2));
        self.folder.join(start).join(rest)
    }

    /// The smaller picture of that content.
    #[must_use]
    pub fn smaller_file(&self, hash: &str, size: picture::Size) -> PathBuf {
        let how = if size.crop { "crop" } else { "scale" };
        let (start, rest) = hash.split_at(hash.len().min(2));
        self.folder.join("smaller").join(start).join(format!("{rest}-{}x{}-{how}", size.width, size.height))
    }

    /// A new file that is not complete yet.
    pub(crate) async fn unfinished(&self) -> std::io::Result<(PathBuf, tokio::fs::File)> {
        let folder = self.folder.join("unfinished");
        tokio::fs::create_dir_all(&folder).await?;
        let path = folder.join(format!("{:032x}", rand::random::<u128>()));
        let file = tokio::fs::File::create_new(&path).await?;
        Ok((path, file))
    }

    /// Moves a complete file to its place.
    pub(crate) async fn finish(&self, unfinished: &Path, place: &Path) -> std::io::Result<()> {
        if let Some(folder) = place.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        tokio::fs::rename(unfinished, place).await
    }
}
