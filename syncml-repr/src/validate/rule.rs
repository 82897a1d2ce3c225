use std::fmt;

/// Declares the rules: the one table that the documentation, the identifiers and the meanings come
/// from.
macro_rules! rules {
    ($($name:ident $id:literal $source:literal $meaning:literal;)+) => {
        /// A rule that messages are checked against.
        ///
        /// The identifier is stable, and its first word tells the kind:
        ///
        /// | kind | is about |
        /// | --- | --- |
        /// | `READ` | what no reader can do without; [`decode`](crate::decode) fails |
        /// | `DTD` | the content models |
        /// | `VER` | what belongs to another version than the document |
        /// | `USE` | what values mean and where they belong |
        /// | `XML` | the form of XML documents |
        /// | `WBX` | the form of WBXML documents |
        ///
        /// `READ` apart, a message breaks the same `DTD`, `VER` and `USE` rules in both encodings.
        ///
        #[doc = concat!("| rule | says | source |\n| --- | --- | --- |\n", $("| `", $id, "` | ", $meaning, " | ", $source, " |\n",)+)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = concat!("`", $id, "`: ", $meaning, ".")] $name,)+
        }

        impl Rule {
            /// All rules, kind by kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable identifier, such as `DTD-ORDER`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }

            /// What the rule says.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)+ }
            }

            /// The document it comes from: RepPro, MetInf, DevInf, DSPro (the protocol), WBXML, or XML.
            /// What comes from what real devices can read is from `practice`.
            #[must_use]
            pub const fn source(self) -> &'static str {
                match self { $(Self::$name => $source,)+ }
            }
        }
    };
}

rules! {
    ReadDocument "READ-DOCUMENT" "XML, WBXML" "the document is whole and well-formed";
    ReadLimit "READ-LIMIT" "practice" "the document stays within the limits of the reader";
    ReadRoot "READ-ROOT" "RepPro §SyncML" "the root is `SyncML`";
    ReadHeader "READ-HEADER" "RepPro §SyncHdr" "the header has one SessionID, one MsgID that is a number, and one Source";
    ReadNesting "READ-NESTING" "practice" "commands stand in commands a few levels deep at most";

    DtdOrder "DTD-ORDER" "RepPro, MetInf, DevInf: DTD" "children stand in the order of the content model";
    DtdMissing "DTD-MISSING" "RepPro, MetInf, DevInf: DTD" "an element holds the children it must have";
    DtdTwice "DTD-TWICE" "RepPro, MetInf, DevInf: DTD" "a child that may stand once does not stand again";
    DtdPlace "DTD-PLACE" "RepPro, MetInf, DevInf: DTD" "an element stands only where a content model has it";
    DtdUnknown "DTD-UNKNOWN" "RepPro, MetInf, DevInf: DTD" "elements are those of the vocabularies";
    DtdText "DTD-TEXT" "RepPro, MetInf, DevInf: DTD" "there is no text between elements";
    DtdEmpty "DTD-EMPTY" "RepPro, MetInf, DevInf: DTD" "an element that only its presence gives a meaning is empty";
    DtdLeaf "DTD-LEAF" "RepPro, MetInf, DevInf: DTD" "an element that holds text holds no other elements";

    VerDtd "VER-DTD" "RepPro §VerDTD" "VerDTD is 1.0, 1.1 or 1.2";
    VerProto "VER-PROTO" "RepPro §VerProto" "VerProto names the version of VerDTD";
    VerElement "VER-ELEMENT" "RepPro, MetInf, DevInf: DTD" "an element belongs to the version of the document";
    VerAlert "VER-ALERT" "DSPro" "an alert code belongs to the version of the message";
    VerDevInf "VER-DEVINF" "DevInf §VerDTD" "device information has the version of the message";

    UseSessionId "USE-SESSION-ID" "RepPro §SessionID" "SessionID has one to four characters";
    UseMsgId "USE-MSG-ID" "RepPro §MsgID, MsgRef" "MsgID and MsgRef are positive decimal numbers";
    UseCmdId "USE-CMD-ID" "RepPro §CmdID" "CmdID is neither empty nor 0";
    UseCmdIdTwice "USE-CMD-ID-TWICE" "RepPro §CmdID" "CmdID is unique in the message";
    UseCmdRef "USE-CMD-REF" "RepPro §CmdRef" "CmdRef names a command; 0, the header, in Status only";
    UseCmd "USE-CMD" "RepPro §Cmd" "Cmd is the name of a command, or SyncHdr if CmdRef is 0";
    UseRespUri "USE-RESP-URI" "RepPro §RespURI" "RespURI is absolute";
    UseLocUri "USE-LOC-URI" "RepPro §LocURI" "an address is not empty";
    UseBlanks "USE-BLANKS" "practice" "no white space surrounds identifiers, numbers and words";
    UseNumber "USE-NUMBER" "RepPro, MetInf, DevInf" "sizes and counts are decimal digits without sign and leading zeros";
    UseZero "USE-ZERO" "MetInf §MaxMsgSize, MaxObjSize" "a largest size is more than nothing";
    UseAlertCode "USE-ALERT-CODE" "RepPro §Alert" "an Alert has a known code";
    UseAlertItem "USE-ALERT-ITEM" "DSPro" "an Alert for a sync has an Item with Target and Source";
    UseAnchor "USE-ANCHOR" "MetInf §Anchor" "an Alert for a sync has an Anchor with Next";
    UseStatusCode "USE-STATUS-CODE" "RepPro §Status" "the code of a Status has three digits";
    UseStatusFirst "USE-STATUS-FIRST" "DSPro" "the Status of the header is the first Status";
    UseStatusRef "USE-STATUS-REF" "RepPro §TargetRef, SourceRef" "a Status names items by TargetRef and SourceRef";
    UseFinal "USE-FINAL" "DSPro" "the last message of a package does not ask for the next one";
    UseSync "USE-SYNC" "RepPro §Sync" "a Sync names Target and Source";
    UseSyncNested "USE-SYNC-NESTED" "practice" "a Sync stands in the body of the message";
    UseChange "USE-CHANGE" "DSPro" "in data synchronization, changes stand in a Sync";
    UseChangeCount "USE-CHANGE-COUNT" "RepPro §NumberOfChanges" "a Sync holds no more changes than it announces";
    UseItemAddress "USE-ITEM-ADDRESS" "RepPro §Item" "the Item of a change has a Target or a Source";
    UseMoreData "USE-MORE-DATA" "DSPro" "a chunk that more follows is the last item of its message, and no Final comes with it";
    UseSize "USE-SIZE" "MetInf §Size" "Size is the length of the data";
    UseBase64 "USE-BASE64" "MetInf §Format" "Base64 is padded and has no white space in it";
    UseFormat "USE-FORMAT" "MetInf §Format" "Format is a known word in lower case";
    UseType "USE-TYPE" "MetInf §Type" "device information is announced with its media type, that of its encoding";
    UseDevInfForm "USE-DEVINF-FORM" "DevInf" "device information is markup in XML and a nested document in WBXML";
    UseMetaPlace "USE-META-PLACE" "MetInf" "meta information stands where it has a meaning";
    UseMetaEmpty "USE-META-EMPTY" "practice" "a Meta holds something";
    UseMetaWrapper "USE-META-WRAPPER" "practice" "meta information stands in Meta without a MetInf around it";
    UseCredType "USE-CRED-TYPE" "RepPro §Cred" "credentials name a known scheme";
    UseCredFormat "USE-CRED-FORMAT" "RepPro §Cred" "credentials and challenges name Base64 as their Format";
    UseCredData "USE-CRED-DATA" "RepPro §Cred" "credentials are Base64 of a name and password, or of a digest of 16 octets";
    UseChalType "USE-CHAL-TYPE" "RepPro §Chal" "a challenge names a known scheme";
    UseNonce "USE-NONCE" "MetInf §NextNonce" "a challenge for a digest has a nonce, in Base64";
    UseFilter "USE-FILTER" "RepPro §Filter" "a Filter names the type of the objects, its Field and Record the types of theirs";
    UseFilterType "USE-FILTER-TYPE" "RepPro §FilterType" "FilterType is INCLUSIVE or EXCLUSIVE";
    UseDevInfUri "USE-DEVINF-URI" "DevInf" "device information is at `./devinf1x`, x of its version";
    UseDevTyp "USE-DEV-TYP" "DevInf §DevTyp" "DevTyp is a known word";
    UseMaxGuid "USE-MAX-GUID" "DevInf §MaxGUIDSize" "MaxGUIDSize is stated by clients only";
    UseSyncType "USE-SYNC-TYPE" "DevInf §SyncType" "SyncType is 1 to 7";
    UseSyncCap "USE-SYNC-CAP" "DevInf §SyncCap" "a datastore can do two-way and slow syncs";
    UseDataStore "USE-DATA-STORE" "DSPro" "a datastore that the sender offers is in its device information";
    UseEmpty "USE-EMPTY" "DevInf" "a type, version or name in device information is not empty";

    XmlByteOrderMark "XML-BYTE-ORDER-MARK" "practice" "the document begins without a byte order mark";
    XmlStart "XML-START" "XML" "nothing stands before the XML declaration";
    XmlCharset "XML-CHARSET" "DSPro" "the document is in UTF-8";
    XmlCharsetWrong "XML-CHARSET-WRONG" "XML" "the document is in the charset it declares";
    XmlDoctype "XML-DOCTYPE" "practice" "there is no document type declaration";
    XmlEntity "XML-ENTITY" "XML" "an entity is one of the five that XML has";
    XmlNul "XML-NUL" "XML" "no zero octets follow the document";
    XmlNamespace "XML-NAMESPACE" "RepPro" "an element is in the namespace of its vocabulary";
    XmlNamespaceCase "XML-NAMESPACE-CASE" "RepPro" "a namespace is written in its own case";
    XmlNamespaceVersion "XML-NAMESPACE-VERSION" "RepPro" "a namespace is that of the version, or has none";
    XmlPrefix "XML-PREFIX" "practice" "elements have no prefixes";
    XmlAttribute "XML-ATTRIBUTE" "RepPro" "elements have no attributes";
    XmlSpelling "XML-SPELLING" "MetInf, DevInf" "names are spelled as the vocabulary has them";
    XmlCdata "XML-CDATA" "practice" "CDATA sections stand in Data only";
    XmlLineEnd "XML-LINE-END" "practice" "a line ends with one carriage return at most";
    XmlFormat "XML-FORMAT" "MetInf §Format" "there are no plain octets in XML, so Format is not `bin`";

    WbxVersion "WBX-VERSION" "WBXML §version" "the document is WBXML 1.1, 1.2 or 1.3";
    WbxPublicId "WBX-PUBLIC-ID" "WBXML §publicid" "the header tells the type of the document, in its own spelling";
    WbxPublicIdOther "WBX-PUBLIC-ID-OTHER" "WBXML §publicid" "the type in the header is that of the document";
    WbxCharset "WBX-CHARSET" "WBXML §charset" "the charset is UTF-8";
    WbxTable "WBX-TABLE" "WBXML §strtbl" "strings in the string table end with NUL, and a table that is used is there";
    WbxInteger "WBX-INTEGER" "WBXML §mb_u_int32" "integers have no leading zero groups";
    WbxSwitch "WBX-SWITCH" "WBXML §Code pages" "the code page changes only before a tag that needs it";
    WbxContent "WBX-CONTENT" "WBXML §Tags" "a tag announces content only if there is some";
    WbxAttribute "WBX-ATTRIBUTE" "RepPro" "tags have no attributes";
    WbxLiteral "WBX-LITERAL" "WBXML §Literals" "an element that has a token is written with it";
    WbxExtension "WBX-EXTENSION" "RepPro" "there are no extension tokens";
    WbxInstruction "WBX-INSTRUCTION" "RepPro" "there are no processing instructions";
    WbxOpaque "WBX-OPAQUE" "practice" "text is a string; octets stand in Data and NextNonce only";
    WbxText "WBX-TEXT" "WBXML §charset" "a string is valid in the charset of the document";
    WbxTrailing "WBX-TRAILING" "WBXML §body" "nothing follows the root";
}

impl Rule {
    /// The rule with this identifier.
    ///
    /// ```
    /// use syncml_repr::validate::Rule;
    ///
    /// assert_eq!(Rule::from_id("DTD-ORDER"), Some(Rule::DtdOrder));
    /// assert!(Rule::ALL.iter().all(|rule| Rule::from_id(rule.id()) == Some(*rule)));
    /// ```
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
