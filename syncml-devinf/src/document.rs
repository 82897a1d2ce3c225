use syncml_wbxml::Version;
use syncml_wbxml::tag::devinf as tag;
use syncml_wbxml::{
    Bytes, Encoding, Error, ErrorKind, Event, Fragment, FragmentBuilder, Limits, Name, Reader,
    Source, Writer, sniff, xml,
};

use crate::{DevInf, Property};

impl DevInf {
    /// Reads a document in whichever encoding it is. Do not trust the media type beside it: in
    /// practice either encoding comes under the name of the other one.
    ///
    /// # Errors
    /// Those of [`from_wbxml`](Self::from_wbxml) and [`from_xml`](Self::from_xml).
    pub fn from_bytes(bytes: &Bytes, limits: &Limits) -> Result<Self, Error> {
        match sniff(bytes) {
            Some(Encoding::Wbxml) => Self::from_wbxml(bytes, limits),
            // What looks like neither is refused by this one.
            _ => Self::from_xml(bytes, limits),
        }
    }

    /// Reads an XML document.
    ///
    /// # Errors
    /// Those of the XML reader; [`ErrorKind::Root`] if the root is no `DevInf`.
    pub fn from_xml(bytes: &Bytes, limits: &Limits) -> Result<Self, Error> {
        let bytes = xml::decode_charset(bytes.clone())?;
        Self::from_source(&mut xml::Reader::new(&bytes, limits)?)
    }

    /// Reads a WBXML document.
    ///
    /// # Errors
    /// Those of the WBXML reader; [`ErrorKind::Root`] if the root is no `DevInf`.
    pub fn from_wbxml(bytes: &Bytes, limits: &Limits) -> Result<Self, Error> {
        Self::from_source(&mut Reader::new(bytes, limits)?)
    }

    /// Reads the element that came in the data of an item.
    ///
    /// # Errors
    /// [`ErrorKind::Root`] if it is no `DevInf`.
    pub fn from_fragment(fragment: &Fragment) -> Result<Self, Error> {
        Self::from_source(&mut fragment.source())
    }

    fn from_source<'a>(source: &mut impl Source<'a>) -> Result<Self, Error> {
        let root = source.next_event()?;
        if root != Some(Event::Start(Name::Known(tag::DEV_INF))) {
            return Err(Error::new(ErrorKind::Root, source.position()));
        }
        let devinf = Self::read(source)?;
        // Lets the source complain about what follows the root.
        source.next_event()?;
        Ok(devinf)
    }

    /// An XML document of this version.
    ///
    /// # Errors
    /// Those of [`write`](Self::write); [`ErrorKind::NotXml`] for control characters.
    pub fn to_xml(&self, version: Version) -> Result<Vec<u8>, Error> {
        let mut writer = xml::Writer::new(version.devinf());
        self.write(&mut writer, version)?;
        writer.finish()
    }

    /// A WBXML document of this version.
    ///
    /// # Errors
    /// Those of [`write`](Self::write).
    pub fn to_wbxml(&self, version: Version) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new(version.devinf());
        self.write(&mut writer, version)?;
        writer.finish()
    }

    /// An element of this version, for the data of an item.
    ///
    /// # Errors
    /// Those of [`write`](Self::write).
    pub fn to_fragment(&self, version: Version) -> Result<Fragment, Error> {
        let mut builder = FragmentBuilder::new();
        self.write(&mut builder, version)?;
        builder.finish()
    }
}

impl Property {
    /// The properties in the data of a field filter, which stand there alone or in `CTCap` or
    /// `DevInf` elements.
    ///
    /// # Errors
    /// None in practice.
    pub fn from_fragments(data: &[Fragment]) -> Result<Vec<Self>, Error> {
        let mut properties = Vec::new();
        for fragment in data {
            let mut source = fragment.source();
            // Descends into whatever stands around properties.
            while let Some(event) = source.next_event()? {
                if event == Event::Start(Name::Known(tag::PROPERTY)) {
                    properties.push(Self::read(&mut source)?);
                }
            }
        }
        Ok(properties)
    }

    /// The `Property` element, for the data of a field filter.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_fragment(&self) -> Result<Fragment, Error> {
        let mut builder = FragmentBuilder::new();
        self.write(&mut builder)?;
        builder.finish()
    }
}
