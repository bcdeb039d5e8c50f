//! All tests of this crate a second time, on PostgreSQL, where one is installed.

use std::{env, process::Command};

#[path = "../../../tests/postgresql.rs"]
mod postgresql;

pub(super) use self::postgresql::VARIABLE;

#[test]
fn every_test_holds_on_postgresql() {
    if env::var_os(VARIABLE).is_some() {
        return; // This is the second time, or there shall be none.
    }
    let Some(postgres) = postgresql::Postgres::start() else {
        eprintln!("PostgreSQL is not installed: everything was tested on SQLite only.");
        return;
    };
    let told = Command::new(env::current_exe().unwrap()).env(VARIABLE, &postgres.url).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(told.status.success(), "on PostgreSQL:\n{}\n{}", text(&told.stdout), text(&told.stderr));
}
