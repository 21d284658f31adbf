//! Cuts, delays, lost answers and restarts, while many append and read.

use super::support::{event, gateway_at, open, small_gateway, stream, url};
use quadrille::memory::MemoryStore;
use quadrille_core::{Append, EventStore, ExpectedVersion, Position, Version, store::Direction};
use quadrille_kurrentdb::KurrentDbStore;
use quadrille_testing::{
    conformance::{Fixture, Proof, Random, Run},
    proxy::{Proxy, Way},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::net::TcpListener;

/// A handle that soon says when it does not know.
async fn impatient(address: SocketAddr) -> KurrentDbStore {
    let options = KurrentDbStore::options(&url(address)).patience(Duration::from_millis(500));
    options.open().await.unwrap()
}

async fn disturb(proxy: Arc<Proxy>, run: Run) {
    let mut random = Random::new(run.seed(), 7);
    while !run.is_over() {
        match random.below(5) {
            0 => proxy.cut(),
            1 => {
                proxy.swallow_answers(true);
                run.pause(Duration::from_millis(80)).await;
                proxy.swallow_answers(false);
            }
            2 => {
                proxy.refuse(true);
                proxy.cut();
                run.pause(Duration::from_millis(50)).await;
                proxy.refuse(false);
            }
            3 => proxy.abandon(),
            _ => {
                let way = if random.percent(50) { Way::ToServer } else { Way::ToClient };
                proxy.delay(way, Duration::from_millis(15));
                run.pause(Duration::from_millis(60)).await;
                proxy.delay(way, Duration::ZERO);
            }
        }
        run.pause(Duration::from_millis(60)).await;
    }
}

#[test]
fn a_network_that_cuts_delays_and_swallows_loses_nothing_and_makes_no_lies() {
    let proof = Proof::new().seeds(1..3).events(800);
    proof.run(|| async {
        let gateway = small_gateway().await;
        let proxy = Arc::new(Proxy::to(gateway.address()).await.unwrap());
        let address = proxy.address();
        let disturbing = Arc::clone(&proxy);
        Fixture::new(impatient(address).await)
            .reopened_by(move || impatient(address))
            .disturbed_by(move |run| disturb(Arc::clone(&disturbing), run))
            .keep(proxy)
            .keep(gateway)
    });
}

/// Cuts the gateway off and starts it again, on the same store and at the same place.
async fn restart(
    store: Arc<MemoryStore>,
    address: SocketAddr,
    first: quadrille_gateway::Running,
    run: Run,
) {
    let mut gateway = first;
    while !run.is_over() {
        run.pause(Duration::from_millis(150)).await;
        if run.seed().is_multiple_of(2) {
            gateway.stop().await
        } else {
            gateway.cut().await
        }
        run.pause(Duration::from_millis(30)).await;
        gateway = gateway_at(Arc::clone(&store) as Arc<dyn EventStore>, address).await;
    }
    // Whoever reads on needs it until the test is over.
    std::mem::forget(gateway);
}

#[test]
fn a_server_that_restarts_again_and_again_loses_nothing_and_writes_nothing_twice() {
    let proof = Proof::new().seeds(1..3).events(800);
    proof.run(|| async {
        let store = Arc::new(MemoryStore::like_kurrentdb());
        let shared = Arc::clone(&store) as Arc<dyn EventStore>;
        let gateway = gateway_at(shared, ([127, 0, 0, 1], 0).into()).await;
        let address = gateway.address();
        let first = std::sync::Mutex::new(Some(gateway));
        Fixture::new(impatient(address).await).reopened_by(move || impatient(address)).disturbed_by(
            move |run| {
                let gateway = first.lock().unwrap().take().expect("a fixture is disturbed once");
                restart(Arc::clone(&store), address, gateway, run)
            },
        )
    });
}

#[tokio::test]
async fn who_waits_is_woken_after_a_cut() {
    let gateway = small_gateway().await;
    let proxy = Proxy::to(gateway.address()).await.unwrap();
    let (waiting, writing) = (open(proxy.address()).await, open(gateway.address()).await);
    let append = |n: usize| Append {
        stream: stream(&format!("order-{n}")),
        expected: ExpectedVersion::NoStream,
        events: vec![event("order.placed")],
    };
    let mut from = Position::START;
    for n in 0..4 {
        let (waiter, behind) = (waiting.clone(), from);
        let woken = tokio::spawn(async move { waiter.appended_after(behind).await });
        proxy.cut();
        from = writing.append(append(n)).await.unwrap().position;
        let woken = tokio::time::timeout(Duration::from_secs(30), woken).await;
        woken.expect("nobody was woken").unwrap();
    }
}

/// Nobody is told that the connection is gone: the client's keep-alive finds out for the waiting, and
/// whoever asks runs out of patience once.
#[tokio::test]
async fn a_connection_that_is_half_open_is_left() {
    let gateway = small_gateway().await;
    let proxy = Proxy::to(gateway.address()).await.unwrap();
    let waiting = open(proxy.address()).await;
    let asking = KurrentDbStore::options(&url(proxy.address())).patience(Duration::from_secs(5));
    let asking = asking.open().await.unwrap();
    let writing = open(gateway.address()).await;
    let append = |name: &str| Append {
        stream: stream(name),
        expected: ExpectedVersion::NoStream,
        events: vec![event("order.placed")],
    };
    // Its subscription stands when this is over.
    let first = append("order-1");
    let ((), first) = tokio::join!(waiting.appended_after(Position::START), writing.append(first));
    asking.append(append("order-2")).await.unwrap();
    let head = writing.head().await.unwrap().expect("a head").position;
    assert!(first.unwrap().position < head);
    waiting.appended_after(Position(head.0 - 1)).await;
    let woken = tokio::spawn(async move { waiting.appended_after(head).await });
    proxy.abandon();
    let new = append("order-3");
    // The first may run out of patience, and leaves the connection.
    if asking.append(new.clone()).await.is_err() {
        asking.append(new).await.unwrap();
    }
    let woken = tokio::time::timeout(Duration::from_secs(60), woken).await;
    woken.expect("nobody was woken").unwrap();
}

/// Each node says that it leads, and either may be gone: the other one takes over.
#[tokio::test]
async fn of_a_cluster_whose_leader_is_gone_another_node_is_found() {
    let log = Arc::new(MemoryStore::like_kurrentdb());
    let node = |address| gateway_at(Arc::clone(&log) as Arc<dyn EventStore>, address);
    let any = ([127, 0, 0, 1], 0).into();
    let mut nodes = [node(any).await, node(any).await];
    let [one, other] = [&nodes[0], &nodes[1]].map(|node| node.address());
    let url = format!("esdb://{one},{other}?tls=false");
    let store = KurrentDbStore::open(&url).await.unwrap();
    // Of its own, or the append itself would wake it.
    let waiter = KurrentDbStore::open(&url).await.unwrap();
    let mut version = Version::NONE;
    for round in 0..6 {
        let gone = round % 2;
        let address = nodes[gone].address();
        let head = store.head().await.unwrap().map_or(Position::START, |head| head.position);
        let woken = waiter.appended_after(head);
        let append = async {
            let rest = std::mem::replace(&mut nodes[gone], node(any).await);
            rest.cut().await;
            let append = Append {
                stream: stream("order-1"),
                expected: ExpectedVersion::at(version),
                events: vec![event("order.placed")],
            };
            store.append(append).await.unwrap()
        };
        let (receipt, woken) =
            tokio::join!(append, tokio::time::timeout(Duration::from_secs(30), woken));
        woken.expect("nobody was woken");
        assert_eq!(receipt.last_version, version.next());
        version = receipt.last_version;
        nodes[gone] = node(address).await;
    }
}

/// A node of a cluster that answers everything with who leads instead.
async fn follow(listener: TcpListener, leader: SocketAddr) {
    while let Ok((socket, _)) = listener.accept().await {
        tokio::spawn(async move {
            let Ok(mut connection) = h2::server::handshake(socket).await else { return };
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                let answer = http::Response::builder().header("content-type", "application/grpc");
                let answer = match request.uri().path().ends_with("/GetSupportedMethods") {
                    true => answer.header("grpc-status", "12"),
                    false => answer
                        .header("grpc-status", "5")
                        .header("exception", "not-leader")
                        .header("leader-endpoint-host", leader.ip().to_string())
                        .header("leader-endpoint-port", leader.port()),
                };
                let _ = respond.send_response(answer.body(()).unwrap(), true);
            }
        });
    }
}

#[tokio::test]
async fn a_leader_that_became_a_follower_is_left_for_the_one_that_it_names() {
    let log = Arc::new(MemoryStore::like_kurrentdb());
    let node = || gateway_at(Arc::clone(&log) as Arc<dyn EventStore>, ([127, 0, 0, 1], 0).into());
    let (old, new) = (node().await, node().await);
    let address = old.address();
    let (store, waiter) = (open(address).await, open(address).await);
    let append = |version| Append {
        stream: stream("order-1"),
        expected: ExpectedVersion::at(version),
        events: vec![event("order.placed")],
    };
    let first = append(Version::NONE);
    // Its subscription stands when this is over.
    let ((), first) = tokio::join!(waiter.appended_after(Position::START), store.append(first));
    let first = first.unwrap();
    old.cut().await;
    let listener = TcpListener::bind(address).await.unwrap();
    let following = tokio::spawn(follow(listener, new.address()));
    let woken =
        tokio::time::timeout(Duration::from_secs(30), waiter.appended_after(first.position));
    let (second, woken) = tokio::join!(store.append(append(Version(1))), woken);
    woken.expect("nobody was woken");
    assert_eq!(second.unwrap().last_version, Version(2));
    // Whoever connects to the follower first finds its way as well.
    let late = open(address).await;
    assert_eq!(late.append(append(Version(2))).await.unwrap().last_version, Version(3));
    let (name, forward) = (stream("order-1"), Direction::Forward);
    assert_eq!(store.read_stream(&name, Version::NONE, forward, 9).await.unwrap().len(), 3);
    following.abort();
}

#[tokio::test]
async fn a_server_that_is_gone_is_unavailable_and_writes_nothing() {
    let gateway = small_gateway().await;
    let store = impatient(gateway.address()).await;
    let address = gateway.address();
    gateway.cut().await;
    let (stream, expected) = (stream("order-1"), ExpectedVersion::NoStream);
    let append = Append { stream, expected, events: vec![event("order.placed")] };
    let error = store.append(append).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    let unreachable = KurrentDbStore::open(&url(address)).await.unwrap_err();
    assert!(unreachable.is_retryable(), "{unreachable:?}");
}
