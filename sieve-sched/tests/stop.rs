//! Runs that are stopped begin no other point, and keep those that are finished.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::replay::config;
use rayon::ThreadPoolBuilder;
use sieve_sched::config::ConfigError;
use sieve_sched::method::Method;
use sieve_sched::run::{Job, Session};
use sieve_sched::stop::Stop;
use sieve_sched::sweep::{Loaded, Shard, Store, SweepError, run};

/// Calls `work` on one thread with a stop and with what is to be told of finished points, which stops after the second. Says how many
/// there were.
fn after_two<T: Send>(work: impl FnOnce(&Stop, &(dyn Fn() + Sync)) -> T + Send) -> (T, usize) {
    let (stop, finished) = (Stop::default(), AtomicUsize::new(0));
    let done = || {
        if finished.fetch_add(1, Ordering::Relaxed) == 1 {
            stop.stop();
        }
    };
    let pool = ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let result = pool.install(|| work(&stop, &done));
    (result, finished.load(Ordering::Relaxed))
}

#[test]
fn a_replay_ends() {
    let mut config = config("gpt-oss-20b", 2, &[1, 2, 4]);
    config.run.methods = vec![Method::GpuOnly, Method::Sieve];
    let (result, finished) = after_two(|stop, done| {
        let session = Session::new(&config).unwrap().until(stop.clone());
        session.points(&Job::all(&config), &Method::policy, done)
    });
    assert!(matches!(result, Err(ConfigError::Stopped)));
    assert_eq!(finished, 2);
}

#[test]
fn a_sweep_keeps_what_is_finished_and_goes_on() {
    let text = r#"(level: gemv(shape: "64x64"), axes: [{"timing.tFAW": [8, 9, 10, 11, 12]}])"#;
    let sweep = Loaded::text("small", text.to_owned()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let missing = || Shard::ALL.missing(&sweep.plan, &store);
    let (result, finished) = after_two(|stop, done| run(&missing(), &store, stop, done));
    assert!(matches!(result, Err(SweepError::Config(ConfigError::Stopped))));
    assert_eq!(finished, 2);
    assert_eq!(fs::read_dir(folder.path().join("points")).unwrap().count(), 2);
    assert_eq!(missing().len(), 3);
    run(&missing(), &store, &Stop::default(), &|| {}).unwrap();
    assert!(missing().is_empty());
}
