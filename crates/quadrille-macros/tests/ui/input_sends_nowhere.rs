use quadrille::Input;

#[derive(Input)]
#[process(key = order)]
enum NotAnAggregate {
    #[on("order.placed", starts, sends(String::Reserve))]
    Placed { order: String },
}

#[derive(Input)]
#[process(key = order)]
enum NoSuchAggregate {
    #[on("order.placed", starts, sends(Stick::Reserve))]
    Placed { order: String },
}

fn main() {}
