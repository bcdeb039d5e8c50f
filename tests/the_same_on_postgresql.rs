//! All stories are told a second time, on PostgreSQL, where one is installed.

use std::{env, process::Command};

use crate::postgresql::{Postgres, VARIABLE};

#[test]
fn every_story_holds_on_postgresql() {
    if env::var_os(VARIABLE).is_some() {
        return; // This is the second time, or there shall be none.
    }
    let Some(postgres) = Postgres::start() else {
        eprintln!("PostgreSQL is not installed: the stories were told on SQLite only.");
        return;
    };
    let program = env::current_exe().unwrap();
    let told = Command::new(program).args(["--test-threads", "2"]).env(VARIABLE, &postgres.url).output().unwrap();
    assert!(
        told.status.success(),
        "on PostgreSQL:\n{}\n{}",
        String::from_utf8_lossy(&told.stdout),
        String::from_utf8_lossy(&told.stderr)
    );
}
