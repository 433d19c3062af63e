package local

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"slices"
	"strings"
)

// maxHosts bounds a hosts file. The largest block lists have some ten megabytes.
const maxHosts = 64 << 20

// HostsFile returns path, or the path of the system's hosts file where that is empty.
func HostsFile(path string) string {
	if path != "" {
		return path
	}
	if runtime.GOOS == "windows" {
		return `C:\Windows\System32\drivers\etc\hosts`
	}
	return "/etc/hosts"
}

// Hosts is what a hosts file says, read again when the file has changed. The zero value has read nothing. It is safe for
// concurrent use.
type Hosts struct{ file File[table] }

// Lookup returns what the file at path, empty for the system's, has for a name in lower case without trailing dot: its
// addresses, IPv6 first, and the first name on the first line that has it. No addresses and no error: the file does not
// have it, or there is no file.
func (h *Hosts) Lookup(path, name string) (ips []netip.Addr, canonical string, err error) {
	t, _, err := h.file.Load(HostsFile(path), parseHosts)
	if err != nil {
		return nil, "", fmt.Errorf("hosts file: %w", err)
	}
	n := t[name]
	if n == nil {
		return nil, "", nil
	}
	return slices.Concat(n.v6, n.v4), n.canonical, nil
}

// table is a hosts file's content by name.
type table map[string]*hostEntry

type hostEntry struct {
	canonical string
	v4, v6    []netip.Addr
}

// parseHosts reads the format of hosts(5): an address, a name, aliases; "#" begins a comment. Lines with the same name
// add up. A line without an address at its start counts for nothing, as in the C library.
func parseHosts(r io.Reader) (table, error) {
	in := bufio.NewReader(io.LimitReader(r, maxHosts+1))
	t := make(table)
	size := 0
	for {
		line, err := in.ReadSlice('\n')
		size += len(line)
		if size > maxHosts {
			return nil, fmt.Errorf("larger than %d bytes", maxHosts)
		}
		long := errors.Is(err, bufio.ErrBufferFull)
		if long {
			line = bytes.Clone(line)
			var rest []byte
			rest, err = in.ReadBytes('\n')
			size += len(rest)
			line = append(line, rest...)
		}
		t.addLine(string(line))
		if err == io.EOF {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (t table) addLine(line string) {
	line, _, _ = strings.Cut(line, "#")
	fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' || r == '\v' || r == '\f' })
	if len(fields) < 2 {
		return
	}
	ip, err := netip.ParseAddr(fields[0])
	if err != nil {
		return
	}
	canonical := hostsName(fields[1])
	for _, f := range fields[1:] {
		t.add(hostsName(f), canonical, ip.Unmap())
	}
}

func hostsName(s string) string {
	return strings.ToLower(strings.TrimSuffix(s, "."))
}

func (t table) add(name, canonical string, ip netip.Addr) {
	if name == "" {
		return
	}
	n := t[name]
	if n == nil {
		n = &hostEntry{canonical: canonical}
		t[name] = n
	}
	family := &n.v4
	if ip.Is6() {
		family = &n.v6
	}
	if !slices.Contains(*family, ip) {
		*family = append(*family, ip)
	}
}
