use syncml_wbxml::{Doctype, Encoding, Error, Event, Mark, Sink, Tag, Writer, xml};

/// The document being written, in either encoding.
pub(crate) enum Document {
    Xml(xml::Writer),
    Wbxml(Writer),
}

/// A state of a document to come back to.
pub(crate) enum Checkpoint {
    Xml(<xml::Writer as syncml_wbxml::Encoder>::Checkpoint),
    Wbxml(<Writer as syncml_wbxml::Encoder>::Checkpoint),
}

impl Document {
    /// A document with room for `capacity` bytes.
    pub(crate) fn new(doctype: Doctype, encoding: Encoding, capacity: usize) -> Self {
        match encoding {
            Encoding::Xml => Self::Xml(xml::Writer::with_capacity(doctype, capacity)),
            Encoding::Wbxml => Self::Wbxml(Writer::with_capacity(doctype, capacity)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Xml(writer) => writer.len(),
            Self::Wbxml(writer) => writer.len(),
        }
    }

    pub(crate) fn closing_len(&self) -> usize {
        match self {
            Self::Xml(writer) => writer.closing_len(),
            Self::Wbxml(writer) => writer.closing_len(),
        }
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        match self {
            Self::Xml(writer) => Checkpoint::Xml(writer.checkpoint()),
            Self::Wbxml(writer) => Checkpoint::Wbxml(writer.checkpoint()),
        }
    }

    /// Makes an older checkpoint of this document one of the present state.
    pub(crate) fn renew(&self, checkpoint: &mut Checkpoint) {
        match (self, checkpoint) {
            (Self::Xml(writer), Checkpoint::Xml(checkpoint)) => writer.renew(checkpoint),
            (Self::Wbxml(writer), Checkpoint::Wbxml(checkpoint)) => writer.renew(checkpoint),
            (_, other) => *other = self.checkpoint(),
        }
    }

    /// Goes back to a checkpoint of this document.
    pub(crate) fn rollback(&mut self, to: &Checkpoint) {
        match (self, to) {
            (Self::Xml(writer), Checkpoint::Xml(to)) => writer.rollback(to),
            (Self::Wbxml(writer), Checkpoint::Wbxml(to)) => writer.rollback(to),
            // A checkpoint of another document: never made.
            (Self::Xml(_), Checkpoint::Wbxml(_)) | (Self::Wbxml(_), Checkpoint::Xml(_)) => {}
        }
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>, Error> {
        match self {
            Self::Xml(writer) => writer.finish(),
            Self::Wbxml(writer) => writer.finish(),
        }
    }
}

impl Sink for Document {
    fn put(&mut self, event: Event<'_>) -> Result<(), Error> {
        match self {
            Self::Xml(writer) => writer.put(event),
            Self::Wbxml(writer) => writer.put(event),
        }
    }

    fn put_start(&mut self, tag: Tag) -> Result<(), Error> {
        match self {
            Self::Xml(writer) => writer.put_start(tag),
            Self::Wbxml(writer) => writer.put_start(tag),
        }
    }

    fn put_end(&mut self) -> Result<(), Error> {
        match self {
            Self::Xml(writer) => writer.put_end(),
            Self::Wbxml(writer) => writer.put_end(),
        }
    }

    fn put_leaf(&mut self, tag: Tag, text: &str) -> Result<(), Error> {
        match self {
            Self::Xml(writer) => writer.put_leaf(tag, text),
            Self::Wbxml(writer) => writer.put_leaf(tag, text),
        }
    }

    fn put_word(&mut self, tag: Tag, word: &[u8]) -> Result<(), Error> {
        match self {
            Self::Xml(writer) => writer.put_word(tag, word),
            Self::Wbxml(writer) => writer.put_word(tag, word),
        }
    }

    fn put_octets(&mut self, tag: Tag, octets: &[u8]) -> Result<(), Error> {
        match self {
            Self::Xml(writer) => writer.put_octets(tag, octets),
            Self::Wbxml(writer) => writer.put_octets(tag, octets),
        }
    }

    fn mark(&self) -> Option<Mark> {
        match self {
            Self::Xml(writer) => writer.mark(),
            Self::Wbxml(writer) => writer.mark(),
        }
    }

    fn put_same(&mut self, from: Mark, to: Mark) -> bool {
        match self {
            Self::Xml(writer) => writer.put_same(from, to),
            Self::Wbxml(writer) => writer.put_same(from, to),
        }
    }
}
