use quadrille::{Input, Rejected};

#[derive(Input)]
enum Keyless {
    #[on("order.placed", starts)]
    Placed { order: String },
}

#[derive(Input)]
#[process(key = order)]
enum WithoutKeyField {
    #[on("order.placed", starts)]
    Placed { order: String },
    #[on("payment.captured")]
    Paid { payment: String },
}

#[derive(Input)]
#[process(key = order)]
enum NoSuchDeadline {
    #[on("order.placed", starts, sets(Overdu))]
    Placed { order: String },
    #[on(deadline)]
    Overdue,
}

#[derive(Input)]
#[process(key = order)]
enum NeverStarts {
    #[on("order.placed")]
    Placed { order: String },
}

#[derive(Input)]
#[process(key = order)]
enum Undeclared {
    #[on("order.placed", starts)]
    Placed { order: String },
    Paid { order: String },
}

#[derive(Input)]
#[process(key = order)]
enum Twice {
    #[on("order.placed", starts)]
    Placed { order: String },
    #[on("order.placed")]
    PlacedAgain { order: String },
}

#[derive(Input)]
#[process(key = order)]
enum TwoThings {
    #[on("order.placed", deadline)]
    Placed { order: String },
}

#[derive(Input)]
#[process(key = order)]
enum Nothing {
    #[on(starts)]
    Placed { order: String },
}

#[derive(Input)]
#[process(key = order)]
enum UnknownWord {
    #[on("order.placed", begins)]
    Placed { order: String },
}

#[derive(Input)]
#[process(key = order)]
enum StartsLate {
    #[on(deadline, starts)]
    Overdue,
}

#[derive(Input)]
#[process(key = order)]
enum LateDeadline {
    #[on(deadline, late)]
    Overdue,
}

#[derive(Input)]
#[process(key = order)]
enum Unit {
    #[on("order.placed", starts)]
    Placed { order: String },
    #[on(rejected)]
    Refused,
}

#[derive(Input)]
#[process(key = order)]
enum TwoRefusals {
    #[on("order.placed", starts)]
    Placed { order: String },
    #[on(rejected)]
    Refused(Rejected),
    #[on(rejected)]
    RefusedToo(Rejected),
}

#[derive(Input)]
#[process(key = order)]
enum NoEnvelope {
    #[on("order.placed", starts)]
    Placed { order: String },
    #[on(deadline)]
    Overdue {
        #[view(id)]
        order: String,
    },
}

#[derive(Input)]
#[process(key = order)]
enum Bare {
    #[on("order.placed", starts, sends(Reserve))]
    Placed { order: String },
}

fn main() {}
