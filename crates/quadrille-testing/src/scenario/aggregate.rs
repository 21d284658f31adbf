use super::{
    recorded::{logged, read_back},
    show,
    story::Story,
};
use crate::delivery::{Constraints, Orders, Told, told};
use quadrille_core::{Aggregate, Command, Decision, Envelope, Event};

/// An aggregate to which these things have happened.
pub fn given<A: Aggregate>(events: impl IntoIterator<Item = A::Event>) -> Given<A> {
    let mut given = Given { state: A::default(), history: Vec::new(), story: Story::default() };
    for event in events {
        given.story.given(show::event(&event));
        given.happened(&event);
    }
    given
}

/// An aggregate with a history: see [`given`].
pub struct Given<A> {
    state: A,
    history: Vec<Envelope>,
    story: Story,
}

/// An aggregate that has decided on a command.
#[must_use = "say what it should lead to: `.then([…])`"]
pub struct When<A: Aggregate> {
    given: Given<A>,
    decision: Decision<A>,
}

impl<A: Aggregate> Given<A> {
    /// Lets it decide on a command.
    ///
    /// # Panics
    /// When it decides differently when asked again, or emits an event that the command does not
    /// declare.
    #[track_caller]
    pub fn when(mut self, command: impl Into<A::Command>) -> When<A> {
        let command = command.into();
        let of = command.command_type();
        self.story.when(show::command(&command));
        let again = self.through_dispatch(&command);
        let decision = self.state.decide(command);
        let (first, second) = (lines::<A>(&decision), lines::<A>(&self.state.decide(again)));
        self.story.same(
            "deciding is not pure: asked twice, it decides differently",
            &first,
            &second,
        );
        for event in decision.iter().flatten() {
            let variant = event.event_type().variant;
            if let Some(emits) = of.emits.filter(|emits| !emits.contains(&variant)) {
                self.story.fail(format_args!(
                    "`{}` emitted `{variant}`, which it does not declare: `#[emits({})]`",
                    of.variant,
                    emits.join(", ")
                ));
            }
        }
        When { given: self, decision }
    }

    /// Lets it decide on these commands in every order: they come from different senders, of which
    /// any may be first. What comes of each must be the same, events and refusals, whatever came
    /// before, and asked once more when all have come. The story goes on as in the order given here.
    ///
    /// The function makes the commands anew for each order.
    ///
    /// # Panics
    /// When a decision depends on the order; the message names the two commands that must not change
    /// places.
    #[track_caller]
    pub fn when_in_any_order<C: Into<A::Command>>(self, commands: impl Fn() -> Vec<C>) -> Self {
        self.when_in_orders(Orders::default(), commands)
    }

    /// As [`Given::when_in_any_order`], with so many orders.
    ///
    /// # Panics
    /// As [`Given::when_in_any_order`].
    #[track_caller]
    pub fn when_in_orders<C: Into<A::Command>>(
        mut self,
        orders: Orders,
        commands: impl Fn() -> Vec<C>,
    ) -> Self {
        let commands = || commands().into_iter().map(Into::into).collect::<Vec<A::Command>>();
        let labels: Vec<_> = commands().iter().map(show::command).collect();
        let constraints = Constraints::none(labels.len());
        let run = |order: &[usize]| self.decided(order, &commands);
        if let Some(failure) = told(orders, &constraints, &labels, "what is decided depends", run) {
            panic!("{failure}");
        }
        for command in commands() {
            self.story.when(show::command(&command));
            for event in self.state.decide(command).into_iter().flatten() {
                self.happened(&event);
            }
        }
        self
    }

    /// What is decided on each of these, and on each once more.
    fn decided(&self, order: &[usize], commands: &impl Fn() -> Vec<A::Command>) -> Told {
        let mut state = A::default();
        for envelope in &self.history {
            state.evolve(&read_back(envelope)?);
        }
        let mut all: Vec<_> = commands().into_iter().map(Some).collect();
        let mut told = Vec::new();
        for at in order {
            let command = all[*at].take().expect("each place comes once in an order");
            let line = show::command(&command);
            let decision = state.decide(command);
            told.push(format!("{line}: {}", lines::<A>(&decision).join(", ")));
            for event in decision.into_iter().flatten() {
                state.evolve(&read_back(&logged(&event)?)?);
            }
        }
        let again = commands().into_iter().enumerate().filter(|(at, _)| order.contains(at));
        told.extend(again.map(|(_, command)| {
            let line = show::command(&command);
            format!("{line} again: {}", lines::<A>(&state.decide(command)).join(", "))
        }));
        // Of commands that are equal, nobody can say which one came first.
        told.sort();
        Ok(told)
    }

    #[track_caller]
    fn happened(&mut self, event: &A::Event) {
        let read = logged(event).and_then(|envelope| Ok((read_back(&envelope)?, envelope)));
        match read {
            Ok((event, envelope)) => {
                self.state.evolve(&event);
                self.history.push(envelope);
            }
            Err(problem) => self.story.fail(problem),
        }
    }

    /// The command as it comes back from a process manager's outbox.
    #[track_caller]
    fn through_dispatch(&self, command: &A::Command) -> A::Command {
        let name = command.command_type().name;
        let data = command.encode().unwrap_or_else(|error| self.story.fail(error));
        match A::Command::decode(name, &data) {
            Ok(Some(command)) => command,
            Ok(None) => self.story.fail(format_args!("`{name}` is not read back from its name")),
            Err(error) => self.story.fail(format_args!(
                "the command is not read back from its own payload: {}",
                super::recorded::chain(&error)
            )),
        }
    }
}

impl<A: Aggregate> When<A> {
    /// Expects these events, in this order. They have happened then, and the story goes on.
    ///
    /// # Panics
    /// When it decided otherwise.
    #[track_caller]
    pub fn then(mut self, events: impl IntoIterator<Item = A::Event>) -> Given<A> {
        let expected: Vec<_> = events.into_iter().map(|event| show::event(&event)).collect();
        self.check(&expected);
        for event in self.decision.into_iter().flatten() {
            self.given.happened(&event);
        }
        self.given
    }

    /// Expects that the command is accepted and changes nothing.
    ///
    /// # Panics
    /// When it decided otherwise.
    #[track_caller]
    pub fn then_nothing(self) -> Given<A> {
        self.then([])
    }

    /// Expects this refusal, by its code and its message.
    ///
    /// # Panics
    /// When it decided otherwise.
    #[track_caller]
    pub fn then_rejected(self, error: A::Error) -> Given<A> {
        self.check(&[show::rejection(&error)]);
        self.given
    }

    #[track_caller]
    fn check(&self, expected: &[String]) {
        let got = lines::<A>(&self.decision);
        self.given.story.same("the aggregate decided otherwise", expected, &got);
    }
}

#[track_caller]
fn lines<A: Aggregate>(decision: &Decision<A>) -> Vec<String> {
    match decision {
        Ok(events) => events.iter().map(|event| show::event(event)).collect(),
        Err(rejection) => vec![show::rejection(rejection)],
    }
}
