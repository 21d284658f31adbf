//! The code of the book, one module for each chapter that has some: what the reader sees is what
//! is compiled here and run by the tests.

pub mod account;

pub mod transfer;

pub mod ledger;

pub mod statements;

pub mod choreography;

pub mod process;

pub mod postgres;

pub mod checks;

pub mod measures;
pub mod telemetry;
