use crate::phase::{Phase, Phases};
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::OwnedSemaphorePermit,
};
use tonic::transport::server::Connected;

/// What bytes come and go by: TCP, or TLS over it.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A client's connection, which ends when the gateway cuts it.
pub(crate) struct Connection {
    io: Box<dyn Io>,
    local: Option<SocketAddr>,
    cut: Pin<Box<dyn Future<Output = ()> + Send>>,
    is_cut: bool,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    pub fn new(
        io: Box<dyn Io>,
        local: Option<SocketAddr>,
        phases: Phases,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        let cut = Box::pin(async move { phases.reached(Phase::Cut).await });
        Self { io, local, cut, is_cut: false, _permit: permit }
    }

    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        self.is_cut = self.is_cut || self.cut.as_mut().poll(context).is_ready();
        if self.is_cut {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the gateway stopped"));
        }
        Ok(())
    }
}

/// Where a connection arrived.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ArrivedAt(pub Option<SocketAddr>);

impl Connected for Connection {
    type ConnectInfo = ArrivedAt;

    fn connect_info(&self) -> ArrivedAt {
        ArrivedAt(self.local)
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
