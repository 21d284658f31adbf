use crate::{Meter, about};
use anyhow::{Result, ensure};
use bench_harness::{
    About, AccountState, Deposited, account, closed_loop, connect, fresh_database, report,
    settings::{scaled, seconds},
};
use chrono::{DateTime, Utc};
use futures_util::SinkExt;
use std::{io::Cursor, pin::pin, sync::Arc};
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

const SCHEMA: &str = include_str!("../bench-bare/postgres/schema.sql");
const APPEND: &str = include_str!("../bench-bare/postgres/append.sql");
const COPY: &str = "COPY events (stream, version, id, command, correlation, causation, data, \
    occurred_at, recorded_at, schema_version, type, command_name, component, actor) FROM STDIN";
const UPSERT: &str = "INSERT INTO balances AS b SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) \
    ON CONFLICT (account) DO UPDATE SET balance = b.balance + excluded.balance, events = b.events + excluded.events";

pub async fn run() -> Result<()> {
    let about = about("PostgreSQL", "every commit is flushed");
    let url = fresh_database("limit").await?;
    let client = connect(&url).await?;
    client.batch_execute(SCHEMA).await?;
    // Order is what the prototype pays for.
    client.batch_execute("DROP TRIGGER register_floor ON events").await?;
    single_inserts(&about, &url).await?;
    let append = client.prepare(APPEND).await?;
    for batch in [100, 1_000] {
        let mut meter = Meter::start();
        while meter.goes_on() {
            write(&client, &append, batch, |_| (Uuid::new_v4(), 1)).await?;
            meter.done += batch;
        }
        meter.report(&about, "inserts", &format!("{batch} a commit"));
    }
    copy(&about, &client).await?;
    read(&about, &client, &append).await?;
    upsert(&about, &client).await
}

async fn write(
    client: &Client,
    append: &Statement,
    count: u64,
    place: impl Fn(u64) -> (Uuid, i64),
) -> Result<()> {
    let (mut streams, mut versions, mut data) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..count {
        let (stream, version) = place(n);
        streams.push(format!("account-{stream}"));
        versions.push(version);
        data.push(serde_json::to_vec(&Deposited::new(stream, n))?);
    }
    let ids: Vec<Uuid> = (0..count).map(|_| Uuid::now_v7()).collect();
    let now: DateTime<Utc> = Utc::now();
    let names = ["account.deposited", "account.deposit", "limit", "clerk-17"];
    let [event, command, component, actor] = &names;
    let written = client
        .execute(
            append,
            &[&streams, &versions, &ids, &ids, &data, &now, event, command, component, actor],
        )
        .await;
    written?;
    Ok(())
}

/// One event a commit, each task with a connection of its own.
async fn single_inserts(about: &About, url: &str) -> Result<()> {
    for tasks in [1, 16, 64] {
        let mut clients = Vec::new();
        for _ in 0..tasks {
            let client = connect(url).await?;
            let append = client.prepare(APPEND).await?;
            clients.push((client, append));
        }
        let clients = Arc::new(clients);
        let loaded = closed_loop(tasks, seconds(), None, move |task, _| {
            let clients = clients.clone();
            async move {
                let (client, append) = &clients[task];
                Ok(write(client, append, 1, |_| (Uuid::new_v4(), 1)).await?)
            }
        });
        let loaded = loaded.await?;
        let case = format!("1 a commit, {tasks} connections");
        report(about, "inserts", &case, loaded.rate(), &loaded.extra());
    }
    Ok(())
}

async fn copy(about: &About, client: &Client) -> Result<()> {
    const BATCH: u64 = 10_000;
    let mut meter = Meter::start();
    while meter.goes_on() {
        let mut text = String::new();
        let now = Utc::now();
        for n in 0..BATCH {
            let (stream, id) = (Uuid::new_v4(), Uuid::now_v7());
            let hex: String = serde_json::to_vec(&Deposited::new(stream, n))?
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            text.push_str(&format!(
                "account-{stream}\t1\t{id}\t{id}\t{id}\t{id}\t\\\\x{hex}\t{now}\t{now}\t1\taccount.deposited\taccount.deposit\tlimit\tclerk-17\n"
            ));
        }
        let mut sink = pin!(client.copy_in(COPY).await?);
        sink.send(Cursor::new(text.into_bytes())).await?;
        sink.finish().await?;
        meter.done += BATCH;
    }
    meter.report(about, "COPY", &format!("{BATCH} a commit"));
    Ok(())
}

async fn read(about: &About, client: &Client, append: &Statement) -> Result<()> {
    client.batch_execute("TRUNCATE events").await?;
    let (pages, page) = (scaled(200), 1_000);
    for number in 0..pages {
        let place = |n: u64| (account(number * 10 + n / 100), (n % 100 + 1) as i64);
        write(client, append, page, place).await?;
    }
    client.batch_execute("ANALYZE events").await?;
    let select = "SELECT position, stream, data FROM events WHERE position > $1 ORDER BY position LIMIT 1000";
    let select = client.prepare(select).await?;
    let (mut meter, mut at) = (Meter::start(), 0_i64);
    while meter.goes_on() {
        let rows = client.query(&select, &[&at]).await?;
        let mut state = AccountState::default();
        for row in &rows {
            state.apply(&serde_json::from_slice(row.get(2))?);
        }
        meter.done += state.events;
        at = rows.last().map_or(0, |row| row.get(0));
    }
    meter.report(about, "read and decode", "pages of 1000");
    ensure!(meter.done >= pages * page.min(1), "nothing was read");
    Ok(())
}

async fn upsert(about: &About, client: &Client) -> Result<()> {
    let create = "CREATE TABLE balances (account text COLLATE \"C\" PRIMARY KEY, balance bigint NOT NULL, events bigint NOT NULL)";
    client.batch_execute(create).await?;
    let upsert = client.prepare(UPSERT).await?;
    for batch in [1, 1_000] {
        let mut meter = Meter::start();
        while meter.goes_on() {
            let accounts: Vec<String> = (0..batch)
                .map(|n| format!("account-{}", account((meter.done + n) % 5_000)))
                .collect();
            let (amounts, counts) = (vec![100_i64; accounts.len()], vec![1_i64; accounts.len()]);
            client.execute(&upsert, &[&accounts, &amounts, &counts]).await?;
            meter.done += batch;
        }
        meter.report(about, "upserts", &format!("{batch} a commit"));
    }
    Ok(())
}
