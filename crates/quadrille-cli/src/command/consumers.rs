//! Who reads the log, and what they put aside.

use crate::{Context, explain::Outcome};
use quadrille_core::{
    EventId, Position, Query,
    journal::{Fact, Parked, ParkedResolved},
    name::Category,
    state::{Consumer, ConsumerStatus, ParkedEvent},
    store::Direction,
};
use std::collections::BTreeMap;

const PAGE: usize = 1_000;

/// All consumers' statuses; none where no app has run yet.
pub(super) async fn statuses(context: &Context) -> Outcome<Vec<ConsumerStatus>> {
    match &context.state {
        Some(state) => Ok(state.statuses().await?),
        None => Ok(Vec::new()),
    }
}

/// All events that are parked, with their consumers' names, in the order of the log: as the
/// consumers hold them, or where no app has run here, as the log tells.
pub(super) async fn parked(context: &Context) -> Outcome<Vec<(String, ParkedEvent)>> {
    let Some(state) = &context.state else { return parked_in_the_log(context).await };
    let mut consumers: Vec<Consumer> =
        state.statuses().await?.into_iter().map(|status| status.consumer).collect();
    if let Some(models) = &context.models {
        consumers.extend(models.models().await?.into_iter().map(|model| model.consumer));
    }
    consumers.sort();
    consumers.dedup();
    let mut parked = Vec::new();
    for consumer in consumers {
        let held = match &context.models {
            Some(models) if consumer.kind.is_projector() => models.parked(&consumer).await?,
            _ => state.parked(&consumer).await?,
        };
        parked.extend(held.into_iter().map(|event| (consumer.name.clone(), event)));
    }
    parked.sort_by_key(|(_, event)| event.position);
    Ok(parked)
}

async fn parked_in_the_log(context: &Context) -> Outcome<Vec<(String, ParkedEvent)>> {
    let query =
        Query::all().category(Category::FRAMEWORK).types([Parked::TYPE, ParkedResolved::TYPE]);
    let mut open: BTreeMap<(String, EventId), ParkedEvent> = BTreeMap::new();
    let mut from = Position::START;
    loop {
        let page = context.store.read(&query, from, Direction::Forward, PAGE).await?;
        for fact in &page.events {
            if let Some(resolved) = ParkedResolved::read(fact)? {
                open.remove(&(resolved.consumer, resolved.event));
            } else if let Some(parked) = Parked::read(fact)?
                && let Some(event) = context.store.event(parked.event).await?
            {
                let parked_at = fact.metadata.occurred_at;
                let held = ParkedEvent {
                    event: event.id,
                    position: event.position,
                    event_type: event.event_type,
                    key: event.stream.to_string(),
                    stream: event.stream,
                    correlation: event.metadata.correlation,
                    reason: parked.reason,
                    attempts: parked.attempts,
                    subject: parked.subject,
                    parked_at,
                };
                open.insert((parked.consumer, held.event), held);
            }
        }
        match page.through {
            Some(through) if page.more => from = through.position,
            _ => break,
        }
    }
    let mut parked: Vec<_> = open.into_iter().map(|((name, _), event)| (name, event)).collect();
    parked.sort_by_key(|(_, event)| event.position);
    Ok(parked)
}
