use crate::proto::server_features::{
    SupportedMethod, SupportedMethods, server_features_server::ServerFeatures,
};
use tonic::{Request, Response, Status};

/// The release of the official server whose protocol the gateway speaks. Clients look for it to
/// know what they may ask for.
pub(crate) const VERSION: &str = "24.10.0";

const STREAMS: &str = "event_store.client.streams.streams";

/// What the gateway offers.
pub(crate) struct Features;

#[tonic::async_trait]
impl ServerFeatures for Features {
    async fn get_supported_methods(
        &self,
        _: Request<()>,
    ) -> Result<Response<SupportedMethods>, Status> {
        let method = |service: &str, name: &str, features: &[&str]| SupportedMethod {
            service_name: service.to_owned(),
            method_name: name.to_owned(),
            features: features.iter().map(|feature| (*feature).to_owned()).collect(),
        };
        let methods = vec![
            method(STREAMS, "append", &[]),
            method(STREAMS, "batchappend", &[]),
            method(STREAMS, "delete", &[]),
            method(STREAMS, "read", &["position", "events"]),
            method(STREAMS, "tombstone", &[]),
            method("event_store.client.gossip.gossip", "read", &[]),
            method("event_store.client.server_features.serverfeatures", "getsupportedmethods", &[]),
        ];
        let event_store_server_version = VERSION.to_owned();
        Ok(Response::new(SupportedMethods { methods, event_store_server_version }))
    }
}
