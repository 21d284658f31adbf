use crate::{Aggregate, Command, EncodeError, Input};
use std::{
    fmt::{self, Display},
    marker::PhantomData,
    time::Duration,
};

/// A command on its way to an aggregate.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The aggregate's category.
    pub aggregate: &'static str,
    /// The aggregate's id.
    pub id: String,
    /// The command's name within its category.
    pub command: &'static str,
    /// Its payload.
    pub data: Vec<u8>,
}

/// A command for the aggregate `A` with this id.
///
/// # Errors
/// When the command has no JSON form.
pub fn message<A: Aggregate>(
    id: impl Display,
    command: impl Into<A::Command>,
) -> Result<Message, EncodeError> {
    let command = command.into();
    Ok(Message {
        aggregate: <A::Event as crate::Event>::CATEGORY,
        id: id.to_string(),
        command: command.command_type().name,
        data: command.encode()?,
    })
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = String::from_utf8_lossy(&self.data);
        write!(f, "{}.{} {data} to {}-{}", self.aggregate, self.command, self.aggregate, self.id)
    }
}

/// Something that a process manager wants done.
#[derive(Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send a command.
    Send {
        /// The command.
        message: Message,
        /// What undoes it once it was accepted.
        undo: Option<Message>,
        /// How long to wait before it goes out.
        after: Duration,
    },
    /// Set a deadline, in place of an open one of the same name.
    Deadline {
        /// The input's variant.
        name: &'static str,
        /// Its payload.
        data: Vec<u8>,
        /// When it is due, from now.
        after: Duration,
    },
    /// Cancel a deadline; one that is not open is none of our worries.
    Cancel {
        /// The input's variant.
        name: &'static str,
    },
    /// From now on compensating means this as well.
    Undo {
        /// The command that undoes.
        message: Message,
    },
    /// Undo what was done, the latest first.
    Compensate {
        /// Why.
        reason: String,
    },
    /// The instance is done: its deadlines are cancelled.
    Complete,
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send { message, undo, after } => {
                write!(f, "send {message:?}")?;
                if !after.is_zero() {
                    write!(f, " after {after:?}")?;
                }
                undo.as_ref().map_or(Ok(()), |undo| write!(f, " (undo: {undo:?})"))
            }
            Self::Deadline { name, data, after } => {
                write!(f, "deadline {name} {} in {after:?}", String::from_utf8_lossy(data))
            }
            Self::Cancel { name } => write!(f, "cancel deadline {name}"),
            Self::Undo { message } => write!(f, "undo with {message:?}"),
            Self::Compensate { reason } => write!(f, "compensate: {reason}"),
            Self::Complete => f.write_str("complete"),
        }
    }
}

/// Where a process manager puts what it wants done.
#[derive(Debug)]
pub struct Outbox<I> {
    effects: Vec<Effect>,
    failure: Option<EncodeError>,
    input: PhantomData<fn(I)>,
}

impl<I> Default for Outbox<I> {
    fn default() -> Self {
        Self { effects: Vec::new(), failure: None, input: PhantomData }
    }
}

impl<I: Input> Outbox<I> {
    /// Sends a command to an aggregate.
    pub fn send<A: Aggregate>(
        &mut self,
        id: impl Display,
        command: impl Into<A::Command>,
    ) -> Sent<'_, A> {
        let sent = message::<A>(id, command);
        let effect = sent
            .map(|message| Effect::Send { message, undo: None, after: Duration::ZERO })
            .map_err(|error| self.failure = Some(error))
            .ok();
        let last = effect.map(|effect| {
            self.effects.push(effect);
            self.effects.len() - 1
        });
        Sent {
            effect: last.map(|at| &mut self.effects[at]),
            failure: &mut self.failure,
            aggregate: PhantomData,
        }
    }

    /// Sets a deadline: `input` comes back when `after` has passed. An open deadline of the same
    /// variant is replaced.
    pub fn deadline(&mut self, after: Duration, input: I) {
        match input.encode() {
            Ok(data) => self.effects.push(Effect::Deadline { name: input.kind(), data, after }),
            Err(error) => self.failure = Some(error),
        }
    }

    /// Cancels the open deadline of this variant, whatever its fields.
    pub fn cancel(&mut self, input: I) {
        self.effects.push(Effect::Cancel { name: input.kind() });
    }

    /// From now on compensating means this command as well.
    pub fn undo_with<A: Aggregate>(&mut self, id: impl Display, command: impl Into<A::Command>) {
        match message::<A>(id, command) {
            Ok(message) => self.effects.push(Effect::Undo { message }),
            Err(error) => self.failure = Some(error),
        }
    }

    /// Undoes what was done, the latest first: the undo of every command that was accepted, and
    /// whatever [`Outbox::undo_with`] registered. Delayed commands that have not gone out are
    /// dropped; one that is accepted later is undone then.
    pub fn compensate(&mut self, reason: impl Display) {
        self.effects.push(Effect::Compensate { reason: reason.to_string() });
    }

    /// The instance is done: its deadlines are cancelled, and only inputs declared `late` and
    /// outcomes of its commands still reach it.
    pub fn complete(&mut self) {
        self.effects.push(Effect::Complete);
    }

    /// What is in the box, or why something could not be put into it.
    ///
    /// # Errors
    /// When a command or a deadline had no JSON form.
    pub fn into_effects(self) -> Result<Vec<Effect>, EncodeError> {
        self.failure.map_or(Ok(self.effects), Err)
    }
}

/// A command that was just put into the outbox.
pub struct Sent<'a, A> {
    effect: Option<&'a mut Effect>,
    failure: &'a mut Option<EncodeError>,
    aggregate: PhantomData<fn(A)>,
}

impl<A: Aggregate> Sent<'_, A> {
    /// Lets it go out later.
    pub fn after(mut self, delay: Duration) -> Self {
        if let Some(Effect::Send { after, .. }) = self.effect.as_deref_mut() {
            *after = delay;
        }
        self
    }

    /// The command that undoes it, for the same aggregate, when the process compensates. It
    /// counts once the command was accepted.
    pub fn undo(mut self, command: impl Into<A::Command>) -> Self {
        if let Some(Effect::Send { message: sent, undo, .. }) = self.effect.as_deref_mut() {
            match message::<A>(&sent.id, command) {
                Ok(message) => *undo = Some(message),
                Err(error) => *self.failure = Some(error),
            }
        }
        self
    }
}
