use quadrille::Input;

#[derive(Input)]
#[process(key = order)]
enum Step {
    #[on("order.placed", starts)]
    Placed { order: Vec<u8> },
    #[on(rejected)]
    Refused(String),
}

fn main() {}
