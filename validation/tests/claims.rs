//! The shipped claims: they are written with care, they hold, and the harness notices when one does not.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use validation::claim::{CLAIMS, Claim, Published, Status, Tier, Trust};
use validation::report::page;
use validation::{Outcome, Verdict, run};

/// All of them, measured once for all tests: that takes a minute.
static ALL: LazyLock<Vec<Outcome<'static>>> = LazyLock::new(|| outcomes(claims().leak()));

fn claims() -> Vec<Claim> {
    Claim::shipped().expect("shipped claims parse")
}

fn outcomes(claims: &[Claim]) -> Vec<Outcome<'_>> {
    run(&claims.iter().collect::<Vec<_>>(), &|| ()).expect("claims can be measured")
}

fn the(id: &str) -> Claim {
    claims().into_iter().find(|claim| claim.id == id).expect("a shipped claim")
}

/// Files of this repository that a source names.
fn tables(source: &str) -> impl Iterator<Item = &str> {
    let words = source.split([' ', ',', ';', ':']);
    words.filter(|word| word.contains("tests/data/") && word.ends_with(".csv"))
}

#[test]
fn every_claim_says_where_it_stands_in_its_source() {
    for claim in claims() {
        let places = ["Table ", "section ", "Fig. ", "preset ", "abstract"];
        let placed = match claim.trust {
            Trust::Measured => tables(&claim.source).count() > 0,
            _ => places.iter().any(|place| claim.source.contains(place)),
        };
        assert!(
            placed,
            "{}: `{}` names no table, section, figure, preset or, if measured, data",
            claim.id, claim.source
        );
        for table in tables(&claim.source) {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(table);
            assert!(path.is_file(), "{}: there is no {table}", claim.id);
        }
        assert!(!claim.statement.is_empty(), "{}", claim.id);
    }
}

#[test]
fn ids_are_unique_and_start_with_the_name_of_their_file() {
    let mut seen = BTreeSet::new();
    for claim in claims() {
        let (group, _) = claim.id.split_once('.').unwrap_or((&claim.id, ""));
        let file = format!("{group}.ron");
        // Those of the paper on Sieve are the top crate's.
        assert!(
            group == "sieve" || CLAIMS.iter().any(|(name, _)| *name == file),
            "{}: there is no claims/{file}",
            claim.id
        );
        assert!(seen.insert(claim.id.clone()), "{} stands twice", claim.id);
    }
}

#[test]
fn status_follows_from_tier_and_trust() {
    for Claim { id, tier, trust, status, measure, published, .. } in claims() {
        let fits = match tier {
            Tier::Identity | Tier::OtherSimulator => matches!(status, Status::Enforced),
            Tier::PublishedRatio => !matches!(status, Status::Band),
            Tier::Band => matches!(status, Status::Band | Status::NotModelled(_)),
        };
        assert!(fits, "{id}: a claim of tier {tier:?} is {}", status.name());
        let judged = matches!(status, Status::Enforced | Status::KnownGap(_));
        assert!(!judged || trust != Trust::Recollection, "{id}: from memory, yet judged");
        let absent = matches!(status, Status::NotModelled(_));
        assert_eq!(absent, measure.is_none(), "{id}: what is modelled is measured");
        if let Some(reason) = status.reason() {
            assert!(!reason.is_empty(), "{id}: no reason");
            let quantified = reason.contains(|letter: char| letter.is_ascii_digit());
            assert!(absent || quantified, "{id}: a gap without a number: {reason}");
        }
        match published {
            Published::Range(least, most) => assert!(least < most, "{id}: {least} to {most}"),
            Published::Spanned(least, most) => assert!(least <= most, "{id}: {least} to {most}"),
            Published::Said(words) => {
                assert!(!judged && !words.is_empty(), "{id}: words are not judged");
            }
            Published::Value(_) | Published::AtMost(_) | Published::AtLeast(_) => {}
        }
    }
}

#[test]
fn enforced_claims_hold_and_known_gaps_are_still_there() {
    for outcome in ALL.iter() {
        let id = &outcome.claim.id;
        assert!(!outcome.verdict.fails(), "{id}: {:?}, ours {:?}", outcome.verdict, outcome.ours);
    }
}

#[test]
fn outcomes_are_in_the_order_of_the_claims() {
    let ids: Vec<_> = ALL.iter().map(|outcome| outcome.claim.id.clone()).collect();
    assert_eq!(ids, claims().iter().map(|claim| claim.id.clone()).collect::<Vec<_>>());
}

#[test]
fn a_wrong_claim_misses() {
    let wrong =
        Claim { published: Published::Value(25.0), ..the("table1.banks_per_pseudo_channel") };
    assert_eq!(outcomes(&[wrong])[0].verdict, Verdict::Misses);
}

#[test]
fn a_gap_that_is_not_there_has_closed() {
    let status = Status::KnownGap("made up".to_owned());
    let closed = Claim { status, ..the("table1.banks_per_pseudo_channel") };
    assert_eq!(outcomes(&[closed])[0].verdict, Verdict::GapClosed);
}

#[test]
fn the_page_of_the_documentation_is_current() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src");
    let page = page(&ALL).expect("claims can be drawn");
    let stale = "run `cargo run --release -p validation -- --write-docs docs/src/validation.md`";
    let kept = |path: &str| std::fs::read_to_string(docs.join(path)).unwrap_or_default();
    assert!(kept("validation.md") == page.text, "docs/src/validation.md is stale; {stale}");
    for (name, svg) in page.figures {
        let file = format!("figures/{name}.svg");
        assert!(kept(&file) == svg.to_string(), "docs/src/{file} is stale; {stale}");
    }
}
