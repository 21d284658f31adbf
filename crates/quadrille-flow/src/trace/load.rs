use super::{Input, Sources, Trace};
use quadrille_core::{
    CorrelationId, Envelope, EventId, EventStore, InvalidName, Position, Query, StoreError,
    StreamId, Version,
    journal::{self, Fact, Parked, ParkedResolved, ProcessDiscarded, ProcessStepped},
    state::{DeadlineFilter, EngineState, ParkedEvent},
    store::Direction,
};
use std::{collections::BTreeSet, fmt, str::FromStr};
use uuid::Uuid;

const PAGE: usize = 1_000;

/// Which flows to trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceOf {
    /// The flow with this id, or else that of the event with this id.
    Id(Uuid),
    /// This flow.
    Correlation(CorrelationId),
    /// The flow of this event.
    Event(EventId),
    /// The flows that have events in this stream.
    Stream(StreamId),
}

impl FromStr for TraceOf {
    type Err = InvalidName;

    /// A UUID, or a stream's name.
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        text.parse().map_or_else(|_| text.parse().map(Self::Stream), |id| Ok(Self::Id(id)))
    }
}

impl fmt::Display for TraceOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "a flow or an event with the id {id}"),
            Self::Correlation(id) => write!(f, "a flow with the id {id}"),
            Self::Event(id) => write!(f, "an event with the id {id}"),
            Self::Stream(stream) => write!(f, "a stream {stream}"),
        }
    }
}

/// How much to load at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Flows of a stream: the newest ones.
    pub flows: usize,
    /// Events of a flow: the oldest ones.
    pub events: usize,
}

impl Default for Load {
    fn default() -> Self {
        Self { flows: 10, events: 20_000 }
    }
}

/// Why there is no trace.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The log holds nothing of the kind.
    #[error("find a trail: the log holds no events of {0}")]
    NotFound(TraceOf),
    /// The store has a problem.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Loads flows and draws them as trees: one flow, or those of a stream, the newest last. It asks no
/// read models; [`Sources::load`] does.
///
/// # Errors
/// When there are none, and when the store or the state cannot be read.
pub async fn load(
    store: &dyn EventStore,
    state: Option<&dyn EngineState>,
    which: &TraceOf,
    limits: Load,
) -> Result<Vec<Trace>, TraceError> {
    Sources { store, state, models: None }.load(which, limits).await
}

pub(super) async fn traces(
    from: &Sources<'_>,
    which: &TraceOf,
    limits: Load,
) -> Result<Vec<Trace>, TraceError> {
    let Sources { store, state, .. } = *from;
    let (flows, marked) = flows(store, which, limits).await?;
    let parked = parked_now(state).await?;
    let manifests = from.manifests().await?;
    let mut inputs = Vec::with_capacity(flows.len());
    for flow in flows {
        let mut input = input(store, state, flow, limits.events).await?;
        if input.events.is_empty() && input.rejections.is_empty() {
            continue;
        }
        input.marked = marked;
        let own = parked.iter().filter(|(_, parked)| parked.correlation == flow);
        input.parked = own.cloned().collect();
        inputs.push(input);
    }
    let models = from.models().await?;
    let traces = inputs.into_iter().map(|mut input| {
        (input.manifests, input.models) = (manifests.clone(), models.clone());
        Trace::build(&input)
    });
    let traces: Vec<Trace> = traces.collect();
    if traces.is_empty() { Err(TraceError::NotFound(which.clone())) } else { Ok(traces) }
}

async fn flows(
    store: &dyn EventStore,
    which: &TraceOf,
    limits: Load,
) -> Result<(Vec<CorrelationId>, Option<EventId>), StoreError> {
    let of_event = async |id| {
        let event = store.event(id).await?;
        let flow = event.map(|event| event.metadata.correlation);
        Ok::<_, StoreError>((flow.into_iter().collect::<Vec<_>>(), Some(id)))
    };
    match which {
        TraceOf::Correlation(id) => Ok((vec![*id], None)),
        TraceOf::Event(id) => of_event(*id).await,
        TraceOf::Stream(stream) => Ok((flows_of(store, stream, limits.flows).await?, None)),
        TraceOf::Id(id) if has_events(store, CorrelationId(*id)).await? => {
            Ok((vec![CorrelationId(*id)], None))
        }
        TraceOf::Id(id) => {
            let (flows, marked) = of_event(EventId(*id)).await?;
            // A flow may have refusals and nothing else.
            Ok((if flows.is_empty() { vec![CorrelationId(*id)] } else { flows }, marked))
        }
    }
}

async fn has_events(store: &dyn EventStore, flow: CorrelationId) -> Result<bool, StoreError> {
    let query = Query::everything().correlation(flow);
    let mut from = Position::START;
    loop {
        let page = store.read(&query, from, Direction::Forward, 1).await?;
        match page.through {
            _ if !page.events.is_empty() => return Ok(true),
            Some(through) if page.more => from = through.position,
            _ => return Ok(false),
        }
    }
}

/// The newest flows with events in a stream, the newest last.
async fn flows_of(
    store: &dyn EventStore,
    stream: &StreamId,
    limit: usize,
) -> Result<Vec<CorrelationId>, StoreError> {
    let (mut flows, mut before) = (Vec::new(), Version(u64::MAX));
    loop {
        let page = store.read_stream(stream, before, Direction::Backward, PAGE).await?;
        let Some(last) = page.last() else { break };
        before = last.version;
        for event in &page {
            let flow = event.metadata.correlation;
            if flows.len() < limit && !flows.contains(&flow) {
                flows.push(flow);
            }
        }
        if flows.len() >= limit {
            break;
        }
    }
    flows.reverse();
    Ok(flows)
}

async fn input(
    store: &dyn EventStore,
    state: Option<&dyn EngineState>,
    flow: CorrelationId,
    limit: usize,
) -> Result<Input, StoreError> {
    let mut input = Input::new(flow, Vec::new());
    let query = Query::everything().correlation(flow);
    let mut from = Position::START;
    loop {
        let page = store.read(&query, from, Direction::Forward, PAGE).await?;
        input.events.extend(page.events);
        input.truncated = input.events.len() > limit;
        match page.through {
            Some(through) if page.more && !input.truncated => from = through.position,
            _ => break,
        }
    }
    input.events.truncate(limit);
    input.context = context(store, &input.events).await?;
    if let Some(state) = state {
        let filter = DeadlineFilter { correlation: Some(flow), ..DeadlineFilter::default() };
        input.deadlines = state.deadlines(&filter, limit).await?;
        input.rejections = state.rejections(Some(flow), limit).await?;
    }
    Ok(input)
}

/// Facts of other flows that bear on these events.
async fn context(store: &dyn EventStore, events: &[Envelope]) -> Result<Vec<Envelope>, StoreError> {
    let types = [ProcessStepped::TYPE, Parked::TYPE];
    let telling = events.iter().filter(|event| types.contains(&&*event.event_type));
    let streams: BTreeSet<StreamId> = telling
        .filter_map(|event| match Parked::read(event) {
            Ok(Some(parked)) => journal::parked_stream(&parked.consumer).ok(),
            _ => Some(event.stream.clone()),
        })
        .collect();
    let mut context = Vec::new();
    for stream in streams {
        let wanted = [ProcessStepped::TYPE, ProcessDiscarded::TYPE, ParkedResolved::TYPE];
        let query = Query::everything().stream(stream).types(wanted);
        let mut from = Position::START;
        loop {
            let page = store.read(&query, from, Direction::Forward, PAGE).await?;
            let flow = events.first().map(|event| event.metadata.correlation);
            let other = |event: &Envelope| Some(event.metadata.correlation) != flow;
            context.extend(page.events.into_iter().filter(other));
            match page.through {
                Some(through) if page.more => from = through.position,
                _ => break,
            }
        }
    }
    Ok(context)
}

/// All parked events of all consumers that have a status.
async fn parked_now(
    state: Option<&dyn EngineState>,
) -> Result<Vec<(String, ParkedEvent)>, StoreError> {
    let Some(state) = state else { return Ok(Vec::new()) };
    let mut parked = Vec::new();
    for status in state.statuses().await? {
        let name = status.consumer.name.clone();
        let events = state.parked(&status.consumer).await?;
        parked.extend(events.into_iter().map(|event| (name.clone(), event)));
    }
    Ok(parked)
}
