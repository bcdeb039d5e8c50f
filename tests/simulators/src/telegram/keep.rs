//! The state file: what the simulator knows, for its next start.

use std::{fs, path::Path, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::{state::Shared, updates::Updates, webhook::Webhook, world::World};

/// How long changes gather before they are written.
const PAUSE: Duration = Duration::from_millis(100);

/// What the file holds.
#[derive(Deserialize)]
pub(crate) struct Kept {
    pub(crate) world: World,
    pub(crate) updates: Updates,
    #[serde(default)]
    pub(crate) webhook: Option<Webhook>,
}

#[derive(Serialize)]
struct Keeping<'a> {
    world: &'a World,
    updates: &'a Updates,
    webhook: &'a Option<Webhook>,
}

/// The state as it was left; none if the file is not there yet.
pub(crate) fn load(path: &Path) -> anyhow::Result<Option<Kept>> {
    match fs::read(path) {
        Ok(bytes) => {
            serde_json::from_slice(&bytes).map(Some).with_context(|| format!("{} is not a state file", path.display()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Writes the whole state beside the file and moves it into place.
pub(crate) fn save(shared: &Shared, path: &Path) -> anyhow::Result<()> {
    let bytes = shared.look(|state| {
        serde_json::to_vec(&Keeping { world: &state.world, updates: &state.updates, webhook: &state.webhook })
    })?;
    let fresh = path.with_extension("new");
    fs::write(&fresh, bytes)
        .and_then(|()| fs::rename(&fresh, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Writes after each burst of changes, for ever.
pub(crate) async fn keep(shared: Arc<Shared>, path: PathBuf) {
    let mut version = shared.version.subscribe();
    while version.changed().await.is_ok() {
        tokio::time::sleep(PAUSE).await;
        version.mark_unchanged();
        if let Err(error) = save(&shared, &path) {
            tracing::error!("{error:#}");
        }
    }
}
