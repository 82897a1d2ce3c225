//! The rows of the example `engine_throughput`, for `cargo bench`.

#[path = "../examples/engine_throughput.rs"]
mod throughput;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    throughput::main()
}
