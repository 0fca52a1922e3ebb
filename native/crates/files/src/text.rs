//! Many strings in two vectors: a million names cost their bytes and four bytes each.

use std::hash::{BuildHasher, RandomState};

/// The system refused memory.
pub(crate) struct NoMemory;

/// A list of strings, concatenated.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct TextList {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl TextList {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All strings, one after the other, as UTF-8.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where each string ends in `bytes`.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    pub(crate) fn get_bytes(&self, index: usize) -> &[u8] {
        let start = if index == 0 {
            0
        } else {
            self.ends[index - 1] as usize
        };
        &self.bytes[start..self.ends[index] as usize]
    }

    /// The string at `index`. Panics when `index` is not below `len()`.
    pub fn get(&self, index: usize) -> &str {
        // contents come from a header that was checked to be UTF-8, cut at quotes
        std::str::from_utf8(self.get_bytes(index)).unwrap_or("")
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Bytes written so far, for the string that `finish` will close.
    pub(crate) fn open(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// The bytes of the string not yet closed.
    pub(crate) fn pending(&self) -> &[u8] {
        &self.bytes[self.ends.last().map_or(0, |&end| end as usize)..]
    }

    pub(crate) fn discard_pending(&mut self) {
        let start = self.ends.last().map_or(0, |&end| end as usize);
        self.bytes.truncate(start);
    }

    pub(crate) fn finish(&mut self) -> Result<(), NoMemory> {
        let end = u32::try_from(self.bytes.len()).map_err(|_| NoMemory)?;
        push(&mut self.ends, end)
    }

    /// Index of the first string that equals an earlier one among every `step`-th string. Linear:
    /// an open-addressed table of indices, with a hash keyed per process against chosen collisions.
    pub(crate) fn first_duplicate(&self, step: usize) -> Result<Option<usize>, NoMemory> {
        const FREE: u32 = u32::MAX;
        let count = self.len().div_ceil(step);
        let slots = (count.max(4) * 2).next_power_of_two();
        let mut table: Vec<u32> = Vec::new();
        table.try_reserve_exact(slots).map_err(|_| NoMemory)?;
        table.resize(slots, FREE);
        let hasher = RandomState::new();
        for index in (0..self.len()).step_by(step) {
            let text = self.get_bytes(index);
            let mut slot = hasher.hash_one(text) as usize & (slots - 1);
            while table[slot] != FREE {
                if self.get_bytes(table[slot] as usize) == text {
                    return Ok(Some(index));
                }
                slot = (slot + 1) & (slots - 1);
            }
            table[slot] = index as u32;
        }
        Ok(None)
    }
}

/// `push` that reports a refusal instead of aborting the process.
pub(crate) fn push<T>(list: &mut Vec<T>, value: T) -> Result<(), NoMemory> {
    if list.len() == list.capacity() {
        list.try_reserve(1).map_err(|_| NoMemory)?;
    }
    list.push(value);
    Ok(())
}

/// `extend_from_slice` that reports a refusal instead of aborting the process.
pub(crate) fn append(list: &mut Vec<u8>, bytes: &[u8]) -> Result<(), NoMemory> {
    list.try_reserve(bytes.len()).map_err(|_| NoMemory)?;
    list.extend_from_slice(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(texts: &[&str]) -> TextList {
        let mut list = TextList::default();
        for text in texts {
            assert!(append(list.open(), text.as_bytes()).is_ok());
            assert!(list.finish().is_ok());
        }
        list
    }

    #[test]
    fn strings_come_back_in_order() {
        let list = list(&["a", "", "long name", "\u{e9}"]);
        assert_eq!(
            list.iter().collect::<Vec<_>>(),
            ["a", "", "long name", "\u{e9}"]
        );
    }

    #[test]
    fn finds_the_first_repeated_string() {
        let found = |texts: &[&str], step| list(texts).first_duplicate(step).ok().flatten();
        assert_eq!(found(&["a", "b", "c"], 1), None);
        assert_eq!(found(&["a", "b", "a", "b"], 1), Some(2));
        assert_eq!(found(&["", ""], 1), Some(1));
        // every second string is a value, and values may repeat
        assert_eq!(found(&["k", "v", "l", "v"], 2), None);
        assert_eq!(found(&["k", "v", "k", "w"], 2), Some(2));
    }
}
