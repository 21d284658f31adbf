//! The statements that the book shows, right by right, for a role of a test's own.

use quadrille_testing::postgres::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::fmt;

const GRANTS: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/postgres/grants.sql"));

/// The part of the file between two marks.
pub fn part(name: &str) -> &'static str {
    let (start, end) = (format!("-- ANCHOR: {name}\n"), format!("-- ANCHOR_END: {name}\n"));
    let part = GRANTS.split_once(&start).and_then(|(_, rest)| rest.split_once(&end));
    part.unwrap_or_else(|| panic!("grants.sql has no part {name}")).0
}

/// One privilege on one thing.
pub struct Right {
    privilege: &'static str,
    object: &'static str,
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ON {}", self.privilege, self.object)
    }
}

pub fn rights(part: &'static str) -> Vec<Right> {
    let statements = part.split(';').map(str::trim).filter(|statement| !statement.is_empty());
    statements.flat_map(rights_of).collect()
}

fn rights_of(statement: &'static str) -> Vec<Right> {
    let parsed = || {
        let (privileges, rest) = statement.strip_prefix("GRANT ")?.split_once("ON ")?;
        Some((privileges, rest.strip_suffix(" TO bank_app")?))
    };
    let (privileges, objects) = parsed().unwrap_or_else(|| panic!("no grant: {statement}"));
    let objects: Vec<_> = objects.split(',').map(str::trim).collect();
    let on_all = |privilege: &'static str| {
        let privilege = privilege.trim();
        objects.iter().map(move |object| Right { privilege, object })
    };
    privileges.split(',').flat_map(on_all).collect()
}

/// A role without rights, in a database that leaves none to everybody.
pub struct App {
    owner: String,
    database: String,
    role: String,
    url: String,
}

impl App {
    /// Once the owner has migrated.
    pub async fn of(database: &TestDatabase) -> Self {
        let name = database.name().to_owned();
        let role = format!("app_of_{name}");
        let (scheme, rest) = database.url().split_once("://").unwrap();
        let place = rest.split_once('@').map_or(rest, |(_, place)| place);
        let url = format!("{scheme}://{role}:{role}@{place}");
        let app = Self { owner: database.url().to_owned(), database: name, role, url };
        app.run(
            "DROP ROLE IF EXISTS bank_app;
            CREATE ROLE bank_app LOGIN PASSWORD 'bank_app';
            REVOKE ALL ON DATABASE bank FROM PUBLIC;
            REVOKE ALL ON SCHEMA public FROM PUBLIC;
            CREATE SCHEMA IF NOT EXISTS quadrille;
            REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA quadrille FROM PUBLIC",
        )
        .await;
        app
    }

    /// The role's own URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }

    /// Runs a script as the owner, for this database and this role.
    pub async fn run(&self, script: &str) {
        let script = script
            .replace("bank_app", &self.role)
            .replace("DATABASE bank ", &format!("DATABASE {} ", self.database));
        let mut owner = PgConnection::connect(&self.owner).await.unwrap();
        let done = owner.execute(sqlx::raw_sql(AssertSqlSafe(script.clone()))).await;
        done.unwrap_or_else(|error| panic!("{script}: {error}"));
        owner.close().await.unwrap();
    }

    pub async fn grant(&self, right: &Right) {
        self.run(&format!("GRANT {right} TO bank_app")).await;
    }

    pub async fn revoke(&self, right: &Right) {
        self.run(&format!("REVOKE {right} FROM bank_app")).await;
    }
}
