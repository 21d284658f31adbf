//! What sells: a read model of rows, without SQL.

use quadrille::prelude::*;

#[derive(Row, Debug, PartialEq)]
#[row(table = "sales_by_item")]
pub struct ItemSales {
    #[row(key)]
    pub item: String,
    pub orders: i64,
    pub pieces: i64,
    pub cents: i64,
}

/// What this read model wants to know of an order: its own view, not the order's code.
#[derive(View)]
#[reads("order.placed")]
pub struct Placed {
    item: String,
    quantity: i64,
    cents: i64,
}

impl RowProjector for ItemSales {
    type Event = Placed;

    fn keys(placed: &Recorded<Placed>) -> impl IntoIterator<Item = String> {
        [placed.item.clone()]
    }

    fn apply(&mut self, placed: &Recorded<Placed>) {
        self.orders += 1;
        self.pieces += placed.quantity;
        self.cents += placed.cents;
    }
}
