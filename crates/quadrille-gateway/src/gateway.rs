use crate::{
    Settings, absent,
    auth::Auth,
    context::Context,
    features::Features,
    gossip::{CalledBy, Node},
    listener::Listening,
    phase::{Phase, Phases},
    proto::{
        gossip::gossip_server::GossipServer,
        server_features::server_features_server::ServerFeaturesServer,
        streams::streams_server::StreamsServer,
    },
    streams::StreamsService,
    tls::{self, TlsError},
};
use quadrille_core::EventStore;
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tonic::{service::interceptor::InterceptedService, transport::Server};

/// How often a silent client is asked whether it is still there, and how long it may take to say
/// so.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// A gateway to a store, not yet serving.
#[derive(Clone)]
pub struct Gateway {
    store: Arc<dyn EventStore>,
    settings: Settings,
}

/// Why a gateway does not serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// It cannot listen there.
    #[error("listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Others could reach it, and it is not protected.
    #[error(
        "listen on {address}: others can reach it, so it needs TLS (a certificate and its key) and a user with a password; or listen on a loopback address"
    )]
    Exposed {
        /// Where.
        address: SocketAddr,
    },
    /// The certificate or its key cannot be used.
    #[error("use the certificate and its key")]
    Tls(#[from] TlsError),
}

impl Gateway {
    /// A gateway to `store`.
    pub fn new(store: Arc<dyn EventStore>, settings: Settings) -> Self {
        Self { store, settings }
    }

    /// Serves at an address; port 0 takes a free one.
    ///
    /// # Errors
    /// When it cannot listen there, or must not as it is set up.
    pub async fn bind(self, address: SocketAddr) -> Result<Running, GatewayError> {
        self.check(address)?;
        let listener = TcpListener::bind(address).await;
        self.serve(listener.map_err(|source| GatewayError::Listen { address, source })?)
    }

    /// Serves whoever connects to `listener`. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// As [`Gateway::bind`].
    pub fn serve(self, listener: TcpListener) -> Result<Running, GatewayError> {
        let address = listener.local_addr().map_err(|source| {
            let address = SocketAddr::from(([0; 4], 0));
            GatewayError::Listen { address, source }
        })?;
        self.check(address)?;
        let tls = self.settings.identity.as_ref().map(tls::acceptor).transpose()?;
        let (phase, phases) = Phases::new();
        let grace = self.settings.limits.grace;
        let listening = Listening {
            listener,
            tls,
            connections: self.settings.limits.connections,
            first_request: self.settings.limits.first_request,
            phases: phases.clone(),
        };
        let server = tokio::spawn(self.run(listening, phases));
        Ok(Running { address, grace, phase, server })
    }

    fn check(&self, address: SocketAddr) -> Result<(), GatewayError> {
        let protected = self.settings.identity.is_some() && self.settings.credentials.is_some();
        if address.ip().is_loopback() || protected {
            return Ok(());
        }
        Err(GatewayError::Exposed { address })
    }

    /// Ends when all connections are closed after an orderly stop or a cut.
    async fn run(self, listening: Listening, phases: Phases) {
        let Self { store, settings } = self;
        let limits = &settings.limits;
        let auth = Auth::new(settings.credentials.clone());
        let context = Context {
            store,
            framework: settings.framework_streams,
            batches: limits.batches.max(1),
            phases: phases.clone(),
        };
        let streams = StreamsServer::new(StreamsService::new(context))
            .max_decoding_message_size(limits.message_bytes)
            .max_encoding_message_size(usize::MAX);
        let node = CalledBy(GossipServer::new(Node::new(settings.advertised.clone())));
        let mut server = Server::builder()
            .max_concurrent_streams(limits.requests_per_connection)
            .http2_keepalive_interval(Some(KEEP_ALIVE))
            .http2_keepalive_timeout(Some(KEEP_ALIVE));
        let router = server
            .add_service(InterceptedService::new(streams, auth))
            .add_service(ServerFeaturesServer::new(Features))
            .add_service(node);
        let router = absent::add_to(router);
        let stopping = async move { phases.reached(Phase::Stopping).await };
        let (connections, accepting) = listening.connections();
        if let Err(error) = router.serve_with_incoming_shutdown(connections, stopping).await {
            tracing::error!(%error, "the gateway stopped serving");
        }
        // Whoever stops it may listen at its address at once.
        accepting.abort();
        let _ = accepting.await;
    }
}

/// A gateway that serves. When it is dropped, all its connections are cut.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    grace: Duration,
    phase: watch::Sender<Phase>,
    server: JoinHandle<()>,
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns when it serves no longer, though nobody told it to stop. Nothing but a mistake of its
    /// own leads to that, of which the log tells.
    pub async fn ended(&mut self) {
        if !self.server.is_finished() {
            // A panic has been printed.
            let _ = (&mut self.server).await;
        }
    }

    /// Stops in order: no new connections, appends on their way are answered, open subscriptions
    /// end with `UNAVAILABLE`. Whoever takes longer than [`Limits::grace`](crate::Limits::grace)
    /// is cut off.
    pub async fn stop(mut self) {
        self.phase.send_replace(Phase::Stopping);
        if self.server.is_finished() {
            return;
        }
        let patience = tokio::time::sleep(self.grace);
        tokio::select! {
            _ = &mut self.server => return,
            () = patience => {}
        }
        self.cut().await;
    }

    /// Stops at once, as a crash would: all connections are cut. An append on its way may take
    /// place, and nobody is told.
    pub async fn cut(mut self) {
        self.phase.send_replace(Phase::Cut);
        if self.server.is_finished() {
            return;
        }
        // Its only error would be a panic of its own, which has been printed.
        let _ = (&mut self.server).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.phase.send_replace(Phase::Cut);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_that_ended_by_itself_says_so_and_has_nothing_to_stop() {
        for cut in [false, true] {
            let mut running = Running {
                address: ([127, 0, 0, 1], 0).into(),
                grace: Duration::ZERO,
                phase: Phases::new().0,
                server: tokio::spawn(async {}),
            };
            running.ended().await;
            running.ended().await;
            match cut {
                false => running.stop().await,
                true => running.cut().await,
            }
        }
    }
}
