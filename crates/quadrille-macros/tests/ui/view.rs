use quadrille::View;

#[derive(View)]
struct Nothing {
    order: String,
}

#[derive(View)]
enum Unread {
    Placed { order: String },
}

#[derive(View)]
enum Twice {
    #[reads("order.placed")]
    Placed { order: String },
    #[reads("order.cancelled", "order.placed")]
    Ended,
}

#[derive(View)]
#[reads("order.placed", versions = 3..=1)]
struct Backwards;

#[derive(View)]
#[reads("order.placed", version = 0)]
struct Zeroth;

#[derive(View)]
#[reads("order.placed", since = 2)]
struct Since;

#[derive(View)]
#[reads("order.placed")]
struct Unknown {
    #[view(stream)]
    order: String,
}

#[derive(View)]
#[reads("order.placed")]
struct Unnamed(#[view(id)] String);

#[derive(View)]
#[reads("order.placed")]
#[serde(default)]
struct Defaulted {
    order: String,
}

#[derive(View)]
#[reads("")]
struct Nameless;

fn main() {}
