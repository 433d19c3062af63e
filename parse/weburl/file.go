package weburl

// file is the file, file slash and file host states: file URLs have no user, password or port, a host of "localhost"
// is none, and Windows drive letters are kept apart.
func (p *parser) file(s string) string {
	base := p.base.kind == kindFile
	switch {
	case s != "" && isSlash(s[0]):
		return p.fileSlash(s[1:], base)
	case !base:
		p.fileAuthority("")
		return p.tail(p.path(s))
	case s == "" || s[0] == '?' || s[0] == '#':
		return p.relative(s)
	case startsWithDriveLetter(s):
		p.takeBaseAuthority()
	default:
		p.takeBasePath()
		p.shorten()
	}
	return p.tail(p.path(s))
}

// fileSlash goes on after one slash.
func (p *parser) fileSlash(s string, base bool) string {
	if s != "" && isSlash(s[0]) {
		return p.fileHost(s[1:])
	}
	if !base {
		p.fileAuthority("")
		return p.tail(p.path(s))
	}
	p.takeBaseAuthority()
	if path := p.base.Path(); len(path) >= 3 && isDriveLetter(path[1:3]) && path[2] == ':' &&
		(len(path) == 3 || path[3] == '/') && !startsWithDriveLetter(s) {
		p.buf = append(p.buf, path[:3]...)
	}
	return p.tail(p.path(s))
}

// fileHost goes on after two slashes.
func (p *parser) fileHost(s string) string {
	end := 0
	for end < len(s) && !isSlash(s[end]) && s[end] != '?' && s[end] != '#' {
		end++
	}
	host := s[:end]
	if isDriveLetter(host) {
		p.fileAuthority("")
		return p.tail(p.path(s))
	}
	if host != "" {
		var stack [stackBuffer]byte
		b, why := appendHost(stack[:0], host, true)
		if why != "" {
			return why
		}
		if host = string(b); host == "localhost" {
			host = ""
		}
	}
	p.fileAuthority(host)
	return p.pathStart(s[end:])
}

// fileAuthority begins a file URL with a host in its serialised form.
func (p *parser) fileAuthority(host string) {
	p.buf = append(p.buf[:0], "file://"...)
	p.u = URL{kind: kindFile, schemeEnd: uint32(len("file")), hasHost: true}
	p.u.userEnd = uint32(len(p.buf))
	p.u.hostStart = p.u.userEnd
	p.buf = append(p.buf, host...)
	p.u.hostEnd = uint32(len(p.buf))
	p.u.pathStart = p.u.hostEnd
}
