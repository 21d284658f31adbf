//! A collector that takes everything, and tells of it.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

pub struct Request {
    /// The first line and the headers, in lower case.
    pub head: String,
    pub body: Vec<u8>,
}

pub struct Collector {
    pub url: String,
    requests: mpsc::UnboundedReceiver<Request>,
}

impl Collector {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, requests) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(answer(connection, sender.clone()));
            }
        });
        Self { url, requests }
    }

    /// What came so far.
    pub fn received(&mut self) -> Vec<Request> {
        std::iter::from_fn(|| self.requests.try_recv().ok()).collect()
    }
}

async fn answer(connection: TcpStream, told: mpsc::UnboundedSender<Request>) {
    let mut connection = BufReader::new(connection);
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match connection.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.expect("the exporter knows the length").parse().unwrap()];
        connection.read_exact(&mut body).await.unwrap();
        told.send(Request { head, body }).unwrap();
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        connection.get_mut().write_all(answer).await.unwrap();
    }
}
