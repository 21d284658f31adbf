use super::{Phase, Process};
use crate::{
    delivery::{Constraints, Item, Orders, Told, told},
    scenario::{Arrival, IntoArrival, bench::Bench, chain, show},
};
use quadrille_core::{Input, ProcessManager};

impl<P: ProcessManager> Process<P> {
    /// Lets these inputs happen in every order: events of different streams come in any. What is left
    /// when all have come must be the same: commands sent, deadlines that stand, what compensating
    /// would undo, completion, and the state, unless the instance has completed and takes nothing any
    /// more. The test goes on as in the order given here.
    ///
    /// Inputs of one category are of one stream, and keep their order, unless they say otherwise:
    /// `recorded(input).stream("bob")`, [`Draft::caused_by`](crate::scenario::Draft::caused_by). The function
    /// makes the inputs anew for each order.
    ///
    /// # Panics
    /// When an order leads to something else; the message names the two inputs that must not change
    /// places. As [`Process::given`], for the order given here.
    #[track_caller]
    pub fn when_in_any_order<T: IntoArrival<P::Input>>(self, inputs: impl Fn() -> Vec<T>) -> Self {
        self.when_in_orders(Orders::default(), inputs)
    }

    /// As [`Process::when_in_any_order`], in so many orders.
    ///
    /// # Panics
    /// As [`Process::when_in_any_order`].
    #[track_caller]
    pub fn when_in_orders<T: IntoArrival<P::Input>>(
        mut self,
        orders: Orders,
        inputs: impl Fn() -> Vec<T>,
    ) -> Self {
        let arrivals =
            || inputs().into_iter().map(IntoArrival::into_arrival).collect::<Vec<Arrival<_>>>();
        let (items, labels) = self.described(&arrivals());
        let constraints = Constraints::of(&items);
        let constraints = constraints.unwrap_or_else(|at| {
            self.story.fail(format_args!("{} stands before its cause", labels[at]))
        });
        let run = |order: &[usize]| left(self.bench.clone(), order, arrivals());
        if let Some(failure) = told(orders, &constraints, &labels, "the process depends", run) {
            panic!("{failure}");
        }
        self.got.clear();
        for arrival in arrivals() {
            self.take(Phase::When, arrival.id, arrival.input);
        }
        self
    }

    #[track_caller]
    fn described(&self, arrivals: &[Arrival<P::Input>]) -> (Vec<Item>, Vec<String>) {
        let item = |arrival: &Arrival<P::Input>| Item {
            stream: arrival.stream.clone(),
            ids: (arrival.id.0, arrival.cause.map(|cause| cause.0)),
        };
        let label = |arrival: &Arrival<P::Input>| {
            let data = arrival.input.encode();
            let data = data.unwrap_or_else(|error| self.story.fail(chain(&error)));
            let from = format!(" from {}", arrival.stream);
            let from = if arrival.stream.is_empty() { "" } else { &from };
            format!("{} {}{from}", arrival.input.kind(), show::json(&data))
        };
        (arrivals.iter().map(item).collect(), arrivals.iter().map(label).collect())
    }
}

/// What is left when these inputs have come in an order.
fn left<P: ProcessManager>(
    mut bench: Bench<P>,
    order: &[usize],
    arrivals: Vec<Arrival<P::Input>>,
) -> Told {
    let mut arrivals: Vec<_> = arrivals.into_iter().map(Some).collect();
    for at in order {
        let arrival = arrivals[*at].take().expect("each place comes once in an order");
        bench.take(arrival.id, arrival.input)?;
    }
    Ok(bench.left())
}
