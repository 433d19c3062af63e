package policy

import (
	"bytes"
	"strings"

	"pageload/parse/weburl"
)

// SniffBytes is how much of a body [Opaque.Blocked] looks at.
const SniffBytes = 1024

// Opaque is a response to a request without CORS from another origin, of which a document may see only what it could
// have shown all the same: images, audio, video, scripts and style sheets. (Same-origin responses, those to requests
// with CORS and navigations are not asked about.)
type Opaque struct {
	MIME    string // as IsJavaScript has it
	Nosniff bool   // see the function
	Status  int
	// MiddleOfResource says that a 206 does not begin at the first byte: its Content-Range.
	MiddleOfResource bool
	// KnownMedia says that an earlier response from the URL was seen to be audio or video by its first bytes.
	KnownMedia bool
	// Body is the beginning of the body: SniffBytes, or all of it where it is shorter. The rest does not matter.
	Body []byte
}

// Blocked reports whether the response is kept from the document, and why (Fetch standard, opaque response blocking, as
// services/network/orb of Chromium has it: it looks for what is surely HTML, XML or JSON, instead of for what is surely
// a script; so the signatures of images and media need no table here). Blocked responses have been fetched:
// ERR_BLOCKED_BY_ORB.
func (r Opaque) Blocked() (blocked bool, why string) {
	e := essence(r.MIME)
	switch typ := classify(e); {
	case typ == typeSafe:
		return false, ""
	case typ == typeNeverSniffed:
		return true, "a media type that no element shows: " + clip(e)
	case r.Nosniff && (typ == typeMarkup || typ == typePlain):
		return true, "nosniff, and " + clip(e)
	}
	if r.Status == 206 && r.MiddleOfResource {
		if !r.KnownMedia {
			return true, "the middle of something that is not known as audio or video"
		}
		return false, ""
	}
	body := r.Body[:min(len(r.Body), SniffBytes)]
	switch {
	case e == "":
		return false, ""
	case sniffHTML(body):
		return true, "the body looks like HTML"
	case bytes.HasPrefix(skipSpace(body), []byte("<?xml")):
		return true, "the body looks like XML"
	case sniffJSON(body):
		return true, "the body looks like JSON"
	}
	return false, ""
}

// orbType is what opaque response blocking makes of a media type.
type orbType uint8

const (
	typeOther        orbType = iota // sniffed: images and scripts among them
	typeSafe                        // CSS, SVG, audio, video: never blocked
	typePlain                       // text/plain
	typeMarkup                      // HTML, XML, JSON
	typeNeverSniffed                // documents and archives: always blocked
)

// classify is GetCanonicalMimeType of services/network/orb/orb_mimetypes.cc with the safe list of orb_impl.cc.
func classify(e string) orbType {
	switch {
	case e == "text/css", e == "image/svg+xml", e == "application/ogg", e == "application/dash+xml",
		e == "application/vnd.apple.mpegurl", e == "text/vtt", strings.HasPrefix(e, "audio/"), strings.HasPrefix(e, "video/"):
		return typeSafe
	case e == "text/plain":
		return typePlain
	case e == "text/html", e == "application/json", e == "text/json", e == "application/json+protobuf",
		strings.HasSuffix(e, "+json"), e == "application/xml", e == "text/xml", strings.HasSuffix(e, "+xml"):
		return typeMarkup
	case neverSniffed(e):
		return typeNeverSniffed
	}
	return typeOther
}

// neverSniffed are types that no img or script is ever served with.
func neverSniffed(e string) bool {
	switch e {
	case "application/gzip", "application/x-gzip", "application/x-protobuf", "application/zip", "application/pdf",
		"text/csv", "text/event-stream", "multipart/byteranges", "multipart/signed",
		"application/msexcel", "application/mspowerpoint", "application/msword", "application/msword-template",
		"application/vnd.ces-quickpoint", "application/vnd.ces-quicksheet", "application/vnd.ces-quickword",
		"application/vnd.ms-excel", "application/vnd.ms-excel.sheet.macroenabled.12",
		"application/vnd.ms-powerpoint", "application/vnd.ms-powerpoint.presentation.macroenabled.12",
		"application/vnd.ms-word", "application/vnd.ms-word.document.12",
		"application/vnd.ms-word.document.macroenabled.12", "application/vnd.msword",
		"application/vnd.openxmlformats-officedocument.presentationml.presentation",
		"application/vnd.openxmlformats-officedocument.presentationml.template",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.template",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.template",
		"application/vnd.presentation-openxml", "application/vnd.presentation-openxmlm",
		"application/vnd.spreadsheet-openxml", "application/vnd.wordprocessing-openxml":
		return true
	}
	return false
}

// CORP reports whether Cross-Origin-Resource-Policy lets a document of origin initiator use the response from u to a
// request without CORS, and if not, the reason as DevTools names it (Fetch standard, cross-origin resource
// policy check). It is asked for every hop of a redirect too. values are the values of the fields of that name; an
// unknown value, and two values, are none. coep says that the document has Cross-Origin-Embedder-Policy: require-corp,
// under which none means same-origin.
func CORP(values []string, initiator weburl.Origin, u weburl.URL, coep bool) (ok bool, reason string) {
	if weburl.SameOrigin(initiator, u.Origin()) || !u.IsHTTP() {
		return true, ""
	}
	policy, reason := strings.Trim(strings.Join(values, ", "), " \t"), ReasonCORPOrigin
	if policy != "same-origin" && policy != "same-site" && policy != "cross-origin" {
		if !coep {
			return true, ""
		}
		policy, reason = "same-origin", ReasonCORPOriginByCOEP
	}
	switch policy {
	case "same-site":
		// Of the same site whatever the scheme, except that an http page may not have what is on https.
		target := u.Origin()
		secure := initiator.Scheme == "https" || target.Scheme != "https"
		target.Scheme = initiator.Scheme
		if secure && weburl.SameSite(initiator, target) {
			return true, ""
		}
		return false, ReasonCORPSite
	case "same-origin":
		return false, reason
	}
	return true, ""
}

// RequireCORP reports whether Cross-Origin-Embedder-Policy asks for CORP of everything the document embeds (HTML
// standard, obtain an embedder policy: a structured field, whose parameters do not matter). Of credentialless, which
// sends requests without credentials instead, it reports false.
func RequireCORP(values []string) bool {
	if len(values) != 1 {
		return false
	}
	token, _, _ := strings.Cut(values[0], ";")
	return strings.Trim(token, " ") == "require-corp"
}
