package altsvc

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Service is a place where a server can be had.
type Service struct {
	Protocol string // ALPN protocol name, such as h3; any bytes
	Host     string // in lower case, IPv6 addresses in brackets; "" is the origin's own
	Port     uint16
	MaxAge   time.Duration // how long it is so; 24 hours if the field does not say
	Persist  bool          // also on another network
}

// Bounds and defaults.
const (
	defaultAge = 24 * time.Hour // RFC 7838 section 3.1
	// maxAge bounds what a field may say. The RFC has no bound; a year is the most that is kept of any other promise of a server.
	maxAge = 365 * 24 * time.Hour
	// maxServices is how many of a field are kept: servers list a few versions of HTTP/3. The others, which they prefer less, are left out.
	maxServices = 16
	// maxParameters bounds those of one service; two are known.
	maxParameters = 32
)

// ParseField reads the value of an Alt-Svc field, several being joined with commas. Clear says that all that was known is to be
// forgotten; then there are no services. What is not by the grammar is an error that says why, and nothing of the field counts. A service of port 0 is left out,
// as in Chromium, and so are parameters that are not known.
func ParseField(field string) (services []Service, clear bool, err error) {
	s := scanner{rest: field}
	if strings.Trim(field, " \t") == "clear" { // case-sensitive
		return nil, true, nil
	}
	count := 0
	for {
		s.space()
		if s.rest == "" || s.rest[0] == ',' { // empty elements are passed over (RFC 9110 section 5.6.1.2)
			if s.rest == "" {
				break
			}
			s.rest = s.rest[1:]
			continue
		}
		one, err := s.service()
		if err != nil {
			return nil, false, fmt.Errorf("altsvc: %w", err)
		}
		count++
		if one.Port != 0 && len(services) < maxServices {
			services = append(services, one)
		}
		s.space()
		if s.rest != "" && s.rest[0] != ',' {
			return nil, false, fmt.Errorf("altsvc: %.20q where a service should end", s.rest)
		}
	}
	if count == 0 {
		return nil, false, errors.New("altsvc: no service")
	}
	return services, false, nil
}

// A scanner takes a field apart.
type scanner struct{ rest string }

func (s *scanner) space() { s.rest = strings.TrimLeft(s.rest, " \t") }

// service takes an alternative and its parameters (RFC 7838 section 3).
func (s *scanner) service() (Service, error) {
	one := Service{MaxAge: defaultAge}
	id := s.token()
	if id == "" {
		return one, fmt.Errorf("%.20q where a protocol should stand", s.rest)
	}
	var err error
	if one.Protocol, err = decodeProtocol(id); err != nil {
		return one, err
	}
	if !strings.HasPrefix(s.rest, `="`) {
		return one, fmt.Errorf("%s: no quoted authority", id)
	}
	s.rest = s.rest[1:]
	authority, err := s.quoted()
	if err == nil {
		one.Host, one.Port, err = splitAuthority(authority)
	}
	for n := 0; err == nil; n++ {
		s.space()
		if s.rest == "" || s.rest[0] != ';' {
			return one, nil
		}
		if n == maxParameters {
			return one, fmt.Errorf("%s: more than %d parameters", id, maxParameters)
		}
		s.rest = s.rest[1:]
		err = s.parameter(&one)
	}
	return one, fmt.Errorf("%s: %w", id, err)
}

// parameter takes one parameter; of several ma or persist the last counts, as in Chromium.
func (s *scanner) parameter(one *Service) error {
	s.space()
	name := s.token()
	if name == "" {
		if s.rest == "" || s.rest[0] == ';' || s.rest[0] == ',' {
			return nil // nothing between two semicolons
		}
		return fmt.Errorf("%.20q where a parameter should stand", s.rest)
	}
	if !strings.HasPrefix(s.rest, "=") {
		return fmt.Errorf("parameter %s has no value", name)
	}
	s.rest = s.rest[1:]
	value, err := "", error(nil)
	if strings.HasPrefix(s.rest, `"`) {
		value, err = s.quoted()
	} else if value = s.token(); value == "" {
		err = errors.New("nothing after the equals sign")
	}
	if err != nil {
		return fmt.Errorf("parameter %s: %w", name, err)
	}
	switch strings.ToLower(name) {
	case "ma":
		one.MaxAge, err = age(value)
	case "persist":
		one.Persist = value == "1" // other values are to be passed over (RFC 7838 section 3.1)
	}
	return err
}

// age reads delta-seconds, however large.
func age(s string) (time.Duration, error) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, fmt.Errorf("ma is %.20q, not a number of seconds", s)
		}
	}
	if s == "" {
		return 0, errors.New("ma has no value")
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if most := uint64(maxAge / time.Second); err != nil || n > most {
		n = most
	}
	return time.Duration(n) * time.Second, nil
}

// splitAuthority reads a host, which may be missing, and a port.
func splitAuthority(s string) (host string, port uint16, err error) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || i+1 == len(s) {
		return "", 0, fmt.Errorf("authority %.40q has no port", s)
	}
	host = strings.ToLower(s[:i])
	n := uint64(0)
	for _, c := range []byte(s[i+1:]) {
		if c < '0' || c > '9' {
			return "", 0, fmt.Errorf("the port of authority %.40q is no number", s)
		}
		if n = n*10 + uint64(c-'0'); n > 65535 {
			return "", 0, fmt.Errorf("the port of authority %.40q is above 65535", s)
		}
	}
	inside := host
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") && len(host) > 2 {
		if inside = host[1 : len(host)-1]; strings.Trim(inside, "0123456789abcdef:.") != "" {
			return "", 0, fmt.Errorf("authority %.40q has no valid host", s)
		}
	} else if strings.Contains(host, ":") {
		return "", 0, fmt.Errorf("authority %.40q has no valid host", s)
	}
	for _, c := range []byte(inside) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"\/?#@[]<>^|`, c) >= 0 {
			return "", 0, fmt.Errorf("authority %.40q has no valid host", s)
		}
	}
	return host, uint16(n), nil
}

// decodeProtocol takes the percent-encoding off a protocol's name (RFC 7838 section 3).
func decodeProtocol(id string) (string, error) {
	if !strings.Contains(id, "%") {
		return id, nil
	}
	var b strings.Builder
	for i := 0; i < len(id); i++ {
		if id[i] != '%' {
			b.WriteByte(id[i])
			continue
		}
		if i+2 >= len(id) {
			return "", fmt.Errorf("protocol %.40q ends in the middle of an escape", id)
		}
		n, err := strconv.ParseUint(id[i+1:i+3], 16, 8)
		if err != nil {
			return "", fmt.Errorf("protocol %.40q has %q where an escape should be", id, id[i:i+3])
		}
		b.WriteByte(byte(n))
		i += 2
	}
	return b.String(), nil
}

// encodeProtocol writes a protocol's name as a token.
func encodeProtocol(name string) string {
	var b strings.Builder
	for i := range len(name) {
		if c := name[i]; isTokenChar(c) && c != '%' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// String returns the service as it stands in a field.
func (s Service) String() string {
	t := fmt.Sprintf(`%s="%s:%d"; ma=%d`, encodeProtocol(s.Protocol), s.Host, s.Port, s.MaxAge/time.Second)
	if s.Persist {
		t += "; persist=1"
	}
	return t
}

// token takes a token (RFC 9110 section 5.6.2), "" where there is none.
func (s *scanner) token() string {
	n := 0
	for n < len(s.rest) && isTokenChar(s.rest[n]) {
		n++
	}
	t := s.rest[:n]
	s.rest = s.rest[n:]
	return t
}

func isTokenChar(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// quoted takes a quoted string (RFC 9110 section 5.6.4).
func (s *scanner) quoted() (string, error) {
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '"':
			s.rest = s.rest[i+1:]
			return b.String(), nil
		case c == '\\' && i+1 < len(s.rest):
			i++
			b.WriteByte(s.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", errors.New("a quote is not closed")
}
