mod diff;

use crate::{
    Context, Screen,
    args::{EventsArgs, EventsCommand, Format},
    explain::Outcome,
    format::time,
    json_line,
    table::{Align, Table},
};
use quadrille_core::{Envelope, EventStore, Position, Query, store::Direction};
use std::time::Duration;
use tokio::time::timeout;

const PAGE: usize = 500;
/// How long to trust a store to tell of another process's events.
const POLL: Duration = Duration::from_millis(500);

pub(super) async fn run(args: &EventsArgs, context: &Context, screen: &mut Screen<'_>) -> Outcome {
    if let Some(EventsCommand::Diff(args)) = &args.command {
        return diff::run(args, context, screen).await;
    }
    let (store, query) = (&*context.store, args.query.query());
    let mut listing = Listing::new(args.format);
    let mut from = args.after.unwrap_or(Position::START);
    if let Some(count) = args.last {
        // What comes while this is read lies behind this head.
        from = store.head().await?.map_or(Position::START, |head| head.position);
        let last = last(store, &query, from, count).await?;
        listing.page(&last, screen)?;
    } else {
        let limit = args.limit.unwrap_or(usize::MAX);
        from = forward(store, &query, from, limit, &mut listing, screen).await?;
    }
    if args.follow {
        screen.out.flush()?;
        tokio::select! {
            followed = follow(store, &query, from, &mut listing, screen) => followed?,
            interrupted = tokio::signal::ctrl_c() => interrupted?,
        }
    } else if listing.is_empty() {
        screen.line("there are no such events")?;
    }
    Ok(())
}

async fn follow(
    store: &dyn EventStore,
    query: &Query,
    mut from: Position,
    listing: &mut Listing,
    screen: &mut Screen<'_>,
) -> Outcome {
    loop {
        // Running out of time is expected: a store may not know of other processes.
        let _ = timeout(POLL, store.appended_after(from)).await;
        from = forward(store, query, from, usize::MAX, listing, screen).await?;
        screen.out.flush()?;
    }
}

/// Lists what lies behind a position, and says how far it looked.
async fn forward(
    store: &dyn EventStore,
    query: &Query,
    mut from: Position,
    mut left: usize,
    listing: &mut Listing,
    screen: &mut Screen<'_>,
) -> Outcome<Position> {
    while left > 0 {
        let page = store.read(query, from, Direction::Forward, left.min(PAGE)).await?;
        left -= page.events.len().min(left);
        listing.page(&page.events, screen)?;
        if let Some(through) = page.through {
            from = through.position;
        }
        if !page.more {
            break;
        }
    }
    Ok(from)
}

/// The last events up to a position, in the order of the log.
async fn last(
    store: &dyn EventStore,
    query: &Query,
    up_to: Position,
    count: usize,
) -> Outcome<Vec<Envelope>> {
    // Stores may know no other positions than those of events, so none is made up here.
    let mut before = Position::END;
    let mut events = Vec::new();
    while events.len() < count {
        let limit = (count - events.len()).min(PAGE);
        let page = store.read(query, before, Direction::Backward, limit).await?;
        events.extend(page.events.into_iter().filter(|event| event.position <= up_to));
        match page.through {
            Some(through) if page.more => before = through.position,
            _ => break,
        }
    }
    events.reverse();
    Ok(events)
}

enum Listing {
    Table(Table),
    Lines,
}

impl Listing {
    fn new(format: Format) -> Self {
        let headings = [
            ("position", Align::Right),
            ("occurred (UTC)", Align::Left),
            ("stream", Align::Left),
            ("type", Align::Left),
            ("payload", Align::Left),
        ];
        match format {
            Format::Table => Self::Table(Table::new(&headings)),
            Format::Json => Self::Lines,
        }
    }

    fn page(&mut self, page: &[Envelope], screen: &mut Screen<'_>) -> Outcome {
        match self {
            Self::Table(table) => {
                for event in page {
                    table.row([
                        event.position.to_string(),
                        time(event.metadata.occurred_at),
                        format!("{}#{}", event.stream, event.version),
                        event.event_type.clone(),
                        String::from_utf8_lossy(&event.data).into_owned(),
                    ]);
                }
                table.write(screen)?;
            }
            Self::Lines => {
                for event in page {
                    json_line::write(event, &mut *screen.out)?;
                }
            }
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Table(table) if table.is_empty())
    }
}
