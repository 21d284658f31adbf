use crate::connection::ArrivedAt;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{fmt, sync::Arc};
use subtle::ConstantTimeEq;
use tonic::{Request, Status, service::Interceptor};

/// Who may use the gateway.
#[derive(Clone)]
pub(crate) struct Credentials(Arc<[u8]>);

impl Credentials {
    pub fn new(name: String, password: String) -> Self {
        Self(format!("{name}:{password}").into_bytes().into())
    }
}

/// Passwords are never shown.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// Lets those through who say the right name and password, or everybody where none is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Auth(Option<Credentials>);

impl Auth {
    pub fn new(credentials: Option<Credentials>) -> Self {
        Self(credentials)
    }
}

impl Interceptor for Auth {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let Some(Credentials(expected)) = &self.0 else { return Ok(admitted(request)) };
        let given = request.metadata().get("authorization");
        let given = given.and_then(|value| basic(value.as_bytes()));
        // How long it takes tells the length of what is right at most.
        if given.is_some_and(|given| bool::from(given.ct_eq(expected))) {
            return Ok(admitted(request));
        }
        Err(Status::unauthenticated(
            "the gateway asks for a user and a password, and these are not right",
        ))
    }
}

/// A request that is let through, so that its connection may stay.
fn admitted(request: Request<()>) -> Request<()> {
    if let Some(arrived) = request.extensions().get::<ArrivedAt>() {
        arrived.admission.grant();
    }
    request
}

/// `name:password` of a header `Basic …`.
fn basic(header: &[u8]) -> Option<Vec<u8>> {
    let (scheme, encoded) = header.split_at_checked(6)?;
    scheme.eq_ignore_ascii_case(b"basic ").then(|| STANDARD.decode(encoded.trim_ascii()).ok())?
}
