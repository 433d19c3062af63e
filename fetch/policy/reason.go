package policy

// Why a request was refused, as the DevTools protocol names it (Network.BlockedReason), which is what stands in a HAR's
// _blockedReason.
const (
	ReasonOther             = "other"
	ReasonCSP               = "csp"
	ReasonMixedContent      = "mixed-content"
	ReasonOrigin            = "origin"             // a scheme or origin that documents may not load, such as file:
	ReasonInspector         = "inspector"          // blocked by the user of DevTools
	ReasonIntegrity         = "integrity"          // the Integrity-Policy field
	ReasonSubresourceFilter = "subresource-filter" // blocked as an advertisement
	ReasonContentType       = "content-type"       // nosniff, or a media type that a script may not have
	ReasonCOEPFrame         = "coep-frame-resource-needs-coep-header"
	ReasonCORPOrigin        = "corp-not-same-origin"
	ReasonCORPOriginByCOEP  = "corp-not-same-origin-after-defaulted-to-same-origin-by-coep"
	ReasonCORPSite          = "corp-not-same-site"
)

// The names that Chromium has for what this package refuses after the response is there (net/base/net_error_list.h).
const (
	NetBlockedByORB      = "net::ERR_BLOCKED_BY_ORB"      // Opaque.Blocked
	NetBlockedByResponse = "net::ERR_BLOCKED_BY_RESPONSE" // CORP, FrameAllowed
	NetBlockedByCSP      = "net::ERR_BLOCKED_BY_CSP"      // the document of a frame that frame-src refuses
	NetAborted           = "net::ERR_ABORTED"             // a style sheet that nosniff makes unusable
)
