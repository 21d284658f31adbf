//! Where the orders come from: made up by a seed, or read from a CSV file.

use chrono::{DateTime, Duration, TimeZone, Utc};
use serde::Deserialize;
use std::{error::Error, path::Path};

/// What is for sale, its price in cents, and how likely it is to be bought.
const ITEMS: [(&str, i64, f64); 5] = [
    ("teapot", 2_490, 0.35),
    ("kettle", 4_990, 0.25),
    ("samovar", 18_900, 0.05),
    ("teacup", 690, 0.30),
    ("tray", 1_550, 0.05),
];

/// An order as it comes in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Incoming {
    pub order: String,
    pub customer: String,
    pub item: String,
    pub quantity: i64,
    pub cents: i64,
    pub placed_at: DateTime<Utc>,
}

/// When the simulated weeks begin.
pub fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 8, 0, 0).single().expect("a moment that exists")
}

/// Orders over two weeks. The same seed makes the same orders.
pub fn made_up(count: usize, seed: u64) -> Vec<Incoming> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut orders: Vec<Incoming> = (0..count)
        .map(|n| {
            let (item, price, _) = pick(random.f64());
            let quantity = i64::from(random.u8(1..=3));
            Incoming {
                // The letters make the luck of an order depend on the seed.
                order: format!("{:05}-{}", n + 1, letters(&mut random)),
                customer: format!("customer-{:03}", random.usize(1..=count.div_ceil(4).max(1))),
                item: item.into(),
                quantity,
                cents: price * quantity,
                placed_at: start() + Duration::seconds(random.i64(0..14 * 86_400)),
            }
        })
        .collect();
    orders.sort_by_key(|order| order.placed_at);
    orders
}

fn letters(random: &mut fastrand::Rng) -> String {
    std::iter::repeat_with(|| random.lowercase()).take(4).collect()
}

fn pick(luck: f64) -> (&'static str, i64, f64) {
    let mut left = luck;
    for item in ITEMS {
        left -= item.2;
        if left < 0.0 {
            return item;
        }
    }
    ITEMS[0]
}

/// Orders from a CSV file with the columns order, customer, item, quantity, cents, placed_at.
pub fn from_csv(path: &Path) -> Result<Vec<Incoming>, Box<dyn Error>> {
    let name = path.display();
    let mut reader =
        csv::Reader::from_path(path).map_err(|error| format!("read {name}: {error}"))?;
    let mut orders = Vec::new();
    for row in reader.deserialize() {
        let order: Incoming = row.map_err(|error| {
            format!(
                "read {name}: {error}; it needs the columns order, customer, item, quantity, \
                 cents and placed_at (such as 2026-03-02T09:15:00Z)"
            )
        })?;
        orders.push(order);
    }
    orders.sort_by_key(|order| order.placed_at);
    Ok(orders)
}

/// How much of each item the warehouse has: a little less than is wanted, so that some run out.
pub fn stock_for(orders: &[Incoming]) -> Vec<(String, i64)> {
    let mut wanted = std::collections::BTreeMap::<String, i64>::new();
    for order in orders {
        *wanted.entry(order.item.clone()).or_default() += order.quantity.max(0);
    }
    wanted.into_iter().map(|(item, wanted)| (item, wanted * 95 / 100)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_orders_and_another_one_others() {
        assert_eq!(made_up(50, 7), made_up(50, 7));
        assert_ne!(made_up(50, 7), made_up(50, 8));
    }
}
