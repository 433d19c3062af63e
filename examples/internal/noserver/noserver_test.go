package noserver

import (
	"net"
	"testing"
)

func TestAddr(t *testing.T) {
	addr := Addr(t)
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Errorf("%s takes a connection", addr)
	}
	if l, err := net.Listen("tcp", addr); err == nil {
		l.Close()
		t.Errorf("%s can be listened to", addr)
	}
}
