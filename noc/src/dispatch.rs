//! The traffic of expert parallelism: tokens to the GPUs of their experts, and results back.

use crate::traffic::Traffic;

/// A token or an expert is somewhere that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// The home of a token is no GPU.
    #[error("token {token} is at home on GPU {gpu}; there are {gpus}")]
    Home {
        /// The token.
        token: usize,
        /// Its home.
        gpu: usize,
        /// GPUs that exist, from 0.
        gpus: usize,
    },
    /// A token goes to an expert that has no place.
    #[error("token {token} goes to expert {expert}; {experts} are placed")]
    Expert {
        /// The token.
        token: usize,
        /// The expert.
        expert: u32,
        /// Experts that exist, from 0.
        experts: usize,
    },
    /// An expert is placed on no GPU.
    #[error("expert {expert} is placed on GPU {gpu}; there are {gpus}")]
    Placement {
        /// The expert.
        expert: usize,
        /// Its place.
        gpu: usize,
        /// GPUs that exist, from 0.
        gpus: usize,
    },
}

/// Bytes that bring tokens to their experts. A token is its home GPU and its expert ids; it is sent once to each other GPU
/// that holds at least one of them.
///
/// The combine is the transpose ([`Traffic::transposed`]): each of those GPUs sums its experts' results for the token and
/// returns one partial sum. Where a partial sum has other than `token_bytes`, transpose a dispatch of that size.
///
/// # Errors
/// The first token or expert that names a GPU or an expert that does not exist.
pub fn dispatch<'a>(
    gpus: usize,
    tokens: impl IntoIterator<Item = (usize, &'a [u32])>,
    gpu_of_expert: &[usize],
    token_bytes: u64,
) -> Result<Traffic, RouteError> {
    if let Some((expert, &gpu)) = gpu_of_expert.iter().enumerate().find(|&(_, &gpu)| gpu >= gpus) {
        return Err(RouteError::Placement { expert, gpu, gpus });
    }
    let mut traffic = Traffic::none(gpus);
    let mut last_token = vec![None; gpus];
    for (token, (home, experts)) in tokens.into_iter().enumerate() {
        if home >= gpus {
            return Err(RouteError::Home { token, gpu: home, gpus });
        }
        for &expert in experts {
            let gpu = *usize::try_from(expert)
                .ok()
                .and_then(|index| gpu_of_expert.get(index))
                .ok_or(RouteError::Expert { token, expert, experts: gpu_of_expert.len() })?;
            let already_there = last_token[gpu].replace(token) == Some(token);
            if !already_there {
                traffic.add(home, gpu, token_bytes);
            }
        }
    }
    Ok(traffic)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six experts, two on each of three GPUs.
    const PLACES: [usize; 6] = [0, 0, 1, 1, 2, 2];

    #[test]
    fn a_token_travels_once_to_each_remote_gpu() {
        let tokens: [(usize, &[u32]); 3] = [(0, &[2, 0, 3, 4]), (0, &[1, 3]), (2, &[5, 4])];
        let traffic = dispatch(3, tokens, &PLACES, 10).unwrap();
        let expected = |from, to| match (from, to) {
            (0, 1) => 20,
            (0, 2) => 10,
            _ => 0,
        };
        assert_eq!(traffic, Traffic::from_fn(3, expected));
        assert_eq!(traffic.transposed().between(1, 0), 20);
    }

    #[test]
    fn what_does_not_exist_is_named() {
        let says = |gpus, expert, places: &[usize]| {
            let tokens: [(usize, &[u32]); 1] = [(1, &[expert])];
            dispatch(gpus, tokens, places, 1).unwrap_err().to_string()
        };
        assert_eq!(says(2, 6, &[0, 1]), "token 0 goes to expert 6; 2 are placed");
        assert_eq!(says(1, 0, &[0]), "token 0 is at home on GPU 1; there are 1");
        assert_eq!(says(2, 0, &[0, 2]), "expert 1 is placed on GPU 2; there are 2");
    }
}
