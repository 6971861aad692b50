//! JSON that an earlier version stored.

use crate::stand::Stand;
use storage::bounded::is_bounded;

#[tokio::test]
async fn a_stored_document_with_numbers_without_end_is_known_without_reading_it() {
    let stand = Stand::new().await;
    for (document, expected) in [
        (r#"{"a": [1.5, -3, 0, "1e131071", 1.7976931348623157e308, 5e-324], "b": null}"#, "true"),
        ("7", "true"),
        (r#"{"a": {"b": [1e131071]}}"#, "false"),
        ("[-1e400]", "false"),
        ("[1e-16383]", "false"),
        ("[0e-16383]", "false"),
    ] {
        let sql = format!("SELECT {} FROM (VALUES ('{document}'::jsonb)) AS t (d)", is_bounded("d"));
        assert_eq!(stand.ask(&sql).await, expected, "{document}");
    }

    let many = format!("SELECT {} FROM (SELECT to_jsonb(array_fill(1e399, ARRAY[10000])) AS d) AS t", is_bounded("d"));
    assert_eq!(stand.ask(&many).await, "false", "small numbers of bytes, four megabytes of text");
}
