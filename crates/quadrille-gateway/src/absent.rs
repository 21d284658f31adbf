use std::{
    convert::Infallible,
    future::{Ready, ready},
    marker::PhantomData,
    task::{Context, Poll},
};
use tonic::{
    Status,
    body::BoxBody,
    codegen::{Service, http},
    server::NamedService,
    transport::server::Router,
};

/// A service that the gateway does not have.
trait Kind: Send + Sync + 'static {
    /// What clients call it.
    const NAME: &'static str;
    /// What to do instead.
    const INSTEAD: &'static str;
}

macro_rules! absent {
    ($($kind:ident, $name:literal, $instead:literal;)+) => {
        $(
            struct $kind;

            impl Kind for $kind {
                const NAME: &'static str = $name;
                const INSTEAD: &'static str = $instead;
            }
        )+

        /// Adds all services that clients may ask for and not find.
        pub(crate) fn add_to(router: Router) -> Router {
            router $( .add_service(Absent(PhantomData::<$kind>)) )+
        }
    };
}

absent! {
    PersistentSubscriptions,
    "event_store.client.persistent_subscriptions.PersistentSubscriptions",
    "the gateway has no persistent subscriptions yet; subscribe to $all or to a stream, and keep the position of the last event that you have handled";
    Projections,
    "event_store.client.projections.Projections",
    "the gateway runs no projections; write a projector with Quadrille, or subscribe to $all";
    Operations,
    "event_store.client.operations.Operations",
    "the gateway has nothing to scavenge, merge or resign; its store is looked after as that database is";
    Monitoring,
    "event_store.client.monitoring.Monitoring",
    "the gateway counts nothing; look at its store with the `quadrille` command";
    Users,
    "event_store.client.users.Users",
    "the gateway's one user is named when it is started (`quadrille serve --user`)";
}

/// Answers every call to a service with what to do instead.
struct Absent<K>(PhantomData<K>);

impl<K> Clone for Absent<K> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<K: Kind> NamedService for Absent<K> {
    const NAME: &'static str = K::NAME;
}

impl<K: Kind> Service<http::Request<BoxBody>> for Absent<K> {
    type Response = http::Response<BoxBody>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Request<BoxBody>) -> Self::Future {
        ready(Ok(Status::unimplemented(K::INSTEAD).into_http()))
    }
}
