use super::{Faults, Way};
use std::{
    future::pending,
    io,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

/// How much is on its way at once, in one direction.
const CHUNKS: usize = 256;
const CHUNK_BYTES: usize = 16 << 10;

/// Forwards until both sides have ended, or until the connection is cut.
pub(super) async fn forward(
    mut client: TcpStream,
    mut server: TcpStream,
    faults: watch::Receiver<Faults>,
    passed: &[AtomicU64; 2],
) {
    let lost = AtomicBool::new(false);
    let abandoned = faults.borrow().abandoned;
    let fate = Fate { faults: &faults, lost: &lost, abandoned, passed };
    let has_ended = {
        // Where this fails, packets are sent a little later.
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let both = async {
            tokio::try_join!(
                pump(from_client, to_server, Way::ToServer, &fate),
                pump(from_server, to_client, Way::ToClient, &fate),
            )
        };
        tokio::select! {
            ended = both => ended.is_ok(),
            () = until_cut(faults.clone(), &lost) => false,
        }
    };
    if !has_ended {
        reset(&client);
        reset(&server);
    }
}

/// Lets the other side see a reset instead of an orderly end when this is dropped.
pub(super) fn reset(stream: &TcpStream) {
    // Where this fails, the end is an orderly one, which is an end, too.
    let _ = stream.set_zero_linger();
}

async fn until_cut(mut faults: watch::Receiver<Faults>, lost: &AtomicBool) {
    let cuts = faults.borrow_and_update().cuts;
    let is_cut =
        |faults: &Faults| faults.cuts != cuts || (!faults.swallows && lost.load(Ordering::SeqCst));
    // The proxy being gone is a cut.
    let _ = faults.wait_for(is_cut).await;
}

/// What becomes of the bytes of a connection.
struct Fate<'a> {
    faults: &'a watch::Receiver<Faults>,
    /// Whether answers were swallowed.
    lost: &'a AtomicBool,
    /// How often others had been abandoned when it began.
    abandoned: u64,
    passed: &'a [AtomicU64; 2],
}

async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    way: Way,
    Fate { faults, lost, abandoned, passed }: &Fate<'_>,
) -> io::Result<()> {
    let (sent, mut on_its_way) = mpsc::channel::<(Instant, Vec<u8>)>(CHUNKS);
    let read = async move {
        loop {
            let mut chunk = Vec::with_capacity(CHUNK_BYTES);
            let read = from.read_buf(&mut chunk).await;
            let now = *faults.borrow();
            if now.abandoned != *abandoned {
                match read {
                    Ok(1..) => continue,
                    // Nobody is told of its end either.
                    _ => pending().await,
                }
            }
            if read? == 0 {
                return Ok::<(), io::Error>(());
            }
            if way == Way::ToClient && now.swallows {
                lost.store(true, Ordering::SeqCst);
            } else if sent.send((Instant::now() + now.delay(way), chunk)).await.is_err() {
                return Ok(());
            }
        }
    };
    let write = async move {
        while let Some((due, chunk)) = on_its_way.recv().await {
            sleep_until(due).await;
            if faults.borrow().abandoned == *abandoned {
                passed[way as usize].fetch_add(chunk.len() as u64, Ordering::SeqCst);
                to.write_all(&chunk).await?;
            }
        }
        to.shutdown().await
    };
    tokio::try_join!(read, write).map(drop)
}
