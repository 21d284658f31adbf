use quadrille::Rejection;

#[derive(Debug, thiserror::Error, Rejection)]
#[error("only {0} cents are left")]
struct InsufficientFunds(i64);

#[derive(Debug, thiserror::Error, Rejection)]
#[error("closed")]
#[rejection(code = "account.closed")]
struct Closed;

#[derive(Debug, thiserror::Error, Rejection)]
enum Refused {
    #[error("out of stock")]
    OutOfStock,
    #[error("{pieces} are too many")]
    #[rejection(code = "too_much")]
    TooMany { pieces: u32 },
    #[error("no")]
    No(#[from] InsufficientFunds),
}

#[test]
fn a_rejections_code_is_its_name_unless_it_is_pinned() {
    assert_eq!(InsufficientFunds(3).code(), "insufficient_funds");
    assert_eq!(InsufficientFunds::CODES, ["insufficient_funds"]);
    assert_eq!(Closed.code(), "account.closed");
    assert_eq!(Refused::CODES, ["out_of_stock", "too_much", "no"]);
    let codes = [Refused::OutOfStock, Refused::TooMany { pieces: 7 }, InsufficientFunds(1).into()]
        .map(|refused| refused.code());
    assert_eq!(codes, ["out_of_stock", "too_much", "no"]);
}
