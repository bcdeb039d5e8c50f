//! One process of a bridge.

use std::{
    io,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{ChildStdin, ChildStdout},
};

use super::Command;

/// How long a bridge may take until it listens.
const START_WITHIN: Duration = Duration::from_secs(60);
/// How long it may take to finish what it is doing.
const STOP_WITHIN: Duration = Duration::from_secs(5);
/// The longest first line that is read.
const LINE: u64 = 4096;

/// A process that was started. Dropping it kills it.
pub(super) struct Child {
    process: tokio::process::Child,
    input: Option<ChildStdin>,
    output: Option<ChildStdout>,
}

/// What a bridge says once it is ready.
#[derive(Deserialize)]
struct Ready {
    listening: String,
}

impl Child {
    pub(super) fn start(command: &Command, network: &str) -> io::Result<Self> {
        let mut process = tokio::process::Command::new(&command.program)
            .arg0("causeway")
            .args(["bridge", network])
            .args(&command.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A group of its own: Ctrl-C in the terminal is for the server, which then stops its bridges in order.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        Ok(Self { process, input, output })
    }

    /// Where it listens, once it does; or why it does not.
    pub(super) async fn listening(&mut self) -> Result<String, String> {
        let Some(output) = self.output.take() else { return Err("has no output".to_owned()) };
        let mut output = BufReader::new(output);
        let mut line = String::new();
        let mut first = (&mut output).take(LINE);
        match tokio::time::timeout(START_WITHIN, first.read_line(&mut line)).await {
            Err(_) => return Err(format!("did not listen within {} seconds", START_WITHIN.as_secs())),
            // The end of its output is the end of the process: its exit code says more.
            Ok(Ok(0)) => return Err(String::new()),
            Ok(Err(error)) => return Err(format!("cannot be read: {error}")),
            Ok(Ok(_)) => {}
        }
        let ready: Ready = serde_json::from_str(&line).map_err(|_| "said something else than where it listens")?;
        // Whatever it prints later is read, so that it never waits for us.
        tokio::spawn(async move { tokio::io::copy(&mut output, &mut tokio::io::sink()).await });
        Ok(ready.listening)
    }

    /// The number the system knows it by, while it runs.
    pub(super) fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Waits until it has ended.
    pub(super) async fn ended(&mut self) {
        let _ = self.process.wait().await;
    }

    /// Tells it to stop; kills it if it does not.
    pub(super) async fn stop(mut self) {
        drop(self.input.take());
        if tokio::time::timeout(STOP_WITHIN, self.process.wait()).await.is_err() {
            let _ = self.process.kill().await;
        }
    }

    /// How it ended. One that has not ended a moment later is killed.
    pub(super) async fn kill(mut self) -> io::Result<ExitStatus> {
        match tokio::time::timeout(Duration::from_millis(500), self.process.wait()).await {
            Ok(status) => status,
            Err(_) => {
                self.process.kill().await?;
                self.process.wait().await
            }
        }
    }
}
