//! The program as a process.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use super::{PROGRAM, SOON};

/// A server, running or not, on one folder and one port.
pub(crate) struct Server {
    /// `http://127.0.0.1:PORT`
    pub(crate) url: String,
    pub(crate) folder: PathBuf,
    process: Option<Child>,
    starts: u32,
}

impl Server {
    /// Starts it for the first time with this configuration.
    pub(crate) async fn start(folder: &Path, config: &Value) -> Self {
        let config_file = folder.join("causeway.toml");
        fs::write(config_file, toml::to_string(config).unwrap()).unwrap();
        let listen = config["server"]["listen"][0].as_str().unwrap();
        let mut server = Self { url: format!("http://{listen}"), folder: folder.to_owned(), process: None, starts: 0 };
        server.start_again().await;
        server
    }

    /// Starts it, and waits until it answers.
    pub(crate) async fn start_again(&mut self) {
        self.starts += 1;
        let file = |name: &str| File::create(self.folder.join(format!("{name}.{}", self.starts))).unwrap();
        let process = self.command(&["serve"]).stdout(file("out")).stderr(file("err")).spawn().unwrap();
        self.process = Some(process);
        let answers = async {
            while !self.folder.join("data/running.json").exists()
                || reqwest::get(format!("{}/_matrix/client/versions", self.url)).await.is_err()
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(tokio::time::timeout(SOON, answers).await.is_ok(), "the server does not start: {}", self.log());
    }

    /// What it printed at its last start.
    pub(crate) fn printed(&self) -> String {
        fs::read_to_string(self.folder.join(format!("out.{}", self.starts))).unwrap()
    }

    /// What it logged since its last start.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join(format!("err.{}", self.starts))).unwrap_or_default()
    }

    /// A command beside the running server.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).arg("--config").arg(self.folder.join("causeway.toml"));
        command.current_dir(&self.folder).stdin(Stdio::null());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CAUSEWAY__")) {
            command.env_remove(name);
        }
        command
    }

    /// What a command prints, if it succeeds.
    pub(crate) fn told(&self, arguments: &[&str]) -> String {
        let done = self.command(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(done.status.success(), "{arguments:?}: {}", text(&done.stderr));
        text(&done.stdout)
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        process.kill().unwrap();
        process.wait().unwrap();
        let _ = fs::remove_file(self.folder.join("data/running.json"));
    }

    /// Asks it to stop, as a service manager does, and waits until it has. Its exit was clean if this is true.
    pub(crate) async fn stop(&mut self) -> bool {
        let Some(mut process) = self.process.take() else { return true };
        signal("-TERM", process.id());
        let ended = async {
            loop {
                if let Some(status) = process.try_wait().unwrap() {
                    return status.success();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(SOON, ended).await.expect("the server stops soon")
    }

    /// `kill -9` for the process of a bridge, if it runs just now.
    pub(crate) async fn kill_bridge(&self, network: &str) {
        let pid = self.bridges().await[network]["pid"].as_u64();
        if let Some(pid) = pid {
            signal("-KILL", u32::try_from(pid).unwrap());
        }
    }

    /// Waits until every bridge takes transactions.
    pub(crate) async fn until_bridges_run(&self) {
        let run = async {
            loop {
                let bridges = self.bridges().await;
                let all = bridges.as_object().unwrap();
                if !all.is_empty() && all.values().all(|bridge| bridge["state"] == "running") {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        assert!(tokio::time::timeout(SOON, run).await.is_ok(), "a bridge does not start: {}", self.log());
    }

    /// How the bridges are, as the server tells on this machine.
    pub(crate) async fn bridges(&self) -> Value {
        let running = fs::read(self.folder.join("data/running.json")).unwrap();
        let running: Value = serde_json::from_slice(&running).unwrap();
        let url = format!("{}/_causeway/v1/bridges", self.url);
        let asked = reqwest::Client::new().get(url).bearer_auth(running["token"].as_str().unwrap()).send().await;
        asked.unwrap().json::<Value>().await.unwrap()["bridges"].take()
    }

    /// How much memory the server and the process of a bridge hold, in KiB (`VmRSS`).
    pub(crate) async fn memory(&self, network: &str) -> (u64, u64) {
        let held = |pid: u64| {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
        };
        let bridge = self.bridges().await[network]["pid"].as_u64().unwrap_or_default();
        (self.process.as_ref().map_or(0, |process| held(process.id().into())), held(bridge))
    }

    /// What a bridge tells whoever knows its registration.
    pub(crate) async fn bridge(&self, path: &str) -> Value {
        let network = path.split('/').nth(2).unwrap();
        let file = self.folder.join(format!("data/registrations/{network}.yaml"));
        let registration = registrations::Registration::load(&file).unwrap();
        let asked = reqwest::Client::new().get(format!("{}{path}", self.url));
        asked.bearer_auth(registration.hs_token.reveal()).send().await.unwrap().json().await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that is free now. Another process may take it before us, but the system hands the same one out again late.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn signal(name: &str, pid: u32) {
    let _ = Command::new("kill").args([name, &pid.to_string()]).stderr(Stdio::null()).status();
}
