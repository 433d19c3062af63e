package weburl

import "strconv"

// URL is a parsed URL. It is a small immutable value, safe for concurrent use; two URLs are == where their strings are
// equal. The zero value is no URL (IsZero), and its parts are empty.
//
// The parts are as they stand in the URL, percent-encoded.
type URL struct {
	href string
	// The offsets into href, in the order of the URL:
	//
	//	https://user:pass@example.com:1234/foo/bar?baz#quux
	//	     |      |     |          |    |       |   fragStart
	//	     |      |     |          |    |       queryStart
	//	     |      |     |          |    pathStart
	//	     |      |     |          hostEnd
	//	     |      |     hostStart
	//	     |      userEnd
	//	     schemeEnd
	//
	// A part that is missing has an offset like the one after it. Between authority and path there can be "/.", which
	// is in neither.
	schemeEnd, userEnd, hostStart, hostEnd, pathStart, queryStart, fragStart uint32

	port    uint16 // effective; 0: none known
	kind    kind
	hasHost bool // "//" follows the scheme; the standard's host is not null
	opaque  bool // the path is opaque
}

// String returns the whole URL, which parses to itself; "" for the zero value. It allocates nothing.
func (u URL) String() string { return u.href }

// IsZero reports whether u is the zero value, no URL.
func (u URL) IsZero() bool { return u.href == "" }

// IsSpecial reports whether the scheme is one that the standard knows: http, https, ws, wss, ftp or file.
func (u URL) IsSpecial() bool { return u.kind != notSpecial }

// IsHTTP reports whether the scheme is http or https.
func (u URL) IsHTTP() bool { return u.kind == kindHTTP || u.kind == kindHTTPS }

// HasOpaquePath reports whether the path is opaque, as in "mailto:a@example.com" and "data:,x": only a fragment
// resolves against such a URL.
func (u URL) HasOpaquePath() bool { return u.opaque }

// Scheme returns the scheme in lower case, without colon: "https".
func (u URL) Scheme() string { return u.href[:u.schemeEnd] }

// Username returns the user name, "" if there is none.
func (u URL) Username() string {
	if !u.hasHost {
		return ""
	}
	return u.href[u.schemeEnd+3 : u.userEnd]
}

// Password returns the password, "" if there is none.
func (u URL) Password() string {
	if u.userEnd+1 >= u.hostStart {
		return ""
	}
	return u.href[u.userEnd+1 : u.hostStart-1]
}

// Hostname returns the host as the standard writes it, an IPv6 address in brackets; "" if there is none.
func (u URL) Hostname() string { return u.href[u.hostStart:u.hostEnd] }

// Host returns the host and, where it is not the default of the scheme, the port: the Host field of a request.
func (u URL) Host() string { return u.href[u.hostStart:u.authorityEnd()] }

// Port returns the port in digits, "" if it is the default of the scheme or there is none.
func (u URL) Port() string {
	end := u.authorityEnd()
	if u.hostEnd == end {
		return ""
	}
	return u.href[u.hostEnd+1 : end]
}

// Address returns what to connect to: the host without the brackets of an IPv6 address, and the effective port (80 for
// http and ws, 443 for https and wss, 21 for ftp; 0 where the scheme has no default and the URL no port).
func (u URL) Address() (host string, port uint16) {
	host = u.Hostname()
	if len(host) > 2 && host[0] == '[' {
		host = host[1 : len(host)-1]
	}
	return host, u.port
}

// Path returns the path: "/" at least where the scheme is special.
func (u URL) Path() string { return u.href[u.pathStart:u.queryStart] }

// Query returns the query without the question mark.
func (u URL) Query() string {
	if !u.HasQuery() {
		return ""
	}
	return u.href[u.queryStart+1 : u.fragStart]
}

// HasQuery reports whether there is a query; it may be empty ("http://a/?").
func (u URL) HasQuery() bool { return u.queryStart < u.fragStart }

// Fragment returns the fragment without the number sign.
func (u URL) Fragment() string {
	if !u.HasFragment() {
		return ""
	}
	return u.href[u.fragStart+1:]
}

// HasFragment reports whether there is a fragment; it may be empty ("http://a/#").
func (u URL) HasFragment() bool { return int(u.fragStart) < len(u.href) }

// RequestTarget returns what stands in a request line: path and query, without the fragment, "/" at least.
func (u URL) RequestTarget() string {
	target := u.href[u.pathStart:u.fragStart]
	if target == "" || target[0] == '?' {
		return "/" + target
	}
	return target
}

// WithoutFragment returns u without its fragment, which is what a request is made for and a cache is keyed by.
func (u URL) WithoutFragment() URL {
	u.href = u.href[:u.fragStart]
	return u
}

// WithFragmentOf returns u with the fragment of o where u has none: a redirect inherits the fragment of the URL that was
// asked for (Fetch standard section 4.5, HTTP-redirect fetch). A result longer than MaxLength is u instead.
func (u URL) WithFragmentOf(o URL) URL {
	if u.IsZero() || u.HasFragment() || !o.HasFragment() || len(u.href)+len(o.href)-int(o.fragStart) > MaxLength {
		return u
	}
	u.href += o.href[o.fragStart:]
	return u
}

// WithoutUserinfo returns u without user name and password.
func (u URL) WithoutUserinfo() URL {
	if !u.hasHost {
		return u
	}
	return u.splice(u.schemeEnd+3, u.hostStart, "")
}

// WithScheme returns u with another scheme, from special to special, as where https is used instead of http: a port
// that is the new scheme's default is not written any more, and a default port becomes the new default. u is returned
// as it is where one of the schemes is not special, or is file, or where the result would be longer than MaxLength.
func (u URL) WithScheme(scheme string) URL {
	k := kindOf(scheme)
	if k == u.kind || k == notSpecial || k == kindFile || u.kind == notSpecial || u.kind == kindFile ||
		len(u.href)-int(u.schemeEnd)+len(scheme) > MaxLength {
		return u
	}
	switch {
	case u.hostEnd == u.pathStart:
		u.port = k.defaultPort()
	case u.port == k.defaultPort():
		u = u.splice(u.hostEnd, u.pathStart, "")
	}
	u.kind = k
	return u.splice(0, u.schemeEnd, scheme)
}

// splice replaces href[from:to] with s and moves the offsets. Offsets inside move to the beginning of what follows.
func (u URL) splice(from, to uint32, s string) URL {
	if u.href[from:to] == s {
		return u
	}
	u.href = u.href[:from] + s + u.href[to:]
	for _, offset := range []*uint32{
		&u.schemeEnd, &u.userEnd, &u.hostStart, &u.hostEnd, &u.pathStart, &u.queryStart, &u.fragStart,
	} {
		switch {
		case *offset >= to:
			*offset = *offset - to + from + uint32(len(s))
		case *offset > from:
			*offset = from + uint32(len(s))
		}
	}
	return u
}

// authorityEnd returns where host and port end; where there is no host, the end of the scheme and its colon.
func (u URL) authorityEnd() uint32 {
	if u.hasHost {
		return u.pathStart
	}
	return u.hostEnd
}

// GoString returns u as Go source, for %#v.
func (u URL) GoString() string {
	if u.IsZero() {
		return "weburl.URL{}"
	}
	return "weburl.MustParse(" + strconv.Quote(u.href) + ")"
}
