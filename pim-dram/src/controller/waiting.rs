//! The requests of one queue, found by age, by bank and by row in constant time.

use rustc_hash::FxHashMap;

use super::access::Access;
use super::slab::{Index, Slab};

/// A request that waits, with its neighbours in three lists, each in the order of arrival.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) access: Access,
    pub(super) id: u32,
    pub(super) arrive: u64,
    /// A command was issued for it.
    pub(super) begun: bool,
    /// Place in the order of arrival, unique.
    pub(super) number: u64,
    queue: Links,
    bank: Links,
    /// The next one of its bank and row.
    row_next: Option<Index>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Links {
    before: Option<Index>,
    after: Option<Index>,
}

/// First and last entry of a list.
#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    first: Option<Index>,
    last: Option<Index>,
}

/// Requests of one bank.
#[derive(Clone, Copy, Debug, Default)]
struct OfBank {
    ends: Ends,
    open: Option<u32>,
    /// Those for the open row.
    hits: Ends,
    /// The oldest for another row, while one is open.
    miss: Option<Index>,
}

/// A queue.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    slab: Slab<Entry>,
    queue: Ends,
    banks: Vec<OfBank>,
    /// By bank and row, but for the open row.
    rows: FxHashMap<(u32, u32), Ends>,
    numbers: u64,
    len: usize,
}

impl Waiting {
    pub(super) fn new(banks: usize) -> Self {
        Self {
            slab: Slab::new(),
            queue: Ends::default(),
            banks: vec![OfBank::default(); banks],
            rows: FxHashMap::default(),
            numbers: 0,
            len: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn entry(&self, index: Index) -> &Entry {
        &self.slab[index]
    }

    /// A command was issued for an entry that stays.
    pub(super) fn begin(&mut self, index: Index) {
        self.slab[index].begun = true;
    }

    /// The oldest of all.
    pub(super) fn oldest(&self) -> Option<Index> {
        self.queue.first
    }

    /// The oldest of a bank.
    pub(super) fn oldest_of(&self, bank: u32) -> Option<Index> {
        self.banks[bank as usize].ends.first
    }

    /// The oldest for the row that a bank has open.
    pub(super) fn hit(&self, bank: u32) -> Option<Index> {
        self.banks[bank as usize].hits.first
    }

    /// The oldest for another row than the one that a bank has open.
    pub(super) fn miss(&self, bank: u32) -> Option<Index> {
        self.banks[bank as usize].miss
    }

    /// Whether one of the requests has that address and place.
    pub(super) fn contains(&self, access: &Access) -> bool {
        let of_bank = &self.banks[access.bank as usize];
        let mut at = if of_bank.open == Some(access.row) {
            of_bank.hits.first
        } else {
            self.rows.get(&(access.bank, access.row)).and_then(|row| row.first)
        };
        while let Some(index) = at {
            let entry = self.entry(index);
            if entry.access.address == access.address {
                return true;
            }
            at = entry.row_next;
        }
        false
    }

    /// A new request, the youngest. Whether it is the oldest for what its bank could do next.
    pub(super) fn push(&mut self, access: Access, id: u32, arrive: u64) -> bool {
        let number = self.numbers;
        let bank = &mut self.banks[access.bank as usize];
        let entry = Entry {
            access,
            id,
            arrive,
            begun: false,
            number,
            queue: Links { before: self.queue.last, after: None },
            bank: Links { before: bank.ends.last, after: None },
            row_next: None,
        };
        let index = self.slab.insert(entry);
        self.numbers += 1;
        self.len += 1;
        if let Some(last) = self.queue.last {
            self.slab[last].queue.after = Some(index);
        }
        self.queue = Ends { first: self.queue.first.or(Some(index)), last: Some(index) };
        if let Some(last) = bank.ends.last {
            self.slab[last].bank.after = Some(index);
        }
        bank.ends = Ends { first: bank.ends.first.or(Some(index)), last: Some(index) };
        let hits = bank.open == Some(access.row);
        let first = match bank.open {
            Some(_) if hits => bank.hits.first,
            Some(_) => Some(*bank.miss.get_or_insert(index)),
            None => bank.ends.first,
        };
        let row = match hits {
            true => &mut bank.hits,
            false => self.rows.entry((access.bank, access.row)).or_default(),
        };
        if let Some(last) = row.last {
            self.slab[last].row_next = Some(index);
        }
        *row = Ends { first: row.first.or(Some(index)), last: Some(index) };
        first.is_none_or(|first| first == index)
    }

    /// Takes a request out, the oldest of its bank and row.
    pub(super) fn remove(&mut self, index: Index) -> Entry {
        let entry = *self.entry(index);
        let Links { before, after } = entry.queue;
        match before {
            Some(before) => self.slab[before].queue.after = after,
            None => self.queue.first = after,
        }
        match after {
            Some(after) => self.slab[after].queue.before = before,
            None => self.queue.last = before,
        }
        let bank = &mut self.banks[entry.access.bank as usize];
        let Links { before, after } = entry.bank;
        match before {
            Some(before) => self.slab[before].bank.after = after,
            None => bank.ends.first = after,
        }
        match after {
            Some(after) => self.slab[after].bank.before = before,
            None => bank.ends.last = before,
        }
        debug_assert!(bank.miss != Some(index), "its row is not open");
        let key = (entry.access.bank, entry.access.row);
        if bank.hits.first == Some(index) {
            let last = entry.row_next.and(bank.hits.last);
            bank.hits = Ends { first: entry.row_next, last };
        } else if let Some(next) = entry.row_next {
            let row = self.rows.entry(key).or_default();
            debug_assert!(row.first == Some(index), "not the oldest of its row");
            row.first = Some(next);
        } else {
            self.rows.remove(&key);
        }
        self.slab.free(index);
        self.len -= 1;
        entry
    }

    /// A bank has opened a row.
    pub(super) fn opened(&mut self, bank: u32, row: u32) {
        let of_bank = &mut self.banks[bank as usize];
        of_bank.open = Some(row);
        if of_bank.ends.first.is_none() {
            return;
        }
        of_bank.hits = self.rows.remove(&(bank, row)).unwrap_or_default();
        let mut miss = of_bank.ends.first;
        while let Some(index) = miss {
            let entry = &self.slab[index];
            if entry.access.row != row {
                break;
            }
            miss = entry.bank.after;
        }
        of_bank.miss = miss;
    }

    /// A bank has closed its row.
    pub(super) fn closed(&mut self, bank: u32) {
        let of_bank = &mut self.banks[bank as usize];
        let (open, hits) = (of_bank.open.take(), std::mem::take(&mut of_bank.hits));
        of_bank.miss = None;
        if let (Some(row), Some(_)) = (open, hits.first) {
            self.rows.insert((bank, row), hits);
        }
    }
}
