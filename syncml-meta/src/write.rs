use syncml_wbxml::tag::metinf as tag;
use syncml_wbxml::{Error, Sink, Tag, put_empty, put_end, put_leaf, put_start, write};

use crate::{Anchor, Mem, MetInf};

impl MetInf {
    /// Writes the children, in the order of the content model; the caller writes `Meta` around
    /// them.
    ///
    /// # Errors
    /// Those of the sink: in XML, a character that XML cannot carry.
    pub fn write(&self, sink: &mut impl Sink) -> Result<(), Error> {
        if self.field_level {
            put_empty(sink, tag::FIELD_LEVEL)?;
        }
        if let Some(format) = &self.format {
            put_leaf(sink, tag::FORMAT, format.as_str())?;
        }
        put_text(sink, tag::TYPE, self.media_type.as_deref())?;
        put_text(sink, tag::MARK, self.mark.as_deref())?;
        put_number(sink, tag::SIZE, self.size)?;
        if let Some(anchor) = &self.anchor {
            anchor.write(sink)?;
        }
        put_text(sink, tag::VERSION, self.version.as_deref())?;
        if let Some(nonce) = &self.next_nonce {
            put_leaf(sink, tag::NEXT_NONCE, &nonce.to_text())?;
        }
        put_number(sink, tag::MAX_MSG_SIZE, self.max_msg_size)?;
        put_number(sink, tag::MAX_OBJ_SIZE, self.max_obj_size)?;
        for emi in &self.emi {
            put_leaf(sink, tag::EMI, emi)?;
        }
        if let Some(mem) = &self.mem {
            mem.write(sink)?;
        }
        self.other
            .iter()
            .try_for_each(|fragment| fragment.replay(sink))
    }
}

impl Anchor {
    /// Writes the `Anchor` element.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn write(&self, sink: &mut impl Sink) -> Result<(), Error> {
        put_start(sink, tag::ANCHOR)?;
        put_text(sink, tag::LAST, self.last.as_deref())?;
        put_leaf(sink, tag::NEXT, &self.next)?;
        put_end(sink)
    }
}

impl Mem {
    /// Writes the `Mem` element.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn write(&self, sink: &mut impl Sink) -> Result<(), Error> {
        put_start(sink, tag::MEM)?;
        if self.shared_mem {
            put_empty(sink, tag::SHARED_MEM)?;
        }
        put_number(sink, tag::FREE_MEM, self.free_mem)?;
        put_number(sink, tag::FREE_ID, self.free_id)?;
        put_end(sink)
    }
}

fn put_text(sink: &mut impl Sink, tag: Tag, text: Option<&str>) -> Result<(), Error> {
    text.map_or(Ok(()), |text| put_leaf(sink, tag, text))
}

fn put_number(sink: &mut impl Sink, tag: Tag, number: Option<u64>) -> Result<(), Error> {
    number.map_or(Ok(()), |number| write::put_number(sink, tag, number))
}
