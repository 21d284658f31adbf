use quadrille::Event;
use serde::Deserialize;

#[derive(Deserialize)]
struct OpenedV1 {
    owner: String,
}

#[derive(Event)]
#[event(category = "account")]
enum AccountEvent {
    #[event(was(OpenedV1))]
    Opened { owner: String },
}

fn main() {}
