//! What a user may ask for, as the command line spells it. Other front ends fill in the same options, and so get the same defaults,
//! checks and texts.

mod device;
mod gemv;
pub mod names;
mod prompts;
mod replay;
mod whole;

pub use device::{Changes, DeviceOptions};
pub use gemv::GemvOptions;
pub use prompts::Prompts;
pub use replay::ReplayOptions;

use self::whole::whole;
