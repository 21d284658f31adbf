use crate::{
    connection::{Connection, Io},
    phase::{Phase, Phases},
    prompt::Prompt,
};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;
use tokio_stream::{Stream, wrappers::ReceiverStream};

/// How long a client may take to agree on how to encrypt.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long to wait when the system has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(100);

/// A listener and what becomes of those who connect.
pub(crate) struct Listening {
    pub listener: TcpListener,
    pub tls: Option<TlsAcceptor>,
    pub connections: usize,
    pub first_request: Duration,
    pub phases: Phases,
}

type Accepted = Result<Connection, io::Error>;

impl Listening {
    /// Whoever connects, ready to talk, until it stops; and the task that accepts them, which holds
    /// the address.
    pub fn connections(self) -> (impl Stream<Item = Accepted>, JoinHandle<()>) {
        let (sender, receiver) = mpsc::channel(16);
        let accepting = tokio::spawn(self.accept_all(sender));
        (ReceiverStream::new(receiver), accepting)
    }

    async fn accept_all(self, sender: mpsc::Sender<Accepted>) {
        let room = Arc::new(Semaphore::new(self.connections.min(Semaphore::MAX_PERMITS)));
        loop {
            let accepted = tokio::select! {
                () = self.phases.reached(Phase::Stopping) => return,
                accepted = self.listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(NO_ROOM).await;
                continue;
            };
            // One too many is closed here, so that its client does not wait for an answer.
            if let Ok(permit) = room.clone().try_acquire_owned() {
                self.greet(stream, permit, sender.clone());
            }
        }
    }

    /// Gets a connection ready while others are accepted.
    fn greet(
        &self,
        stream: TcpStream,
        permit: OwnedSemaphorePermit,
        sender: mpsc::Sender<Accepted>,
    ) {
        let (tls, phases) = (self.tls.clone(), self.phases.clone());
        let first_request = self.first_request;
        tokio::spawn(async move {
            // Small answers must not wait for more to come; without it they are only slower.
            let _ = stream.set_nodelay(true);
            let local = stream.local_addr().ok();
            let stream = Prompt(stream);
            let io: Box<dyn Io> = match tls {
                None => Box::new(stream),
                Some(tls) => match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                    Ok(Ok(stream)) => Box::new(stream),
                    // Whoever cannot agree is let go.
                    _ => return,
                },
            };
            let connection = Connection::new(io, local, phases, first_request, permit);
            // It is refused only when the gateway has stopped.
            let _ = sender.send(Ok(connection)).await;
        });
    }
}
