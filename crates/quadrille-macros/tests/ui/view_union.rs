use quadrille::View;

#[derive(View)]
enum Union {
    Other(String),
}

fn main() {}
