package conn

import (
	"fmt"
	"testing"
)

func TestStrings(t *testing.T) {
	tests := []struct {
		got  fmt.Stringer
		want string
	}{
		{VeryLow, "VeryLow"}, {Low, "Low"}, {Priority(0), "Medium"}, {High, "High"}, {VeryHigh, "VeryHigh"}, {Priority(7), "Priority(7)"},
		{Key{Scheme: "https", Host: "::1", Port: 443}, "https://[::1]:443"},
		{Key{Scheme: "http", Host: "a.test", Port: 80, Private: true, Partition: "https://b.test"}, "http://a.test:80 private in https://b.test"},
		{StateIdle, "idle"}, {StateBusy, "busy"}, {StateClosed, "closed"}, {State(9), "State(9)"},
		{ByNobody, "nobody"}, {ByUs, "us"}, {ByPeer, "peer"},
		{EventConnecting, "connecting"}, {EventClosed, "closed"}, {EventKind(99), "EventKind(99)"},
		{TLSExpired, "certificate expired"}, {TLSOther, "handshake failed"},
	}
	for _, test := range tests {
		if got := test.got.String(); got != test.want {
			t.Errorf("String() = %q, want %q", got, test.want)
		}
	}
}

func TestKeyCheck(t *testing.T) {
	for _, k := range []Key{{}, {Scheme: "ftp", Host: "a", Port: 1}, {Scheme: "http", Port: 1}, {Scheme: "http", Host: "a"}} {
		if k.check() == nil {
			t.Errorf("%+v is accepted", k)
		}
	}
	if err := (Key{Scheme: "http", Host: "a", Port: 1}).check(); err != nil {
		t.Error(err)
	}
}
