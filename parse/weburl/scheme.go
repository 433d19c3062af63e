package weburl

// kind is which of the special schemes a URL has; the standard's section 3.1 and 4.2.
type kind uint8

const (
	notSpecial kind = iota
	kindHTTP
	kindHTTPS
	kindWS
	kindWSS
	kindFTP
	kindFile
)

// kindOf returns the kind of a scheme in lower case.
func kindOf(scheme string) kind {
	switch scheme {
	case "http":
		return kindHTTP
	case "https":
		return kindHTTPS
	case "ws":
		return kindWS
	case "wss":
		return kindWSS
	case "ftp":
		return kindFTP
	case "file":
		return kindFile
	}
	return notSpecial
}

// defaultPort returns the port that is not written, 0 where there is none.
func (k kind) defaultPort() uint16 {
	switch k {
	case kindHTTP, kindWS:
		return 80
	case kindHTTPS, kindWSS:
		return 443
	case kindFTP:
		return 21
	}
	return 0
}

// BlockedPort reports whether a browser refuses to fetch http and https URLs with this port: the "bad port" list of the
// Fetch standard, section 2.9 (port blocking), which keeps pages from talking to mail servers and the like.
func BlockedPort(port uint16) bool {
	switch port {
	case 0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
		109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526,
		530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045,
		4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080:
		return true
	}
	return false
}
