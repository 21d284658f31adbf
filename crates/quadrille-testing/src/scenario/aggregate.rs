use super::{recorded::through_log, show, story::Story};
use quadrille_core::{Aggregate, Command, Decision, Event};

/// An aggregate to which these things have happened.
pub fn given<A: Aggregate>(events: impl IntoIterator<Item = A::Event>) -> Given<A> {
    let mut given = Given { state: A::default(), story: Story::default() };
    for event in events {
        given.story.given(show::event(&event));
        given.happened(&event);
    }
    given
}

/// An aggregate with a history: see [`given`].
pub struct Given<A> {
    state: A,
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

    #[track_caller]
    fn happened(&mut self, event: &A::Event) {
        match through_log(event) {
            Ok(event) => self.state.evolve(&event),
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
