//! Files that came along with a message: kept in the bridge's own database, in the same transaction as the message, until
//! the homeserver has them.
//!
//! `file/ID` says what it is, `bytes/ID/N` holds pieces of it. A file is forgotten a while after it was read, and a week
//! after it came in any case.

use std::time::Duration;

use appservice_sdk::prelude::*;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    dialect::Refusal,
    ids,
    post::{Card, File, From, Post},
};

/// The most that one message may bring.
pub(crate) const MAX_BYTES: usize = 25 * 1024 * 1024;
/// Bytes of a piece.
const PIECE: usize = 512 * 1024;
/// A file that was read stays so long, for a reader that failed on its way.
const STAYS: Duration = Duration::from_secs(15 * 60);
/// A file that nobody read goes after this time, in milliseconds.
const OLD: i64 = 7 * 24 * 3_600_000;

/// What is known of a file.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    pieces: usize,
    mime: Option<String>,
}

/// Moves the bytes of a message's files into the batch.
///
/// # Errors
/// [`Refusal::TooLarge`]
pub fn keep(post: &mut Post, message: &str, mut batch: Batch) -> Result<Batch, Refusal> {
    let mut total = 0;
    for file in all(post) {
        let From::Bytes(bytes) = &file.from else { continue };
        total += bytes.len();
        if total > MAX_BYTES {
            return Err(Refusal::TooLarge);
        }
        let id = format!("{message}-{}", digest(bytes));
        batch = store(&id, bytes, file.mime.as_deref(), batch);
        file.from = From::Stored(id);
    }
    Ok(batch)
}

/// What tells the files of a message apart: an edit may bring others.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The same for bytes that come before their message. Answers the batch with them.
pub(crate) fn store(id: &str, bytes: &Bytes, mime: Option<&str>, mut batch: Batch) -> Batch {
    let mut pieces = 0;
    for piece in bytes.chunks(PIECE) {
        batch = batch.put(format!("bytes/{id}/{pieces}"), &STANDARD.encode(piece));
        pieces += 1;
    }
    batch.put(format!("file/{id}"), &Kept { pieces, mime: mime.map(str::to_owned) })
}

fn all(post: &mut Post) -> Vec<&mut File> {
    let Post { files, cards, .. } = post;
    files.iter_mut().chain(cards.iter_mut().flat_map(|Card { images, .. }| images)).collect()
}

/// Reads a file that was kept.
///
/// # Errors
/// `Missing` when it is not there any more.
pub async fn open(id: &str, remote: &Remote) -> Result<MediaStream, FetchError> {
    let kept: Kept = remote.get(&format!("file/{id}")).await?.ok_or(FetchError::Missing)?;
    let mut whole = Vec::new();
    for piece in 0..kept.pieces {
        let text: String = remote.get(&format!("bytes/{id}/{piece}")).await?.ok_or(FetchError::Missing)?;
        whole.extend(STANDARD.decode(text).map_err(|_| FetchError::Missing)?);
    }
    let (id, remote, pieces) = (id.to_owned(), remote.clone(), kept.pieces);
    tokio::spawn(async move {
        tokio::time::sleep(STAYS).await;
        forget(&id, pieces, &remote).await;
    });
    Ok(MediaStream::from_bytes(whole, kept.mime))
}

/// Forgets what is old: called at start.
pub async fn sweep(remote: &Remote) {
    let Ok(kept) = remote.get_all::<Kept>("file/").await else { return };
    let now = Timestamp::now();
    for (key, kept) in kept {
        let id = key.trim_start_matches("file/");
        let at = ids::moment(id.split('-').next().unwrap_or_default());
        if now.0.saturating_sub(at.0) > OLD {
            forget(id, kept.pieces, remote).await;
        }
    }
}

async fn forget(id: &str, pieces: usize, remote: &Remote) {
    let batch = Batch::new().forget(format!("file/{id}"));
    let batch = (0..pieces).fold(batch, |batch, piece| batch.forget(format!("bytes/{id}/{piece}")));
    if let Err(error) = remote.store(batch).await {
        tracing::warn!(error = %error, "A file that was delivered is kept a while longer.");
    }
}
