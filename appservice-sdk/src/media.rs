//! Files on their way to the homeserver: streamed through a temporary file, hashed, uploaded once.

pub mod web;

use std::{path::Path, time::Duration};

use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use crate::{
    core::Core,
    network::{FetchError, MediaRef, MediaSource, MediaStream},
    store::media::{Uploaded, remember},
};

/// The longest a file may take.
const LIMIT: Duration = Duration::from_secs(600);

/// Reads a file, wherever it is.
pub(crate) async fn open(core: &Core, file: &MediaRef) -> Result<MediaStream, FetchError> {
    match &file.source {
        MediaSource::Matrix(mxc) => core.homeserver.download(mxc).await,
        MediaSource::Web(url) => web::open(&core.web, url, core.settings.allow_private).await,
        MediaSource::Remote(_) => match core.session.get() {
            Some(session) => session.fetch(file).await,
            None => Err(FetchError::later("not connected")),
        },
    }
}

/// Brings a file to the homeserver, unless it is there already. `None`: it cannot be had, for good.
pub(crate) async fn carry(core: &Core, file: &MediaRef) -> Result<Option<Uploaded>, FetchError> {
    if let MediaSource::Matrix(mxc) = &file.source {
        return Ok(Some(in_place(file, mxc)));
    }
    if let Some(known) = core.store.uploads(&[file.cache_key()]).await?.pop() {
        return Ok(Some(known));
    }
    let transferred = tokio::time::timeout(LIMIT, transfer(core, file)).await;
    match transferred.unwrap_or_else(|slow| Err(FetchError::later(slow))) {
        Ok(uploaded) => Ok(Some(uploaded)),
        Err(FetchError::Later { after, why }) => Err(FetchError::Later { after, why }),
        Err(error) => {
            tracing::info!(file = file.cache_key(), error = %error, "A file cannot be carried over.");
            Ok(None)
        }
    }
}

fn in_place(file: &MediaRef, mxc: &str) -> Uploaded {
    Uploaded {
        source: file.cache_key().to_owned(),
        sha256: String::new(),
        mxc: mxc.to_owned(),
        mime: file.mime.clone(),
        size: i64::try_from(file.size.unwrap_or(0)).unwrap_or(0),
    }
}

async fn transfer(core: &Core, file: &MediaRef) -> Result<Uploaded, FetchError> {
    let max = core.settings.max_media;
    if file.size.is_some_and(|size| size > max) {
        return Err(FetchError::TooLarge { max });
    }
    let stream = open(core, file).await?;
    let mime = mime(file, stream.mime.as_deref());
    let spool = tempfile::NamedTempFile::new().map_err(FetchError::later)?;
    let (sha256, size) = drain(stream, spool.path(), max).await?;
    let source = file.cache_key().to_owned();
    let mxc = match core.store.upload_by_hash(&sha256).await? {
        Some(same) => same.mxc,
        None => {
            let name = file.name.as_deref();
            let uploaded = core.homeserver.bot().upload(spool.path(), size, &mime, name).await;
            uploaded.map_err(|error| FetchError::Refused(error.message))?
        }
    };
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let uploaded = Uploaded { source, sha256, mxc, mime: Some(mime), size };
    core.store.commit("storing an upload", vec![remember(&uploaded)]).await?;
    Ok(uploaded)
}

/// Writes a stream to a file; answers hash and length.
async fn drain(mut stream: MediaStream, path: &Path, max: u64) -> Result<(String, u64), FetchError> {
    let mut file = tokio::fs::File::create(path).await.map_err(FetchError::later)?;
    let mut hash = Sha256::new();
    let mut size: u64 = 0;
    while let Some(chunk) = stream.body.next().await {
        let chunk = chunk?;
        size = size.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if size > max {
            return Err(FetchError::TooLarge { max });
        }
        hash.update(&chunk);
        file.write_all(&chunk).await.map_err(FetchError::later)?;
    }
    file.flush().await.map_err(FetchError::later)?;
    Ok((hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(), size))
}

/// The type the network told, else the one the source told, else what the name suggests.
fn mime(file: &MediaRef, told: Option<&str>) -> String {
    let guessed = || file.name.as_deref().and_then(|name| mime_guess::from_path(name).first_raw());
    let told = told.map(|told| told.split(';').next().unwrap_or(told).trim()).filter(|told| told.contains('/'));
    file.mime.as_deref().or(told).or_else(guessed).unwrap_or("application/octet-stream").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_comes_from_whoever_knows_it_best() {
        let file = |mime: Option<&str>, name: Option<&str>| MediaRef {
            mime: mime.map(str::to_owned),
            name: name.map(str::to_owned),
            ..MediaRef::remote("x")
        };
        let cases = [
            (file(Some("image/png"), Some("a.jpg")), Some("text/plain"), "image/png"),
            (file(None, Some("a.jpg")), Some("image/webp; q=1"), "image/webp"),
            (file(None, Some("a.jpg")), None, "image/jpeg"),
            (file(None, None), Some("nonsense"), "application/octet-stream"),
        ];
        for (file, told, expected) in cases {
            assert_eq!(mime(&file, told), expected);
        }
    }
}
