//! The contract, once more: Slack's own library for Python, where `.ci/run` installed it (`CAUSEWAY_SENDERS` names the
//! folder) or this machine has it anyway.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::wire::{SOON, house};

const SCRIPT: &str = include_str!("everything.py");

#[tokio::test]
async fn slacks_own_library_for_python_is_content() {
    let installed = std::env::var_os("CAUSEWAY_SENDERS").map(|home| Path::new(&home).join("venv/bin/python"));
    let python = installed.filter(|python| python.exists()).unwrap_or_else(|| "python3".into());
    let found = Command::new(&python).args(["-c", "import slack_sdk"]).stderr(Stdio::null()).status();
    if !found.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: {} has no slack_sdk; pip install slack_sdk", python.display());
        return;
    }
    let house = house().await;
    let mut child = Command::new(&python)
        .args([
            "-c",
            SCRIPT,
            &house.slack.api_url(),
            house.slack.token(),
            house.slack.app_token(),
            &house.news,
            &house.ada,
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    house.slack.wait_for(SOON, |s| s.sockets().0 == 1).await.expect("it opens its socket");
    house.slack.say(&house.news, &house.ada, "are you there?").unwrap();
    let answered =
        house.slack.wait_for(SOON, |s| s.transcript(&house.news).iter().any(|line| line.text == "I am")).await;
    house.slack.command(&house.news, &house.ada, "/matrix", "stop").unwrap();
    let heard = house.slack.wait_for(SOON, |s| s.whispers().iter().any(|w| w.text == "stopping")).await;
    if answered.is_err() || heard.is_err() {
        let _ = child.kill();
    }
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && answered.is_ok() && heard.is_ok(), "{words}");
    let shared = house.slack.transcript(&house.news).into_iter().find(|line| !line.files.is_empty());
    assert_eq!(shared.unwrap().files[0].0, "note.txt");
}
