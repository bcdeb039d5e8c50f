//! The homeserver of the demo: this very program, as a process of its own, with a configuration of its own.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::bail;
use serde_json::Value;
use tokio::process::{Child, Command};

use super::shore::Shore;

/// Starts it and waits until it answers.
pub(super) async fn start(folder: &Path, homeserver: &str, shores: &[Shore]) -> anyhow::Result<Child> {
    let file = folder.join("causeway.toml");
    registrations::write::write_secret(&file, config(folder, homeserver, shores).as_bytes())?;
    let mut server = Command::new(std::env::current_exe()?)
        .args(["serve", "--config"])
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    for _ in 0..200 {
        if let Some(status) = server.try_wait()? {
            bail!("the homeserver did not start: {status}");
        }
        if reqwest::get(format!("{homeserver}/_matrix/client/versions")).await.is_ok() {
            return Ok(server);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("the homeserver did not start within ten seconds")
}

fn config(folder: &Path, homeserver: &str, shores: &[Shore]) -> String {
    let text = |value: &str| Value::from(value).to_string();
    let sections: Vec<String> = shores.iter().map(Shore::section).collect();
    format!(
        "[server]\nname = \"localhost\"\nlisten = [{}]\ndata = {}\npublic_url = {}\n\n[registration]\nmode = \"open\"\n\n\
         [network]\nallow_private = true\n\n[bridges.webhooks]\nenabled = false\n\n{}\n[log]\nlevel = \"warn\"\n",
        text(homeserver.trim_start_matches("http://")),
        text(&folder.join("data").display().to_string()),
        text(homeserver),
        sections.join("\n"),
    )
}

/// Asks the server to stop, and waits a little for it.
pub(super) async fn end(mut server: Child) {
    if let Some(id) = server.id() {
        let _ = Command::new("kill").arg(id.to_string()).status().await;
    }
    if tokio::time::timeout(Duration::from_secs(5), server.wait()).await.is_err() {
        let _ = server.kill().await;
    }
}

/// A port that nobody has at the moment.
pub(super) fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A folder that is removed at the end.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("causeway-demo-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
