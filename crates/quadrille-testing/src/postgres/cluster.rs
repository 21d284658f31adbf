//! A server of their own: its files, its process, and its end.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Write},
    net::{Ipv4Addr, TcpListener},
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, PoisonError},
};

/// How often a port may turn out to be taken.
const TRIES: usize = 5;

/// Small, and as careful with what it was given to keep as any server: a crash must mean something.
const SETTINGS: &str = "-c listen_addresses=127.0.0.1 -c unix_socket_directories= \
                        -c max_connections=200 -c shared_buffers=32MB -c max_wal_size=256MB";

/// A private server.
#[derive(Debug)]
pub(super) struct Cluster {
    binaries: PathBuf,
    folder: PathBuf,
    port: u16,
    keeper: Mutex<Keeper>,
}

/// The process that takes every step on the server's files. When its input ends, with this value
/// or with this process, whatever becomes of it, it stops the server and deletes them.
#[derive(Debug)]
struct Keeper {
    process: Child,
    /// `None` when it has been told to end.
    steps: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// Who runs the server where the caller is root, whom it refuses.
#[derive(Debug, Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

/// The folder of the installed binaries: that of `QUADRILLE_POSTGRES_BIN`, else the newest.
pub(super) fn binaries() -> Result<PathBuf, String> {
    let is_there = |folder: &PathBuf| folder.join("initdb").exists();
    if let Some(folder) = env::var_os("QUADRILLE_POSTGRES_BIN").filter(|value| !value.is_empty()) {
        let folder = PathBuf::from(folder);
        let shown = folder.display().to_string();
        let named = Some(folder).filter(is_there);
        return named.ok_or(format!("QUADRILLE_POSTGRES_BIN is {shown}, which holds no initdb"));
    }
    let mut installed: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| is_there(folder))
        .collect();
    installed.sort();
    let newest = installed.pop().map(|(_, folder)| folder);
    let path = env::var_os("PATH").unwrap_or_default();
    let found = newest.or_else(|| env::split_paths(&path).find(is_there));
    found.ok_or_else(|| "no PostgreSQL server is installed".into())
}

impl Cluster {
    pub(super) fn start(binaries: PathBuf) -> Result<Self, String> {
        let folder = env::temp_dir().join(format!("quadrille-postgres-{}", uuid::Uuid::new_v4()));
        let keeper = Keeper::start(&binaries, &folder).map_err(|error| error.to_string())?;
        let mut cluster = Self { binaries, folder, port: 0, keeper: Mutex::new(keeper) };
        cluster.step("make")?;
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
        self.step(&format!("start {}", self.port))
    }

    /// Stops the server at once.
    pub(super) fn stop(&self) {
        self.step("stop").unwrap_or_else(|why| panic!("stop PostgreSQL: {why}"));
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn binaries(&self) -> &Path {
        &self.binaries
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn step(&self, step: &str) -> Result<(), String> {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        match keeper.take(step) {
            Ok(true) => Ok(()),
            Ok(false) => {
                let text = |name| fs::read_to_string(self.folder.join(name)).unwrap_or_default();
                Err(format!("{step} failed:\n{}{}", text("said"), text("log")))
            }
            Err(error) => Err(format!("{step}: its keeper is gone: {error}")),
        }
    }
}

impl Keeper {
    fn start(binaries: &Path, folder: &Path) -> io::Result<Self> {
        let user = user()?;
        fs::create_dir(folder)?;
        if let Some(user) = user {
            chown(folder, Some(user.uid), Some(user.gid))?;
        }
        let mut command = Command::new("sh");
        command.args(["-c", include_str!("keeper.sh"), "keeper"]);
        command.arg(binaries).arg(folder).arg(SETTINGS).env("LC_ALL", "C").current_dir(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // What interrupts the tests must not interrupt it.
        command.process_group(0);
        run_as(&mut command, user);
        let mut process = command.spawn().inspect_err(|_| {
            let _ = fs::remove_dir(folder);
        })?;
        let steps = process.stdin.take();
        let answers = process.stdout.take().expect("its output was asked to be a pipe");
        Ok(Self { process, steps, answers: BufReader::new(answers) })
    }

    /// Whether the step succeeded.
    fn take(&mut self, step: &str) -> io::Result<bool> {
        let steps = self.steps.as_mut().expect("it is told to end only when it is dropped");
        writeln!(steps, "{step}")?;
        let mut answer = String::new();
        match self.answers.read_line(&mut answer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(answer.trim() == "0"),
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.steps.take());
        // It has nothing more to say.
        let _ = self.process.wait();
    }
}

fn run_as(command: &mut Command, user: Option<User>) {
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
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
