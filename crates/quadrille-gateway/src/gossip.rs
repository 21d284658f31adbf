use crate::{
    connection::ArrivedAt,
    event::IdForm,
    proto::gossip::{
        ClusterInfo, EndPoint, MemberInfo,
        gossip_server::{Gossip, GossipServer},
        member_info::VNodeState,
    },
};
use chrono::Utc;
use std::task::{Context, Poll};
use tonic::{
    Request, Response, Status,
    body::BoxBody,
    codegen::{Service, http},
    server::NamedService,
};
use uuid::Uuid;

/// The port of clients that name none.
const PORT: u16 = 2113;

/// The one node that there is.
pub(crate) struct Node {
    id: Uuid,
    advertised: Option<(String, u16)>,
}

impl Node {
    pub fn new(advertised: Option<(String, u16)>) -> Self {
        Self { id: Uuid::new_v4(), advertised }
    }
}

#[tonic::async_trait]
impl Gossip for Node {
    async fn read(&self, request: Request<()>) -> Result<Response<ClusterInfo>, Status> {
        let (address, port) = self
            .advertised
            .clone()
            .or_else(|| called(&request))
            .ok_or_else(|| Status::internal("it is not known where the gateway was called"))?;
        let node = MemberInfo {
            instance_id: Some(IdForm::Structured.write(self.id)),
            time_stamp: Utc::now().timestamp_micros() * 10,
            state: VNodeState::Leader.into(),
            is_alive: true,
            http_end_point: Some(EndPoint { address, port: port.into() }),
        };
        Ok(Response::new(ClusterInfo { members: vec![node] }))
    }
}

/// Where a client called: by the name that it used, or else where it arrived.
fn called(request: &Request<()>) -> Option<(String, u16)> {
    let extensions = request.extensions();
    if let Some(Authority(authority)) = extensions.get() {
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        return Some((host, authority.port_u16().unwrap_or(PORT)));
    }
    let ArrivedAt { address, .. } = extensions.get()?;
    address.map(|address| (address.ip().to_string(), address.port()))
}

/// The name by which a client called.
#[derive(Clone)]
struct Authority(http::uri::Authority);

/// Lets the service know the name by which a client called.
#[derive(Clone)]
pub(crate) struct CalledBy(pub GossipServer<Node>);

impl NamedService for CalledBy {
    const NAME: &'static str = GossipServer::<Node>::NAME;
}

impl Service<http::Request<BoxBody>> for CalledBy {
    type Response = http::Response<BoxBody>;
    type Error = std::convert::Infallible;
    type Future = <GossipServer<Node> as Service<http::Request<BoxBody>>>::Future;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<BoxBody>) -> Self::Future {
        if let Some(authority) = request.uri().authority().cloned() {
            request.extensions_mut().insert(Authority(authority));
        }
        self.0.call(request)
    }
}
