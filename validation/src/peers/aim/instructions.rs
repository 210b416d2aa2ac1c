//! Reads AiM instructions, one a line: a mnemonic of the simulator and those of its operands that concern one channel.

use std::str::SplitWhitespace;

use pim_dram::similar::Unknown;
use thiserror::Error;

use super::Instruction;

/// A line that is no instruction, or a stream without its end.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}:{line}: {problem}")]
pub struct InstructionError {
    /// The file.
    pub file: String,
    /// Line, the first is 1.
    pub line: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// A mnemonic that does not exist.
    #[error(transparent)]
    Mnemonic(#[from] Unknown),
    /// Too few or too many operands.
    #[error("`{usage}` takes {allowed} operands, not {found}")]
    Operands {
        /// The instruction with its operands.
        usage: String,
        /// How many it takes.
        allowed: usize,
        /// How many there are.
        found: usize,
    },
    /// An operand out of range, or no number.
    #[error("{operand} is `{found}`; it is a whole number from {least} to {most}")]
    Operand {
        /// Its name.
        operand: &'static str,
        /// What was given.
        found: String,
        /// Least value.
        least: u32,
        /// Greatest value.
        most: u32,
    },
    /// Instructions after EOC.
    #[error("`{0}` comes after EOC, which ends the stream")]
    AfterEnd(String),
    /// No EOC.
    #[error("the stream ends without EOC")]
    NoEnd,
}

/// Limits of the operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Banks of a channel.
    pub banks: u32,
    /// Rows of a bank.
    pub rows: u32,
}

/// The simulator checks no size; this keeps a slip of the pen from running for hours.
const MOST_OPSIZE: u32 = 1 << 20;

/// Mnemonics with their operands.
const FORMS: [(&str, &[&str]); 14] = [
    ("WR_GB", &["opsize"]),
    ("WR_BIAS", &[]),
    ("RD_MAC", &[]),
    ("RD_AF", &[]),
    ("MAC_ABK", &["opsize", "row"]),
    ("MAC_SBK", &["opsize", "bank", "row"]),
    ("AF", &[]),
    ("EWMUL", &["opsize", "row"]),
    ("COPY_BKGB", &["opsize", "bank", "row"]),
    ("COPY_GBBK", &["opsize", "bank", "row"]),
    ("RD_SBK", &["bank", "row"]),
    ("WR_SBK", &["bank", "row"]),
    ("WR_ABK", &["row"]),
    ("EOC", &[]),
];

fn unknown(mnemonic: &str) -> Unknown {
    Unknown::new("instruction", mnemonic, FORMS.map(|(known, _)| known))
}

/// The instructions of a text up to EOC; `file` is its name in errors.
///
/// # Errors
/// All lines that are wrong.
pub fn parse(
    file: &str,
    text: &str,
    limits: Limits,
) -> Result<Vec<Instruction>, Vec<InstructionError>> {
    let (mut instructions, mut errors, mut ended) = (Vec::new(), Vec::new(), false);
    let error = |line, problem| InstructionError { file: file.to_owned(), line, problem };
    for (line, text) in (1..).zip(text.lines()) {
        let mut words = text.split('#').next().unwrap_or_default().split_whitespace();
        let Some(mnemonic) = words.next() else { continue };
        if ended {
            errors.push(error(line, Problem::AfterEnd(mnemonic.to_owned())));
            continue;
        }
        match instruction(mnemonic, words, limits) {
            Ok(Some(instruction)) => instructions.push(instruction),
            Ok(None) => ended = true,
            Err(problems) => {
                errors.extend(problems.into_iter().map(|problem| error(line, problem)))
            }
        }
    }
    if !ended {
        errors.push(error(text.lines().count().max(1), Problem::NoEnd));
    }
    if errors.is_empty() { Ok(instructions) } else { Err(errors) }
}

/// One instruction; `None` is EOC.
fn instruction(
    mnemonic: &str,
    words: SplitWhitespace<'_>,
    limits: Limits,
) -> Result<Option<Instruction>, Vec<Problem>> {
    let Some((_, operands)) = FORMS.iter().find(|(known, _)| *known == mnemonic) else {
        return Err(vec![unknown(mnemonic).into()]);
    };
    let words: Vec<_> = words.collect();
    if words.len() != operands.len() {
        let usage = [&[mnemonic], *operands].concat().join(" ");
        let (allowed, found) = (operands.len(), words.len());
        return Err(vec![Problem::Operands { usage, allowed, found }]);
    }
    let mut problems = Vec::new();
    let mut value = |name| {
        let at = operands.iter().position(|operand| *operand == name)?;
        number(name, words[at], limits).map_err(|problem| problems.push(problem)).ok()
    };
    let (columns, bank, row) = (value("opsize"), value("bank"), value("row"));
    if !problems.is_empty() {
        return Err(problems);
    }
    // Operands that an instruction does not take have no value, and nobody looks.
    let [columns, bank, row] = [columns, bank, row].map(Option::unwrap_or_default);
    Ok(Some(match mnemonic {
        "WR_GB" => Instruction::WriteBuffer { bursts: columns },
        "WR_BIAS" => Instruction::WriteBias,
        "RD_MAC" => Instruction::ReadMac,
        "RD_AF" => Instruction::ReadAf,
        "MAC_ABK" => Instruction::MacAll { columns, row },
        "MAC_SBK" => Instruction::MacBank { columns, bank, row },
        "AF" => Instruction::Activate,
        "EWMUL" => Instruction::Multiply { columns, row },
        "COPY_BKGB" => Instruction::CopyToBuffer { columns, bank, row },
        "COPY_GBBK" => Instruction::CopyToBank { columns, bank, row },
        "RD_SBK" => Instruction::ReadBank { bank, row },
        "WR_SBK" => Instruction::WriteBank { bank, row },
        "WR_ABK" => Instruction::WriteAll { row },
        _ => return Ok(None),
    }))
}

fn number(operand: &'static str, found: &str, limits: Limits) -> Result<u32, Problem> {
    let (least, most) = match operand {
        "opsize" => (1, MOST_OPSIZE),
        "bank" => (0, limits.banks - 1),
        _ => (0, limits.rows - 1),
    };
    let value = found.parse().ok().filter(|value| (least..=most).contains(value));
    value.ok_or_else(|| Problem::Operand { operand, found: found.to_owned(), least, most })
}
