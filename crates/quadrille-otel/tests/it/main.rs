//! What a backend is told of an app, and what the log says of it.

mod chain;
mod collector;
mod given;
mod otlp;
mod pages;
mod payloads;
mod shop;
mod support;
