//! The header of a `.npy` file, looked at before it is parsed: its length is that of the buffer, its nesting that of the stack.

use std::io::{self, Chain, Cursor, Read};

/// Bytes of the text of a header, as many as version 1 can say; an array of integers has about a hundred.
const LONGEST: usize = 1 << 16;

/// Brackets within brackets; a structured type has four. The parser tries a pair of braces first as one thing, then as another.
const DEEPEST: usize = 8;

/// Bytes before the length of the text.
const BEFORE: usize = 8;

/// The same bytes as of the reader, the header read already.
pub(super) fn looked_at<R: Read>(mut reader: R) -> io::Result<Chain<Cursor<Vec<u8>>, R>> {
    let mut head = Vec::new();
    let mut read = |bytes: usize, head: &mut Vec<u8>| {
        reader.by_ref().take(bytes as u64).read_to_end(head).map(|_| ())
    };
    read(BEFORE, &mut head)?;
    let width = if head.get(6) == Some(&1) { 2 } else { 4 };
    read(width, &mut head)?;
    let length = head.iter().skip(BEFORE).rev().fold(0, |n, &byte| n << 8 | usize::from(byte));
    if length > LONGEST {
        return Err(refused(format!("a header of {length} bytes; at most {LONGEST} are read")));
    }
    read(length, &mut head)?;
    if depth(&head[head.len().min(BEFORE + width)..]) > DEEPEST {
        return Err(refused(format!("a header with more than {DEEPEST} brackets in each other")));
    }
    Ok(Cursor::new(head).chain(reader))
}

/// Most brackets that are open at once.
fn depth(text: &[u8]) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in text {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

fn refused(says: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, says)
}
