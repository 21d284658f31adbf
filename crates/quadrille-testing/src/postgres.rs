//! A PostgreSQL server for tests: one that is named, or one of their own.
//!
//! `QUADRILLE_TEST_POSTGRES` names a server by its URL, whose user may make databases. Without it, a
//! private server is started from the installed binaries, with its files in a temporary folder,
//! on a port that is free: the newest that is found, or those in the folder that
//! `QUADRILLE_POSTGRES_BIN` names. It trusts whoever connects from this machine, runs as another user
//! (`postgres` or `nobody`) where the caller is root, sorts text as a language does where it can,
//! and ends with the process that started it, however that ends.
//!
//! Where there is none, tests have to skip, and [`TestPostgres::shared`] says so on standard
//! error, past the test harness. With `QUADRILLE_REQUIRE_POSTGRES=1` it panics instead, so that a
//! build on which the tests matter does not pass without them.
//!
//! ```
//! use quadrille_testing::postgres::TestPostgres;
//!
//! async fn with_a_database() {
//!     let Some(server) = TestPostgres::shared() else { return };
//!     let database = server.database().await;
//!     println!("connect to {}", database.url());
//! }
//! ```
//!
//! A server of their own is for Unix only; elsewhere name one by its URL.

#[cfg(unix)]
mod cluster;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::{
    env,
    io::Write,
    path::Path,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// A server for tests. Clones are handles on the same one.
#[derive(Debug, Clone)]
pub struct TestPostgres {
    server: Arc<Server>,
}

#[derive(Debug)]
enum Server {
    /// Somebody else's, by the URL of a database on it.
    Named(String),
    #[cfg(unix)]
    Own(cluster::Cluster),
}

impl TestPostgres {
    /// The server that all tests of this process share, started by the first of them. `None`
    /// where there is none, after saying so.
    ///
    /// # Panics
    /// When there is none and `QUADRILLE_REQUIRE_POSTGRES` is set to `1`, and when an installed one
    /// does not start.
    pub fn shared() -> Option<Self> {
        static SHARED: OnceLock<Result<TestPostgres, String>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| match env::var("QUADRILLE_TEST_POSTGRES") {
            Ok(url) if !url.is_empty() => Ok(Self { server: Arc::new(Server::Named(url)) }),
            _ => Self::start(),
        });
        Self::or_skip(shared.clone())
    }

    /// A server for one test, which may stop it. `None` where there are no binaries for one,
    /// after saying so.
    ///
    /// # Panics
    /// As [`TestPostgres::shared`].
    pub fn private() -> Option<Self> {
        Self::or_skip(Self::start())
    }

    fn or_skip(server: Result<Self, String>) -> Option<Self> {
        server.inspect_err(|why| skip(why)).ok()
    }

    #[cfg(unix)]
    fn start() -> Result<Self, String> {
        let binaries = cluster::binaries()?;
        let cluster = cluster::Cluster::start(binaries);
        let cluster = cluster.unwrap_or_else(|why| panic!("start PostgreSQL for tests: {why}"));
        Ok(Self { server: Arc::new(Server::Own(cluster)) })
    }

    #[cfg(not(unix))]
    fn start() -> Result<Self, String> {
        Err("a server of their own is for Unix only; name one: QUADRILLE_TEST_POSTGRES".into())
    }

    /// A fresh, empty database.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn database(&self) -> TestDatabase {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{count}", std::process::id());
        // A number of a process comes again; what one left behind on a named server is dropped.
        self.admin(&format!("DROP DATABASE IF EXISTS {name}")).await;
        self.admin(&format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")).await;
        TestDatabase { url: self.url_of(&name), name, server: self.clone() }
    }

    /// Runs a statement as the server's owner, outside any test's database.
    ///
    /// # Panics
    /// When it fails.
    pub async fn admin(&self, statement: &str) {
        let done = self.try_admin(statement).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    async fn try_admin(&self, statement: &str) -> Result<(), sqlx::Error> {
        let mut connection = PgConnection::connect(&self.url_of("postgres")).await?;
        connection.execute(AssertSqlSafe(statement.to_owned())).await?;
        connection.close().await
    }

    /// The server's version as a number, such as 150018 for 15.18.
    ///
    /// # Panics
    /// When it cannot be reached.
    pub async fn version(&self) -> u32 {
        let url = self.url_of("postgres");
        let mut connection = PgConnection::connect(&url).await.expect("connect to the server");
        let ask = "SELECT current_setting('server_version_num')::int";
        let version: i32 = sqlx::query_scalar(ask).fetch_one(&mut connection).await.expect(ask);
        let _ = connection.close().await;
        version.unsigned_abs()
    }

    /// Stops the server without any care for what goes on, as a power failure would, and starts
    /// it again at the same address.
    ///
    /// # Panics
    /// When it is not of this process's own.
    pub fn crash_and_restart(&self) {
        self.stop();
        self.start_again();
    }

    /// Stops the server as in [`TestPostgres::crash_and_restart`].
    ///
    /// # Panics
    /// When it is not of this process's own.
    pub fn stop(&self) {
        #[cfg(unix)]
        if let Server::Own(cluster) = &*self.server {
            return cluster.stop();
        }
        panic!("only a server of their own may be stopped by tests");
    }

    /// Starts the server again at the same address.
    ///
    /// # Panics
    /// When it is not of this process's own, or does not start.
    pub fn start_again(&self) {
        #[cfg(unix)]
        if let Server::Own(cluster) = &*self.server {
            return cluster.run().unwrap_or_else(|why| panic!("start PostgreSQL again: {why}"));
        }
        panic!("only a server of their own may be started by tests");
    }

    /// The port of a server of their own.
    pub fn port(&self) -> Option<u16> {
        match &*self.server {
            Server::Named(_) => None,
            #[cfg(unix)]
            Server::Own(cluster) => Some(cluster.port()),
        }
    }

    /// The folder of the server's binaries, such as `pg_dump`, if it is of their own.
    pub fn binaries(&self) -> Option<&Path> {
        match &*self.server {
            Server::Named(_) => None,
            #[cfg(unix)]
            Server::Own(cluster) => Some(cluster.binaries()),
        }
    }

    /// The folder of the server's files, if it is of their own: its log is in it.
    pub fn folder(&self) -> Option<&Path> {
        match &*self.server {
            Server::Named(_) => None,
            #[cfg(unix)]
            Server::Own(cluster) => Some(cluster.folder()),
        }
    }

    fn url_of(&self, database: &str) -> String {
        match &*self.server {
            #[cfg(unix)]
            Server::Own(cluster) => {
                format!("postgres://postgres@127.0.0.1:{}/{database}", cluster.port())
            }
            Server::Named(url) => {
                let (place, query) = url.split_once('?').unwrap_or((url, ""));
                let (scheme, rest) = place.split_once("://").expect("a URL has a scheme");
                let host = rest.split_once('/').map_or(rest, |(host, _)| host);
                let query = if query.is_empty() { "" } else { &format!("?{query}") };
                format!("{scheme}://{host}/{database}{query}")
            }
        }
    }
}

fn skip(why: &str) {
    let required = env::var("QUADRILLE_REQUIRE_POSTGRES").is_ok_and(|value| value == "1");
    assert!(!required, "{why}, and QUADRILLE_REQUIRE_POSTGRES says that there must be one");
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    say(&format!("skipped {test}: {why}; install one, or name it with QUADRILLE_TEST_POSTGRES"));
}

/// Writes past the test harness, which hides what passing tests print.
fn say(line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// A database that is dropped with this.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    name: String,
    server: TestPostgres,
}

impl TestDatabase {
    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Ends all sessions in it, as an administrator may at any time.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn terminate_backends(&self) {
        let Self { name, server, .. } = self;
        let terminate = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        server.admin(&terminate).await;
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A thread of its own, since the caller's may be one that runs a runtime.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime can be started");
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            runtime.block_on(server.try_admin(&drop))
        });
        let dropped = dropping.join().expect("nothing in it panics");
        // A server of their own may have been stopped, and is deleted as a whole.
        if let (Err(error), Server::Named(_)) = (dropped, &*self.server.server) {
            say(&format!("database {} is left behind: {error}", self.name));
        }
    }
}
