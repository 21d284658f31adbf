//! A pooler in transaction mode, of these tests' own, and what has to work through it.
//!
//! It does what PgBouncer does from 1.21 on with `pool_mode = transaction` and prepared statements:
//! a client has a server's session from the first message of a transaction to its end, and finds
//! the statements that it prepared on whatever session it gets, where they may have been prepared
//! for others before. It is stricter in that a client
//! gets another session for each transaction, as long as another one is free.

mod servers;
mod session;
mod wire;

use crate::support::{at_a_port, models, store};
use quadrille_core::{
    ReadDatabase,
    read_model::ReadModels,
    state::{Change, Consumer, ConsumerKind, Consumers},
};
use quadrille_postgres::{Postgres, PostgresStore, query, query_scalar};
use quadrille_testing::{conformance::Fixture, postgres::TestDatabase};
use servers::Servers;
use session::Session;
use sqlx::{Connection, Executor, PgConnection};
use std::{collections::HashSet, io, net::SocketAddr, sync::Arc};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::OnceCell,
    task::{JoinHandle, JoinSet},
};
use wire::{Message, Wire};

/// Sessions of the server: fewer than clients have connections.
const SERVERS: usize = 3;
const PROTOCOL: u32 = 196_608;
/// Requests for encryption.
const ENCRYPTION: [u32; 2] = [80_877_103, 80_877_104];
/// What clients may say of themselves; others may follow PgBouncer's `ignore_startup_parameters`.
const PARAMETERS: [&str; 7] = [
    "user",
    "database",
    "client_encoding",
    "DateStyle",
    "TimeZone",
    "application_name",
    "extra_float_digits",
];

/// A pooler for one user and one database. It ends with this.
struct Pooler {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Pooler {
    async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepting = tokio::spawn(async move {
            let servers = Arc::new(OnceCell::new());
            let mut sessions = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                // Whatever goes wrong, the client's connection ends, and it says so.
                sessions.spawn(serve(client, target, Arc::clone(&servers)));
            }
        });
        Self { address, accepting }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(
    client: TcpStream,
    target: SocketAddr,
    servers: Arc<OnceCell<Servers>>,
) -> io::Result<()> {
    let mut client = Wire::new(client)?;
    let startup = loop {
        let first = client.first().await?;
        match code(&first) {
            Some(code) if ENCRYPTION.contains(&code) => client.send_byte(b'N').await?,
            Some(PROTOCOL) => break first,
            // A request to cancel something: there is nothing that wants it.
            _ => return Ok(()),
        }
    };
    let unknown = parameters(&startup).find(|name| !PARAMETERS.contains(&name.as_str()));
    if let Some(unknown) = unknown {
        let refusal = format!("unsupported startup parameter: {unknown}");
        return client.send(&Message::refusal(&refusal)).await;
    }
    let servers = servers.get_or_try_init(|| Servers::start(target, &startup, SERVERS)).await?;
    if !servers.serve(&startup) {
        return client.send(&Message::refusal("this is for one user and one database")).await;
    }
    for message in &servers.greeting {
        client.send(message).await?;
    }
    client.send(&Message::new(b'Z', *b"I")).await?;
    Session::new(client, servers).run().await
}

fn code(first: &[u8]) -> Option<u32> {
    first.first_chunk().map(|code| u32::from_be_bytes(*code))
}

/// The names of the parameters that a connection begins with.
fn parameters(startup: &[u8]) -> impl Iterator<Item = String> {
    let texts = startup[4..].split(|byte| *byte == 0);
    let names = texts.step_by(2).filter(|name| !name.is_empty());
    names.map(|name| String::from_utf8_lossy(name).into_owned())
}

/// A database and a pooler before it, whose URL comes last; `None` where there is no server that
/// trusts whoever connects.
async fn pooled() -> Option<(TestDatabase, Pooler, String)> {
    let (server, port) = at_a_port()?;
    let database = server.database().await;
    let pooler = Pooler::start(([127, 0, 0, 1], port).into()).await;
    let url = database.url().replace(&format!("127.0.0.1:{port}"), &pooler.address.to_string());
    Some((database, pooler, url))
}

/// Whether there is a server that a pooler may stand before.
fn available() -> bool {
    at_a_port().is_some()
}

async fn pooled_store(url: &str) -> PostgresStore {
    PostgresStore::options(url).migrate(true).pooler(true).open().await.unwrap()
}

async fn pooled_models(url: &str) -> Postgres {
    Postgres::options(url).migrate(true).pooler(true).open().await.unwrap()
}

/// Read models whose database is deleted with the server.
async fn fresh_models() -> Postgres {
    let (database, pooler, url) = pooled().await.expect("there is a server");
    let models = pooled_models(&url).await;
    std::mem::forget((database, pooler));
    models
}

mod the_store {
    use super::*;

    async fn fresh() -> Fixture {
        let (database, pooler, url) = pooled().await.expect("there is a server");
        let opened = pooled_store(&url).await;
        let again = move || {
            let url = url.clone();
            async move { pooled_store(&url).await }
        };
        Fixture::new(opened).reopened_by(again).keep((database, pooler))
    }

    quadrille_testing::conformance!(if available() => || async { fresh().await });
}

mod engine_state {
    use super::*;
    quadrille_testing::engine_state_conformance!(if available() => || async { fresh_models().await });
}

mod read_models {
    use super::*;
    quadrille_testing::read_models_conformance!(if available() => || async { fresh_models().await });
}

/// A projector's table, filled as the engine does it.
async fn fill(db: &Postgres, consumer: &Consumer, create: &'static str) {
    let epoch = db.claim(consumer).await.unwrap().epoch;
    let mut tx = db.begin(consumer).await.unwrap();
    tx.execute(create).await.unwrap();
    db.set_up(&mut tx, true).await.unwrap();
    db.commit_tx(tx, consumer, epoch, Change::default()).await.unwrap();
    for cents in 1..=4_i64 {
        let mut tx = db.begin(consumer).await.unwrap();
        let insert = query("INSERT INTO revenue (cents) VALUES ($1)").bind(cents);
        tx.execute(insert).await.unwrap();
        db.commit_tx(tx, consumer, epoch, Change::default()).await.unwrap();
    }
}

async fn counts(db: &Postgres) -> Vec<i64> {
    let pool = db.reader().await.unwrap();
    let mut counts = Vec::new();
    for least in 1..=4_i64 {
        let count = "SELECT cents FROM quadrille_views.revenue WHERE cents >= $1";
        let found = query_scalar::<i64>(count).bind(least).fetch_all(&pool).await.unwrap();
        counts.push(found.len() as i64);
    }
    counts
}

#[tokio::test]
async fn projectors_and_queries_work_on_whatever_session_they_get() {
    let Some((_database, _pooler, url)) = pooled().await else { return };
    let db = pooled_models(&url).await;
    let first = db.open(ConsumerKind::Projector, "revenue", 1).await.unwrap();
    fill(&db, &first, "CREATE TABLE revenue (cents bigint NOT NULL)").await;
    assert_eq!(counts(&db).await, [4, 3, 2, 1]);
    // The sessions still know the statements that were prepared on the old view.
    let next = db.rebuild(&first).await.unwrap();
    fill(&db, &next, "CREATE TABLE revenue (id serial, cents bigint NOT NULL)").await;
    db.go_live(&next).await.unwrap();
    db.remove(&first).await.unwrap();
    assert_eq!(counts(&db).await, [4, 3, 2, 1]);
}

/// Why the book says that columns should be named.
#[tokio::test]
async fn a_query_for_all_columns_does_not_outlive_the_columns() {
    let Some((_database, _pooler, url)) = pooled().await else { return };
    let db = pooled_models(&url).await;
    let first = db.open(ConsumerKind::Projector, "revenue", 1).await.unwrap();
    fill(&db, &first, "CREATE TABLE revenue (cents bigint NOT NULL)").await;
    let all = async || {
        let pool = db.reader().await.unwrap();
        let mut rows = Vec::new();
        for _ in 0..SERVERS {
            rows.push(query("SELECT * FROM quadrille_views.revenue").fetch_all(&pool).await);
        }
        rows.into_iter().collect::<Result<Vec<_>, _>>()
    };
    all().await.unwrap();
    let next = db.rebuild(&first).await.unwrap();
    fill(&db, &next, "CREATE TABLE revenue (id serial, cents bigint NOT NULL)").await;
    db.go_live(&next).await.unwrap();
    let stale = all().await.unwrap_err().to_string();
    assert!(stale.contains("cached plan must not change result type"), "{stale}");
}

#[tokio::test]
async fn what_is_prepared_goes_along_from_session_to_session() {
    let Some((_database, _pooler, url)) = pooled().await else { return };
    let mut client = PgConnection::connect(&url).await.unwrap();
    let mut sessions = HashSet::new();
    for number in 0..6_i32 {
        let ask = sqlx::query_as("SELECT pg_backend_pid(), $1::int").bind(number);
        let (session, told): (i32, i32) = ask.fetch_one(&mut client).await.unwrap();
        assert_eq!(told, number);
        sessions.insert(session);
    }
    assert_eq!(sessions.len(), SERVERS);
}

/// The pooler would notice what needs a session.
#[tokio::test]
async fn what_a_session_remembers_is_lost() {
    let Some((_database, _pooler, url)) = pooled().await else { return };
    let mut client = PgConnection::connect(&url).await.unwrap();
    client.execute("CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.found ()").await.unwrap();
    client.execute("SET search_path = elsewhere").await.unwrap();
    let lost = client.execute("SELECT FROM found").await.unwrap_err().to_string();
    assert!(lost.contains("does not exist"), "{lost}");
    client.execute("SELECT pg_advisory_lock(1)").await.unwrap();
    let unlock = query_scalar::<bool>("SELECT pg_advisory_unlock(1)");
    assert!(!unlock.fetch_one(&mut client).await.unwrap());

    // Within a transaction all of it holds.
    let mut tx = client.begin().await.unwrap();
    tx.execute("SET LOCAL search_path = elsewhere").await.unwrap();
    sqlx::query("SELECT FROM found").fetch_all(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// What the book says to switch off does not work here.
#[tokio::test]
async fn without_its_settings_a_reader_is_refused() {
    let Some((database, _pooler, url)) = pooled().await else { return };
    models(database.url()).await.close().await;
    store(database.url()).await.close().await;
    let pool = Postgres::open(&url).await.unwrap().reader().await.unwrap();
    let refused = pool.acquire().await.unwrap_err().to_string();
    assert!(refused.contains("startup parameter: options"), "{refused}");
}
