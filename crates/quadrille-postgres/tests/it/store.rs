mod conformance;
pub mod support;
