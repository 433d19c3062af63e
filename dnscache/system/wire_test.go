package system_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"

	"github.com/miekg/dns"

	"pageload/dnscache/system"
)

// scripted returns a Server whose questions answer returns the responses to; a nil one is silence.
func scripted(answer func(network string, q *dns.Msg) []*dns.Msg) *system.Server {
	return raw(func(network string, b []byte) [][]byte {
		q := new(dns.Msg)
		if err := q.Unpack(b); err != nil {
			panic(err)
		}
		var out [][]byte
		for _, m := range answer(network, q) {
			if m == nil {
				continue
			}
			b, err := m.Pack()
			if err != nil {
				panic(err)
			}
			out = append(out, b)
		}
		return out
	})
}

// raw is scripted on the wire.
func raw(answer func(network string, b []byte) [][]byte) *system.Server {
	return &system.Server{
		Addrs: []netip.AddrPort{server},
		Dial: func(_ context.Context, network string, _ netip.AddrPort) (net.Conn, error) {
			near, far := net.Pipe()
			go serve(far, network, answer)
			return near, nil
		},
	}
}

// serve answers one question and waits until the connection is closed.
func serve(c net.Conn, network string, answer func(network string, b []byte) [][]byte) {
	defer c.Close()
	in := make([]byte, 1<<16)
	n, err := c.Read(in)
	if err != nil {
		return
	}
	if network == "udp" {
		for _, out := range answer(network, in[:n]) {
			if len(out) == 0 {
				continue // net.Pipe has no empty messages
			}
			if _, err := c.Write(out); err != nil {
				return
			}
		}
	} else {
		for _, out := range answer(network, in[2:n]) {
			if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...)); err != nil {
				return
			}
		}
	}
	io.Copy(io.Discard, c)
}

// reply returns the plain response of a recursing server to q.
func reply(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	m.RecursionAvailable = true
	return m
}

// records parses resource records.
func records(lines ...string) []dns.RR {
	var rrs []dns.RR
	for _, l := range lines {
		rr, err := dns.NewRR(l)
		if err != nil {
			panic(err)
		}
		rrs = append(rrs, rr)
	}
	return rrs
}

func isTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}
