use syncml_wbxml::tag::metinf as tag;
use syncml_wbxml::{
    ByteString, Bytes, Error, Event, Fragment, Name, Source, leaf_text, read, share, share_text,
    skip,
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
        let mut nonce = None;
        // Wrappers that are open; closing them does not end the set.
        let mut wrappers = 0_usize;
        loop {
            match read::next(source)? {
                Event::Start(Name::Known(tag::MET_INF)) => wrappers += 1,
                Event::Start(Name::Known(tag::NEXT_NONCE)) => nonce = Some(RawNonce::read(source)?),
                Event::Start(name) => meta.read_child(name, source)?,
                Event::End if wrappers > 0 => wrappers -= 1,
                Event::End => break,
                _ => {}
            }
        }
        if let Some(raw) = nonce {
            // Only now is the Format known that tells Base64 octets from plain ones.
            meta.next_nonce = Some(raw.decode(meta.format.as_ref()));
        }
        Ok(meta)
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
            tag::FIELD_LEVEL => {
                self.field_level = true;
                skip(source)?;
            }
            tag::FORMAT => self.format = Some(Format::parse(leaf_text(source)?)),
            tag::TYPE => self.media_type = Some(leaf(source)?),
            tag::MARK => self.mark = Some(leaf(source)?),
            tag::SIZE => self.size = number(&leaf_text(source)?),
            tag::ANCHOR => self.anchor = Some(Anchor::read(source)?),
            tag::NEXT => self.anchor.get_or_insert_default().next = leaf(source)?,
            tag::LAST => self.anchor.get_or_insert_default().last = Some(leaf(source)?),
            tag::VERSION => self.version = Some(leaf(source)?),
            tag::NEXT_NONCE => {
                self.next_nonce = Some(RawNonce::read(source)?.decode(self.format.as_ref()))
            }
            tag::MAX_MSG_SIZE => self.max_msg_size = number(&leaf_text(source)?),
            tag::MAX_OBJ_SIZE => self.max_obj_size = number(&leaf_text(source)?),
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
            match read::next(source)? {
                Event::Start(Name::Known(tag::LAST)) => anchor.last = Some(leaf(source)?),
                Event::Start(Name::Known(tag::NEXT)) => anchor.next = leaf(source)?,
                Event::Start(_) => skip(source)?,
                Event::End => break,
                _ => {}
            }
        }
        Ok(anchor)
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
            match read::next(source)? {
                Event::Start(Name::Known(tag::SHARED_MEM)) => {
                    mem.shared_mem = true;
                    skip(source)?;
                }
                Event::Start(Name::Known(tag::FREE_MEM)) => {
                    mem.free_mem = number(&leaf_text(source)?)
                }
                Event::Start(Name::Known(tag::FREE_ID)) => {
                    mem.free_id = number(&leaf_text(source)?)
                }
                Event::Start(_) => skip(source)?,
                Event::End => break,
                _ => {}
            }
        }
        Ok(mem)
    }
}

fn leaf<'a>(source: &mut impl Source<'a>) -> Result<ByteString, Error> {
    leaf_text(source).map(trim)
}

/// A nonce before its Format is known.
enum RawNonce {
    Text(ByteString),
    Octets(Bytes),
}

impl RawNonce {
    fn read<'a>(source: &mut impl Source<'a>) -> Result<Self, Error> {
        let input = source.input();
        let mut raw = Self::Text(ByteString::new());
        let mut depth = 0_usize;
        loop {
            match read::next(source)? {
                Event::Start(_) => depth += 1,
                Event::End if depth == 0 => break,
                Event::End => depth -= 1,
                Event::Text(text) if depth == 0 => {
                    raw = raw.join(&Self::Text(share_text(input, &text)))
                }
                Event::Opaque(octets) if depth == 0 => {
                    raw = raw.join(&Self::Octets(share(input, &octets)))
                }
                _ => {}
            }
        }
        Ok(raw)
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Octets(octets) => octets,
        }
    }

    /// Both runs; octets as soon as one of them is.
    fn join(self, next: &Self) -> Self {
        let whole = if self.as_bytes().is_empty() {
            Bytes::copy_from_slice(next.as_bytes())
        } else {
            [self.as_bytes(), next.as_bytes()].concat().into()
        };
        if let (Self::Text(_), Self::Text(_)) = (&self, next)
            && let Ok(text) = ByteString::try_from(whole.clone())
        {
            return Self::Text(text);
        }
        Self::Octets(whole)
    }

    fn decode(self, format: Option<&Format>) -> Nonce {
        match self {
            Self::Text(text) => Nonce::from_text(text),
            Self::Octets(octets) if format == Some(&Format::B64) => {
                ByteString::try_from(octets.clone())
                    .map_or_else(|_| Nonce::new(octets), Nonce::from_text)
            }
            Self::Octets(octets) => Nonce::new(octets),
        }
    }
}
