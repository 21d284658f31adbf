//! Messages of PostgreSQL's protocol, version 3.

use std::io;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What it is, and what follows its length.
#[derive(Debug, Clone)]
pub struct Message {
    pub tag: u8,
    pub body: Vec<u8>,
}

impl Message {
    pub fn new(tag: u8, body: impl Into<Vec<u8>>) -> Self {
        Self { tag, body: body.into() }
    }

    /// An error after which the connection ends.
    pub fn refusal(why: &str) -> Self {
        Self::new(b'E', format!("SFATAL\0VFATAL\0C08P01\0M{why}\0\0"))
    }

    /// The text from here to the next zero, and where what follows it begins.
    pub fn text(&self, from: usize) -> (&[u8], usize) {
        let rest = &self.body[from..];
        let length = rest.iter().position(|byte| *byte == 0).expect("texts end with a zero");
        (&rest[..length], from + length + 1)
    }

    /// Another text in the place of the one from here to the next zero.
    pub fn with_text(mut self, from: usize, text: &str) -> Self {
        let (_, end) = self.text(from);
        self.body.splice(from..end - 1, text.bytes());
        self
    }
}

pub struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Wire {
    pub fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::new() })
    }

    /// The next message. Dropped before it is there, nothing of it is lost.
    pub async fn next(&mut self) -> io::Result<Message> {
        let body = self.frame(1).await?;
        let tag = self.received[0];
        self.received.drain(..1 + 4 + body.len());
        Ok(Message { tag, body })
    }

    /// The message that a connection begins with, which has no type.
    pub async fn first(&mut self) -> io::Result<Vec<u8>> {
        let body = self.frame(0).await?;
        self.received.drain(..4 + body.len());
        Ok(body)
    }

    /// What follows the length at this place, once it is there.
    async fn frame(&mut self, at: usize) -> io::Result<Vec<u8>> {
        loop {
            if let Some(length) = self.received.get(at..at + 4) {
                let length: [u8; 4] = length.try_into().expect("it is four bytes");
                let end = at + u32::from_be_bytes(length) as usize;
                if let Some(body) = self.received.get(at + 4..end) {
                    return Ok(body.to_vec());
                }
            }
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    pub async fn send(&mut self, message: &Message) -> io::Result<()> {
        let mut bytes = vec![message.tag];
        bytes.extend(length(&message.body));
        bytes.extend(&message.body);
        self.stream.write_all(&bytes).await
    }

    pub async fn send_first(&mut self, body: &[u8]) -> io::Result<()> {
        self.stream.write_all(&[&length(body), body].concat()).await
    }

    /// A single byte, as a request for encryption is answered.
    pub async fn send_byte(&mut self, byte: u8) -> io::Result<()> {
        self.stream.write_all(&[byte]).await
    }
}

/// A message's length counts itself.
fn length(body: &[u8]) -> [u8; 4] {
    u32::try_from(body.len() + 4).expect("messages of tests are small").to_be_bytes()
}
