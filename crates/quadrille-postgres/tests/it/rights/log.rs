use super::Done;
use chrono::Utc;
use quadrille_core::{
    Append, CommandId, CorrelationId, EventId, EventStore, ExpectedVersion, Metadata, NewEvent,
    Position, Query, StreamId, Tag, Version,
    event::CommandStamp,
    store::{AppendAll, Direction, StreamFilter, Unless},
};
use quadrille_postgres::PostgresStore;
use std::time::Duration;
use uuid::Uuid;

fn append(command: CommandId, tag: &Tag) -> Append {
    let flow = CorrelationId::new();
    let mut metadata = Metadata::new(flow, flow.0, "bank", Utc::now());
    metadata.command = Some(CommandStamp::new(command, "book", b"{}"));
    metadata.tags = vec![tag.clone()];
    let event = NewEvent::new(EventId::new(), "seat.booked", "{}", metadata).unwrap();
    let stream: StreamId = format!("seat-{}", Uuid::now_v7()).parse().unwrap();
    Append { stream, expected: ExpectedVersion::NoStream, events: vec![event] }
}

/// All that is done with a log.
pub async fn work(url: &str) -> Done {
    let store = PostgresStore::open(url).await?;
    let other = PostgresStore::open(url).await?;
    let (command, tag) = (CommandId::new(), Tag::new("seat", Uuid::now_v7()));
    let first = append(command, &tag);
    let receipt = store.append(first.clone()).await?;
    assert!(store.append(first.clone()).await?.repeated);
    let unless =
        |seat: &Tag| Unless { types: vec![], tags: vec![seat.clone()], after: Position::START };
    let free = Tag::new("seat", Uuid::now_v7());
    let both = vec![append(command, &free), append(command, &free)];
    let waiting = tokio::spawn(async move {
        other.appended_after(receipt.position).await;
        other
    });
    store.append_all(AppendAll { appends: both.clone(), unless: vec![unless(&free)] }).await?;
    let heard = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    let other = heard.expect("it hears of what others append")?;

    let stream = &first.stream;
    for direction in [Direction::Forward, Direction::Backward] {
        let from = if direction == Direction::Forward { 0 } else { u64::MAX >> 1 };
        assert_eq!(other.read_stream(stream, Version(from), direction, 10).await?.len(), 1);
        for query in [Query::everything(), Query::all().tag(tag.clone())] {
            assert!(!other.read(&query, Position(from), direction, 10).await?.events.is_empty());
        }
        let query = Query { stream: Some(stream.clone()), ..Query::default() };
        assert_eq!(other.read(&query, Position(from), direction, 10).await?.events.len(), 1);
    }
    assert!(other.head().await?.is_some_and(|head| head.position > receipt.position));
    assert!(other.event_at(receipt.position).await?.is_some());
    assert!(other.event(first.events[0].id).await?.is_some());
    assert_eq!(other.events_of_command(stream, command).await?.len(), 1);
    assert!(!other.streams(&StreamFilter::default(), None, 10).await?.is_empty());
    assert_eq!(other.stalls().await?, []);
    other.close().await;
    store.close().await;
    Ok(())
}
