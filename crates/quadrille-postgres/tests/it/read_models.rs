mod conformance;
mod queries;
mod restored;
mod sql;
mod waiting;
