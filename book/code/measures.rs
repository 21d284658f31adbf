//! A shop whose flow grew, and the same, cut to size: code for the lints that measure.

use quadrille::prelude::*;
use serde::{Deserialize, Serialize};

/// An aggregate that does what it is told.
macro_rules! aggregate {
    ($name:ident, $category:literal, $events:ident, $commands:ident: $($command:ident $event:ident),*) => {
        #[derive(Event)]
        #[event(category = $category)]
        pub enum $events { $($event),* }

        #[derive(Command)]
        pub enum $commands { $(#[emits($events::$event)] $command),* }

        #[derive(Default)]
        pub struct $name;

        impl Aggregate for $name {
            type Event = $events;
            type Command = $commands;
            type Error = Never;

            fn decide(&self, command: $commands) -> Decision<Self> {
                Ok(vec![match command { $($commands::$command => $events::$event),* }])
            }

            fn evolve(&mut self, _: &$events) {}
        }
    };
}

aggregate!(Order, "order", OrderEvent, OrderCommand:
    Place Placed, Check Checked, Score Scored, Approve Approved, Change Changed, Move Moved,
    Cancel Cancelled, Confirm Confirmed);
aggregate!(Stock, "stock", StockEvent, StockCommand: Reserve Reserved, Release Released);
aggregate!(Payment, "payment", PaymentEvent, PaymentCommand: Capture Captured, Refund Refunded);
aggregate!(Parcel, "parcel", ParcelEvent, ParcelCommand: Pack Packed, Send Sent);
aggregate!(Mail, "mail", MailEvent, MailCommand: Send Sent);

fn shop() -> Component {
    Component::new("shop")
        .owner("team-shop")
        .aggregate::<Order>()
        .aggregate::<Stock>()
        .aggregate::<Payment>()
        .aggregate::<Parcel>()
        .aggregate::<Mail>()
}

macro_rules! view {
    ($name:ident, $event:literal) => {
        #[derive(View)]
        #[reads($event)]
        struct $name {}
    };
}

view!(Placed, "order.placed");
view!(Checked, "order.checked");
view!(Scored, "order.scored");
view!(Approved, "order.approved");
view!(Changed, "order.changed");
view!(Moved, "order.moved");
view!(Cancelled, "order.cancelled");
view!(Reserved, "stock.reserved");
view!(Captured, "payment.captured");
view!(Packed, "parcel.packed");

pub mod implicit_orchestrator {
    use super::*;

    // ANCHOR: orchestrator-before
    #[derive(View)]
    enum Step {
        #[reads("order.placed")]
        Placed,
        #[reads("stock.reserved")]
        Reserved,
        #[reads("payment.captured")]
        Captured,
        #[reads("parcel.packed")]
        Packed,
    }

    pub fn before() -> Component {
        shop()
            .on("next-step", |e: &Recorded<Step>| match **e {
                Step::Placed => send::<Stock>(e.id(), StockCommand::Reserve),
                Step::Reserved => send::<Payment>(e.id(), PaymentCommand::Capture),
                Step::Captured => send::<Parcel>(e.id(), ParcelCommand::Pack),
                Step::Packed => send::<Mail>(e.id(), MailCommand::Send),
            })
            .sends::<Stock>(["reserve"])
            .sends::<Payment>(["capture"])
            .sends::<Parcel>(["pack"])
            .sends::<Mail>(["send"])
    }
    // ANCHOR_END: orchestrator-before

    // ANCHOR: orchestrator-after
    pub fn after() -> Component {
        shop()
            .on("reserve", |e: &Recorded<Placed>| send::<Stock>(e.id(), StockCommand::Reserve))
            .sends::<Stock>(["reserve"])
            .on("capture", |e: &Recorded<Reserved>| {
                send::<Payment>(e.id(), PaymentCommand::Capture)
            })
            .sends::<Payment>(["capture"])
            .on("pack", |e: &Recorded<Captured>| send::<Parcel>(e.id(), ParcelCommand::Pack))
            .sends::<Parcel>(["pack"])
            .on("tell", |e: &Recorded<Packed>| send::<Mail>(e.id(), MailCommand::Send))
            .sends::<Mail>(["send"])
    }
    // ANCHOR_END: orchestrator-after
}

pub mod god_coordinator {
    use super::*;

    // ANCHOR: coordinator-before
    #[derive(Input)]
    #[process(key = order)]
    pub enum Everything {
        #[on("order.placed", starts, sends(Stock::Reserve), sets(Late))]
        Placed {
            #[view(id)]
            order: String,
        },
        #[on("stock.reserved", sends(Payment::Capture))]
        Reserved {
            #[view(id)]
            order: String,
        },
        #[on("payment.captured", sends(Parcel::Pack))]
        Captured {
            #[view(id)]
            order: String,
        },
        #[on("parcel.sent", sends(Mail::Send), completes)]
        Sent {
            #[view(id)]
            order: String,
        },
        #[on(deadline, sends(Order::Cancel, Stock::Release, Payment::Refund), completes)]
        Late,
    }
    // ANCHOR_END: coordinator-before

    #[derive(Default, Serialize, Deserialize)]
    pub struct Fulfilment {
        order: String,
    }

    impl ProcessManager for Fulfilment {
        const NAME: &'static str = "fulfilment";
        type Input = Everything;

        fn react(&mut self, input: Everything, out: &mut Outbox<Everything>) {
            match input {
                Everything::Placed { order } => {
                    out.send::<Stock>(&order, StockCommand::Reserve);
                    out.deadline(days(3), Everything::Late);
                    self.order = order;
                }
                Everything::Reserved { order } => {
                    out.send::<Payment>(&order, PaymentCommand::Capture);
                }
                Everything::Captured { order } => {
                    out.send::<Parcel>(&order, ParcelCommand::Pack);
                }
                Everything::Sent { order } => {
                    out.send::<Mail>(&order, MailCommand::Send);
                    out.complete();
                }
                Everything::Late => {
                    out.send::<Order>(&self.order, OrderCommand::Cancel);
                    out.send::<Stock>(&self.order, StockCommand::Release);
                    out.send::<Payment>(&self.order, PaymentCommand::Refund);
                    out.complete();
                }
            }
        }
    }

    pub fn before() -> Component {
        shop().process::<Fulfilment>()
    }

    // ANCHOR: coordinator-after
    /// An order is paid within three days, or cancelled. What follows from that, others know.
    #[derive(Input)]
    #[process(key = order)]
    pub enum Paying {
        #[on("order.placed", starts, sets(Late))]
        Placed {
            #[view(id)]
            order: String,
        },
        #[on("payment.captured", completes)]
        Captured {
            #[view(id)]
            order: String,
        },
        #[on(deadline, sends(Order::Cancel), completes)]
        Late,
    }
    // ANCHOR_END: coordinator-after

    #[derive(Default, Serialize, Deserialize)]
    pub struct PaymentDeadline {
        order: String,
    }

    impl ProcessManager for PaymentDeadline {
        const NAME: &'static str = "payment-deadline";
        type Input = Paying;

        fn react(&mut self, input: Paying, out: &mut Outbox<Paying>) {
            match input {
                Paying::Placed { order } => {
                    out.deadline(days(3), Paying::Late);
                    self.order = order;
                }
                Paying::Captured { .. } => out.complete(),
                Paying::Late => {
                    out.send::<Order>(&self.order, OrderCommand::Cancel);
                    out.complete();
                }
            }
        }
    }

    pub fn after() -> Component {
        super::implicit_orchestrator::after().process::<PaymentDeadline>()
    }
}

pub mod broad_handler {
    use super::*;

    // ANCHOR: broad-before
    #[derive(View)]
    enum ForCustomers {
        #[reads("order.confirmed")]
        Confirmed,
        #[reads("order.moved")]
        Moved,
        #[reads("order.cancelled")]
        Cancelled,
        #[reads("payment.captured")]
        Captured,
        #[reads("payment.refunded")]
        Refunded,
        #[reads("parcel.sent")]
        Sent,
    }

    pub fn before() -> Component {
        shop().on("messages", |e: &Recorded<ForCustomers>| match **e {
            ForCustomers::Confirmed | ForCustomers::Moved | ForCustomers::Cancelled => email(),
            ForCustomers::Captured | ForCustomers::Refunded => email(),
            ForCustomers::Sent => text_message(),
        })
    }
    // ANCHOR_END: broad-before

    // ANCHOR: broad-after
    #[derive(View)]
    enum ForEmail {
        #[reads("order.cancelled")]
        Cancelled,
        #[reads("payment.refunded")]
        Refunded,
    }

    #[derive(View)]
    #[reads("parcel.sent")]
    struct ForTextMessages {}

    pub fn after() -> Component {
        shop()
            .on("email", |e: &Recorded<ForEmail>| match **e {
                ForEmail::Cancelled | ForEmail::Refunded => email(),
            })
            .on("text-message", |_: &Recorded<ForTextMessages>| text_message())
    }
    // ANCHOR_END: broad-after

    fn email() {}

    fn text_message() {}
}

pub mod fan_out {
    use super::*;

    // ANCHOR: fan-out-before
    pub fn before() -> Component {
        // What changed? Each of them looks for itself.
        shop()
            .on("reserve-again", |_: &Recorded<Changed>| ())
            .on("charge-again", |_: &Recorded<Changed>| ())
            .on("address-again", |_: &Recorded<Changed>| ())
            .on("refund", |_: &Recorded<Changed>| ())
            .on("unpack", |_: &Recorded<Changed>| ())
            .on("apologise", |_: &Recorded<Changed>| ())
            .on("tell-the-carrier", |_: &Recorded<Changed>| ())
    }
    // ANCHOR_END: fan-out-before

    // ANCHOR: fan-out-after
    pub fn after() -> Component {
        shop()
            .on("reserve-again", |_: &Recorded<Changed>| ())
            .on("charge-again", |_: &Recorded<Changed>| ())
            .on("address-again", |_: &Recorded<Moved>| ())
            .on("tell-the-carrier", |_: &Recorded<Moved>| ())
            .on("refund", |_: &Recorded<Cancelled>| ())
            .on("unpack", |_: &Recorded<Cancelled>| ())
            .on("apologise", |_: &Recorded<Cancelled>| ())
    }
    // ANCHOR_END: fan-out-after
}

pub mod flow_depth {
    use super::*;

    // ANCHOR: depth-before
    pub fn before() -> Component {
        shop()
            .on("check", |e: &Recorded<Placed>| send::<Order>(e.id(), OrderCommand::Check))
            .sends::<Order>(["check"])
            .on("score", |e: &Recorded<Checked>| send::<Order>(e.id(), OrderCommand::Score))
            .sends::<Order>(["score"])
            .on("approve", |e: &Recorded<Scored>| send::<Order>(e.id(), OrderCommand::Approve))
            .sends::<Order>(["approve"])
            .on("capture", |e: &Recorded<Approved>| {
                send::<Payment>(e.id(), PaymentCommand::Capture)
            })
            .sends::<Payment>(["capture"])
    }
    // ANCHOR_END: depth-before

    // ANCHOR: depth-after
    pub fn after() -> Component {
        // Placing an order checks and scores it: nobody else had anything to say.
        shop()
            .on("approve", |e: &Recorded<Placed>| send::<Order>(e.id(), OrderCommand::Approve))
            .sends::<Order>(["approve"])
            .on("capture", |e: &Recorded<Approved>| {
                send::<Payment>(e.id(), PaymentCommand::Capture)
            })
            .sends::<Payment>(["capture"])
    }
    // ANCHOR_END: depth-after
}
