//! The sessions and messages of the test data: what both encodings say, and whether the sessions keep the rules.

mod answer;
mod form;
mod package;
mod session;
