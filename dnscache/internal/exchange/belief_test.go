package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache/internal/exchange"
)

func TestAskIgnoresStrays(t *testing.T) {
	tests := []struct {
		name  string
		forge func(*dns.Msg)
	}{
		{"other ID", func(m *dns.Msg) { m.Id++ }},
		{"a question", func(m *dns.Msg) { m.Response = false }},
		{"other opcode", func(m *dns.Msg) { m.Opcode = dns.OpcodeNotify }},
		{"no question", func(m *dns.Msg) { m.Question = nil }},
		{"two questions", func(m *dns.Msg) { m.Question = append(m.Question, m.Question[0]) }},
		{"other name", func(m *dns.Msg) { m.Question[0].Name = "b.test." }},
		{"name in other case", func(m *dns.Msg) { m.Question[0].Name = "a.TEST." }},
		{"other type", func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeNS }},
		{"other class", func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassHESIOD }},
		{"truncated, other ID", func(m *dns.Msg) { m.Truncated = true; m.Id ^= 0x8000 }},
		{"SERVFAIL without question", func(m *dns.Msg) { *m = dns.Msg{MsgHdr: m.MsgHdr}; m.Rcode = dns.RcodeServerFailure }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &wire{answer: func(network string, q *dns.Msg) []*dns.Msg {
					bad := address(q)
					tt.forge(bad)
					return []*dns.Msg{bad, bad, address(q)}
				}}
				c := exchange.Client{Dial: w.dial}
				if r := c.Ask(ctx, server, question(t, "a.test"), nil); describe(r) != "udp NOERROR 1" {
					t.Errorf("Ask: %s, want the response after the strays", describe(r))
				}
				to := server
				to.TCP = true
				if r := c.Ask(ctx, to, question(t, "a.test"), nil); !errors.Is(r.Err, exchange.ErrMismatch) {
					t.Errorf("over TCP: %s, want ErrMismatch", describe(r))
				}
			})
		})
	}
}

// Whoever guesses IDs meets TCP, where guessing does not help.
func TestAskFlooded(t *testing.T) {
	w := &wire{answer: func(network string, q *dns.Msg) []*dns.Msg {
		if network == "tcp" {
			return []*dns.Msg{address(q)}
		}
		var out []*dns.Msg
		for i := range 1000 {
			m := address(q)
			m.Id += uint16(i + 1)
			out = append(out, m)
		}
		return out
	}}
	c := exchange.Client{Dial: w.dial}
	var how []string
	r := c.Ask(ctx, server, question(t, "a.test"), func(r exchange.Result) { how = append(how, describe(r)) })
	if r.Err != nil || len(how) != 2 || !strings.Contains(how[0], "more than 256 datagrams") {
		t.Errorf("Ask: %q", how)
	}
}

func TestAskWithoutEDNS(t *testing.T) {
	tests := []struct {
		name   string
		refuse func(*dns.Msg)
		want   string
	}{
		{"FORMERR", func(m *dns.Msg) { m.Answer, m.Rcode = nil, dns.RcodeFormatError }, "udp FORMERR 0, udp NOERROR 1"},
		{"NOTIMP", func(m *dns.Msg) { m.Answer, m.Rcode = nil, dns.RcodeNotImplemented }, "udp NOTIMP 0, udp NOERROR 1"},
		{"only a header", func(m *dns.Msg) { *m = dns.Msg{MsgHdr: m.MsgHdr}; m.Rcode = dns.RcodeFormatError }, "udp FORMERR 0, udp NOERROR 1"},
		{"FORMERR with EDNS", func(m *dns.Msg) { m.Answer, m.Rcode = nil, dns.RcodeFormatError; m.SetEdns0(1232, false) }, "udp FORMERR 0"},
		{"SERVFAIL", func(m *dns.Msg) { m.Answer, m.Rcode = nil, dns.RcodeServerFailure }, "udp SERVFAIL 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := &wire{answer: func(_ string, q *dns.Msg) []*dns.Msg {
				m := address(q)
				if q.IsEdns0() != nil {
					tt.refuse(m)
				}
				return []*dns.Msg{m}
			}}
			c := exchange.Client{Dial: w.dial}
			var got []string
			c.Ask(ctx, server, question(t, "a.test"), func(r exchange.Result) { got = append(got, describe(r)) })
			if s := strings.Join(got, ", "); s != tt.want {
				t.Errorf("Ask: %s, want %s", s, tt.want)
			}
		})
	}
}

func TestMixCase(t *testing.T) {
	q := question(t, "www.abcdefghijklmnopqrstuvwxyz-0123456789.test")
	mixed, err := q.MixCase()
	if err != nil || mixed.Name == q.Name || !strings.EqualFold(mixed.Name, q.Name) || mixed.String() != q.String() {
		t.Errorf("MixCase: %q of %q, %v", mixed.Name, q.Name, err)
	}
	w := &wire{answer: always(func(*dns.Msg) {})}
	c := exchange.Client{Dial: w.dial}
	if r := c.Ask(ctx, server, mixed, nil); r.Err != nil || r.Msg.Question[0].Name != mixed.Name {
		t.Errorf("Ask: %s", describe(r))
	}
}

func TestAskMoot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answer: func(string, *dns.Msg) []*dns.Msg { return nil }}
		c := exchange.Client{Dial: w.dial}
		const moot = exchange.Moot("no longer of interest")
		ctx, cancel := context.WithCancelCause(ctx)
		time.AfterFunc(time.Second, func() { cancel(moot) })
		if r := c.Ask(ctx, server, question(t, "a.test"), nil); r.Err != error(moot) || r.Duration != time.Second {
			t.Errorf("Ask: %v after %v, want %v after 1s", r.Err, r.Duration, moot)
		}
		if r := c.Ask(ctx, server, question(t, "a.test"), nil); r.Err != error(moot) || r.Duration != 0 {
			t.Errorf("Ask: %v, want %v at once", r.Err, moot)
		}
	})
}

func TestAskCannotDial(t *testing.T) {
	refused := errors.New("refused")
	c := exchange.Client{Dial: func(context.Context, string, netip.AddrPort) (net.Conn, error) { return nil, refused }}
	for _, to := range []exchange.To{server, {Addr: server.Addr, TCP: true}} {
		if r := c.Ask(ctx, to, question(t, "a.test"), nil); !errors.Is(r.Err, refused) {
			t.Errorf("Ask: %v, want %v", r.Err, refused)
		}
	}
}

func TestQuestionString(t *testing.T) {
	for name, want := range map[string]string{"A.Test": "A a.test", ".": "A .", "x.test.": "A x.test"} {
		if got := question(t, name).String(); got != want {
			t.Errorf("String of %q = %q, want %q", name, got, want)
		}
	}
	if q, err := exchange.New("a.test", 65280); err != nil || q.String() != "TYPE65280 a.test" {
		t.Errorf("String = %q, %v", q, err)
	}
}

// FuzzExchange sends arbitrary bytes over each transport: no message is accepted whose head is not that of a response to
// the question, and an exchange ends.
func FuzzExchange(f *testing.F) {
	good, err := address(new(dns.Msg).SetQuestion("a.test.", dns.TypeA)).Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, true)
	f.Add(good, false)
	f.Add(good[:12], true)
	f.Add([]byte{0, 0, 0x80, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0, 0xc0, 12}, true)
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), false)
	f.Fuzz(func(t *testing.T, b []byte, rightID bool) {
		synctest.Test(t, func(t *testing.T) {
			q := question(t, "a.test")
			b = bytes.Clone(b)
			if rightID && len(b) >= 2 {
				b[0], b[1] = byte(q.ID>>8), byte(q.ID)
			}
			c := exchange.Client{Timeout: time.Second, Dial: func(_ context.Context, network string, _ netip.AddrPort) (net.Conn, error) {
				near, far := net.Pipe()
				go func() {
					defer far.Close()
					far.Read(make([]byte, 512))
					if network == "tcp" {
						far.Write([]byte{byte(len(b) >> 8), byte(len(b))})
					}
					if len(b) > 0 {
						far.Write(b)
					}
				}()
				return near, nil
			}}
			for _, transport := range []string{exchange.UDP, exchange.TCP} {
				r := c.Exchange(ctx, transport, server, q)
				if r.Duration > time.Second {
					t.Errorf("took %v", r.Duration)
				}
				if r.Msg == nil {
					if r.Err == nil {
						t.Error("neither message nor error")
					}
					continue
				}
				if len(b) < 12 || r.Msg.Id != q.ID || !r.Msg.Response || r.Msg.Truncated != errors.Is(r.Err, exchange.ErrTruncated) {
					t.Errorf("accepted %v, %v", r.Msg, r.Err)
				}
				if len(r.Msg.Question) == 0 && len(r.Msg.Answer)+len(r.Msg.Ns)+len(r.Msg.Extra) > 0 {
					t.Errorf("accepted records without the question: %v", r.Msg)
				}
			}
		})
	})
}
