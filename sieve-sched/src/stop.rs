//! Ending a run early.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::config::ConfigError;

/// Ends runs early: points that were begun are finished, no other is. A clone of it stays with whoever may want that.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// From now on no point is begun.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether another point may be begun.
    ///
    /// # Errors
    /// [`ConfigError::Stopped`] if not.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.0.load(Ordering::Relaxed) { Err(ConfigError::Stopped) } else { Ok(()) }
    }
}
