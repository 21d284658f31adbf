//! One client, which has a server for the length of a transaction.

use super::{
    servers::{Server, Servers},
    wire::{Message, Wire},
};
use std::{
    collections::{HashMap, VecDeque},
    io,
};

/// A statement that nobody ever prepares: closing it changes nothing, and is answered in its turn.
const NONE: &str = "pooled_none";

/// A request whose answer has to be recognised.
enum Asked {
    /// A statement to prepare, by its number, of which the client hears nothing.
    Anew(u64),
    /// A statement to prepare for the client; the unnamed one has no number.
    Prepare(Option<u64>),
    /// A statement that the client prepares and the server knows already.
    Known,
    Close,
    /// The end of what is asked for at once.
    End,
}

pub struct Session<'s> {
    client: Wire,
    servers: &'s Servers,
    server: Option<Server>,
    before: Option<usize>,
    /// The client's prepared statements by their names: their numbers, and what prepares them.
    statements: HashMap<Vec<u8>, (u64, Message)>,
    asked: VecDeque<Asked>,
}

impl<'s> Session<'s> {
    pub fn new(client: Wire, servers: &'s Servers) -> Self {
        Self {
            client,
            servers,
            server: None,
            before: None,
            statements: HashMap::new(),
            asked: VecDeque::new(),
        }
    }

    /// Until the client leaves. A server that it leaves in the middle of something is not used again.
    pub async fn run(mut self) -> io::Result<()> {
        let ended = self.relay().await;
        if let Some(server) = self.server {
            self.servers.replace(server).await;
        }
        ended
    }

    async fn relay(&mut self) -> io::Result<()> {
        loop {
            let Some(server) = &mut self.server else {
                let message = self.client.next().await?;
                if message.tag == b'X' {
                    return Ok(());
                }
                self.server = Some(self.servers.take(self.before).await);
                self.ask(message).await?;
                continue;
            };
            tokio::select! {
                message = self.client.next() => match message? {
                    Message { tag: b'X', .. } => return Ok(()),
                    message => self.ask(message).await?,
                },
                message = server.wire.next() => self.answer(message?).await?,
            }
        }
    }

    /// Passes on what the client asks for, under names that fit whatever server answers.
    async fn ask(&mut self, message: Message) -> io::Result<()> {
        let message = match message.tag {
            b'P' => self.prepare(message),
            b'B' => {
                let (_, name) = message.text(0);
                self.renamed(message, name).await?
            }
            b'D' if message.body[0] == b'S' => self.renamed(message, 1).await?,
            b'C' => self.close(message),
            _ => message,
        };
        if matches!(message.tag, b'Q' | b'S' | b'F') {
            self.asked.push_back(Asked::End);
        }
        self.server().wire.send(&message).await
    }

    fn prepare(&mut self, message: Message) -> Message {
        let (name, text) = message.text(0);
        if name.is_empty() {
            self.asked.push_back(Asked::Prepare(None));
            return message;
        }
        let (name, number) = (name.to_vec(), self.servers.statement(&message.body[text..]));
        let message = message.with_text(0, &server_name(number));
        self.statements.insert(name, (number, message.clone()));
        if self.is_known(number) {
            self.asked.push_back(Asked::Known);
            return Message::new(b'C', format!("S{NONE}\0"));
        }
        self.asked.push_back(Asked::Prepare(Some(number)));
        message
    }

    /// The server keeps a prepared statement, which other clients may have too.
    fn close(&mut self, message: Message) -> Message {
        self.asked.push_back(Asked::Close);
        let (name, _) = message.text(1);
        if message.body[0] == b'S' && self.statements.remove(name).is_some() {
            return message.with_text(1, NONE);
        }
        message
    }

    /// With the server's name of the prepared statement that is named here. A server that does not
    /// know it is told.
    async fn renamed(&mut self, message: Message, at: usize) -> io::Result<Message> {
        let Some((number, parse)) = self.statements.get(message.text(at).0).cloned() else {
            return Ok(message);
        };
        if !self.is_known(number) {
            self.asked.push_back(Asked::Anew(number));
            self.server().wire.send(&parse).await?;
        }
        Ok(message.with_text(at, &server_name(number)))
    }

    /// Whether the server knows a statement, or is about to.
    fn is_known(&mut self, wanted: u64) -> bool {
        self.server().prepared.contains(&wanted)
            || self.asked.iter().any(|asked| match asked {
                Asked::Anew(number) | Asked::Prepare(Some(number)) => *number == wanted,
                _ => false,
            })
    }

    /// Passes on what the server answers, and lets go of it when the transaction has ended.
    async fn answer(&mut self, mut message: Message) -> io::Result<()> {
        match message.tag {
            b'1' | b'3' => match self.asked.pop_front() {
                Some(Asked::Anew(number)) => {
                    self.server().prepared.insert(number);
                    return Ok(());
                }
                Some(Asked::Prepare(number)) => self.server().prepared.extend(number),
                Some(Asked::Known) => message.tag = b'1',
                Some(Asked::Close) => {}
                Some(Asked::End) | None => return Err(io::Error::other("nobody asked for it")),
            },
            // What failed before it was answered is not answered any more.
            b'Z' => while !matches!(self.asked.pop_front(), Some(Asked::End) | None) {},
            _ => {}
        }
        self.client.send(&message).await?;
        if message.tag == b'Z' && message.body == [b'I'] && self.asked.is_empty() {
            let server = self.server.take().expect("it has just answered");
            self.before = Some(server.number);
            self.servers.put_back(server);
        }
        Ok(())
    }

    fn server(&mut self) -> &mut Server {
        self.server.as_mut().expect("a client that asks has one")
    }
}

fn server_name(number: u64) -> String {
    format!("pooled_{number}")
}
