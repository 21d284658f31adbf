//! Pictures of graphs.

mod graphs;
mod pictures;
