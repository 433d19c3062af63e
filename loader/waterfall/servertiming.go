package waterfall

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// A ServerTiming is a metric that the server sent of itself (W3C Server Timing).
type ServerTiming struct {
	Name        string
	Duration    time.Duration // 0 if it said none, or none that is a number; may be negative
	Description string
}

// maxMetrics bounds what is taken of one response: browsers show a handful.
const maxMetrics = 1000

// ServerTiming returns the metrics in the response's Server-Timing fields, in
// their order.
func (r *Request) ServerTiming() (list []ServerTiming) {
	for _, f := range r.ResponseHeader {
		if strings.EqualFold(f.Name, "Server-Timing") {
			list = appendServerTiming(list, f.Value)
		}
	}
	return list
}

// ParseServerTiming returns the metrics of one Server-Timing field's value. It
// takes what browsers take (W3C Server Timing, the parsing algorithm; like
// Chromium and Firefox it takes the names dur and desc in any case): a metric
// without a name is none, of a parameter that comes twice the first counts, one
// without a value is none, unknown ones say nothing.
func ParseServerTiming(value string) []ServerTiming { return appendServerTiming(nil, value) }

func appendServerTiming(list []ServerTiming, s string) []ServerTiming {
	p := timingParser{s}
	for p.s != "" && len(list) < maxMetrics {
		m := ServerTiming{Name: p.until(",;")}
		var dur, desc bool
		for p.take(';') {
			name := p.until("=;,")
			if !p.take('=') {
				continue
			}
			switch value := p.value(); {
			case strings.EqualFold(name, "dur") && !dur:
				dur, m.Duration = true, milliseconds(value)
			case strings.EqualFold(name, "desc") && !desc:
				desc, m.Description = true, value
			}
		}
		p.take(',')
		if m.Name != "" {
			list = append(list, m)
		}
	}
	return list
}

// A timingParser is at the rest of a field's value.
type timingParser struct{ s string }

// until takes what comes before one of the bytes, without space around it.
func (p *timingParser) until(bytes string) string {
	i := strings.IndexAny(p.s, bytes)
	if i < 0 {
		i = len(p.s)
	}
	part := strings.Trim(p.s[:i], " \t")
	p.s = p.s[i:]
	return part
}

func (p *timingParser) take(c byte) bool {
	if p.s == "" || p.s[0] != c {
		return false
	}
	p.s = p.s[1:]
	return true
}

// value takes a token or a quoted string, and passes over what follows the
// latter.
func (p *timingParser) value() string {
	p.s = strings.TrimLeft(p.s, " \t")
	if !p.take('"') {
		return p.until(";,")
	}
	var b strings.Builder
	for p.s != "" {
		c := p.s[0]
		p.s = p.s[1:]
		if c == '"' {
			break
		}
		if c == '\\' {
			if p.s == "" {
				b.WriteByte(c) // Fetch, collect an HTTP quoted string
				break
			}
			c = p.s[0]
			p.s = p.s[1:]
		}
		b.WriteByte(c)
	}
	p.until(";,")
	return b.String()
}

// milliseconds reads as much of s as is a number (HTML, rules for parsing
// floating-point number values); 0 if nothing is.
func milliseconds(s string) time.Duration {
	n := 0
	digits, dot, exp := false, false, false
	for ; n < len(s); n++ {
		c := s[n]
		switch {
		case '0' <= c && c <= '9':
			digits = true
			continue
		case (c == '-' || c == '+') && n == 0:
			continue
		case c == '.' && !dot && !exp:
			dot = true
			continue
		case c|0x20 == 'e' && digits && !exp:
			rest := strings.TrimLeft(s[n+1:], "+-")
			if len(s)-n-1-len(rest) <= 1 && rest != "" && '0' <= rest[0] && rest[0] <= '9' {
				exp = true
				n = len(s) - len(rest) - 1
				continue
			}
		}
		break
	}
	v, err := strconv.ParseFloat(s[:n], 64)
	if err != nil || math.IsInf(v, 0) {
		return 0
	}
	limit := float64(century / time.Microsecond)
	return time.Duration(max(-limit, min(math.Round(v*1000), limit))) * time.Microsecond
}
