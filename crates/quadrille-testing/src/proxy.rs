//! A TCP proxy for tests: the network between a client and a server of this machine, as it is on a
//! bad day.
//!
//! ```
//! use quadrille_testing::proxy::{Proxy, Way};
//! use std::{net::SocketAddr, time::Duration};
//!
//! async fn a_bad_day(server: SocketAddr) -> std::io::Result<()> {
//!     let proxy = Proxy::to(server).await?;
//!     println!("connect to {}", proxy.address());
//!     proxy.delay(Way::ToServer, Duration::from_millis(50));
//!     proxy.swallow_answers(true); // What is asked for takes place, and nobody learns of it.
//!     proxy.cut(); // Whoever is connected is reset.
//!     Ok(())
//! }
//! ```
//!
//! It listens and connects on the loopback interface only.

mod connection;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    ToServer,
    /// From the server to the client.
    ToClient,
}

/// A proxy. When it is dropped, all connections through it are reset.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    faults: watch::Sender<Faults>,
    open: Arc<AtomicUsize>,
    passed: Arc<[AtomicU64; 2]>,
    accepting: JoinHandle<()>,
}

/// What is wrong with the network now.
#[derive(Debug, Clone, Copy, Default)]
struct Faults {
    /// How often all connections were cut.
    cuts: u64,
    /// How often all connections were abandoned.
    abandoned: u64,
    refuses: bool,
    swallows: bool,
    to_server: Duration,
    to_client: Duration,
}

impl Faults {
    fn delay(&self, way: Way) -> Duration {
        match way {
            Way::ToServer => self.to_server,
            Way::ToClient => self.to_client,
        }
    }
}

impl Proxy {
    /// A proxy to this address, which forwards faithfully until it is told otherwise.
    ///
    /// # Errors
    /// When the address is not a loopback one, or no port is free.
    pub async fn to(target: SocketAddr) -> io::Result<Self> {
        if !target.ip().is_loopback() {
            let problem = format!("{target} is not on this machine's loopback interface");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (faults, open) = (watch::Sender::default(), Arc::default());
        let passed = Arc::<[AtomicU64; 2]>::default();
        let counts = (Arc::clone(&open), Arc::clone(&passed));
        let accepting = tokio::spawn(accept(listener, target, faults.clone(), counts));
        Ok(Self { address, faults, open, passed, accepting })
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Resets all connections, in both directions. What the server has received it still does.
    pub fn cut(&self) {
        self.faults.send_modify(|faults| faults.cuts += 1);
    }

    /// Leaves all connections half-open, as when a firewall forgets them or a machine is gone: from
    /// now on nothing passes on them, either way, and neither side is told. New ones are forwarded.
    pub fn abandon(&self) {
        self.faults.send_modify(|faults| faults.abandoned += 1);
    }

    /// Whether new connections are reset as soon as they are made. Those that stand go on.
    pub fn refuse(&self, refuses: bool) {
        self.faults.send_modify(|faults| faults.refuses = refuses);
    }

    /// Delays what is sent from now on, one way. It delays, and does not slow down: what is sent
    /// within that time arrives as closely together.
    pub fn delay(&self, way: Way, delay: Duration) {
        self.faults.send_modify(|faults| match way {
            Way::ToServer => faults.to_server = delay,
            Way::ToClient => faults.to_client = delay,
        });
    }

    /// Whether what the server sends is thrown away: requests reach it, and answers never come
    /// back. When this ends, connections that lost something are reset, for what would follow made
    /// no sense.
    pub fn swallow_answers(&self, swallows: bool) {
        self.faults.send_modify(|faults| faults.swallows = swallows);
    }

    /// How many bytes were passed on so far, one way.
    pub fn bytes(&self, way: Way) -> u64 {
        self.passed[way as usize].load(Ordering::SeqCst)
    }

    /// How many connections are open through it.
    pub fn connections(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn accept(
    listener: TcpListener,
    target: SocketAddr,
    faults: watch::Sender<Faults>,
    (open, passed): (Arc<AtomicUsize>, Arc<[AtomicU64; 2]>),
) {
    loop {
        let Ok((client, _)) = listener.accept().await else {
            // That one is gone; or there are too many, and others must get their turn.
            tokio::task::yield_now().await;
            continue;
        };
        // Taken before the connection is made, so that a cut in between ends it.
        let faults = faults.subscribe();
        let (open, passed) = (Arc::clone(&open), Arc::clone(&passed));
        tokio::spawn(async move {
            let refuses = faults.borrow().refuses;
            match TcpStream::connect(target).await {
                Ok(server) if !refuses => {
                    open.fetch_add(1, Ordering::SeqCst);
                    connection::forward(client, server, faults, &passed).await;
                    open.fetch_sub(1, Ordering::SeqCst);
                }
                _ => connection::reset(&client),
            }
        });
    }
}
