use quadrille::Row;

#[derive(Row)]
struct Wide {
    #[row(key)]
    id: i64,
    lines: Vec<String>,
}

fn main() {}
