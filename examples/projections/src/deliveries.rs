//! Deliveries by day of the week, written with SQL by somebody who made an assumption.

use quadrille::{ProjectionError, prelude::*};

pub struct Deliveries {
    /// Days on which parcels arrive.
    pub days: &'static [&'static str],
}

pub const WORKING_DAYS: &[&str] = &["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
pub const ALL_DAYS: &[&str] = &["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

#[derive(View)]
#[reads("order.delivered")]
pub struct Delivered;

impl Projector for Deliveries {
    const NAME: &'static str = "deliveries";
    type Event = Delivered;
    type Db = Sqlite;

    async fn setup(&self, tx: &mut Tx<Sqlite>) -> Projected {
        tx.execute(
            "CREATE TABLE deliveries (day TEXT PRIMARY KEY, parcels INTEGER NOT NULL) STRICT",
        )
        .await?;
        Ok(())
    }

    async fn project(&self, delivered: &Recorded<Delivered>, tx: &mut Tx<Sqlite>) -> Projected {
        let day = delivered.occurred_at().format("%a").to_string();
        if !self.days.contains(&day.as_str()) {
            return Err(ProjectionError::message(format!("nothing is delivered on a {day}")));
        }
        tx.execute(
            query(
                "INSERT INTO deliveries VALUES (?, 1)
                 ON CONFLICT DO UPDATE SET parcels = parcels + 1",
            )
            .bind(day),
        )
        .await?;
        Ok(())
    }
}
