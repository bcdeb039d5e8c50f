//! A PostgreSQL of one's own, for the time of a test: found on this machine, started in a temporary folder, stopped and
//! removed with the value.

use std::{
    env, fs, io,
    os::unix::{fs::chown, process::CommandExt as _},
    path::PathBuf,
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

/// The variable that names the server for tests, `postgres://user@127.0.0.1:5432/postgres`, or says `sqlite`: then
/// nothing is tested a second time.
pub(crate) const VARIABLE: &str = "CAUSEWAY_TEST_DATABASE";
/// `nobody`: PostgreSQL refuses to run as root.
const NOBODY: u32 = 65534;

/// A running PostgreSQL.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    /// Its address, with a user who may make databases.
    pub(crate) url: String,
}

impl Postgres {
    /// Starts one; `None` when PostgreSQL is not installed.
    pub(crate) fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = env::temp_dir().join(format!("causeway-postgres-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        if is_root() {
            chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("postgres://causeway@127.0.0.1:{port}/postgres");
        let postgres = Self { programs, folder, url };
        let data = postgres.folder.join("data").display().to_string();
        postgres.run("initdb", &["-D", &data, "-U", "causeway", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]);
        let sockets = postgres.folder.display().to_string();
        // Tests are many at a time and forget nothing worth keeping.
        let settings = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={sockets} -c fsync=off \
             -c full_page_writes=off -c max_connections=500 -c shared_buffers=64MB"
        );
        let log = postgres.folder.join("log").display().to_string();
        postgres.run("pg_ctl", &["-D", &data, "-l", &log, "-o", &settings, "-w", "start"]);
        Some(postgres)
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let status = self.command(program, arguments).status();
        let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        assert!(status.is_ok_and(|status| status.success()), "{program} failed: {}", log());
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::null()).stdout(Stdio::null());
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.folder.join("data").display().to_string();
        let _ = self.command("pg_ctl", &["-D", &data, "-m", "immediate", "-w", "stop"]).status();
        for _ in 0..20 {
            match fs::remove_dir_all(&self.folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => sleep(Duration::from_millis(100)),
                _ => return,
            }
        }
    }
}

/// The folder of PostgreSQL's programs: on the path, or where Debian keeps them (the newest version).
pub(crate) fn programs() -> Option<PathBuf> {
    let has_it = |folder: &PathBuf| folder.join("initdb").exists() && folder.join("pg_ctl").exists();
    let path = env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = env::split_paths(&path).find(has_it) {
        // A link on the path leads to where the other programs are.
        return fs::canonicalize(folder.join("initdb")).ok()?.parent().map(PathBuf::from);
    }
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let number = |folder: &PathBuf| folder.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    versions.filter(|version| has_it(&version.join("bin"))).max_by_key(number).map(|version| version.join("bin"))
}

/// Whether we are root, told by the owner of our own entry in `/proc`.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
