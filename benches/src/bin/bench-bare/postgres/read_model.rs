//! Read models: a page of events, the rows that they change and the checkpoint in one transaction.

use crate::folded::{Folded, PAGE, RAW_PAGE};
use anyhow::{Result, ensure};
use bench_harness::{CatchUp, Deposited, Projected, connect};
use std::time::Instant;
use tokio_postgres::{Client, Row};

pub async fn catch_up(url: &str, how: CatchUp, total: u64) -> Result<Projected> {
    let copies = if how == CatchUp::FourRows { 4 } else { 1 };
    let mut models = Vec::new();
    for number in 0..copies {
        models.push(Model::create(url, number).await?);
    }
    let begun = Instant::now();
    let building = models.into_iter().map(|model| model.build(how));
    let counted = futures_util::future::try_join_all(building).await?;
    let elapsed = begun.elapsed();
    ensure!(counted.iter().all(|count| *count == total), "{counted:?} of {total} events");
    Ok(Projected { events: total, elapsed, note: "" })
}

struct Model {
    client: Client,
    name: String,
}

impl Model {
    async fn create(url: &str, number: usize) -> Result<Self> {
        let (client, name) = (connect(url).await?, format!("balances_{number}"));
        let create = format!(
            "DROP TABLE IF EXISTS {name}; CREATE TABLE {name} (account text COLLATE \"C\" PRIMARY KEY, \
             balance bigint NOT NULL, events bigint NOT NULL); CREATE TABLE IF NOT EXISTS checkpoints \
             (name text PRIMARY KEY, position bigint NOT NULL); \
             INSERT INTO checkpoints VALUES ('{name}', 0) ON CONFLICT (name) DO UPDATE SET position = 0"
        );
        client.batch_execute(&create).await?;
        Ok(Self { client, name })
    }

    /// Says how many events are in it when it has seen all.
    async fn build(mut self, how: CatchUp) -> Result<u64> {
        let page = "SELECT position, stream, data FROM events WHERE position > $1 AND position <= $2 \
             ORDER BY position LIMIT $3";
        let page = self.client.prepare(page).await?;
        let limit = if how == CatchUp::Raw { RAW_PAGE } else { PAGE };
        let mut at = 0_i64;
        loop {
            let bound: i64 = self.client.query_one("SELECT bound()", &[]).await?.get(0);
            let rows = self.client.query(&page, &[&at, &bound, &limit]).await?;
            let Some(last) = rows.last() else { break };
            at = last.get(0);
            match how {
                CatchUp::Raw => self.write_each(&rows, at).await?,
                CatchUp::Rows | CatchUp::FourRows => self.write_folded(&rows, at).await?,
            }
        }
        let count = format!("SELECT sum(events)::bigint FROM {}", self.name);
        let count: i64 = self.client.query_one(&count, &[]).await?.get(0);
        Ok(count.unsigned_abs())
    }

    async fn write_each(&mut self, rows: &[Row], at: i64) -> Result<()> {
        let (upsert, mark) = (self.upsert("SELECT $1::text, $2::bigint, 1"), self.mark());
        let (upsert, mark) =
            (self.client.prepare(&upsert).await?, self.client.prepare(&mark).await?);
        let tx = self.client.transaction().await?;
        for row in rows {
            let event: Deposited = serde_json::from_slice(row.get(2))?;
            tx.execute(&upsert, &[&row.get::<_, &str>(1), &event.amount]).await?;
        }
        tx.execute(&mark, &[&at]).await?;
        Ok(tx.commit().await?)
    }

    async fn write_folded(&mut self, rows: &[Row], at: i64) -> Result<()> {
        let mut folded = Folded::default();
        for row in rows {
            folded.add(row.get(1), row.get(2))?;
        }
        let accounts: Vec<&str> = folded.rows.keys().map(String::as_str).collect();
        let balances: Vec<i64> = folded.rows.values().map(|row| row.balance).collect();
        let events: Vec<i64> = folded.rows.values().map(|row| row.events as i64).collect();
        let upsert = self.upsert("SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])");
        let upsert = self.client.prepare(&upsert).await?;
        let mark = self.client.prepare(&self.mark()).await?;
        let tx = self.client.transaction().await?;
        tx.execute(&upsert, &[&accounts, &balances, &events]).await?;
        tx.execute(&mark, &[&at]).await?;
        Ok(tx.commit().await?)
    }

    fn upsert(&self, rows: &str) -> String {
        format!(
            "INSERT INTO {} AS b {rows} ON CONFLICT (account) DO UPDATE \
             SET balance = b.balance + excluded.balance, events = b.events + excluded.events",
            self.name
        )
    }

    fn mark(&self) -> String {
        format!("UPDATE checkpoints SET position = $1 WHERE name = '{}'", self.name)
    }
}
