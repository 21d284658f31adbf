mod conformance;
mod leases;
mod queries;
mod restored;
mod sql;
mod waiting;
