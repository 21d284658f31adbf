//! Where a consumer begins, and whether its checkpoint belongs to this store.

use super::Behaviour;
use crate::{
    Append, AppendError, CorrelationId, EventId, ExpectedVersion, Metadata, Position, StartError,
    Version,
    app::{Engine, chain},
    journal::{Fact, HandlerStarted, handler_stream},
    state::{Claim, Consumer},
    store::Direction,
};

/// Where a consumer goes on.
pub(super) struct Start {
    /// Behind this position.
    pub after: Position,
    /// Whether it had begun before and lost its checkpoint: what it keeps beside the log is lost
    /// too, then, and has to be read from the log again.
    pub lost: bool,
}

/// Where a consumer goes on.
pub(super) async fn start_position(
    engine: &Engine,
    behaviour: &dyn Behaviour,
    consumer: &Consumer,
    claim: &Claim,
) -> Result<Start, StartError> {
    if let Some(checkpoint) = claim.checkpoint {
        check(engine, consumer, claim).await?;
        return Ok(Start { after: checkpoint.place.position, lost: false });
    }
    if behaviour.kind().is_projector() {
        return Ok(Start { after: Position::START, lost: false });
    }
    first_start(engine, behaviour).await
}

/// A checkpoint of another store, or of this one before it was restored, would skip or repeat
/// events without a word.
async fn check(engine: &Engine, consumer: &Consumer, claim: &Claim) -> Result<(), StartError> {
    let Some(checkpoint) = claim.checkpoint else { return Ok(()) };
    let (store, position) = (engine.store.id(), checkpoint.place.position);
    if checkpoint.store != store {
        return Err(StartError::Invalid(format!(
            "the checkpoint of {consumer} belongs to event store {}, and this is {store}: open \
             the store that it was built from, or remove the read models' folder to build anew",
            checkpoint.store
        )));
    }
    let there = engine.store.event_at(position).await?;
    if there.as_ref().map(|event| event.id) == Some(checkpoint.place.event) {
        return Ok(());
    }
    let found = there.map_or("no event".into(), |event| format!("event {}", event.id));
    Err(StartError::Invalid(format!(
        "the checkpoint of {consumer} stands at event {} at position {position}, where this store \
         has {found}: the store was restored from an older copy; restore the read models from the \
         same time, or remove their folder to build anew",
        checkpoint.place.event
    )))
}

/// Where a handler began is a fact, so that it is known even when its checkpoint is lost.
async fn first_start(engine: &Engine, behaviour: &dyn Behaviour) -> Result<Start, StartError> {
    let name = behaviour.name();
    let stream = handler_stream(name)?;
    for _ in 0..2 {
        let found = engine.store.read_stream(&stream, Version::NONE, Direction::Forward, 1).await?;
        if let Some(envelope) = found.first() {
            let fact = HandlerStarted::read(envelope);
            let fact = fact.map_err(|error| StartError::Invalid(chain(&error)))?;
            let after = fact.map_or(Position::START, |fact| fact.after);
            return Ok(Start { after, lost: true });
        }
        let head = engine.store.head().await?.map_or(Position::START, |place| place.position);
        let from_beginning = behaviour.part().options.from_beginning;
        let after = if from_beginning { Position::START } else { head };
        let fact = HandlerStarted { handler: name.into(), after };
        let flow = CorrelationId::new();
        let metadata = Metadata::new(flow, flow.0, &behaviour.part().component, engine.clock.now());
        let event = fact.event(EventId::new(), metadata);
        let event = event.map_err(|error| StartError::Invalid(chain(&error)))?;
        let expected = ExpectedVersion::NoStream;
        let append = Append { stream: stream.clone(), expected, events: vec![event] };
        match engine.store.append(append).await {
            Ok(_) => return Ok(Start { after, lost: false }),
            // Another process was first: read what it wrote.
            Err(AppendError::Conflict { .. }) => {}
            Err(AppendError::Store(error)) => return Err(error.into()),
            Err(error) => return Err(StartError::Invalid(error.to_string())),
        }
    }
    Err(StartError::Invalid(format!("where handler {name} began could not be recorded")))
}
