use quadrille_testing::postgres::TestPostgres;
use sqlx::{Connection, Executor, PgConnection};
use std::{
    env,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

const CHILD: &str = "QUADRILLE_TEST_ENDS_AS_TOLD";
const NAME: &str = "postgres::server::a_server_ends_with_its_process_however_that_ends";

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("connect to a database that was made")
}

async fn count(connection: &mut PgConnection, from: &str) -> i64 {
    let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {from}"));
    sqlx::query_scalar(count).fetch_one(connection).await.expect("a count")
}

#[tokio::test]
async fn every_database_is_fresh_and_goes_with_its_handle() {
    let Some(server) = TestPostgres::shared() else { return };
    assert!(server.version().await >= 130_000);
    let (one, other) = (server.database().await, server.database().await);
    connect(one.url()).await.execute("CREATE TABLE t (n int)").await.unwrap();
    let mut session = connect(other.url()).await;
    assert_eq!(count(&mut session, "pg_class WHERE relname = 't'").await, 0);
    let named = format!("pg_database WHERE datname = '{}'", one.name());
    assert_eq!(count(&mut session, &named).await, 1);
    // Somebody is still connected.
    let _open = connect(one.url()).await;
    drop(one);
    assert_eq!(count(&mut session, &named).await, 0);
}

#[tokio::test]
async fn backends_are_terminated_in_one_database_only() {
    let Some(server) = TestPostgres::shared() else { return };
    let (one, other) = (server.database().await, server.database().await);
    let (mut ended, mut spared) = (connect(one.url()).await, connect(other.url()).await);
    one.terminate_backends().await;
    assert!(ended.ping().await.is_err());
    spared.ping().await.unwrap();
}

#[tokio::test]
async fn a_crash_keeps_what_was_committed_and_nothing_else() {
    let Some(server) = TestPostgres::private() else { return };
    let database = server.database().await;
    let mut session = connect(database.url()).await;
    session.execute("CREATE TABLE t (n int); INSERT INTO t VALUES (1)").await.unwrap();
    let mut open = session.begin().await.unwrap();
    open.execute("INSERT INTO t VALUES (2)").await.unwrap();
    server.crash_and_restart();
    assert!(open.commit().await.is_err());
    let mut session = connect(database.url()).await;
    assert_eq!(count(&mut session, "t").await, 1);
    let fsync: String = sqlx::query_scalar("SHOW fsync").fetch_one(&mut session).await.unwrap();
    assert_eq!(fsync, "on");
}

/// Where the server of another process is.
struct Place {
    folder: PathBuf,
    port: u16,
}

impl Place {
    /// What [`as_told`] says.
    fn told(lines: impl Iterator<Item = String>) -> Self {
        let mut told = lines.filter_map(|line| {
            let (port, folder) = line.split_once("server ")?.1.split_once(' ')?;
            Some(Self { folder: folder.into(), port: port.parse().ok()? })
        });
        told.next().expect("the other process says where its server is")
    }

    fn is_gone(&self) -> bool {
        !self.folder.exists() && TcpStream::connect(("127.0.0.1", self.port)).is_err()
    }
}

/// Starts a server and ends in the way that the parent wants.
fn as_told(how: &str) {
    let server = TestPostgres::shared().expect("the parent had one");
    let (folder, port) = (server.folder().unwrap().display(), server.port().unwrap());
    writeln!(std::io::stdout().lock(), "server {port} {folder}").unwrap();
    match how {
        "panic" => panic!("as told"),
        "abort" => std::process::abort(),
        "wait" => sleep(Duration::from_secs(60)),
        _ => {}
    }
}

#[test]
fn a_server_ends_with_its_process_however_that_ends() {
    if let Ok(how) = env::var(CHILD) {
        return as_told(&how);
    }
    if TestPostgres::private().is_none() {
        return;
    }
    for how in ["return", "panic", "abort", "wait"] {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([NAME, "--exact", "--nocapture"])
            .env(CHILD, how)
            .env_remove("QUADRILLE_TEST_POSTGRES")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut lines = output.lines().map_while(Result::ok);
        let place = Place::told(lines.by_ref());
        if how == "wait" {
            child.kill().unwrap();
        }
        lines.for_each(drop);
        assert_eq!(child.wait().unwrap().success(), how == "return", "{how}");
        let began = Instant::now();
        while !place.is_gone() {
            // It cleans up on its own time; a minute is only when to give up.
            assert!(began.elapsed() < Duration::from_secs(60), "{how}: its server goes on");
            sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_server_that_is_killed_half_way_through_its_start_leaves_nothing() {
    // Told apart from the servers of others by the folder that it is to use.
    let folder = tempfile::tempdir().unwrap();
    open_to_all(&folder);
    if TestPostgres::private().is_none() {
        return;
    }
    for pause_ms in [30, 150, 400, 800] {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([NAME, "--exact"])
            .env(CHILD, "wait")
            .env("TMPDIR", folder.path())
            .env_remove("QUADRILLE_TEST_POSTGRES")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        sleep(Duration::from_millis(pause_ms));
        child.kill().unwrap();
        child.wait().unwrap();
        let began = Instant::now();
        while folder.path().read_dir().unwrap().next().is_some() {
            let left = began.elapsed() < Duration::from_secs(60);
            assert!(left, "killed after {pause_ms} ms, it left its files");
            sleep(Duration::from_millis(20));
        }
    }
}

/// The server's user may be another one than ours.
fn open_to_all(folder: &tempfile::TempDir) {
    use std::{fs, os::unix::fs::PermissionsExt};
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
}

#[test]
fn a_test_that_is_skipped_says_so_although_it_passes() {
    if let Ok(how) = env::var(CHILD) {
        assert_eq!(how, "skip");
        return assert!(TestPostgres::shared().is_none());
    }
    let run = |require: &str| {
        let name = "postgres::server::a_test_that_is_skipped_says_so_although_it_passes";
        let mut command = Command::new(env::current_exe().unwrap());
        command.args([name, "--exact"]).env(CHILD, "skip");
        command.env("QUADRILLE_REQUIRE_POSTGRES", require).env("QUADRILLE_POSTGRES_BIN", "none");
        command.env_remove("QUADRILLE_TEST_POSTGRES");
        command.output().unwrap()
    };
    let skipped = run("0");
    let said = String::from_utf8_lossy(&skipped.stderr).into_owned();
    assert!(skipped.status.success(), "{said}");
    assert!(said.starts_with("skipped postgres::server::a_test_that_is_skipped"), "{said}");
    assert!(!run("1").status.success());
}
