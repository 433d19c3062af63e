package wire_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"pageload/conn/conntest/wire"
)

func TestMain(m *testing.M) { os.Exit(wire.Main(m, roles)) }

var roles = map[string]wire.Role{
	"devices": wire.Func(devices),
	"fetch":   wire.Func(fetch),
	"fail":    wire.Func(func(context.Context, string) (int, error) { return 0, errors.New("as it should") }),
	"exit": wire.Func(func(context.Context, string) (int, error) {
		os.Stderr.WriteString("last words\n")
		os.Exit(7)
		return 0, nil
	}),
	"wait": wire.Func(func(ctx context.Context, _ string) (int, error) {
		<-ctx.Done()
		return 0, ctx.Err()
	}),
}

// devices returns the names of the network devices that goroutines see.
func devices(_ context.Context, n int) ([]string, error) {
	seen := make(chan string, n)
	for range n {
		go func() {
			list, err := net.Interfaces()
			var names []string
			for _, i := range list {
				names = append(names, i.Name)
			}
			if err != nil {
				names = []string{err.Error()}
			}
			seen <- strings.Join(names, " ")
		}()
	}
	var all []string
	for range n {
		all = append(all, <-seen)
	}
	return all, nil
}

// exchange is what fetch is to do: connect to Addr, send so much, and read to the end.
type exchange struct {
	Addr string
	Send int
}

// fetched is what it took.
type fetched struct {
	Connect time.Duration
	Total   time.Duration
	Bytes   int64
}

func fetch(ctx context.Context, x exchange) (fetched, error) {
	start := time.Now()
	c, err := new(net.Dialer).DialContext(ctx, "tcp", x.Addr)
	if err != nil {
		return fetched{}, err
	}
	defer c.Close()
	f := fetched{Connect: time.Since(start)}
	go func() {
		c.Write(bytes.Repeat([]byte("x"), x.Send))
		c.(*net.TCPConn).CloseWrite()
	}()
	f.Bytes, err = io.Copy(io.Discard, c)
	f.Total = time.Since(start)
	return f, err
}
