mod conformance;
mod faults;
mod opening;
mod proof;
mod tags;
