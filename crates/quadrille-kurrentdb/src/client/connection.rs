//! Connecting, again and again.

use super::{
    Problem, Server,
    official::{self, Client, ReadAllOptions, StreamPosition},
    sessions::Sessions,
};
use std::{
    sync::{Arc, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep_until, timeout};
use uuid::Uuid;

/// How long a connection that was silent may take to give the last event.
const LAST_CHANCE: Duration = Duration::from_secs(1);
const SILENCE: &str = "no answer came in time";

/// How long to wait before connecting again where it failed.
const BETWEEN_CONNECTIONS: Duration = Duration::from_millis(200);

#[derive(Clone)]
pub(super) struct Connection {
    number: Uuid,
    pub(super) client: Client,
    pub(super) sessions: Arc<Sessions>,
}

impl Server {
    pub(super) async fn connection(&self) -> Result<Connection, Problem> {
        if let Some(connection) = self.current().clone() {
            return Ok(connection);
        }
        let began = Instant::now();
        let mut last_failure = self.connecting.lock().await;
        if let Some(connection) = self.current().clone() {
            return Ok(connection);
        }
        match &*last_failure {
            // Of a crowd that waited, not everyone has to find out.
            Some((at, problem)) if *at > began => return Err(problem.clone()),
            Some((at, _)) => sleep_until(*at + BETWEEN_CONNECTIONS).await,
            None => {}
        }
        match self.new_connection().await {
            Ok(connection) => {
                *self.current() = Some(connection.clone());
                Ok(connection)
            }
            Err(problem) => {
                *last_failure = Some((Instant::now(), problem.clone()));
                Err(problem)
            }
        }
    }

    async fn new_connection(&self) -> Result<Connection, Problem> {
        let client = Client::new(self.settings.of_client())
            .map_err(|error| Problem::Unreachable(error.to_string()))?;
        let answer = timeout(self.patience(), client.server_info()).await;
        answer.map_err(|_| Problem::Unreachable(SILENCE.into()))??;
        Ok(Connection { number: Uuid::new_v4(), client, sessions: Sessions::new(&self.settings) })
    }

    /// Lets go of a connection that, by this error, will not work again.
    pub(super) fn note(&self, connection: &Connection, error: &official::Error) {
        use official::Error::{ConnectionClosed, GrpcConnectionError, ServerError};
        let is_over = match error {
            ConnectionClosed | GrpcConnectionError(_) => true,
            // The client would stay with this node of a cluster.
            ServerError(_) => self.settings.is_cluster(),
            _ => false,
        };
        if is_over {
            self.let_go(connection);
        }
    }

    /// No answer came in time. Where the connection is half-open, which the client itself finds out
    /// after twenty seconds only, it is left; where the server was slow, it stays.
    pub(super) async fn silence(&self, connection: &Connection) -> Problem {
        let options = ReadAllOptions::default().position(StreamPosition::End).max_count(1);
        let options = self.settings.user(options.backwards(), ReadAllOptions::authenticated);
        let question = async { connection.client.read_all(&options).await?.next().await };
        match timeout(LAST_CHANCE.min(self.patience()), question).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => self.note(connection, &error),
            Err(_) => self.let_go(connection),
        }
        Problem::Unreachable(SILENCE.into())
    }

    /// Connects anew when it is needed next.
    fn let_go(&self, connection: &Connection) {
        let mut current = self.current();
        if current.as_ref().is_some_and(|it| it.number == connection.number) {
            *current = None;
        }
    }

    fn current(&self) -> MutexGuard<'_, Option<Connection>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Settings, provider};
    use futures_util::future::join_all;
    use tokio::{net::TcpListener, sync::watch};

    #[tokio::test]
    async fn of_a_crowd_that_finds_no_server_one_waits_for_it() {
        provider::claim().unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("esdb://{}?tls=false", listener.local_addr().unwrap());
        let attempts = watch::Sender::new(0);
        let counted = attempts.clone();
        let accepting = tokio::spawn(async move {
            let mut silent = Vec::new();
            while let Ok((connection, _)) = listener.accept().await {
                silent.push(connection);
                counted.send_replace(silent.len());
            }
        });
        let settings = Settings::parse(&url, Duration::from_millis(200)).unwrap();
        let (current, connecting) = Default::default();
        let server = Server { settings, current, connecting };
        let found = join_all((0..20).map(|_| server.connection())).await;
        assert!(found.iter().all(|it| matches!(it, Err(Problem::Unreachable(_)))));
        accepting.abort();
        assert!(*attempts.borrow() <= 1, "{} connections", *attempts.borrow());
    }
}
