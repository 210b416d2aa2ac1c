//! A trace of requests in blocks of lines, which can be read apart from each other and say the same as its lines in turn.

use std::io::{self, BufRead, Chain, Read};

use super::access::Request;
use super::requests::{Header, RequestError, RequestMistake, Requests, follows};

/// Bytes of a block, about: reading one takes a thread long enough.
const BLOCK: usize = 1 << 18;

/// Bytes of a line, about.
const LINE: usize = 12;

/// A trace cut into blocks.
#[derive(Debug)]
pub struct Blocks<R> {
    input: R,
    header: Header,
    /// The beginning of the next block.
    rest: Vec<u8>,
    ended: bool,
    /// Why it has ended, if not by itself.
    broken: Option<io::Error>,
}

/// Whole lines, and what kept the stream from giving more.
#[derive(Debug)]
pub struct Block {
    header: Header,
    lines: Vec<u8>,
    broken: Option<io::Error>,
}

/// What a block says to those behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    requests: usize,
    /// Requests before the first that says its time.
    pub untimed: usize,
    first: Option<u64>,
    last: Option<u64>,
    error: Option<RequestError>,
}

/// Where the next block begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seam {
    /// Lines before it.
    lines: u64,
    now: Option<u64>,
}

impl<R: BufRead> Blocks<R> {
    /// Reads the first line, which decides the format. The seam is that before the first block.
    ///
    /// # Errors
    /// An empty stream, a header that does not fit or stands alone.
    pub fn new(input: R) -> Result<(Self, Seam), RequestError> {
        let Requests { input, line: mut rest, header, before, .. } = Requests::new(input)?;
        let seam = Seam { lines: before, now: None };
        let mut blocks = Self { input, header, rest: Vec::new(), ended: false, broken: None };
        if header.is_none() {
            // The line is a request itself.
            rest.push(b'\n');
            blocks.rest = rest;
        } else if blocks.more().is_none() && blocks.broken.is_none() {
            return Err(RequestError { line: before + 1, mistake: RequestMistake::Empty });
        }
        Ok((blocks, seam))
    }

    /// The bytes that come next, at least one; otherwise the stream has ended, or is broken.
    fn more(&mut self) -> Option<&[u8]> {
        while !self.ended {
            match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => (self.ended, self.broken) = (true, Some(error)),
                Ok([]) => self.ended = true,
                Ok(_) => break,
            }
        }
        // What is there is given again.
        if self.ended { None } else { self.input.fill_buf().ok() }
    }
}

impl<R: BufRead> Iterator for Blocks<R> {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        let mut lines = std::mem::take(&mut self.rest);
        while let Some(bytes) = self.more() {
            let read = bytes.len();
            lines.extend_from_slice(bytes);
            self.input.consume(read);
            if lines.len() < BLOCK {
                continue;
            }
            match lines.iter().rposition(|&byte| byte == b'\n') {
                Some(end) => self.rest = lines.split_off(end + 1),
                // A line so long is refused, and nothing behind it matters.
                None => self.ended = true,
            }
            break;
        }
        let broken = self.broken.take();
        let any = !lines.is_empty() || broken.is_some();
        any.then_some(Block { header: self.header, lines, broken })
    }
}

impl Block {
    /// Its requests. The untimed ones have the tick that [`Seam::join`] gives.
    #[must_use]
    pub fn read(self) -> (Vec<Request>, Outline) {
        let Self { header, lines, broken } = self;
        let mut reader = Requests::of_lines(input(&lines, broken), header);
        let (mut requests, mut error) = (Vec::with_capacity(lines.len() / LINE), None);
        for request in &mut reader {
            match request {
                Ok(request) => requests.push(request),
                Err(found) => error = Some(found),
            }
        }
        let (untimed, last) = (reader.untimed, reader.now);
        let first = requests.get(untimed).map(|request| request.at);
        let outline = Outline { requests: requests.len(), untimed, first, last, error };
        (requests, outline)
    }
}

/// The lines, then the error.
fn input(lines: &[u8], broken: Option<io::Error>) -> Chain<&[u8], Broken> {
    lines.chain(Broken(broken))
}

/// A stream that gives nothing but its error, once.
struct Broken(Option<io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

impl BufRead for Broken {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.take().map_or(Ok(&[]), Err)
    }

    fn consume(&mut self, _: usize) {}
}

impl Outline {
    /// Whether a line of the block is no request.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.error.is_some()
    }
}

impl Seam {
    /// Moves on behind the next block of the trace; the tick of the requests in it that come before the first time.
    ///
    /// # Errors
    /// The first mistake of the block, with its line in the trace.
    pub fn join(&mut self, outline: &Outline) -> Result<u64, RequestError> {
        let line = |within: u64| self.lines + within;
        let before = self.now;
        follows(outline.first, before).map_err(|mistake| {
            let line = line(outline.untimed as u64 + 1);
            RequestError { line, mistake }
        })?;
        if let Some(error) = &outline.error {
            let mistake = error.mistake.clone();
            return Err(RequestError { line: line(error.line), mistake });
        }
        self.lines += outline.requests as u64;
        self.now = outline.last.or(before);
        Ok(before.unwrap_or_default())
    }

    /// The line on which a request of the next block stands.
    #[must_use]
    pub fn line_of(&self, index: usize) -> u64 {
        self.lines + index as u64 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_blocks(text: &str, end: Option<&str>) -> Result<Vec<Request>, RequestError> {
        let (blocks, mut seam) = Blocks::new(input(text.as_bytes(), end.map(io::Error::other)))?;
        let mut all = Vec::new();
        for block in blocks {
            let (mut requests, outline) = block.read();
            let at = seam.join(&outline)?;
            requests[..outline.untimed].iter_mut().for_each(|request| request.at = at);
            all.extend(requests);
        }
        Ok(all)
    }

    #[track_caller]
    fn same(text: &str, end: Option<&str>) -> Result<Vec<Request>, RequestError> {
        let by_lines = Requests::new(input(text.as_bytes(), end.map(io::Error::other)));
        let by_lines = by_lines.and_then(Iterator::collect::<Result<Vec<_>, _>>);
        assert_eq!(by_blocks(text, end), by_lines);
        by_lines
    }

    #[test]
    fn blocks_say_what_the_lines_say_in_turn() {
        let line = |n: usize| format!("R {:#x}{}\n", 32 * n, " 5".repeat(usize::from(n == 40_000)));
        let lines: String = (0..80_000).map(line).collect();
        assert!(lines.len() > 3 * BLOCK);
        let requests = same(&lines, None).expect("a trace");
        assert_eq!((requests[39_999].at, requests[79_999].at), (0, 5));
        let csv = format!("addr,op\n{}", lines.replace("R 0x", "0x").replace('\n', ",R\n"));
        assert_eq!(same(&csv.replace(" 5", ""), None).map(|list| list.len()), Ok(80_000));
        for end in
            ["R 0x20 4\n", "R 0x20 4\nR\n", "R\n", "W 0x40", "", "\n", &"R".repeat(2 * BLOCK)]
        {
            for broken in [None, Some("cut short")] {
                let trace = same(&format!("{lines}{end}"), broken);
                assert_eq!(trace.is_err(), broken.is_some() || !["W 0x40", ""].contains(&end));
            }
        }
    }

    #[test]
    fn short_traces_are_one_block() {
        for text in
            ["", "\n", "R 0", "R 0\n", "\u{feff}R 0\nW 1 3", "op,addr", "op,addr\n", "op,adr\n"]
        {
            for broken in [None, Some("cut short")] {
                let _same_error = same(text, broken);
            }
        }
    }
}
