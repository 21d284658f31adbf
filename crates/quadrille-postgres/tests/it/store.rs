mod batches;
mod conformance;
mod faults;
mod floors;
mod opening;
mod proof;
mod tags;
