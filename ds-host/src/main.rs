//! The command line `syncml`; `syncml help` says what it can do.

mod cli;
mod demo;

fn main() -> std::process::ExitCode {
    cli::main()
}
