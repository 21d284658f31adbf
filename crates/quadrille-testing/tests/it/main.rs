//! Proof that the conformance suite can fail.

mod broken;
