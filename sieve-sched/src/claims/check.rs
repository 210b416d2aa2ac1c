//! Whether what was measured is what replays show now.

use super::expert::Expert;
use super::measured::{Conditions, Measured, MeasuredModel, MeasuredPoint};
use super::setting::Settings;
use crate::config::{Config, ConfigError};
use crate::run::Session;

/// Simulates an expert of each model, and replays its smallest batch under every method and setting; what is not as measured.
///
/// # Errors
/// A model or system that is no preset.
pub fn check(measured: &Measured) -> Result<Vec<String>, ConfigError> {
    let mut wrong = Vec::new();
    for model in &measured.models {
        wrong.extend(check_model(&measured.conditions, model)?);
    }
    Ok(wrong)
}

fn check_model(conditions: &Conditions, model: &MeasuredModel) -> Result<Vec<String>, ConfigError> {
    let mut config = Config::of(&conditions.system, &model.model)?;
    (config.run.steps, config.run.warmup_steps) = (conditions.steps, conditions.warmup_steps);
    config.run.seed = conditions.seed;
    config.run.batches = conditions.batches.iter().copied().min().into_iter().collect();
    let now = Expert::of(&config)?;
    let mut wrong = Vec::new();
    if apart(now.pim_ns, model.expert.pim_ns) {
        let was = model.expert.pim_ns;
        wrong.push(format!(
            "{}: an expert took {was} ns on PIM and now takes {} ns",
            model.model, now.pim_ns
        ));
    }
    let (_, points) = Settings::new(&config).run(&Session::new(&config)?, &|| {})?;
    for now in points {
        let same = |was: &&MeasuredPoint| {
            (was.batch, was.method) == (now.batch, now.method) && was.settings == now.settings
        };
        let was = model.points.iter().find(same).map(|was| was.step_us);
        if was.is_none_or(|was| apart(was, now.step_us)) {
            let was = was.map_or("was not measured".to_owned(), |was| format!("took {was} us"));
            wrong.push(format!(
                "{}, B = {}, {}, {:?}: a step {was} and now takes {} us",
                model.model, now.batch, now.method, now.settings, now.step_us
            ));
        }
    }
    Ok(wrong)
}

/// By more than what numbers lose as text.
fn apart(a: f64, b: f64) -> bool {
    (a - b).abs() > 1e-9 * b.abs()
}
