use quadrille::Rejection;

#[derive(Rejection)]
struct OutOfStock;

fn main() {}
