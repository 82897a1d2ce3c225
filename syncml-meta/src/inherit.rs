use crate::MetInf;

impl MetInf {
    /// What holds for an item: its own children, and for those it lacks the ones of the command
    /// around it (`outer`).
    ///
    /// ```
    /// # use syncml_meta::{Format, MetInf};
    /// let command = MetInf::default().with_type("text/x-vcard").with_format(Format::Chr);
    /// let item = MetInf::default().with_format(Format::B64);
    /// let both = item.inherit(&command);
    /// assert_eq!(both.format, Some(Format::B64));
    /// assert!(both.is_type("text/x-vcard"));
    /// ```
    #[must_use]
    pub fn inherit(&self, outer: &Self) -> Self {
        fn own<T: Clone>(own: Option<&T>, outer: Option<&T>) -> Option<T> {
            own.or(outer).cloned()
        }
        Self {
            field_level: self.field_level || outer.field_level,
            format: own(self.format.as_ref(), outer.format.as_ref()),
            media_type: own(self.media_type.as_ref(), outer.media_type.as_ref()),
            mark: own(self.mark.as_ref(), outer.mark.as_ref()),
            size: self.size.or(outer.size),
            anchor: own(self.anchor.as_ref(), outer.anchor.as_ref()),
            version: own(self.version.as_ref(), outer.version.as_ref()),
            next_nonce: own(self.next_nonce.as_ref(), outer.next_nonce.as_ref()),
            max_msg_size: self.max_msg_size.or(outer.max_msg_size),
            max_obj_size: self.max_obj_size.or(outer.max_obj_size),
            emi: if self.emi.is_empty() {
                outer.emi.clone()
            } else {
                self.emi.clone()
            },
            mem: self.mem.or(outer.mem),
            other: if self.other.is_empty() {
                outer.other.clone()
            } else {
                self.other.clone()
            },
        }
    }
}
