use proptest::{collection::vec, prelude::*, sample::Index};
use quadrille_core::{
    Category, CausationId, CommandId, CommandStamp, CorrelationId, ExpectedVersion, Metadata,
    Query, StreamId, Tag, Version, store::Direction,
};
use uuid::Uuid;

/// What is done to a store. Names and ids come from small sets, so that they meet again.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Append(AppendStep),
    AppendAll(Vec<AppendStep>, Vec<UnlessStep>),
    ReadStream(StreamId, VersionChoice, Direction, usize),
    Read(Query, Option<Index>, Direction, usize),
    Streams(bool, Option<Category>, String, Option<StreamId>, usize),
    Look(Index),
    OfCommand(StreamId, CommandId),
}

#[derive(Debug, Clone)]
pub(super) struct AppendStep {
    pub stream: StreamId,
    pub expected: ExpectedChoice,
    pub events: EventsChoice,
}

#[derive(Debug, Clone)]
pub(super) struct UnlessStep {
    pub types: Vec<&'static str>,
    pub tag: Tag,
    pub after: Index,
}

/// An expected version, in relation to the stream's.
#[derive(Debug, Clone, Copy)]
pub(super) enum ExpectedChoice {
    Current,
    Plain(ExpectedVersion),
}

/// A version, in relation to the stream's last.
#[derive(Debug, Clone, Copy)]
pub(super) enum VersionChoice {
    Low(u64),
    BelowLast(u64),
    End,
}

#[derive(Debug, Clone)]
pub(super) enum EventsChoice {
    New(Vec<Content>),
    /// What the stream has from a place on.
    Again(Index, usize),
    /// Ids of the stream among new ones, in any order.
    Mixed(Vec<(Option<Index>, Content)>),
}

#[derive(Debug, Clone)]
pub(super) struct Content {
    pub event_type: &'static str,
    pub data: Vec<u8>,
    pub metadata: Metadata,
}

const TYPES: [&str; 4] = ["order.placed", "order.paid", "a b é", "$invalid"];

pub(super) fn schedule() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => append().prop_map(Step::Append),
        2 => (vec(append(), 0..3), vec(unless(), 0..2))
            .prop_map(|(appends, unless)| Step::AppendAll(appends, unless)),
        3 => (stream(), version(), direction(), limit())
            .prop_map(|(s, v, d, l)| Step::ReadStream(s, v, d, l)),
        6 => (query(), any::<Option<Index>>(), direction(), limit())
            .prop_map(|(q, from, d, l)| Step::Read(q, from, d, l)),
        2 => (any::<bool>(), prop::option::of(category()), prefix(), prop::option::of(stream()), limit())
            .prop_map(|(f, c, p, after, l)| Step::Streams(f, c, p, after, l)),
        1 => any::<Index>().prop_map(Step::Look),
        1 => (stream(), command()).prop_map(|(s, c)| Step::OfCommand(s, c)),
    ];
    vec(step, 1..40)
}

fn append() -> impl Strategy<Value = AppendStep> {
    let expected = prop_oneof![
        4 => Just(ExpectedChoice::Plain(ExpectedVersion::Any)),
        4 => Just(ExpectedChoice::Current),
        1 => Just(ExpectedChoice::Plain(ExpectedVersion::NoStream)),
        1 => Just(ExpectedChoice::Plain(ExpectedVersion::Exists)),
        1 => (0..6u64).prop_map(|v| ExpectedChoice::Plain(ExpectedVersion::Exact(Version(v)))),
    ];
    let events = prop_oneof![
        6 => vec(content(), 0..4).prop_map(EventsChoice::New),
        2 => (any::<Index>(), 1..4usize).prop_map(|(at, count)| EventsChoice::Again(at, count)),
        2 => vec((any::<Option<Index>>(), content()), 1..4).prop_map(EventsChoice::Mixed),
    ];
    (stream(), expected, events).prop_map(|(stream, expected, events)| AppendStep {
        stream,
        expected,
        events,
    })
}

fn content() -> impl Strategy<Value = Content> {
    let event_type = prop_oneof![
        30 => prop::sample::select(&TYPES[..3]),
        1 => Just(TYPES[3]),
    ];
    let data = prop_oneof![Just(b"{}".to_vec()), vec(any::<u8>(), 0..20)];
    (event_type, data, metadata()).prop_map(|(event_type, data, metadata)| Content {
        event_type,
        data,
        metadata,
    })
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let micros = -4_000_000_000_000_000..4_000_000_000_000_000i64;
    let actor = prop::option::of("[ -~é🦀]{0,6}");
    let tags = prop::collection::btree_set(tag(), 0..3);
    (flow(), cause(), prop::option::of(command()), actor, micros, tags).prop_map(
        |(flow, cause, command, actor, micros, tags)| {
            let at = chrono::DateTime::from_timestamp_micros(micros).unwrap_or_default();
            let mut metadata = Metadata::new(flow, cause, "model", at);
            metadata.command = command.map(|id| CommandStamp::new(id, "order.place", b"{}"));
            metadata.actor = actor;
            metadata.tags = tags.into_iter().collect();
            metadata
        },
    )
}

fn unless() -> impl Strategy<Value = UnlessStep> {
    let types = prop::sample::subsequence(&TYPES[..3], 0..3);
    (types, tag(), any::<Index>()).prop_map(|(types, tag, after)| UnlessStep { types, tag, after })
}

fn query() -> impl Strategy<Value = Query> {
    let parts = (
        prop::sample::subsequence(&TYPES[..3], 0..3),
        vec(category(), 0..3),
        prop::option::weighted(0.3, stream()),
        prop::option::weighted(0.2, flow()),
        prop::option::weighted(0.2, cause()),
        prop_oneof![3 => Just(Vec::new()), 1 => vec(tag(), 1..3)],
        any::<bool>(),
    );
    parts.prop_map(|(types, categories, stream, correlation, causation, tags, framework)| {
        let types = types.into_iter().map(String::from).collect();
        Query { types, categories, stream, correlation, causation, tags, framework }
    })
}

fn version() -> impl Strategy<Value = VersionChoice> {
    prop_oneof![
        (0..4u64).prop_map(VersionChoice::Low),
        (0..3u64).prop_map(VersionChoice::BelowLast),
        Just(VersionChoice::End),
    ]
}

fn stream() -> impl Strategy<Value = StreamId> {
    let names = ["order-1", "order-2", "order-1-é", "invoice-1", "quadrille-x"];
    prop::sample::select(names.to_vec()).prop_map(|name| name.parse().expect("a stream's name"))
}

fn category() -> impl Strategy<Value = Category> {
    let names = ["order", "invoice", "quadrille", "missing"];
    prop::sample::select(names.to_vec()).prop_map(|name| Category::new(name).expect("a category"))
}

fn prefix() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "1", "1-", "%", "x"]).prop_map(String::from)
}

fn tag() -> impl Strategy<Value = Tag> {
    let tags = [("user", "1"), ("user", "12"), ("note", "%_'é")];
    prop::sample::select(tags.to_vec()).prop_map(|(key, value)| Tag::new(key, value))
}

fn command() -> impl Strategy<Value = CommandId> {
    (0..3u128).prop_map(|n| CommandId(Uuid::from_u128(0xcc00 + n)))
}

fn flow() -> impl Strategy<Value = CorrelationId> {
    (0..3u128).prop_map(|n| CorrelationId(Uuid::from_u128(0xf100 + n)))
}

fn cause() -> impl Strategy<Value = CausationId> {
    (0..3u128).prop_map(|n| CausationId(Uuid::from_u128(0xca00 + n)))
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Forward), Just(Direction::Backward)]
}

fn limit() -> impl Strategy<Value = usize> {
    prop_oneof![1..5usize, Just(1000), Just(usize::MAX)]
}
