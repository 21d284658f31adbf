//! The sessions of the server that all clients share.

use super::wire::{Message, Wire};
use std::{
    collections::{HashSet, VecDeque},
    io,
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::{net::TcpStream, sync::Semaphore};

/// One session.
pub struct Server {
    pub number: usize,
    pub wire: Wire,
    /// The prepared statements that it knows, by our numbers.
    pub prepared: HashSet<u64>,
}

pub struct Servers {
    target: SocketAddr,
    startup: Vec<u8>,
    /// What the server says of itself when a session begins.
    pub greeting: Vec<Message>,
    idle: Mutex<VecDeque<Server>>,
    free: Semaphore,
    statements: AtomicU64,
}

impl Servers {
    pub async fn start(target: SocketAddr, startup: &[u8], count: usize) -> io::Result<Self> {
        let mut idle = VecDeque::new();
        let mut greeting = Vec::new();
        for number in 0..count {
            let (server, said) = connect(target, startup, number).await?;
            idle.push_back(server);
            greeting = said;
        }
        Ok(Self {
            target,
            startup: startup.to_vec(),
            greeting,
            idle: Mutex::new(idle),
            free: Semaphore::new(count),
            statements: AtomicU64::new(0),
        })
    }

    /// Whether a client says of itself what the sessions were begun with.
    pub fn serve(&self, startup: &[u8]) -> bool {
        self.startup == startup
    }

    /// The session that was idle for longest, but another one than a client had before.
    pub async fn take(&self, before: Option<usize>) -> Server {
        self.free.acquire().await.expect("it is never closed").forget();
        let mut idle = self.idle.lock().unwrap();
        let other = idle.iter().position(|server| Some(server.number) != before);
        idle.remove(other.unwrap_or(0)).expect("there is one for each permit")
    }

    pub fn put_back(&self, server: Server) {
        self.idle.lock().unwrap().push_back(server);
        self.free.add_permits(1);
    }

    /// Another session for one that a client left in the middle of something.
    pub async fn replace(&self, lost: Server) {
        let number = lost.number;
        drop(lost);
        if let Ok((server, _)) = connect(self.target, &self.startup, number).await {
            self.put_back(server);
        }
    }

    /// A number for a statement that no session knows yet.
    pub fn statement(&self) -> u64 {
        self.statements.fetch_add(1, Ordering::Relaxed)
    }
}

async fn connect(
    target: SocketAddr,
    startup: &[u8],
    number: usize,
) -> io::Result<(Server, Vec<Message>)> {
    let mut wire = Wire::new(TcpStream::connect(target).await?)?;
    wire.send_first(startup).await?;
    let mut greeting = Vec::new();
    loop {
        let message = wire.next().await?;
        match message.tag {
            b'Z' => return Ok((Server { number, wire, prepared: HashSet::new() }, greeting)),
            b'E' => return Err(io::Error::other(String::from_utf8_lossy(&message.body))),
            _ => greeting.push(message),
        }
    }
}
