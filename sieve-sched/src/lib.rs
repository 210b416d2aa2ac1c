//! Replay of MoE layers on GPU + HBM-PIM servers under the Sieve scheduler and its baselines.
//!
//! | you want to | look at |
//! |---|---|
//! | configure a run | [`config`], `presets/*.ron`, [`options`] |
//! | know what ships, by name | [`presets`] |
//! | add a scheduling policy | [`policy`], then [`method`] |
//! | see what a layer does | [`replay::step`], run by [`replay::list`] |
//! | see what becomes work in memory | [`pim`] |
//! | see how channels serve units and GPU at once | [`memory`] |
//! | know where the joules go | [`energy`] |
//! | run (model, batch, method) points | [`run`], [`replay::point`] |
//! | write results | [`report`], [`chart`] |
//! | make a figure of the paper | [`figure`], `figures/*.ron` |
//! | see what ran when | [`timeline`] |
//! | try combinations of a configuration | [`sweep`], `sweeps/*.ron`, [`explore`] |
//! | see what would make a step shorter | [`levers`] |
//! | judge the paper's claims | [`claims`], `presets/claims.ron` |

pub mod chart;
pub mod claims;
pub mod config;
pub mod cost_table;
pub mod energy;
pub mod expert;
pub mod explore;
pub mod figure;
pub mod levers;
pub mod memory;
pub mod method;
pub mod options;
pub mod pim;
pub mod policy;
pub mod presets;
pub mod replay;
pub mod report;
pub mod run;
pub mod stop;
pub mod sweep;
pub mod time;
pub mod timeline;
