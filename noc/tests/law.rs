//! Collectives under both laws, on one domain and on several.

use noc::measured::{PRESETS, Way};
use noc::spec::{BetweenDomains, LinkSpec, PRESETS as LINKS};
use noc::{Copies, Femtos, IdealLink, Law, LawSpec, MoeExchange, MoeShape, Traffic};
use proptest::prelude::*;

const SHAPE: MoeShape = MoeShape { hidden_size: 4096, num_topk: 10, num_experts: 512 };

fn link(name: &str) -> LinkSpec {
    ron::from_str(LINKS.iter().find(|(known, _)| *known == name).unwrap().1).unwrap()
}

/// 900 GB/s and 0.8 us inside domains of so many; 50 GB/s and 2 us between them.
fn two_levels(gpus_per_domain: u32) -> LinkSpec {
    let between = BetweenDomains {
        gpus_per_domain,
        bytes_per_s: 50_000_000_000,
        latency_ns: 2000,
        pj_per_bit: None,
    };
    LinkSpec { between_domains: Some(between), ..link("nvlink5") }
}

fn measured(device: &str, moe_exchange: MoeExchange) -> LawSpec {
    let (_, text) = PRESETS.iter().find(|(known, _)| *known == device).unwrap();
    LawSpec::Measured { collectives: ron::from_str(text).unwrap(), moe_exchange }
}

fn law(link: &LinkSpec, spec: &LawSpec, gpus: usize) -> Law {
    Law::new(link, spec, gpus, SHAPE).unwrap()
}

fn b200(gpus: usize) -> Law {
    law(&link("nvlink5"), &measured("b200", MoeExchange::Nccl), gpus)
}

fn nanos(ns: u64) -> Femtos {
    Femtos::from_nanos(ns)
}

/// Every collective of buffers of so many bytes: the longest time.
fn all(law: &Law, gpus: usize, bytes: u64) -> [Femtos; 6] {
    let part = bytes / gpus as u64;
    let even = Traffic::from_fn(gpus, |_, _| part);
    let parts = vec![part; gpus];
    [
        law.all_to_all(&even),
        law.all_gather(&parts),
        law.reduce_scatter(&parts),
        law.all_reduce(bytes),
        law.moe(Way::Dispatch, &even),
        law.moe(Way::Combine, &even),
    ]
    .map(|times| times.into_iter().max().unwrap())
}

#[test]
fn even_collectives_take_what_the_table_says() {
    // Points of the presets: 512 MiB on 8 B200.
    let found = all(&b200(8), 8, 1 << 29).map(|time| time.as_ticks() / 1_000_000);
    assert_eq!(found[..4], [835_903, 761_130, 785_474, 1_398_451]);
}

#[test]
fn whoever_takes_part_pays_the_floor() {
    let mut traffic = Traffic::none(8);
    traffic.add(2, 3, 1);
    let floor = b200(8).all_to_all(&traffic);
    assert!(floor.iter().all(|&time| time == floor[0] && time > nanos(10_000)));
    assert_eq!(b200(8).all_to_all(&Traffic::none(8)), [nanos(0); 8]);
    assert_eq!(b200(1).all_reduce(1 << 20), [nanos(0)]);
}

/// No message of its own is longer, so each GPU's time is that of the even collective with as much in its fuller direction.
#[test]
fn uneven_traffic_costs_as_the_even_one_of_its_fuller_direction() {
    let mut traffic = Traffic::none(4);
    traffic.add(0, 1, 3 << 20);
    traffic.add(2, 1, 3 << 20);
    let even = |part: u64| b200(4).all_to_all(&Traffic::from_fn(4, |_, _| part))[0];
    let expected = [1 << 20, 2 << 20, 1 << 20, 0].map(even);
    let floor = even(1);
    assert_eq!(b200(4).all_to_all(&traffic), [expected[0], expected[1], expected[2], floor]);
}

#[test]
fn numbers_of_gpus_between_measured_ones_lie_between() {
    for bytes in [1 << 10, 1 << 20, 1 << 28] {
        // As much leaves a GPU in each.
        let time = |gpus: usize| {
            b200(gpus).all_to_all(&Traffic::from_fn(gpus, |from, to| {
                if to == (from + 1) % gpus { bytes } else { 0 }
            }))[0]
        };
        let (four, six, eight) = (time(4), time(6), time(8));
        let double = four.as_ticks() + eight.as_ticks();
        assert_eq!(six.as_ticks(), double.div_ceil(2));
    }
    let refused = |gpus, exchange| {
        let law = Law::new(&link("nvlink5"), &measured("b200", exchange), gpus, SHAPE);
        law.unwrap_err().to_string()
    };
    assert_eq!(
        refused(16, MoeExchange::Nccl),
        "collectives `b200`: all_to_all is measured on 2, 4, 8 GPUs, not on 16"
    );
    assert_eq!(
        refused(4, MoeExchange::Deepep),
        "collectives `b200`: dispatch of DeepEP is measured on 8 GPUs, not on 4"
    );
    let h100 = Law::new(&link("nvlink4"), &measured("h100", MoeExchange::Deepep), 8, SHAPE);
    assert_eq!(
        h100.unwrap_err().to_string(),
        "collectives `h100` have no table of dispatch of DeepEP"
    );
}

#[test]
fn deepep_has_times_and_copies_of_its_own() {
    let law = law(&link("nvlink5"), &measured("b200", MoeExchange::Deepep), 8);
    assert_eq!((law.copies(), b200(8).copies()), (Copies::PerExpert, Copies::PerGpu));
    // 32 tokens x 10 experts: the table has 29.353 us of dispatch (FP8) and 23.488 us of combine; the points are within 5 %.
    let times = |way, pair: u64| {
        let part = 320 * pair / 8;
        law.moe(way, &Traffic::from_fn(8, |_, _| part))[0].as_ticks() as f64 / 1e9
    };
    assert!((times(Way::Dispatch, 4096 + 128 + 16) / 29.353 - 1.0).abs() < 0.05);
    assert!((times(Way::Combine, 8192) / 23.488 - 1.0).abs() < 0.05);
}

/// Both levels at the same time, the longer one counts.
#[test]
fn two_levels_are_bound_by_the_longer() {
    let law = law(&two_levels(2), &LawSpec::Paper, 4);
    let mut traffic = Traffic::none(4);
    traffic.add(0, 1, 9_000_000); // 10 us over the switch
    traffic.add(0, 2, 50_000); // 1 us over the network
    traffic.add(1, 3, 1_000_000); // 20 us over the network
    let expected = [10_800, 22_000, 3_000, 22_000].map(nanos);
    assert_eq!(law.all_to_all(&traffic), expected);

    // 1 MB of each crosses the network once: 20 us; over the switch go 1 MB of its own and 1 MB that came.
    assert_eq!(law.all_gather(&[1_000_000; 4]), [nanos(22_000); 4]);
    assert_eq!(law.reduce_scatter(&[1_000_000; 4]), [nanos(22_000); 4]);
    assert_eq!(law.all_reduce(4_000_000), [nanos(44_000); 4]);
}

#[test]
fn domains_are_measured_and_the_network_between_them_is_not() {
    let law = law(&two_levels(8), &measured("b200", MoeExchange::Nccl), 16);
    let even = Traffic::from_fn(16, |_, _| 1 << 16);
    // Half of what leaves a GPU leaves its domain; 8 parts of 64 KiB at 50 GB/s are 10.5 us, less than the measured collective.
    let inside = b200(8).all_to_all(&Traffic::from_fn(8, |_, _| 1 << 16))[0];
    assert_eq!(law.all_to_all(&even), [inside; 16]);
    let large = Traffic::from_fn(16, |_, _| 1 << 24);
    let network = IdealLink::new(&LinkSpec {
        bytes_per_s: 50_000_000_000,
        latency_ns: 2000,
        ..link("nvlink5")
    });
    assert_eq!(law.all_to_all(&large), [network.unwrap().transfer(8 << 24); 16]);
}

/// The paper's link is the faster one for every collective that it states, everywhere that was measured.
#[test]
fn measured_is_nowhere_below_the_law_of_the_paper() {
    for (device, name) in [("b200", "nvlink5"), ("h100", "nvlink4")] {
        for gpus in [2, 4, 8] {
            let paper = law(&link(name), &LawSpec::Paper, gpus);
            let measured = law(&link(name), &measured(device, MoeExchange::Nccl), gpus);
            for power in 9..=29 {
                let times = all(&measured, gpus, 1 << power).into_iter();
                for (at, (slow, fast)) in times.zip(all(&paper, gpus, 1 << power)).enumerate() {
                    assert!(slow > fast, "{device}, {gpus} GPUs, 2^{power} B, collective {at}");
                }
            }
        }
    }
}

prop_compose! {
    fn any_traffic()(gpus in 1_usize..17)(
        gpus in Just(gpus),
        bytes in prop::collection::vec(prop_oneof![Just(0), 0_u64..1 << 34], gpus * gpus),
        from in 0..gpus,
        to in 0..gpus,
        more in 0_u64..1 << 34,
    ) -> (Traffic, Traffic) {
        let less = Traffic::from_fn(gpus, |from, to| bytes[from * gpus + to]);
        let mut grown = less.clone();
        grown.add(from, to, more);
        (less, grown)
    }
}

proptest! {
    #[test]
    fn more_bytes_never_take_less((less, grown) in any_traffic(), size in 1_u32..9) {
        for spec in [LawSpec::Paper, measured("b200", MoeExchange::Nccl), measured("h100", MoeExchange::Nccl)] {
            let law = law(&two_levels(size), &spec, less.gpus());
            let times = law.all_to_all(&less).into_iter().zip(law.all_to_all(&grown));
            times.into_iter().for_each(|(less, grown)| assert!(less <= grown));
            let bytes = |traffic: &Traffic| -> Vec<u64> {
                (0..traffic.gpus()).map(|gpu| traffic.egress(gpu)).collect()
            };
            for of in [Law::all_gather, Law::reduce_scatter] {
                let times = of(&law, &bytes(&less)).into_iter().zip(of(&law, &bytes(&grown)));
                times.into_iter().for_each(|(less, grown)| assert!(less <= grown));
            }
            let (a, b) = (less.total(), grown.total());
            let [a, b] = [a, b].map(|bytes| law.all_reduce(bytes)[0]);
            prop_assert!(a <= b);
        }
    }

    /// In one domain the law of the paper is the ideal link.
    #[test]
    fn one_domain_is_one_link((traffic, _) in any_traffic()) {
        let link = link("nvlink5");
        let ideal = IdealLink::new(&link).unwrap();
        let gpus = traffic.gpus();
        let law = law(&link, &LawSpec::Paper, gpus);
        prop_assert_eq!(law.all_to_all(&traffic), ideal.all_to_all(&traffic));
        prop_assert_eq!(law.moe(Way::Combine, &traffic), ideal.all_to_all(&traffic));
        let bytes: Vec<u64> = (0..gpus).map(|gpu| traffic.egress(gpu)).collect();
        prop_assert_eq!(law.all_gather(&bytes), ideal.all_gather(&bytes));
        // A domain that holds all GPUs is no other thing.
        let roomy = Law::new(&two_levels(16), &LawSpec::Paper, gpus, SHAPE).unwrap();
        prop_assert_eq!(roomy.all_to_all(&traffic), ideal.all_to_all(&traffic));
    }
}
