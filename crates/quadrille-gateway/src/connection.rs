use crate::phase::{Phase, Phases};
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::OwnedSemaphorePermit,
    time::Sleep,
};
use tonic::transport::server::Connected;

/// What bytes come and go by: TCP, or TLS over it.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A client's connection, which ends when the gateway cuts it, or when its client asks for nothing.
pub(crate) struct Connection {
    io: Box<dyn Io>,
    arrived: ArrivedAt,
    /// Until when it waits for a first request; `None` when one was let through.
    patience: Option<Pin<Box<Sleep>>>,
    cut: Pin<Box<dyn Future<Output = ()> + Send>>,
    is_cut: bool,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    pub fn new(
        io: Box<dyn Io>,
        address: Option<SocketAddr>,
        phases: Phases,
        first_request: Duration,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        let arrived = ArrivedAt { address, admission: Admission::default() };
        let patience = Some(Box::pin(tokio::time::sleep(first_request)));
        let cut = Box::pin(async move { phases.reached(Phase::Cut).await });
        Self { io, arrived, patience, cut, is_cut: false, _permit: permit }
    }

    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        self.is_cut = self.is_cut || self.cut.as_mut().poll(context).is_ready();
        if self.is_cut {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the gateway stopped"));
        }
        if self.arrived.admission.is_granted() {
            self.patience = None;
        }
        let patience = self.patience.as_mut();
        if patience.is_some_and(|patience| patience.as_mut().poll(context).is_ready()) {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "no request came"));
        }
        Ok(())
    }
}

/// Where a connection arrived, and whether its client is one who may stay.
#[derive(Debug, Clone)]
pub(crate) struct ArrivedAt {
    pub address: Option<SocketAddr>,
    pub admission: Admission,
}

/// Whether a request on a connection was let through.
#[derive(Debug, Clone, Default)]
pub(crate) struct Admission(Arc<AtomicBool>);

impl Admission {
    pub fn grant(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_granted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Connected for Connection {
    type ConnectInfo = ArrivedAt;

    fn connect_info(&self) -> ArrivedAt {
        self.arrived.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.io).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
