package parse

import "strings"

// essence returns a MIME type without parameters, in lower case.
func essence(mime string) string {
	mime, _, _ = strings.Cut(mime, ";")
	return strings.ToLower(strings.Trim(mime, spaces))
}

// javaScriptType reports whether a type is JavaScript (MIME Sniffing
// standard, section 4.6).
func javaScriptType(mime string) bool {
	switch mime {
	case "application/ecmascript", "application/javascript", "application/x-ecmascript", "application/x-javascript",
		"text/ecmascript", "text/javascript", "text/javascript1.0", "text/javascript1.1", "text/javascript1.2",
		"text/javascript1.3", "text/javascript1.4", "text/javascript1.5", "text/jscript", "text/livescript",
		"text/x-ecmascript", "text/x-javascript":
		return true
	}
	return false
}

// fontType reports whether Chromium preloads fonts of a type.
func fontType(mime string) bool {
	switch mime {
	case "", "font/woff2", "font/woff", "font/ttf", "font/otf", "font/sfnt", "font/collection", "application/font-woff",
		"application/font-woff2", "application/font-sfnt", "application/x-font-woff", "application/x-font-ttf",
		"application/x-font-otf", "application/x-font-truetype", "application/x-font-opentype", "application/vnd.ms-opentype":
		return true
	}
	return false
}

// scriptKind is the kind of a script element by its attributes type and language.
func scriptKind(typ string, hasType bool, language string) ScriptKind {
	if !hasType {
		if language == "" || javaScriptType("text/"+strings.ToLower(language)) {
			return Classic
		}
		return DataBlock
	}
	if typ == "" {
		return Classic
	}
	switch typ = strings.ToLower(strings.Trim(typ, spaces)); {
	case javaScriptType(typ):
		return Classic
	case typ == "module":
		return Module
	case typ == "importmap":
		return ImportMap
	case typ == "speculationrules":
		return SpeculationSet
	}
	return DataBlock
}
