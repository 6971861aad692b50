//! The types a mapped field may have.

crate::named::named_enum! {
    /// The type of a mapped field at Geniacs.
    FieldType as "field_type" {
        /// Text.
        String = "string",
        /// A decimal number; it keeps its digits.
        Number = "number",
        /// True or false.
        Boolean = "boolean",
        /// A moment, RFC 3339 in UTC, or a calendar day where the local column is one.
        Date = "date",
        /// Any JSON.
        Json = "json",
    }
}
