use quadrille::Command;

#[derive(Command)]
struct Open;

#[derive(Command)]
enum Nothing {}

#[derive(Command)]
enum Twice {
    #[emits(Opened)]
    #[emits(Closed)]
    Open,
}

fn main() {}
