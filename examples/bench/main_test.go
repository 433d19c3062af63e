package main

import (
	"math"
	"testing"
)

func TestPartOf(t *testing.T) {
	for _, tt := range []struct {
		part  int
		stack []string
	}{
		{partCrypto, []string{"crypto/internal/fips140/aes/gcm.gcmAesDec", "crypto/tls.(*halfConn).decrypt", "crypto/tls.(*Conn).Read", "pageload/fetch/http1.(*Conn).fill"}},
		{partCrypto, []string{"runtime.memmove", "crypto/tls.(*Conn).Read", "pageload/fetch/http2.(*Session).read"}},
		{partSystem, []string{"internal/runtime/syscall/linux.Syscall6", "syscall.read", "crypto/tls.(*Conn).Read", "pageload/fetch/http1.(*Conn).fill"}},
		{partRest, []string{"runtime.memmove", "pageload/conn.(*readAhead).Read", "crypto/tls.(*Conn).Read", "pageload/fetch/http1.(*Conn).fill"}},
		{partRest, []string{"pageload/loader.(*sink).Data", "pageload/fetch/http2.(*Stream).ReadBody"}},
		{partHTTP2, []string{"runtime.mallocgc", "golang.org/x/net/http2/hpack.(*Decoder).Write", "pageload/fetch/http2.(*Session).read"}},
		{partRest, []string{"runtime.mapaccess1", "pageload/loader.(*load).handle", "main.(*visitor).visit"}},
		{partRuntime, []string{"runtime.scanobject", "runtime.gcDrain", "runtime.gcBgMarkWorker"}},
		{partRuntime, nil},
	} {
		if got := partOf(tt.stack); got != tt.part {
			t.Errorf("%q: %s, want %s", tt.stack, partNames[got], partNames[tt.part])
		}
	}
}

func TestMedians(t *testing.T) {
	for _, tt := range []struct {
		values []float64
		want   float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 100}, 3}} {
		if got := median(tt.values); got != tt.want {
			t.Errorf("median(%v) = %v, want %v", tt.values, got, tt.want)
		}
	}
	// The machine is twice as slow in the second round.
	if got := ratio([]float64{1, 2, 1.5}, []float64{4, 8, 6}); math.Abs(got-0.25) > 1e-9 {
		t.Errorf("ratio %v, want 0.25", got)
	}
}
