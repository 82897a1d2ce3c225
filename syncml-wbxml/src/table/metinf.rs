//! Tags of the meta information (MetInf) code page, as the union of versions 1.0, 1.1 and 1.2.

code_page! {
    MetInf;
    ANCHOR = 0x05, "Anchor", "1.0";
    EMI = 0x06, "EMI", "1.0";
    FORMAT = 0x07, "Format", "1.0";
    FREE_ID = 0x08, "FreeID", "1.0";
    FREE_MEM = 0x09, "FreeMem", "1.0";
    LAST = 0x0A, "Last", "1.0";
    MARK = 0x0B, "Mark", "1.0";
    MAX_MSG_SIZE = 0x0C, "MaxMsgSize", "1.0";
    MEM = 0x0D, "Mem", "1.0";
    MET_INF = 0x0E, "MetInf", "1.0";
    NEXT = 0x0F, "Next", "1.0";
    NEXT_NONCE = 0x10, "NextNonce", "1.0";
    SHARED_MEM = 0x11, "SharedMem", "1.0";
    SIZE = 0x12, "Size", "1.0";
    TYPE = 0x13, "Type", "1.0";
    VERSION = 0x14, "Version", "1.0";
    MAX_OBJ_SIZE = 0x15, "MaxObjSize", "1.1";
    FIELD_LEVEL = 0x16, "FieldLevel", "1.2";
}
