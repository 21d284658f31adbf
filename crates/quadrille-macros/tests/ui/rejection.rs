use quadrille::Rejection;

#[derive(Debug, thiserror::Error, Rejection)]
enum Never {}

#[derive(Debug, thiserror::Error, Rejection)]
enum Twice {
    #[error("a")]
    Full,
    #[error("b")]
    #[rejection(code = "full")]
    Crowded,
}

#[derive(Debug, thiserror::Error, Rejection)]
#[error("no")]
#[rejection(code = "not now")]
struct Words;

#[derive(Debug, thiserror::Error, Rejection)]
#[rejection(code = "x")]
enum Misplaced {
    #[error("a")]
    Full,
}

fn main() {}
