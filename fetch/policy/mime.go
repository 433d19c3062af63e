package policy

import "strings"

// essence returns type/subtype in lower case of a media type that may have parameters.
func essence(mime string) string {
	mime, _, _ = strings.Cut(mime, ";")
	return lower(strings.Trim(mime, space))
}

// Nosniff reports whether X-Content-Type-Options forbids to take a response for what its media type does not say (Fetch
// standard, determine nosniff). values are the values of the fields of that name; only the first member of the first
// counts.
func Nosniff(values []string) bool {
	if len(values) == 0 {
		return false
	}
	first, _, _ := strings.Cut(values[0], ",")
	return strings.EqualFold(strings.Trim(first, " \t\r\n"), "nosniff")
}

// IsJavaScript reports whether a media type is a JavaScript MIME type (MIME Sniffing standard section 4.6). Here and
// below, a media type is an essence or a whole Content-Type; "" is that of a response without one.
func IsJavaScript(mime string) bool {
	switch essence(mime) {
	case "application/ecmascript", "application/javascript", "application/x-ecmascript", "application/x-javascript",
		"text/ecmascript", "text/javascript", "text/javascript1.0", "text/javascript1.1", "text/javascript1.2",
		"text/javascript1.3", "text/javascript1.4", "text/javascript1.5", "text/jscript", "text/livescript",
		"text/x-ecmascript", "text/x-javascript":
		return true
	}
	return false
}

// SheetUsable reports whether a response may be used as a style sheet, and if not, why. quirks is whether the document
// is in quirks mode, sameOrigin whether the sheet is of its origin: pages of the time when nobody looked may mislabel
// their own sheets (HTML standard, link type "stylesheet"). Chromium takes a sheet without a media type for one
// everywhere.
//
// With nosniff the fetch itself fails (Fetch standard, should response to request be blocked due to nosniff:
// ERR_ABORTED); without, the sheet is fetched in full and then ignored, and its load still ends what waited for it.
func SheetUsable(mime string, nosniff, quirks, sameOrigin bool) (ok bool, why string) {
	switch e := essence(mime); {
	case e == "text/css":
		return true, ""
	case nosniff:
		return false, "nosniff, and not text/css but " + quoteType(e)
	case e == "", e == "application/x-unknown-content-type", quirks && sameOrigin:
		return true, ""
	default:
		return false, "not text/css but " + quoteType(e)
	}
}

// ScriptUsable reports whether a response may be used as a classic script, and if not, why: anything but images, audio,
// video and CSV (Fetch standard, should response to request be blocked due to its MIME type), with nosniff
// only JavaScript types.
func ScriptUsable(mime string, nosniff bool) (ok bool, why string) {
	e := essence(mime)
	switch {
	case nosniff && !IsJavaScript(e):
		return false, "nosniff, and not JavaScript but " + quoteType(e)
	case strings.HasPrefix(e, "image/"), strings.HasPrefix(e, "audio/"), strings.HasPrefix(e, "video/"), e == "text/csv":
		return false, "a script may not be " + e
	}
	return true, ""
}

// ModuleUsable reports whether a response may be used as a JavaScript module, and if not, why: only JavaScript types,
// nosniff or not (HTML standard, fetch a single module script).
func ModuleUsable(mime string) (ok bool, why string) {
	if e := essence(mime); !IsJavaScript(e) {
		return false, "a module must be JavaScript, not " + quoteType(e)
	}
	return true, ""
}

func quoteType(essence string) string {
	if essence == "" {
		return "without a media type"
	}
	return clip(essence)
}
