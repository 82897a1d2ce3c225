use syncml_wbxml::tag::metinf as tag;
use syncml_wbxml::{
    ByteString, Child, Error, Event, Fragment, Name, Source, leaf_text, read, skip,
};

use crate::{Anchor, Format, Mem, MetInf, Nonce, number, trim};

impl MetInf {
    /// Reads the children of a `Meta` element, through its end. The caller has taken the start.
    ///
    /// Any order is accepted, the last of two equal children wins (`EMI` may repeat), and a
    /// `MetInf` wrapper between `Meta` and the children is looked through.
    ///
    /// # Errors
    /// Those of the source.
    pub fn read<'a>(source: &mut impl Source<'a>) -> Result<Self, Error> {
        let mut meta = Self::default();
        meta.read_children(source)?;
        Ok(meta)
    }

    fn read_children<'a>(&mut self, source: &mut impl Source<'a>) -> Result<(), Error> {
        let mut nonce = None;
        // Wrappers that are open; closing them does not end the set.
        let mut wrappers = 0_usize;
        loop {
            match source.child()? {
                Child::Known(tag::MET_INF) => wrappers += 1,
                Child::Known(tag::NEXT_NONCE) => nonce = Some(RawNonce::read(source)?),
                Child::Known(known) => self.read_child(Name::Known(known), source)?,
                Child::Other(name) => self.read_child(*name, source)?,
                Child::End if wrappers > 0 => wrappers -= 1,
                Child::End => break,
            }
        }
        if let Some(raw) = nonce {
            // Only now is the Format known that tells Base64 octets from plain ones.
            self.next_nonce = Some(raw.decode(self.format.as_ref()));
        }
        Ok(())
    }

    /// Takes up one child whose start, `name`, was just read; reads it through its end.
    ///
    /// For elements that stand where a `Meta` should be: a bare `Anchor` or `Next` in the data
    /// of a Status, a `Type` directly in an Item.
    ///
    /// # Errors
    /// Those of the source.
    pub fn read_child<'a>(
        &mut self,
        name: Name<'a>,
        source: &mut impl Source<'a>,
    ) -> Result<(), Error> {
        let Name::Known(known) = name else {
            self.other.push(Fragment::record(name, source)?);
            return Ok(());
        };
        match known {
            tag::MET_INF => self.read_children(source)?,
            tag::FIELD_LEVEL => {
                self.field_level = true;
                skip(source)?;
            }
            tag::FORMAT => self.format = some_leaf(source)?.map(Format::parse),
            tag::TYPE => self.media_type = some_leaf(source)?,
            tag::MARK => self.mark = some_leaf(source)?,
            tag::SIZE => self.size = number_leaf(source)?,
            tag::ANCHOR => self.anchor = Some(Anchor::read(source)?),
            tag::NEXT => self.anchor.get_or_insert_default().next = leaf(source)?,
            tag::LAST => self.anchor.get_or_insert_default().last = Some(leaf(source)?),
            tag::VERSION => self.version = some_leaf(source)?,
            tag::NEXT_NONCE => {
                self.next_nonce = Some(RawNonce::read(source)?.decode(self.format.as_ref()))
            }
            tag::MAX_MSG_SIZE => self.max_msg_size = number_leaf(source)?,
            tag::MAX_OBJ_SIZE => self.max_obj_size = number_leaf(source)?,
            tag::EMI => self.emi.push(leaf(source)?),
            tag::MEM => self.mem = Some(Mem::read(source)?),
            _ => self.other.push(Fragment::record(name, source)?),
        }
        Ok(())
    }
}

impl Anchor {
    /// Reads an `Anchor` element whose start was just taken, through its end.
    ///
    /// # Errors
    /// Those of the source.
    pub fn read<'a>(source: &mut impl Source<'a>) -> Result<Self, Error> {
        let mut anchor = Self::default();
        loop {
            match source.child()? {
                Child::Known(tag::LAST) => anchor.last = Some(leaf(source)?),
                Child::Known(tag::NEXT) => anchor.next = leaf(source)?,
                Child::Known(_) | Child::Other(_) => skip(source)?,
                Child::End => return Ok(anchor),
            }
        }
    }
}

impl Mem {
    /// Reads a `Mem` element whose start was just taken, through its end.
    ///
    /// # Errors
    /// Those of the source.
    pub fn read<'a>(source: &mut impl Source<'a>) -> Result<Self, Error> {
        let mut mem = Self::default();
        loop {
            match source.child()? {
                Child::Known(tag::SHARED_MEM) => {
                    mem.shared_mem = true;
                    skip(source)?;
                }
                Child::Known(tag::FREE_MEM) => mem.free_mem = number_leaf(source)?,
                Child::Known(tag::FREE_ID) => mem.free_id = number_leaf(source)?,
                Child::Known(_) | Child::Other(_) => skip(source)?,
                Child::End => return Ok(mem),
            }
        }
    }
}

fn leaf<'a>(source: &mut impl Source<'a>) -> Result<ByteString, Error> {
    leaf_text(source).map(trim)
}

/// A leaf with a number, which is hardly ever worth an owned text.
fn number_leaf<'a>(source: &mut impl Source<'a>) -> Result<Option<u64>, Error> {
    Ok(match source.whole_run()? {
        Some(text) => number(text),
        None => number(&leaf_text(source)?),
    })
}

/// A leaf that counts as absent when it is empty.
fn some_leaf<'a>(source: &mut impl Source<'a>) -> Result<Option<ByteString>, Error> {
    leaf(source).map(|text| (!text.is_empty()).then_some(text))
}

/// A nonce before its Format is known.
#[derive(Default)]
struct RawNonce {
    octets: Vec<u8>,
    /// Some of it came as octets, not as text.
    opaque: bool,
}

impl RawNonce {
    fn read<'a>(source: &mut impl Source<'a>) -> Result<Self, Error> {
        let mut raw = Self::default();
        loop {
            match read::next(source)? {
                Event::Start(_) => skip(source)?,
                Event::End => break Ok(raw),
                Event::Text(text) => raw.octets.extend_from_slice(text.as_bytes()),
                Event::Opaque(octets) => {
                    raw.octets.extend_from_slice(&octets);
                    raw.opaque = true;
                }
                _ => {}
            }
        }
    }

    fn decode(self, format: Option<&Format>) -> Nonce {
        if self.opaque && format != Some(&Format::B64) {
            return Nonce::new(self.octets);
        }
        match String::from_utf8(self.octets) {
            Ok(text) => Nonce::from_text(text.into()),
            Err(error) => Nonce::new(error.into_bytes()),
        }
    }
}
