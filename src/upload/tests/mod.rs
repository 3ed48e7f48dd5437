//! A publish that nothing goes well for, at every one of its calls.

mod answers;
mod faults;
mod guards;
mod requests;
mod world;
