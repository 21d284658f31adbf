use quadrille_testing::conformance::{Random, Run};
use sqlx::{Connection, Executor, PgConnection};
use std::time::Duration;

/// Lets appends sleep between drawing their positions and writing, so that transaction ids come in
/// another order, and between writing and committing, so that commits do.
pub async fn slow_down(url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let script = "SET search_path = quadrille;
        CREATE FUNCTION sleep_a_little() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF random() < 0.3 THEN PERFORM pg_sleep(random() * 0.01); END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER sleep_before BEFORE INSERT ON events
        FOR EACH STATEMENT EXECUTE FUNCTION sleep_a_little();
        CREATE TRIGGER sleep_after AFTER INSERT ON events
        FOR EACH STATEMENT EXECUTE FUNCTION sleep_a_little();";
    connection.execute(sqlx::raw_sql(script)).await.unwrap();
}

/// What else goes on while appends are made: writing transactions of others, here and in another
/// database, inserts that are rolled back, wholly and to savepoints, and sessions that are killed.
pub async fn disturb(url: String, run: Run) {
    let mut foreign = session(&url, "BEGIN; CREATE TABLE foreign_work (id int)").await;
    let elsewhere = url.rsplit_once('/').map(|(server, _)| format!("{server}/postgres")).unwrap();
    let mut other = session(&elsewhere, "BEGIN; SELECT pg_current_xact_id()").await;
    let mut random = Random::new(run.seed(), 77);
    while !run.is_over() {
        run.pause(Duration::from_millis(20 + random.below(60) as u64)).await;
        if random.percent(60) {
            roll_back(&url, &mut random).await;
        } else {
            kill_one(&url).await;
        }
    }
    let _ = foreign.execute("ROLLBACK").await;
    let _ = other.execute("ROLLBACK").await;
}

async fn session(url: &str, script: &'static str) -> PgConnection {
    let url = format!("{url}?application_name=disturbance");
    let mut connection = PgConnection::connect(&url).await.unwrap();
    connection.execute(sqlx::raw_sql(script)).await.unwrap();
    connection
}

/// Inserts by hand, and takes it back: positions are drawn and never used.
async fn roll_back(url: &str, random: &mut Random) {
    let insert =
        "INSERT INTO quadrille.events (version, occurred_at, recorded_at, schema_version, id,
            correlation, causation, run, category, stream, type, component, data)
        SELECT n, now(), now(), 1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1,
            'lost', gen_random_uuid()::text, 'lost.event', 'nobody', '{}'::bytea
        FROM generate_series(1, 3) AS n";
    let mut connection = session(url, "BEGIN; SAVEPOINT before").await;
    connection.execute(insert).await.unwrap();
    if random.percent(50) {
        connection.execute("ROLLBACK TO before").await.unwrap();
        tokio::time::sleep(Duration::from_millis(random.below(30) as u64)).await;
        connection.execute(insert).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(random.below(30) as u64)).await;
    connection.execute("ROLLBACK").await.unwrap();
}

/// Ends a session of the store while it is at work, if one is.
async fn kill_one(url: &str) {
    let mut connection = session(url, "SELECT 1").await;
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'quadrille' AND state = 'active'
        ORDER BY random() LIMIT 1";
    connection.execute(kill).await.unwrap();
}
