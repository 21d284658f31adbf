use quadrille::{Aggregate, Command, Decision, Event, Input, Never};

#[derive(Event)]
#[event(category = "stock")]
enum StockEvent {
    Reserved,
}
#[derive(Command)]
enum StockCommand {
    Reserve,
}
#[derive(Default)]
struct Stock;
impl Aggregate for Stock {
    type Event = StockEvent;
    type Command = StockCommand;
    type Error = Never;
    fn decide(&self, _: StockCommand) -> Decision<Self> {
        Ok(vec![StockEvent::Reserved])
    }
    fn evolve(&mut self, _: &StockEvent) {}
}

#[derive(Input)]
#[process(key = order)]
enum NoSuchCommand {
    #[on("order.placed", starts, sends(Stock::Reserve, Stock::Realese))]
    Placed { order: String },
}

fn main() {}
