//! Slurm: the script of a job array, the jobs that were submitted, and what became of their tasks.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::output::Output;

/// A job array: task I runs shard I of so many.
pub(super) struct Script<'s> {
    pub(super) name: &'s str,
    /// File of the sweep.
    pub(super) sweep: &'s Path,
    pub(super) folder: &'s Path,
    /// From 1.
    pub(super) tasks: &'s [usize],
    pub(super) of: usize,
    pub(super) threads: u16,
    pub(super) partition: Option<&'s str>,
    pub(super) time: Option<&'s str>,
}

impl Script<'_> {
    fn text(&self) -> Result<String, Box<dyn Error>> {
        let tasks: Vec<String> = self.tasks.iter().map(usize::to_string).collect();
        let logs = self.folder.join("slurm").join("%A_%a.log");
        let mut options = vec![
            format!("job-name={}", quoted(&format!("sieve-{}", self.name))),
            format!("array={}", tasks.join(",")),
            format!("cpus-per-task={}", self.threads),
            format!("output={}", quoted(&logs.display().to_string())),
        ];
        options.extend(self.partition.map(|name| format!("partition={name}")));
        options.extend(self.time.map(|time| format!("time={time}")));
        let options: String = options.iter().map(|o| format!("#SBATCH --{o}\n")).collect();
        Ok(format!(
            "#!/bin/sh\n{options}exec {} sweep run {} --out {} --shard \"$SLURM_ARRAY_TASK_ID/{}\" --threads {}\n",
            quoted(&std::env::current_exe()?.display().to_string()),
            quoted(&self.sweep.display().to_string()),
            quoted(&self.folder.display().to_string()),
            self.of,
            self.threads,
        ))
    }
}

/// For a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// An array that was submitted.
#[derive(Serialize, Deserialize)]
struct Job {
    id: String,
    tasks: Vec<usize>,
    of: usize,
}

/// All arrays of a sweep, in `slurm/NAME.json` of its folder.
pub(super) struct Jobs {
    folder: PathBuf,
    name: String,
    jobs: Vec<Job>,
}

impl Jobs {
    pub(super) fn read(folder: &Path, name: &str) -> Result<Self, Box<dyn Error>> {
        let folder = folder.join("slurm");
        let path = folder.join(format!("{name}.json"));
        let jobs = match fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", path.display()))?
            }
            Err(_) => Vec::new(),
        };
        Ok(Self { folder, name: name.to_owned(), jobs })
    }

    /// Writes the script, submits it and notes the job.
    pub(super) fn submit(&mut self, script: &Script<'_>) -> Result<String, Box<dyn Error>> {
        fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(format!("{}.sbatch", self.name));
        Output::create(&path)?.write_text(&script.text()?)?;
        let said = ask("sbatch", &["--parsable", &path.display().to_string()])?;
        // `ID`, or `ID;CLUSTER`.
        let id = said.trim().split(';').next().unwrap_or_default().to_owned();
        self.jobs.push(Job { id: id.clone(), tasks: script.tasks.to_vec(), of: script.of });
        let jobs = serde_json::to_string_pretty(&self.jobs)? + "\n";
        Output::create(&self.folder.join(format!("{}.json", self.name)))?.write_text(&jobs)?;
        Ok(id)
    }

    /// Tasks that wait or run.
    pub(super) fn queued(&self, of: usize) -> Result<BTreeSet<usize>, Box<dyn Error>> {
        let mut queued = BTreeSet::new();
        for job in &self.jobs {
            let tasks = queue(&job.id)?;
            if !tasks.is_empty() && job.of != of {
                return Err(format!(
                    "--tasks {of}: job {} is queued with {} tasks; give the same number, or wait for it or cancel it",
                    job.id, job.of
                )
                .into());
            }
            queued.extend(tasks.into_keys());
        }
        Ok(queued)
    }

    /// Tasks by state: of those that wait or run what `squeue` says, of others what `sacct` does or, without accounting, `ended`;
    /// `unknown` where Slurm cannot be asked.
    pub(super) fn states(&self) -> BTreeMap<String, usize> {
        let mut states = BTreeMap::new();
        for job in &self.jobs {
            let queue = queue(&job.id);
            let otherwise = if queue.is_ok() { "ended" } else { "unknown" };
            let (queue, ended) = (queue.unwrap_or_default(), ended(&job.id));
            for task in &job.tasks {
                let state = queue.get(task).or_else(|| ended.get(task));
                let state = state.map_or(otherwise, String::as_str).to_lowercase();
                *states.entry(state).or_default() += 1;
            }
        }
        states
    }
}

/// Tasks of a job that wait or run, by index. A job that Slurm no longer knows has none.
fn queue(job: &str) -> Result<BTreeMap<usize, String>, Box<dyn Error>> {
    let states = "PENDING,RUNNING,SUSPENDED,COMPLETING,CONFIGURING,REQUEUED";
    let arguments = ["--array", "--noheader", "--format=%K %T", "--states", states, "--jobs", job];
    match ask("squeue", &arguments) {
        Ok(said) => Ok(tasks(&said, ' ')),
        Err(error) if error.to_string().contains("Invalid job id") => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}

/// Tasks of a job that ended, by index; nothing without accounting.
fn ended(job: &str) -> BTreeMap<usize, String> {
    let arguments =
        ["--noheader", "--parsable2", "--allocations", "--format=JobID,State", "-j", job];
    let said = ask("sacct", &arguments).unwrap_or_default();
    tasks(&said.replace(&format!("{job}_"), ""), '|')
}

fn tasks(said: &str, between: char) -> BTreeMap<usize, String> {
    let task = |line: &str| {
        let (task, state) = line.trim().split_once(between)?;
        Some((task.parse().ok()?, state.to_owned()))
    };
    said.lines().filter_map(task).collect()
}

/// What a command of Slurm prints.
fn ask(command: &str, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let output = Command::new(command)
        .args(arguments)
        .output()
        .map_err(|error| format!("{command}: cannot be run: {error}; is Slurm installed here?"))?;
    if !output.status.success() {
        let says = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command}: {}", says.trim()).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_read_by_index() {
        let found = tasks("3 RUNNING\n12 PENDING\nN/A RUNNING\n", ' ');
        assert_eq!(found, BTreeMap::from([(3, "RUNNING".into()), (12, "PENDING".into())]));
    }

    #[test]
    fn a_shell_sees_one_word() {
        assert_eq!(quoted("a 'b' c"), r"'a '\''b'\'' c'");
    }
}
