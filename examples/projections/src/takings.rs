//! Takings by day, written with SQL: the first version, and the one that came after it.

use quadrille::prelude::*;

/// Orders and their value.
pub struct Takings;

#[derive(View)]
#[reads("order.placed")]
pub struct Placed {
    cents: i64,
}

impl Projector for Takings {
    const NAME: &'static str = "takings";
    type Event = Placed;
    type Db = Sqlite;

    async fn setup(&self, tx: &mut Tx<Sqlite>) -> Projected {
        tx.execute(
            "CREATE TABLE takings (
                day TEXT PRIMARY KEY,
                orders INTEGER NOT NULL,
                cents INTEGER NOT NULL
            ) STRICT",
        )
        .await?;
        Ok(())
    }

    async fn project(&self, placed: &Recorded<Placed>, tx: &mut Tx<Sqlite>) -> Projected {
        tx.execute(
            query(
                "INSERT INTO takings VALUES (?1, 1, ?2)
                 ON CONFLICT DO UPDATE SET orders = orders + 1, cents = cents + ?2",
            )
            .bind(placed.occurred_at().date_naive().to_string())
            .bind(placed.cents),
        )
        .await?;
        Ok(())
    }
}

/// The same, and how many orders were cancelled on that day. In a real program this replaces
/// [`Takings`]; here both are kept, so that one can be turned into the other.
pub struct TakingsWithCancelled;

#[derive(View)]
pub enum Order {
    #[reads("order.placed")]
    Placed { cents: i64 },
    #[reads("order.cancelled")]
    Cancelled,
}

impl Projector for TakingsWithCancelled {
    const NAME: &'static str = "takings";
    const VERSION: u32 = 2;
    type Event = Order;
    type Db = Sqlite;

    async fn setup(&self, tx: &mut Tx<Sqlite>) -> Projected {
        tx.execute(
            "CREATE TABLE takings (
                day TEXT PRIMARY KEY,
                orders INTEGER NOT NULL,
                cents INTEGER NOT NULL,
                cancelled INTEGER NOT NULL
            ) STRICT",
        )
        .await?;
        Ok(())
    }

    async fn project(&self, order: &Recorded<Order>, tx: &mut Tx<Sqlite>) -> Projected {
        let (orders, cents, cancelled) = match **order {
            Order::Placed { cents } => (1, cents, 0),
            Order::Cancelled => (0, 0, 1),
        };
        tx.execute(
            query(
                "INSERT INTO takings VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
                 SET orders = orders + ?2, cents = cents + ?3, cancelled = cancelled + ?4",
            )
            .bind(order.occurred_at().date_naive().to_string())
            .bind(orders)
            .bind(cents)
            .bind(cancelled),
        )
        .await?;
        Ok(())
    }
}
