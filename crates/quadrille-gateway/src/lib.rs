//! A gateway to a Quadrille store for clients of the EventStoreDB and KurrentDB protocol.
//!
//! It is no database of its own: whatever it is asked for it reads from, and appends to, an
//! [`EventStore`](quadrille_core::EventStore), whichever that is. So services in other languages
//! take part in a choreography through the clients that they have.
//!
//! ```no_run
//! use quadrille_core::EventStore;
//! use quadrille_gateway::{Gateway, GatewayError, Settings};
//! use std::sync::Arc;
//!
//! async fn serve(store: Arc<dyn EventStore>) -> Result<(), GatewayError> {
//!     let address = "127.0.0.1:2113".parse().expect("an address");
//!     let running = Gateway::new(store, Settings::default()).bind(address).await?;
//!     println!("esdb://{}?tls=false", running.address());
//!     running.stop().await;
//!     Ok(())
//! }
//! ```
//!
//! What the two worlds call differently: a revision is a [`Version`](quadrille_core::Version) less
//! one, and the commit position and the prepare position of an event are both its
//! [`Position`](quadrille_core::Position).

// A status is large, and what tonic asks for.
#![allow(clippy::result_large_err)]

mod absent;
mod append;
mod auth;
mod batch;
mod connection;
mod context;
mod delete;
mod event;
mod expected;
mod features;
mod filter;
mod gateway;
mod gossip;
mod listener;
mod name;
mod pattern;
mod phase;
mod prompt;
mod proto;
mod read;
mod settings;
mod status;
mod stream_state;
mod streams;
mod tls;

pub use gateway::{Gateway, GatewayError, Running};
pub use settings::{Limits, Settings};
