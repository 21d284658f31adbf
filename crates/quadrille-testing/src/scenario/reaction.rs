use super::{
    Expected,
    recorded::{IntoRecorded, Places},
    show,
    story::Story,
};
use quadrille_core::{Messages, Recorded, View};

/// A stateless reaction: the function that an app registers.
pub fn reaction<E: View, M: Into<Messages>>(
    react: impl Fn(&Recorded<E>) -> M + 'static,
) -> Reaction<E> {
    let react = Box::new(move |event: &Recorded<E>| react(event).into());
    Reaction { react, places: Places::default(), story: Story::default(), got: Vec::new() }
}

type React<E> = Box<dyn Fn(&Recorded<E>) -> Messages>;

/// A stateless reaction under test: see [`reaction`].
pub struct Reaction<E> {
    react: React<E>,
    places: Places,
    story: Story,
    got: Vec<String>,
}

impl<E: View> Reaction<E> {
    /// Hands it an event.
    ///
    /// # Panics
    /// When a command has no JSON form.
    #[track_caller]
    #[must_use = "say what it should send: `.then([…])`"]
    pub fn when(mut self, event: impl IntoRecorded<E>) -> Self {
        let event = event.into_recorded(&mut self.places);
        let envelope = event.envelope();
        self.story.when(format_args!("{} in {}", envelope.event_type, envelope.stream));
        match (self.react)(&event).into_result() {
            Ok(messages) => self.got = messages.iter().map(show::message).collect(),
            Err(error) => self.story.fail(format_args!("{error}: {}", error.source)),
        }
        self
    }

    /// Expects these commands, in this order.
    ///
    /// # Panics
    /// When it sent others.
    #[track_caller]
    pub fn then(self, commands: impl IntoIterator<Item = Expected>) -> Self {
        let expected: Vec<_> = commands.into_iter().map(|expected| expected.0).collect();
        self.story.same("the reaction sent otherwise", &expected, &self.got);
        self
    }

    /// Expects no command.
    ///
    /// # Panics
    /// When it sent one.
    #[track_caller]
    pub fn then_nothing(self) -> Self {
        self.then([])
    }
}
