//! What the client does not ask for, or does not tell of the answer.

use crate::support::*;
use bytes::Bytes;
use eventstore::StreamMetadata;
use generated::event_store::client::{
    StreamIdentifier, gossip::ClusterInfo, server_features::SupportedMethods, streams::*,
    uuid::Value,
};
use prost::Message;
use quadrille::memory::MemoryStore;
use quadrille_core::EventStore;
use quadrille_gateway::{Running, Settings};
use std::sync::Arc;
use tokio_stream::{Stream, StreamExt};
use tonic::{
    Code, Request, Status, Streaming,
    client::Grpc,
    codec::ProstCodec,
    codegen::http::uri::PathAndQuery,
    transport::{Channel, Endpoint},
};
use uuid::Uuid;

#[allow(dead_code, missing_docs, unreachable_pub, clippy::all)]
#[path = "../../src/proto/generated/protocol.rs"]
pub mod generated;

/// Calls methods by their paths.
pub struct Raw(Grpc<Channel>);

impl Raw {
    pub async fn to(gateway: &Running) -> Self {
        let endpoint = Endpoint::from_shared(format!("http://{}", gateway.address())).unwrap();
        Self(Grpc::new(endpoint.connect().await.unwrap()))
    }

    /// A call on which messages go both ways.
    pub async fn both_ways<Q, A>(
        &mut self,
        path: &'static str,
        requests: impl Stream<Item = Q> + Send + 'static,
    ) -> Result<Streaming<A>, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.0.ready().await.unwrap();
        let path = PathAndQuery::from_static(path);
        let answers = self.0.streaming(Request::new(requests), path, ProstCodec::default()).await?;
        Ok(answers.into_inner())
    }

    pub async fn unary<Q, A>(&mut self, path: &'static str, request: Q) -> Result<A, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.0.ready().await.unwrap();
        let path = PathAndQuery::from_static(path);
        let answer = self.0.unary(Request::new(request), path, ProstCodec::default()).await;
        answer.map(|answer| answer.into_inner())
    }

    async fn read(
        &mut self,
        options: read_req::Options,
    ) -> Result<Vec<read_resp::Content>, Status> {
        self.0.ready().await.unwrap();
        let path = PathAndQuery::from_static("/event_store.client.streams.Streams/Read");
        let request = Request::new(ReadReq { options: Some(options) });
        let answers = self.0.server_streaming(request, path, ProstCodec::default()).await?;
        let answers: Result<Vec<ReadResp>, Status> = answers.into_inner().collect().await;
        Ok(answers?.into_iter().filter_map(|answer| answer.content).collect())
    }
}

pub async fn served(settings: Settings) -> (Arc<dyn EventStore>, Running, Raw) {
    let store: Arc<dyn EventStore> = Arc::new(MemoryStore::new());
    let gateway = serve(store.clone(), settings).await;
    let raw = Raw::to(&gateway).await;
    (store, gateway, raw)
}

pub fn stream(name: &'static str) -> Option<StreamIdentifier> {
    Some(StreamIdentifier { stream_name: Bytes::from_static(name.as_bytes()) })
}

#[tokio::test]
async fn errors_carry_the_trailers_of_the_official_server() {
    let (_store, _gateway, mut raw) = served(Settings::default()).await;
    let options = delete_req::Options {
        stream_identifier: stream("order-1"),
        expected_stream_revision: Some(delete_req::options::ExpectedStreamRevision::Revision(4)),
    };
    let path = "/event_store.client.streams.Streams/Delete";
    let refused =
        raw.unary::<_, DeleteResp>(path, DeleteReq { options: Some(options) }).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let trailer = |key: &str| refused.metadata().get(key).unwrap().to_str().unwrap();
    assert_eq!(trailer("exception"), "wrong-expected-version");
    assert_eq!(trailer("stream-name"), "order-1");
    assert_eq!((trailer("expected-version"), trailer("actual-version")), ("4", "-1"));
}

#[tokio::test]
async fn what_is_not_there_says_what_to_do_instead() {
    let (_store, _gateway, mut raw) = served(Settings::default()).await;
    let calls = [
        (
            "/event_store.client.persistent_subscriptions.PersistentSubscriptions/Create",
            "subscribe to $all",
        ),
        ("/event_store.client.projections.Projections/Create", "write a projector"),
        ("/event_store.client.operations.Operations/StartScavenge", "nothing to scavenge"),
        ("/event_store.client.monitoring.Monitoring/Stats", "`quadrille` command"),
        ("/event_store.client.users.Users/Create", "`quadrille serve --user`"),
    ];
    for (path, part) in calls {
        let refused = raw.unary::<(), ()>(path, ()).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unimplemented, "{path}");
        assert!(refused.message().contains(part), "{refused}");
    }
}

#[tokio::test]
async fn features_and_the_one_node_are_told_to_everybody() {
    let (_store, gateway, mut raw) = served(Settings::default().user("shop", "s3cr3t")).await;
    let path = "/event_store.client.server_features.ServerFeatures/GetSupportedMethods";
    let features: SupportedMethods = raw.unary(path, ()).await.unwrap();
    assert!(features.methods.iter().any(|method| method.method_name == "batchappend"));
    assert!(!features.methods.iter().any(|m| m.service_name.contains("persistent")));
    let nodes: ClusterInfo = raw.unary("/event_store.client.gossip.Gossip/Read", ()).await.unwrap();
    let end_point = nodes.members[0].http_end_point.clone().unwrap();
    assert_eq!(end_point.address, "127.0.0.1");
    assert_eq!(end_point.port, u32::from(gateway.address().port()));
}

#[tokio::test]
async fn the_advertised_address_is_told_where_there_is_one() {
    let (_store, _gateway, mut raw) =
        served(Settings::default().advertised("events.shop", 2113)).await;
    let nodes: ClusterInfo = raw.unary("/event_store.client.gossip.Gossip/Read", ()).await.unwrap();
    let end_point = nodes.members[0].http_end_point.clone().unwrap();
    assert_eq!((end_point.address.as_str(), end_point.port), ("events.shop", 2113));
}

#[tokio::test]
async fn a_client_of_a_cluster_finds_the_one_node() {
    on_every_store(async |served| {
        let port = served.gateway.address().port();
        let client =
            connect_by(&format!("esdb+discover://localhost:{port}?tls=false&discoveryInterval=5"));
        let event = event("order.placed", 1);
        client.append_to_stream("order-1", &Default::default(), event).await.unwrap();
    })
    .await;
}

use read_req::options::filter_options::{Expression, Filter};

/// A filter on types.
fn on_type(regex: &str) -> Filter {
    Filter::EventType(Expression { regex: regex.to_owned(), prefix: Vec::new() })
}

/// A filter on streams.
fn on_stream(prefixes: &[&str]) -> Filter {
    let prefix = prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
    Filter::StreamIdentifier(Expression { regex: String::new(), prefix })
}

/// A read of the log with a filter.
fn filtered(filter: Filter, count: u64) -> read_req::Options {
    use read_req::options::*;
    read_req::Options {
        read_direction: ReadDirection::Forwards.into(),
        resolve_links: true,
        uuid_option: Some(UuidOption { content: Some(uuid_option::Content::String(())) }),
        control_option: None,
        stream_option: Some(StreamOption::All(AllOptions {
            all_option: Some(all_options::AllOption::Start(())),
        })),
        count_option: Some(CountOption::Count(count)),
        filter_option: Some(FilterOption::Filter(FilterOptions {
            filter: Some(filter),
            window: Some(filter_options::Window::Max(30)),
            checkpoint_interval_multiplier: 5,
        })),
    }
}

#[tokio::test]
async fn a_read_of_the_log_is_filtered_counted_and_has_ids_as_text_where_they_are_wanted() {
    let (_store, gateway, mut raw) = served(Settings::default()).await;
    let client = connect(gateway.address());
    for number in 0..200 {
        let event_type = if number % 50 == 0 { "order.paid" } else { "order.placed" };
        let event = event(event_type, number);
        client.append_to_stream("order-1", &Default::default(), event).await.unwrap();
    }
    for (regex, count, expected) in [
        ("^order\\.paid$", u64::MAX, 4),
        ("^order\\.paid$", 3, 3),
        ("^(?!(\\$.+$|order\\.placed$))", u64::MAX, 4),
        ("^payment", u64::MAX, 0),
    ] {
        let read = raw.read(filtered(on_type(regex), count)).await.unwrap();
        assert_eq!(read.len(), expected, "{regex}");
        for content in read {
            let read_resp::Content::Event(event) = content else { panic!("{content:?}") };
            let event = event.event.unwrap();
            assert_eq!(event.metadata["type"], "order.paid");
            let id = event.id.unwrap().value;
            assert!(matches!(&id, Some(Value::String(id)) if id.parse::<Uuid>().is_ok()), "{id:?}");
        }
    }
    let refused = raw.read(filtered(on_type("(?<=a)b"), 1)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_read_with_a_filter_that_names_the_frameworks_streams_does_not_show_them() {
    let (_store, gateway, mut raw) = served(Settings::default()).await;
    let client = connect(gateway.address());
    let append = || event("order.placed", 1);
    client.append_to_stream("order-1", &Default::default(), append()).await.unwrap();
    let metadata = StreamMetadata::builder().max_count(2).build();
    client.set_stream_metadata("order-1", &Default::default(), &metadata).await.unwrap();
    for (prefixes, expected) in [
        (["quadrille-"].as_slice(), 0),
        (&["quadrille-stream-metadata-order-1"], 0),
        (&["quadrille-", "order-"], 1),
    ] {
        let read = raw.read(filtered(on_stream(prefixes), u64::MAX)).await.unwrap();
        assert_eq!(read.len(), expected, "{prefixes:?}");
    }
}

#[tokio::test]
async fn a_refusal_shows_the_beginning_of_what_is_long() {
    let (_store, _gateway, mut raw) = served(Settings::default()).await;
    let check = |refused: Status| {
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        assert!(refused.message().len() < 500, "{refused}");
    };
    let long = "x".repeat(100_000);
    check(raw.read(filtered(on_type(&long), 1)).await.unwrap_err());
    check(raw.read(filtered(on_stream(&[&long, "order-"]), 1)).await.unwrap_err());
    let not_so_long = format!("{}(?<=a)b", &long[..8_000]);
    check(raw.read(filtered(on_type(&not_so_long), 1)).await.unwrap_err());
    for name in ["$ce-", "$et-", "$", "$$$$"] {
        let mut options = filtered(on_type("x"), 1);
        options.filter_option = None;
        let stream_name = format!("{name}{long}").into();
        options.stream_option =
            Some(read_req::options::StreamOption::Stream(read_req::options::StreamOptions {
                stream_identifier: Some(StreamIdentifier { stream_name }),
                revision_option: None,
            }));
        check(raw.read(options).await.unwrap_err());
    }
}
