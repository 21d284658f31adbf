use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use std::time::Duration;
use ureq::Agent;

/// How long a collector may take: as long as OTLP says by default.
const PATIENCE: Duration = Duration::from_secs(10);
/// More than any collector answers.
const MOST_BYTES: u64 = 4 << 20;

/// Plain HTTP. It blocks, which the exporter's threads are there for.
#[derive(Debug, Clone)]
pub(super) struct Client(Agent);

impl Client {
    pub fn new() -> Self {
        let settings = Agent::config_builder()
            // What a status means is the exporter's to know.
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(PATIENCE));
        Self(settings.build().new_agent())
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let response = self.0.run(Request::from_parts(head, &body[..]))?;
        let (head, mut body) = response.into_parts();
        let body = body.with_config().limit(MOST_BYTES).read_to_vec()?;
        Ok(Response::from_parts(head, body.into()))
    }
}
