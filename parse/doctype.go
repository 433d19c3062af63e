package parse

import "strings"

// quirksDoctype reports whether a document with this doctype, from "<!" to
// ">", is in quirks mode (HTML standard, section 13.2.6.4.1). An srcdoc
// document never is; its owner says so by itself.
func quirksDoctype(src []byte) bool {
	s := strings.TrimSuffix(string(src[len("<!doctype"):]), ">")
	closed := len(s) < len(src)-len("<!doctype")
	s = strings.TrimLeft(s, spaces)
	n := strings.IndexAny(s, spaces)
	if n < 0 {
		n = len(s)
	}
	if !closed || !strings.EqualFold(s[:n], "html") {
		return true
	}
	s = strings.TrimLeft(s[n:], spaces)
	if s == "" {
		return false
	}
	if len(s) < 6 {
		return true
	}
	keyword := strings.ToLower(s[:6])
	s = s[6:]
	var public, system string
	var ok, hasPublic, hasSystem bool
	switch keyword {
	case "public":
		if public, s, ok = quoted(s); !ok {
			return true
		}
		hasPublic = true
		if strings.TrimLeft(s, spaces) != "" {
			if system, _, ok = quoted(s); !ok {
				return true
			}
			hasSystem = true
		}
	case "system":
		if system, _, ok = quoted(s); !ok {
			return true
		}
	default:
		return true
	}
	public, system = strings.ToLower(public), strings.ToLower(system)
	if system == "http://www.ibm.com/data/dtd/v11/ibmxhtml1-transitional.dtd" {
		return true
	}
	if !hasPublic {
		return false
	}
	switch public {
	case "-//w3o//dtd w3 html strict 3.0//en//", "-/w3c/dtd html 4.0 transitional/en", "html":
		return true
	}
	for _, prefix := range quirkyPublic {
		if strings.HasPrefix(public, prefix) {
			return true
		}
	}
	return !hasSystem && (strings.HasPrefix(public, "-//w3c//dtd html 4.01 frameset//") ||
		strings.HasPrefix(public, "-//w3c//dtd html 4.01 transitional//"))
}

const spaces = " \t\r\n\f"

// quoted cuts a quoted identifier from the beginning of s.
func quoted(s string) (id, rest string, ok bool) {
	s = strings.TrimLeft(s, spaces)
	if s == "" || s[0] != '"' && s[0] != '\'' {
		return "", s, false
	}
	i := strings.IndexByte(s[1:], s[0])
	if i < 0 {
		return "", s, false
	}
	return s[1 : 1+i], s[2+i:], true
}

// quirkyPublic are the beginnings of public identifiers, in lower case, that
// mean quirks mode.
var quirkyPublic = [...]string{
	"+//silmaril//dtd html pro v0r11 19970101//",
	"-//advasoft ltd//dtd html 3.0 aswedit + extensions//",
	"-//as//dtd html 3.0 aswedit + extensions//",
	"-//ietf//dtd html 2.0 level 1//",
	"-//ietf//dtd html 2.0 level 2//",
	"-//ietf//dtd html 2.0 strict level 1//",
	"-//ietf//dtd html 2.0 strict level 2//",
	"-//ietf//dtd html 2.0 strict//",
	"-//ietf//dtd html 2.0//",
	"-//ietf//dtd html 2.1e//",
	"-//ietf//dtd html 3.0//",
	"-//ietf//dtd html 3.2 final//",
	"-//ietf//dtd html 3.2//",
	"-//ietf//dtd html 3//",
	"-//ietf//dtd html level 0//",
	"-//ietf//dtd html level 1//",
	"-//ietf//dtd html level 2//",
	"-//ietf//dtd html level 3//",
	"-//ietf//dtd html strict level 0//",
	"-//ietf//dtd html strict level 1//",
	"-//ietf//dtd html strict level 2//",
	"-//ietf//dtd html strict level 3//",
	"-//ietf//dtd html strict//",
	"-//ietf//dtd html//",
	"-//metrius//dtd metrius presentational//",
	"-//microsoft//dtd internet explorer 2.0 html strict//",
	"-//microsoft//dtd internet explorer 2.0 html//",
	"-//microsoft//dtd internet explorer 2.0 tables//",
	"-//microsoft//dtd internet explorer 3.0 html strict//",
	"-//microsoft//dtd internet explorer 3.0 html//",
	"-//microsoft//dtd internet explorer 3.0 tables//",
	"-//netscape comm. corp.//dtd html//",
	"-//netscape comm. corp.//dtd strict html//",
	"-//o'reilly and associates//dtd html 2.0//",
	"-//o'reilly and associates//dtd html extended 1.0//",
	"-//o'reilly and associates//dtd html extended relaxed 1.0//",
	"-//softquad software//dtd hotmetal pro 6.0::19990601::extensions to html 4.0//",
	"-//softquad//dtd hotmetal pro 4.0::19971010::extensions to html 4.0//",
	"-//spyglass//dtd html 2.0 extended//",
	"-//sq//dtd html 2.0 hotmetal + extensions//",
	"-//sun microsystems corp.//dtd hotjava html//",
	"-//sun microsystems corp.//dtd hotjava strict html//",
	"-//w3c//dtd html 3 1995-03-24//",
	"-//w3c//dtd html 3.2 draft//",
	"-//w3c//dtd html 3.2 final//",
	"-//w3c//dtd html 3.2//",
	"-//w3c//dtd html 3.2s draft//",
	"-//w3c//dtd html 4.0 frameset//",
	"-//w3c//dtd html 4.0 transitional//",
	"-//w3c//dtd html experimental 19960712//",
	"-//w3c//dtd html experimental 970421//",
	"-//w3c//dtd w3 html//",
	"-//w3o//dtd w3 html 3.0//",
	"-//webtechs//dtd mozilla html 2.0//",
	"-//webtechs//dtd mozilla html//",
}
