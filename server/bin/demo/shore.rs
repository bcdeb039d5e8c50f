//! A simulated network, with a place where people talk.

use std::time::Duration;

use serde_json::Value;

/// Lets the person with this number say something.
type Say = dyn Fn(usize, &str) -> anyhow::Result<()> + Send + Sync;

/// A network and the place in it that the room is linked to.
pub(super) struct Shore {
    /// As in `[bridges.NETWORK]` and `!NETWORK link`.
    pub(super) network: &'static str,
    /// As people call it.
    pub(super) title: &'static str,
    /// What the place is called there.
    pub(super) place: &'static str,
    /// Where its window is.
    pub(super) url: String,
    /// The place's id.
    pub(super) chat: String,
    /// Who is there: id and name.
    pub(super) people: Vec<(String, &'static str)>,
    /// Its section of the configuration, but for `enabled`.
    pub(super) section: Vec<(&'static str, String)>,
    /// Lets the person with this number say something.
    pub(super) say: Box<Say>,
    /// Puts a page at its address.
    pub(super) show: Box<dyn Fn(String) + Send + Sync>,
    /// Whether the bridge has found its network.
    pub(super) connected: Box<dyn Fn() -> bool + Send + Sync>,
}

impl Shore {
    /// Its section of the configuration.
    pub(super) fn section(&self) -> String {
        let mut section = format!("[bridges.{}]\nenabled = true\nadmins = [\"*\"]\n", self.network);
        for (key, value) in &self.section {
            section.push_str(&format!("{key} = {}\n", Value::from(value.as_str())));
        }
        section
    }

    /// Waits until the bridge has found its network.
    pub(super) async fn until_connected(&self, patience: Duration) -> anyhow::Result<()> {
        let connected = async {
            while !(self.connected)() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let waited = tokio::time::timeout(patience, connected).await;
        waited.map_err(|_| anyhow::anyhow!("the bridge to {} does not find it", self.title))
    }
}
