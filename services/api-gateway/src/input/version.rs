//! The header `If-Match`: an edit that names the version it was made for is refused when that is no longer the current one.

use crate::error::ApiError;
use actix_web::HttpRequest;
use actix_web::http::header::IF_MATCH;
use domain::Reason;
use domain::integration::Invalid;

/// The version that a caller wants to change; none where any will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IfMatch(Option<i64>);

impl IfMatch {
    /// Reads the header: absent, `*`, or an ETag of an earlier answer.
    pub(crate) fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        let Some(value) = request.headers().get(IF_MATCH) else { return Ok(Self(None)) };
        Self::parse(value.to_str().unwrap_or_default().trim()).ok_or_else(|| {
            ApiError::BadParameter(vec![Invalid::new(
                "If-Match",
                Reason::new("not_an_etag", "must be one ETag of an earlier answer"),
            )])
        })
    }

    /// A version that was read before.
    pub(crate) fn version(version: impl Into<i64>) -> Self {
        Self(Some(version.into()))
    }

    /// Whether the caller names no version, and means the newest one.
    pub(crate) fn is_any(self) -> bool {
        self.0.is_none()
    }

    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self(None));
        }
        let tag = text.strip_prefix("W/").unwrap_or(text);
        tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok().map(|version| Self(Some(version)))
    }

    /// Refuses the edit of a version that is no longer there.
    pub(crate) fn check(self, current: impl Into<i64>) -> Result<(), ApiError> {
        let current = current.into();
        match self.0 {
            Some(version) if version != current => Err(ApiError::Conflict(
                "stale_version",
                format!("it was changed meanwhile: its version is {current}, not {version}; read it again"),
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_names_a_version_and_a_star_any() {
        assert_eq!(IfMatch::parse("\"7\""), Some(IfMatch(Some(7))));
        assert_eq!(IfMatch::parse("W/\"7\""), Some(IfMatch(Some(7))));
        assert_eq!(IfMatch::parse("*"), Some(IfMatch(None)));
        for text in ["7", "", "\"x\"", "\"7", "\"1\", \"2\""] {
            assert_eq!(IfMatch::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_another_version_is_refused() {
        assert!(IfMatch(Some(3)).check(3).is_ok());
        assert!(IfMatch(None).check(3).is_ok());
        assert!(matches!(IfMatch(Some(2)).check(3), Err(ApiError::Conflict("stale_version", _))));
    }
}
