//! Options for how large messages and items may be.

use ds_protocol::Sizes;
use syncml_wbxml::Limits;

/// Largest message taken and sent, in bytes: room for a card with a photo. The other side's own limit holds as well.
const MAX_MESSAGE: u64 = 1 << 20;
/// Largest document taken, in bytes. Some devices exceed the limit they were told.
const MAX_BODY: u64 = 4 << 20;
/// Largest item taken, in bytes.
const MAX_OBJECT: u64 = 16 << 20;

/// The limits, with the defaults of `serve` and `sync`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct SizeArgs {
    /// Largest message to take and to send, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = MAX_MESSAGE, value_parser = clap::value_parser!(u64).range(2048..=MAX_BODY))]
    max_msg_size: u64,
    /// Largest item to take, in bytes. One that is larger than a message comes in parts.
    #[arg(long, value_name = "BYTES", default_value_t = MAX_OBJECT, value_parser = clap::value_parser!(u64).range(1024..))]
    max_obj_size: u64,
}

impl Default for SizeArgs {
    fn default() -> Self {
        Self {
            max_msg_size: MAX_MESSAGE,
            max_obj_size: MAX_OBJECT,
        }
    }
}

impl From<SizeArgs> for Sizes {
    fn from(args: SizeArgs) -> Self {
        let mut sizes = Self::default();
        sizes.max_msg_size = args.max_msg_size;
        sizes.max_sent = args.max_msg_size;
        sizes.max_obj_size = args.max_obj_size;
        let max_bytes = usize::try_from(MAX_BODY).unwrap_or(usize::MAX);
        sizes.limits = Limits::default().with_max_bytes(max_bytes);
        sizes
    }
}
