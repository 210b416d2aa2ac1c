//! Columns of `claims.csv`.

/// Names and what they are; figures have two, the ends of a range, which are alike for a single figure.
pub const COLUMNS: [(&str, &str); 15] = [
    ("claim", "The claim, R1 to R9."),
    ("model", "Model."),
    ("figure", "What is measured."),
    ("published", "What was published, in the paper's terms."),
    ("target", "What ours must be; empty where it is only reported."),
    ("ours_low", "Ours, as it is judged: mini-batches as decided, placement for free."),
    ("ours_high", "The same, upper end."),
    ("charged_low", "With placement at its cost."),
    ("charged_high", "The same, upper end."),
    ("one_minibatch_low", "With one mini-batch."),
    ("one_minibatch_high", "The same, upper end."),
    ("better_low", "With mini-batches as decided or one, whichever is better, for each method."),
    ("better_high", "The same, upper end."),
    (
        "difference",
        "How far ours is from its target, as a share of that; 0 if it holds. Unit: ratio.",
    ),
    ("verdict", "What that says."),
];
