//! Matrix products with weights.

use crate::kernel::{Activations, Kernel, product};

/// `[m x k]` activations times a `[k x n]` weight: `2 m n k` flops. The weight is read once; `m k` activations come in and
/// `m n` go out. Without rows (`m` = 0) nothing runs, so nothing moves.
#[must_use]
pub fn dense_gemm(m: u32, n: u32, k: u32, weight_bits: u32, activations: Activations) -> Kernel {
    if m == 0 {
        return Kernel::default();
    }
    let [m, n, k] = [m, n, k].map(u64::from);
    let moved = activations.bytes(product([m, n + k]));
    Kernel {
        flops: product([2, m, n, k]),
        bytes: weight_bytes(product([n, k]), weight_bits).saturating_add(moved),
    }
}

/// The gated feed-forward of several experts as one grouped product: gate and up (`[hidden x 2 intermediate]`), then down
/// (`[intermediate x hidden]`), for each expert that has tokens.
///
/// A token costs `2 * 3 * hidden * intermediate` flops. The weights of an expert are read once however many tokens it has.
/// `hidden` activations of a token come in, `intermediate` go out of the first product (which applies the activation
/// function in its epilogue) and into the second, `hidden` go out.
#[must_use]
pub fn grouped_gemm(
    tokens_per_expert: &[u32],
    hidden: u32,
    intermediate: u32,
    weight_bits: u32,
    activations: Activations,
) -> Kernel {
    let [hidden, intermediate] = [hidden, intermediate].map(u64::from);
    let weights = product([3, hidden, intermediate]);
    let expert = |&tokens: &u32| Kernel {
        flops: product([2, tokens.into(), weights]),
        bytes: weight_bytes(weights, weight_bits).saturating_add(activations.bytes(product([
            2,
            tokens.into(),
            hidden + intermediate,
        ]))),
    };
    tokens_per_expert.iter().filter(|&&tokens| tokens > 0).map(expert).sum()
}

fn weight_bytes(weights: u64, bits: u32) -> u64 {
    product([weights, bits.into()]).div_ceil(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BF16: Activations = Activations::InHbm { element_bytes: 2 };

    #[test]
    fn a_dense_product_by_hand() {
        // 3 x 5 times 5 x 7: 105 multiply-adds, 35 weights, 15 activations in, 21 out.
        assert_eq!(dense_gemm(3, 7, 5, 16, Activations::OnChip), Kernel { flops: 210, bytes: 70 });
        assert_eq!(dense_gemm(3, 7, 5, 16, BF16), Kernel { flops: 210, bytes: 70 + 2 * 36 });
        // 35 weights of 4 bits take 17.5 bytes.
        assert_eq!(dense_gemm(3, 7, 5, 4, Activations::OnChip).bytes, 18);
        assert_eq!(dense_gemm(0, 7, 5, 16, BF16), Kernel::default());
    }

    #[test]
    fn a_grouped_product_by_hand() {
        // Two activated experts of 3 x 4 x 2 weights, four tokens: 24 multiply-adds a token.
        let counts = [1, 0, 3];
        let on_chip = grouped_gemm(&counts, 4, 2, 16, Activations::OnChip);
        assert_eq!(on_chip, Kernel { flops: 4 * 48, bytes: 2 * 48 });
        // A token takes 4 in, 2 out, 2 in, 4 out.
        assert_eq!(grouped_gemm(&counts, 4, 2, 16, BF16).bytes, 2 * 48 + 4 * 12 * 2);
    }

    #[test]
    fn idle_experts_cost_nothing() {
        assert_eq!(grouped_gemm(&[0, 0], 4, 2, 16, BF16), Kernel::default());
        assert_eq!(grouped_gemm(&[], 4, 2, 16, BF16), Kernel::default());
    }
}
