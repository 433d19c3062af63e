package conn

import (
	"context"
	"net"
	"net/netip"
	"testing"
)

func TestSmoke(t *testing.T) {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	defer l.Close()
	ap := l.Addr().(*net.TCPAddr).AddrPort()
	var p Pool
	k := Key{Scheme: "http", Host: "localhost", Port: ap.Port()}
	le, err := p.Get(context.Background(), Request{Key: k})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", le.Info())
	le.Release()
	le, err = p.Get(context.Background(), Request{Key: k})
	if err != nil || !le.Reused() {
		t.Fatal(err)
	}
	le.Release()
	if err := p.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", p.Records())
	_, err = p.Get(context.Background(), Request{Key: k})
	t.Log(err)
	_ = netip.Addr{}
}

func BenchmarkGetRelease(b *testing.B) {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	defer l.Close()
	ap := l.Addr().(*net.TCPAddr).AddrPort()
	var p Pool
	k := Key{Scheme: "http", Host: "127.0.0.1", Port: ap.Port()}
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		le, err := p.Get(ctx, Request{Key: k})
		if err != nil {
			b.Fatal(err)
		}
		le.Release()
	}
}
