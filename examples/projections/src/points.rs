//! Loyalty points, one row for each order: a fold, and the same fold with a bug.

use quadrille::prelude::*;

#[derive(Row, Debug, PartialEq)]
#[row(table = "points")]
pub struct Points {
    #[row(stream_id)]
    pub order: String,
    pub customer: String,
    pub points: i64,
    /// Points count when the parcel has arrived.
    pub confirmed: bool,
}

#[derive(View)]
pub enum Purchase {
    #[reads("order.placed")]
    Placed { customer: String, cents: i64 },
    #[reads("order.delivered")]
    Delivered,
}

/// A point for each whole 1.00.
pub fn points(row: &mut Points, purchase: &Recorded<Purchase>) {
    award(row, purchase, |cents| cents / 100);
}

/// Somebody thought that no order is ever worth more than 327.67.
pub fn points_with_a_bug(row: &mut Points, purchase: &Recorded<Purchase>) {
    award(row, purchase, |cents| {
        let cents = i16::try_from(cents).expect("the amount fits in 16 bits");
        i64::from(cents / 100)
    });
}

fn award(row: &mut Points, purchase: &Recorded<Purchase>, worth: impl Fn(i64) -> i64) {
    match &**purchase {
        Purchase::Placed { customer, cents } => {
            row.customer.clone_from(customer);
            row.points = worth(*cents);
        }
        Purchase::Delivered => row.confirmed = true,
    }
}
