//! Work beside the interpreter.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use sieve_sched::stop::Stop;

use crate::error::Error;

/// How long Ctrl-C may wait to be heard.
const PATIENCE: Duration = Duration::from_millis(50);

/// Works on a thread of its own. Other Python threads run meanwhile, and signals are handled: if one raises, work is told to
/// stop and the exception is raised at once.
pub(crate) fn run<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce(&Stop) -> Result<T, Error> + Send + 'static,
) -> PyResult<T> {
    let stop = Stop::default();
    let (sender, mut receiver) = channel();
    let theirs = stop.clone();
    thread::Builder::new().name("sieve".to_owned()).spawn(move || {
        // Nobody waits for it any more if it was told to stop.
        let _ = sender.send(work(&theirs));
    })?;
    loop {
        let waiting = &mut receiver;
        match py.detach(move || waiting.recv_timeout(PATIENCE)) {
            Ok(result) => return Ok(result?),
            Err(RecvTimeoutError::Timeout) => py.check_signals().inspect_err(|_| stop.stop())?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("the simulation panicked"));
            }
        }
    }
}
