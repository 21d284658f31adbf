//! A server of their own: its files, its process, and its end.

use std::{
    env, fs, io,
    net::{Ipv4Addr, TcpListener},
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// How often a port may turn out to be taken.
const TRIES: usize = 5;

/// A private server.
#[derive(Debug)]
pub(super) struct Cluster {
    binaries: PathBuf,
    folder: PathBuf,
    port: u16,
    user: Option<User>,
    /// Ends the server and deletes its files when its input ends: with this value, or with this
    /// process, whatever becomes of it.
    watchdog: Child,
}

/// Who runs the server where the caller is root, whom it refuses.
#[derive(Debug, Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

/// The folder of the installed binaries: that of `QUADRILLE_POSTGRES_BIN`, else the newest.
pub(super) fn binaries() -> Option<PathBuf> {
    if let Some(folder) = env::var_os("QUADRILLE_POSTGRES_BIN").filter(|value| !value.is_empty()) {
        return Some(folder.into());
    }
    let mut installed: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").exists())
        .collect();
    installed.sort();
    let newest = installed.pop().map(|(_, folder)| folder);
    newest.or_else(|| {
        let path = env::var_os("PATH")?;
        env::split_paths(&path).find(|folder| folder.join("initdb").exists())
    })
}

impl Cluster {
    pub(super) fn start(binaries: PathBuf) -> Result<Self, String> {
        let user = user().map_err(|error| format!("find a user to run it: {error}"))?;
        let folder = folder(user).map_err(|error| format!("make its folder: {error}"))?;
        let watchdog = watchdog(&binaries, &folder, user)
            .map_err(|error| format!("start its watchdog: {error}"))?;
        let mut cluster = Self { binaries, folder, port: 0, user, watchdog };
        let data = cluster.data();
        cluster.tool("initdb", &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8"])?;
        for attempt in 1.. {
            cluster.port = free_port().map_err(|error| format!("find a free port: {error}"))?;
            match cluster.run() {
                Ok(()) => break,
                Err(why) if attempt == TRIES => return Err(why),
                // Somebody else may have taken the port in between.
                Err(_) => {}
            }
        }
        Ok(cluster)
    }

    /// Starts the server and waits until it answers.
    pub(super) fn run(&self) -> Result<(), String> {
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c max_connections=200 -c shared_buffers=32MB",
            self.port,
            self.folder.display()
        );
        let log = self.folder.join("log").display().to_string();
        let args = ["-D", &self.data(), "-o", &options, "-l", &log, "-w", "-t", "60", "start"];
        self.tool("pg_ctl", &args)
    }

    /// Stops the server at once.
    pub(super) fn stop(&self) {
        let stopped = self.tool("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]);
        stopped.unwrap_or_else(|why| panic!("stop PostgreSQL: {why}"));
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn binaries(&self) -> &Path {
        &self.binaries
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    fn tool(&self, name: &str, args: &[&str]) -> Result<(), String> {
        let said = self.folder.join("said");
        let said_file = fs::File::create(&said).map_err(|error| error.to_string())?;
        let mut command = Command::new(self.binaries.join(name));
        command.args(args).current_dir(&self.folder).env("LC_ALL", "C").stdin(Stdio::null());
        // A pipe would stay open as long as the server runs.
        command.stdout(said_file.try_clone().map_err(|error| error.to_string())?);
        command.stderr(said_file);
        run_as(&mut command, self.user);
        let status = command.status().map_err(|error| format!("run {name}: {error}"))?;
        if status.success() {
            return Ok(());
        }
        let text = |path: &Path| fs::read_to_string(path).unwrap_or_default();
        Err(format!("{name}: {status}\n{}{}", text(&said), text(&self.folder.join("log"))))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        // It has nothing to say.
        let _ = self.watchdog.wait();
    }
}

fn watchdog(binaries: &Path, folder: &Path, user: Option<User>) -> io::Result<Child> {
    let script = r#"read -r _; cd /; "$0" -D "$1/data" -m immediate -w stop; rm -rf "$1""#;
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(binaries.join("pg_ctl")).arg(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // What interrupts the tests must not interrupt it.
    command.process_group(0);
    run_as(&mut command, user);
    command.spawn()
}

fn run_as(command: &mut Command, user: Option<User>) {
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
}

fn folder(user: Option<User>) -> io::Result<PathBuf> {
    let folder = env::temp_dir().join(format!("quadrille-postgres-{}", uuid::Uuid::new_v4()));
    fs::create_dir(&folder)?;
    if let Some(user) = user {
        chown(&folder, Some(user.uid), Some(user.gid))?;
    }
    Ok(folder)
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// `None` where the caller itself may run a server.
fn user() -> io::Result<Option<User>> {
    if id(&["-u"])? != 0 {
        return Ok(None);
    }
    let name = ["postgres", "nobody"].into_iter().find(|name| id(&["-u", name]).is_ok());
    let name = name.ok_or_else(|| io::Error::other("there is neither postgres nor nobody"))?;
    Ok(Some(User { uid: id(&["-u", name])?, gid: id(&["-g", name])? }))
}

fn id(args: &[&str]) -> io::Result<u32> {
    let output = Command::new("id").args(args).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| io::Error::other(format!("id {}: {text}", args.join(" "))))
}
