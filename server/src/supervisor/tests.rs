//! Cases for the supervisor, with shell scripts as bridges.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// One test at a time: a script that is just being written cannot be run while another thread forks.
static FORKS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A shell script that stands in for the program. It is called with `bridge NETWORK`.
fn program(folder: &Path, script: &str) -> Command {
    let program = folder.join("bridge.sh");
    std::fs::write(&program, format!("#!/bin/sh\ncd {}\n{script}\n", folder.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    Command { program, arguments: vec!["--config".into(), "x.toml".into()] }
}

fn services(folder: &Path) -> Services {
    ensure_registration(folder, "discord", "h").unwrap();
    Services::open("h", [folder.to_owned()])
}

async fn until(board: &Board, wanted: impl Fn(&Health) -> bool) -> Health {
    for _ in 0..200 {
        if let Some(health) = board.all().get("discord").filter(|health| wanted(health)) {
            return health.clone();
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the bridge never came to that state: {:?}", board.all());
}

const LISTEN: &str = r#"echo '{"listening":"http://127.0.0.1:1"}'; echo more"#;

#[tokio::test]
async fn a_bridge_is_started_told_of_and_stopped_by_the_end_of_its_input() {
    let _alone = FORKS.lock().await;
    let folder = tempfile::tempdir().unwrap();
    let services = services(folder.path());
    let command = program(folder.path(), &format!("echo $* > arguments; {LISTEN}; cat; echo bye > farewell"));
    let board = Board::default();
    let supervisor = Supervisor::start(["discord".to_owned()], &command, &services, &board);
    let health = until(&board, |health| matches!(health.state, State::Running { .. })).await;
    assert_eq!(health.starts, 1);
    let url = || services.current().by_id("discord").unwrap().url.clone();
    assert_eq!(url().as_deref(), Some("http://127.0.0.1:1"));
    assert_eq!(std::fs::read_to_string(folder.path().join("arguments")).unwrap(), "bridge discord --config x.toml\n");
    supervisor.stop().await;
    assert_eq!(std::fs::read_to_string(folder.path().join("farewell")).unwrap(), "bye\n");
    assert_eq!(url(), None);
}

#[tokio::test]
async fn a_bridge_that_dies_is_started_again() {
    let _alone = FORKS.lock().await;
    let folder = tempfile::tempdir().unwrap();
    let services = services(folder.path());
    let command = program(folder.path(), &format!("{LISTEN}; sleep 0.1; kill -9 $$"));
    let board = Board::default();
    let supervisor = Supervisor::start(["discord".to_owned()], &command, &services, &board);
    until(&board, |health| health.starts >= 3).await;
    supervisor.stop().await;
}

#[tokio::test]
async fn a_bridge_that_ends_or_cannot_work_is_left_alone() {
    let _alone = FORKS.lock().await;
    for (code, state) in [(0, State::Ended), (i32::from(CANNOT_WORK), State::CannotWork)] {
        for script in [format!("exit {code}"), format!("{LISTEN}; sleep 0.1; exit {code}")] {
            let folder = tempfile::tempdir().unwrap();
            let services = services(folder.path());
            let command = program(folder.path(), &script);
            let board = Board::default();
            let supervisor = Supervisor::start(["discord".to_owned()], &command, &services, &board);
            let health = until(&board, |health| health.state == state).await;
            assert_eq!(health.starts, 1);
            supervisor.stop().await;
        }
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_or_talks_nonsense_is_tried_again() {
    let _alone = FORKS.lock().await;
    let folder = tempfile::tempdir().unwrap();
    let services = services(folder.path());
    let absent = Command { program: folder.path().join("absent"), arguments: Vec::new() };
    for command in [absent, program(folder.path(), "echo hello; sleep 60")] {
        let board = Board::default();
        let supervisor = Supervisor::start(["discord".to_owned()], &command, &services, &board);
        until(&board, |health| matches!(health.state, State::Restarting { .. })).await;
        supervisor.stop().await;
    }
}

#[test]
fn a_registration_is_made_once_and_for_one_server() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("registrations");
    let first = ensure_registration(&folder, "discord", "h:1").unwrap();
    let second = ensure_registration(&folder, "discord", "h:1").unwrap();
    assert!(first.as_token.matches(second.as_token.reveal()));
    let error = ensure_registration(&folder, "discord", "other").unwrap_err().to_string();
    assert!(error.contains("`other`; set `server.name` back"), "{error}");
    assert!(ensure_registration(&folder, "smoke", "h").is_err());
}
