package altsvc

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"pageload/fetch/internal/syntax"
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
	s := scanner{syntax.Scanner{Rest: field}}
	if strings.Trim(field, " \t") == "clear" { // case-sensitive
		return nil, true, nil
	}
	count := 0
	for {
		s.Space()
		if s.Rest == "" || s.Rest[0] == ',' { // empty elements are passed over (RFC 9110 section 5.6.1.2)
			if s.Rest == "" {
				break
			}
			s.Rest = s.Rest[1:]
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
		s.Space()
		if s.Rest != "" && s.Rest[0] != ',' {
			return nil, false, fmt.Errorf("altsvc: %.20q where a service should end", s.Rest)
		}
	}
	if count == 0 {
		return nil, false, errors.New("altsvc: no service")
	}
	return services, false, nil
}

// A scanner takes a field apart.
type scanner struct{ syntax.Scanner }

// service takes an alternative and its parameters (RFC 7838 section 3).
func (s *scanner) service() (Service, error) {
	one := Service{MaxAge: defaultAge}
	id := s.Token()
	if id == "" {
		return one, fmt.Errorf("%.20q where a protocol should stand", s.Rest)
	}
	var err error
	if one.Protocol, err = decodeProtocol(id); err != nil {
		return one, err
	}
	if !strings.HasPrefix(s.Rest, `="`) {
		return one, fmt.Errorf("%s: no quoted authority", id)
	}
	s.Rest = s.Rest[1:]
	authority, ok := s.Quoted()
	if !ok {
		return one, fmt.Errorf("%s: %w", id, errOpen)
	}
	if err == nil {
		one.Host, one.Port, err = splitAuthority(authority)
	}
	for n := 0; err == nil; n++ {
		s.Space()
		if s.Rest == "" || s.Rest[0] != ';' {
			return one, nil
		}
		if n == maxParameters {
			return one, fmt.Errorf("%s: more than %d parameters", id, maxParameters)
		}
		s.Rest = s.Rest[1:]
		err = s.parameter(&one)
	}
	return one, fmt.Errorf("%s: %w", id, err)
}

// parameter takes one parameter; of several ma or persist the last counts, as in Chromium.
func (s *scanner) parameter(one *Service) error {
	s.Space()
	name := s.Token()
	if name == "" {
		if s.Rest == "" || s.Rest[0] == ';' || s.Rest[0] == ',' {
			return nil // nothing between two semicolons
		}
		return fmt.Errorf("%.20q where a parameter should stand", s.Rest)
	}
	if !strings.HasPrefix(s.Rest, "=") {
		return fmt.Errorf("parameter %s has no value", name)
	}
	s.Rest = s.Rest[1:]
	value, ok := s.Value()
	switch {
	case ok:
	case s.Next() == '"':
		return fmt.Errorf("parameter %s: %w", name, errOpen)
	default:
		return fmt.Errorf("parameter %s: nothing after the equals sign", name)
	}
	switch strings.ToLower(name) {
	case "ma":
		if one.MaxAge, ok = syntax.Seconds(value, maxAge); !ok {
			return fmt.Errorf("ma is %.20q, not a number of seconds", value)
		}
	case "persist":
		one.Persist = value == "1" // other values are to be passed over (RFC 7838 section 3.1)
	}
	return nil
}

var errOpen = errors.New("a quote is not closed")

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
		if c := name[i]; syntax.IsTokenChar(c) && c != '%' {
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
