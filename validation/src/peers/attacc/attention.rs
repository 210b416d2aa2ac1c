//! Attention of one new token over a cache: the peer's own kernel, as its trace generators lay it out.
