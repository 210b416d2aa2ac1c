//! Published claims as data, compared with what the model gives.
