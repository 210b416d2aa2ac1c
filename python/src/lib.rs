//! What `sieve_sim` calls: the library of the `sieve` command, its options as the command spells them, its results as columns.

mod background;
mod columns;
mod error;
mod gemv;
mod options;
mod presets;
mod replay;
mod sweep;

/// The native part of `sieve_sim`.
#[pyo3::pymodule]
mod _native {
    #[pymodule_export]
    use super::error::SieveError;
    #[pymodule_export]
    use super::gemv::gemv;
    #[pymodule_export]
    use super::presets::presets;
    #[pymodule_export]
    use super::replay::{replay, resolve_config};
    #[pymodule_export]
    use super::sweep::sweep;

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "its name in Python")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
