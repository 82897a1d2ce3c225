use std::fmt;
use std::ops::{Deref, DerefMut};

/// Some values, nearly always one: that one is held in place, without an allocation.
///
/// Used like a `Vec`: it is a slice, it can be pushed to, collected into and iterated over.
///
/// ```
/// use syncml_repr::List;
///
/// let mut list = List::from(1);
/// assert_eq!(list.as_slice(), [1]);
/// list.push(2);
/// assert_eq!(list.iter().sum::<i32>(), 3);
/// ```
#[derive(Clone)]
pub struct List<T>(Repr<T>);

#[derive(Clone)]
enum Repr<T> {
    One(T),
    /// Any number but one, unless there have been more.
    Many(Vec<T>),
}

impl<T> List<T> {
    /// A list without values.
    #[must_use]
    pub const fn new() -> Self {
        Self(Repr::Many(Vec::new()))
    }

    /// Appends a value.
    pub fn push(&mut self, value: T) {
        match &mut self.0 {
            Repr::Many(values) if values.capacity() > 0 => values.push(value),
            Repr::Many(_) => self.0 = Repr::One(value),
            Repr::One(_) => {
                let Repr::One(first) = std::mem::replace(&mut self.0, Repr::Many(Vec::new()))
                else {
                    return;
                };
                self.0 = Repr::Many(vec![first, value]);
            }
        }
    }

    /// Takes the last value off.
    pub fn pop(&mut self) -> Option<T> {
        match std::mem::replace(&mut self.0, Repr::Many(Vec::new())) {
            Repr::One(value) => Some(value),
            Repr::Many(mut values) => {
                let last = values.pop();
                self.0 = Repr::Many(values);
                last
            }
        }
    }

    /// The values.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        match &self.0 {
            Repr::One(value) => std::slice::from_ref(value),
            Repr::Many(values) => values,
        }
    }

    /// The values, to be changed.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        match &mut self.0 {
            Repr::One(value) => std::slice::from_mut(value),
            Repr::Many(values) => values,
        }
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T> DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.as_mut_slice()
    }
}

impl<T: PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: Eq> Eq for List<T> {}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_slice(), f)
    }
}

impl<T: fmt::Debug> syncml_wbxml::sparse::Shown for List<T> {
    fn shown(&self) -> Option<&dyn fmt::Debug> {
        (!self.is_empty()).then_some(self as _)
    }
}

impl<T> From<T> for List<T> {
    fn from(value: T) -> Self {
        Self(Repr::One(value))
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(values: Vec<T>) -> Self {
        Self(Repr::Many(values))
    }
}

impl<T> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut list = Self::new();
        list.extend(values);
        list
    }
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = std::iter::Chain<std::option::IntoIter<T>, std::vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        let (one, many) = match self.0 {
            Repr::One(value) => (Some(value), Vec::new()),
            Repr::Many(values) => (None, values),
        };
        one.into_iter().chain(many)
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.as_slice().iter()
    }
}

impl<'a, T> IntoIterator for &'a mut List<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.as_mut_slice().iter_mut()
    }
}

#[cfg(feature = "serde")]
impl<T: serde::Serialize> serde::Serialize for List<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_slice().serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for List<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|values| values.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::List;

    #[test]
    fn behaves_like_a_vec() {
        let mut list = List::new();
        for (count, value) in ["a", "b", "c"].into_iter().enumerate() {
            assert_eq!(list.len(), count);
            list.push(value);
        }
        assert_eq!(list.as_slice(), ["a", "b", "c"]);
        assert_eq!(
            list.clone().into_iter().collect::<Vec<_>>(),
            ["a", "b", "c"]
        );
        for expected in [Some("c"), Some("b"), Some("a"), None] {
            assert_eq!(list.pop(), expected);
        }
        list.push("d");
        assert_eq!(list, List::from("d"));
        assert_eq!(list, List::from(vec!["d"]));
        list.iter_mut().for_each(|value| *value = "e");
        assert_eq!(list.pop(), Some("e"));
        assert!(list.is_empty());
    }

    /// A message of ten thousand commands is ten thousand times this.
    #[test]
    fn one_value_costs_no_more_than_itself() {
        use std::mem::size_of;
        use syncml_wbxml::ByteString;
        assert_eq!(size_of::<List<ByteString>>(), size_of::<ByteString>());
        assert_eq!(size_of::<List<crate::Item>>(), size_of::<crate::Item>());
    }
}
