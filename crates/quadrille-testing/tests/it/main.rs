//! Proof that the kits pass what is right, and fail what is not.

mod broken;
mod scenario;
