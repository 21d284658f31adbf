//! Proof that the kits pass what is right, and fail what is not.

mod broken;
mod delivery;
#[cfg(unix)]
mod postgres;
mod proof;
mod proxy;
mod scenario;
