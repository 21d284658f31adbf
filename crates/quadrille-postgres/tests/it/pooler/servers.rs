//! The sessions of the server that all clients share.

use super::wire::{Message, Wire};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    io,
    net::SocketAddr,
    sync::Mutex,
};
use tokio::{net::TcpStream, sync::Semaphore};

/// One session.
pub struct Server {
    pub number: usize,
    pub wire: Wire,
    /// The prepared statements that it knows, by their numbers.
    pub prepared: HashSet<u64>,
}

pub struct Servers {
    target: SocketAddr,
    startup: Vec<u8>,
    /// What the server says of itself when a session begins.
    pub greeting: Vec<Message>,
    idle: Mutex<VecDeque<Server>>,
    free: Semaphore,
    /// What was ever prepared, and its number.
    statements: Mutex<HashMap<Vec<u8>, u64>>,
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
            statements: Mutex::default(),
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

    /// The number of a statement with these types of values, the same for whoever prepares it.
    pub fn statement(&self, text: &[u8]) -> u64 {
        let mut statements = self.statements.lock().unwrap();
        let next = statements.len() as u64;
        *statements.entry(text.to_vec()).or_insert(next)
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
