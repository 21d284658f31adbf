use quadrille::Row;

#[derive(Row)]
struct Keyless {
    cents: i64,
}

#[derive(Row)]
struct Tuple(i64);

#[derive(Row)]
#[row(table = "sales by day")]
struct Sales {
    #[row(key)]
    day: i64,
}

#[derive(Row)]
#[row(table = "2024")]
struct Year {
    #[row(key)]
    day: i64,
}

#[derive(Row)]
#[row(version = 0)]
struct Zeroth {
    #[row(key)]
    day: i64,
}

#[derive(Row)]
struct BothKeys {
    #[row(stream_id)]
    account: String,
    #[row(key)]
    day: i64,
}

#[derive(Row)]
struct Accent {
    #[row(key)]
    größe: i64,
}

#[derive(Row)]
struct Unknown {
    #[row(primary)]
    day: i64,
}

#[derive(Row)]
struct Empty {
    #[row(key)]
    shop: Option<String>,
}

fn main() {}
