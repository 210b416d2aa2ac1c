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
    #[error("token {token} goes to expert {expert}, which is placed nowhere")]
    Expert {
        /// The token.
        token: usize,
        /// The expert.
        expert: u32,
    },
    /// An expert is placed on a GPU that does not exist.
    #[error("expert {expert} is placed on GPU {gpu}; there are {gpus}")]
    Placement {
        /// The expert.
        expert: u32,
        /// Its place.
        gpu: usize,
        /// GPUs that exist, from 0.
        gpus: usize,
    },
}

/// How often a token travels to a GPU that holds several of its experts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// Once.
    PerGpu,
    /// Once for each of them.
    PerExpert,
}

/// Bytes that bring tokens to their experts. A token is its home GPU and its expert ids; it is sent to each other GPU that serves
/// at least one of them. `serves(home, expert)` names the GPU; it is asked once for each pair, in order, so that replicas of an
/// expert can take turns. `None` says that the expert is nowhere.
///
/// The combine is the transpose ([`Traffic::transposed`]): each GPU returns what it was sent, a partial sum of its experts'
/// results or the result of each. Where a result has other than `token_bytes`, transpose a dispatch of that size.
///
/// # Errors
/// The first token or expert that names a GPU or an expert that does not exist.
pub fn dispatch<'a>(
    gpus: usize,
    tokens: impl IntoIterator<Item = (usize, &'a [u32])>,
    mut serves: impl FnMut(usize, u32) -> Option<usize>,
    copies: Copies,
    token_bytes: u64,
) -> Result<Traffic, RouteError> {
    let mut traffic = Traffic::none(gpus);
    let mut last_token = vec![None; gpus];
    for (token, (home, experts)) in tokens.into_iter().enumerate() {
        if home >= gpus {
            return Err(RouteError::Home { token, gpu: home, gpus });
        }
        for &expert in experts {
            let gpu = serves(home, expert).ok_or(RouteError::Expert { token, expert })?;
            if gpu >= gpus {
                return Err(RouteError::Placement { expert, gpu, gpus });
            }
            let already_there = last_token[gpu].replace(token) == Some(token);
            if !already_there || copies == Copies::PerExpert {
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
    fn places(_: usize, expert: u32) -> Option<usize> {
        (expert < 6).then_some(expert as usize / 2)
    }

    #[test]
    fn a_token_travels_once_to_each_remote_gpu_or_once_for_each_expert() {
        let tokens: [(usize, &[u32]); 3] = [(0, &[2, 0, 3, 4]), (0, &[1, 3]), (2, &[5, 4])];
        for (copies, to_1) in [(Copies::PerGpu, 20), (Copies::PerExpert, 30)] {
            let traffic = dispatch(3, tokens, places, copies, 10).unwrap();
            let expected = |from, to| match (from, to) {
                (0, 1) => to_1,
                (0, 2) => 10,
                _ => 0,
            };
            assert_eq!(traffic, Traffic::from_fn(3, expected));
            assert_eq!(traffic.transposed().between(1, 0), to_1);
        }
    }

    #[test]
    fn replicas_take_turns() {
        let tokens = [(0, &[7_u32][..]); 3];
        let mut turn = 0;
        let serves = |_, _| {
            turn += 1;
            Some(turn % 3)
        };
        let traffic = dispatch(3, tokens, serves, Copies::PerGpu, 1).unwrap();
        assert_eq!([traffic.between(0, 1), traffic.between(0, 2)], [1, 1]);
    }

    #[test]
    fn what_does_not_exist_is_named() {
        let says = |gpus, expert| {
            let tokens: [(usize, &[u32]); 1] = [(1, &[expert])];
            dispatch(gpus, tokens, places, Copies::PerGpu, 1).unwrap_err().to_string()
        };
        assert_eq!(says(2, 6), "token 0 goes to expert 6, which is placed nowhere");
        assert_eq!(says(1, 0), "token 0 is at home on GPU 1; there are 1");
        assert_eq!(says(2, 4), "expert 4 is placed on GPU 2; there are 2");
    }
}
