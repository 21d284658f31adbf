//! UmaDB: the server runs in this process on its own runtime threads, and is
//! spoken to by its gRPC client over loopback. It has no aggregate layer, so
//! the command path is read the boundary, decide, append with a condition.
use std::time::{Duration, Instant};

use bench_harness::{
    About, AccountState, CatchUp, CommandError, Deposited, Projected, Subject, Target, phases, run,
};
use futures::StreamExt;
use std::sync::Arc;
use umadb_client::{AsyncUmaDbClient, UmaDbClient};
use umadb_dcb::{
    DcbAppendCondition, DcbError, DcbEvent, DcbEventStoreAsync, DcbQuery, DcbQueryItem,
};
use uuid::Uuid;

#[derive(Clone)]
struct P {
    // Dropped first, so that the server has nobody to wait for.
    client: Arc<AsyncUmaDbClient>,
    _server: Arc<Server>,
}

/// Ends the server, and with it its lock on the file, when nobody uses it any more.
struct Server {
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn boundary(account: Uuid) -> DcbQuery {
    DcbQuery::new().item(DcbQueryItem::new().types(["Deposited"]).tags([account.to_string()]))
}

fn event(account: Uuid, n: u64) -> DcbEvent {
    DcbEvent::default()
        .event_type("Deposited")
        .tags([account.to_string()])
        .data(serde_json::to_vec(&Deposited::new(account, n)).unwrap())
        .uuid(Uuid::new_v4())
}

impl P {
    async fn state(&self, account: Uuid) -> anyhow::Result<(AccountState, Option<u64>)> {
        let (events, head) =
            self.client.read_with_head(Some(boundary(account)), None, false, None).await?;
        let mut s = AccountState::default();
        for e in events {
            s.apply(&serde_json::from_slice(&e.event.data)?);
        }
        Ok((s, head))
    }
}

impl P {
    async fn open(t: Target) -> anyhow::Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let addr = format!("127.0.0.1:{port}");
        let opts = umadb_server::ServerOptions {
            listen_addr: addr.clone(),
            tls: None,
            api_key: None,
            storage: umadb_core::mvcc::StorageOptions::default().db_path(t.folder.join("uma.db")),
        };
        let (stop, rx) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let rt = tokio::runtime::Runtime::new().unwrap();
            if let Err(e) = rt.block_on(umadb_server::start_server_with_options(opts, rx)) {
                eprintln!("umadb server: {e}");
            }
        });
        let client = UmaDbClient::new(format!("http://{addr}")).connect_async().await?;
        let server = Server { stop: Some(stop), thread: Some(thread) };
        Ok(P { client: Arc::new(client), _server: Arc::new(server) })
    }
}

impl Subject for P {
    async fn deposit(&self, account: Uuid, n: u64, events: usize) -> Result<(), CommandError> {
        let (_, head) = self.state(account).await?;
        let condition = DcbAppendCondition::new(boundary(account)).after(head);
        match self
            .client
            .append(
                (n..n + events as u64).map(|n| event(account, n)).collect(),
                Some(condition),
                None,
            )
            .await
        {
            Ok(_) => Ok(()),
            Err(DcbError::IntegrityError(_)) => Err(CommandError::Conflict),
            Err(e) => Err(e.into()),
        }
    }

    async fn seed(&self, account: Uuid, events: usize) -> Result<(), CommandError> {
        self.client
            .append((0..events as u64).map(|n| event(account, n)).collect(), None, None)
            .await?;
        Ok(())
    }

    async fn load(&self, account: Uuid) -> anyhow::Result<AccountState> {
        Ok(self.state(account).await?.0)
    }

    async fn catch_up(
        &self,
        how: CatchUp,
        total: u64,
        _: Duration,
    ) -> anyhow::Result<Option<Projected>> {
        if how != CatchUp::Raw {
            return Ok(None);
        }
        let t = Instant::now();
        let mut sub = self.client.subscribe(None, None).await?;
        let mut s = AccountState::default();
        while s.events < total {
            let Some(e) = sub.next().await else { break };
            s.apply(&serde_json::from_slice(&e?.event.data)?);
        }
        Ok(Some(Projected { events: s.events, elapsed: t.elapsed(), note: "in memory" }))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let note = "server in the same process, gRPC over loopback; no aggregates: the boundary is read and appended under a condition; its read model was kept in memory";
    let about = About::new("umadb", "0.7.8", "a file of its own", "every commit is flushed", note);
    run(&about, &phases(0), P::open).await?;
    std::process::exit(0)
}
