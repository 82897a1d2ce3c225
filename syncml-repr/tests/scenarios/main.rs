//! The sessions and messages of the test data: what both encodings say, and whether the sessions keep the rules.

mod answer;
#[path = "../common/canonical.rs"]
mod canonical;
mod form;
mod hmac;
mod outcome;
mod package;
mod session;
