//! The proxy: each thing that it does to a connection.

use quadrille_testing::proxy::{Proxy, Way};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Instant, timeout},
};

/// When a test gives up; nothing depends on how long anything takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that sends back what it receives, and tells of it.
async fn echo() -> (SocketAddr, mpsc::UnboundedReceiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut bytes = [0; 1024];
                while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                    let _ = tell.send(bytes[..count].to_vec());
                    let _ = stream.write_all(&bytes[..count]).await;
                }
            });
        }
    });
    (address, told)
}

async fn ask(stream: &mut TcpStream, what: &[u8]) -> io::Result<Vec<u8>> {
    stream.write_all(what).await?;
    let mut answer = vec![0; what.len()];
    let read = timeout(PATIENCE, stream.read_exact(&mut answer)).await;
    read.expect("an answer or an error comes").map(|_| answer)
}

#[tokio::test]
async fn bytes_go_through_unchanged_and_ends_are_passed_on() {
    let (server, _told) = echo().await;
    let proxy = Proxy::to(server).await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(ask(&mut client, b"hello").await.unwrap(), b"hello");
    assert_eq!(proxy.connections(), 1);
    assert_eq!((proxy.bytes(Way::ToServer), proxy.bytes(Way::ToClient)), (5, 5));
    client.shutdown().await.unwrap();
    let mut rest = Vec::new();
    timeout(PATIENCE, client.read_to_end(&mut rest)).await.expect("an end comes").unwrap();
    assert!(rest.is_empty());
}

#[tokio::test]
async fn a_cut_resets_those_that_are_connected_and_no_others() {
    let (server, _told) = echo().await;
    let proxy = Proxy::to(server).await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    ask(&mut client, b"1").await.unwrap();
    proxy.cut();
    let error = timeout(PATIENCE, client.read(&mut [0])).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let mut another = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(ask(&mut another, b"2").await.unwrap(), b"2");
}

#[tokio::test]
async fn new_connections_are_refused_while_old_ones_go_on() {
    let (server, _told) = echo().await;
    let proxy = Proxy::to(server).await.unwrap();
    let mut old = TcpStream::connect(proxy.address()).await.unwrap();
    ask(&mut old, b"1").await.unwrap();
    proxy.refuse(true);
    let mut new = TcpStream::connect(proxy.address()).await.unwrap();
    assert!(ask(&mut new, b"2").await.is_err());
    assert_eq!(ask(&mut old, b"3").await.unwrap(), b"3");
    proxy.refuse(false);
    let mut new = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(ask(&mut new, b"4").await.unwrap(), b"4");
}

#[tokio::test]
async fn each_way_has_its_delay() {
    let (server, mut told) = echo().await;
    let proxy = Proxy::to(server).await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    for way in [Way::ToServer, Way::ToClient] {
        let delay = Duration::from_millis(200);
        proxy.delay(way, delay);
        let began = Instant::now();
        client.write_all(b"1").await.unwrap();
        told.recv().await.unwrap();
        let arrived = began.elapsed();
        client.read_exact(&mut [0]).await.unwrap();
        assert!(began.elapsed() >= delay, "{way:?}");
        if way == Way::ToServer {
            assert!(arrived >= delay, "{way:?}");
        }
        proxy.delay(way, Duration::ZERO);
    }
}

#[tokio::test]
async fn an_answer_that_is_swallowed_was_given() {
    let (server, mut told) = echo().await;
    let proxy = Proxy::to(server).await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    let mut other = TcpStream::connect(proxy.address()).await.unwrap();
    ask(&mut other, b"0").await.unwrap();
    told.recv().await.unwrap();
    proxy.swallow_answers(true);
    client.write_all(b"1").await.unwrap();
    assert_eq!(told.recv().await.unwrap(), b"1");
    // Nothing ever comes, so this waits for what cannot be waited for, and not for long.
    assert!(timeout(Duration::from_millis(100), client.read(&mut [0])).await.is_err());
    proxy.swallow_answers(false);
    assert!(timeout(PATIENCE, client.read(&mut [0])).await.unwrap().is_err());
    assert_eq!(ask(&mut other, b"2").await.unwrap(), b"2");
}

#[tokio::test]
async fn neither_side_hears_of_a_connection_that_is_abandoned() {
    let (server, mut told) = echo().await;
    let proxy = Proxy::to(server).await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    ask(&mut client, b"12").await.unwrap();
    told.recv().await.unwrap();
    proxy.abandon();
    client.write_all(b"3").await.unwrap();
    // Neither comes ever, so this waits for what cannot be waited for, and not for long.
    assert!(timeout(Duration::from_millis(100), client.read(&mut [0])).await.is_err());
    assert!(told.try_recv().is_err());
    let mut another = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(ask(&mut another, b"4").await.unwrap(), b"4");
    assert_eq!((proxy.bytes(Way::ToServer), proxy.bytes(Way::ToClient)), (3, 3));
    proxy.cut();
    assert!(timeout(PATIENCE, client.read(&mut [0])).await.unwrap().is_err());
}

#[tokio::test]
async fn it_leads_nowhere_else() {
    let elsewhere = "192.0.2.1:5432".parse().unwrap();
    let error = Proxy::to(elsewhere).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}
