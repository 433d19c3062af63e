//go:build unix

package peers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
)

// A floor is the connections of one load at a time, and the requests, which are ready.
type floor struct {
	links    [perLoad]link
	document []byte
	rest     [][]byte
	next     atomic.Int32 // of rest
	failed   [perLoad]error
	bytes    [perLoad]int64
}

// newFloor opens the connections.
func newFloor(o Options) (*floor, error) {
	target, err := url.Parse(o.URL)
	if err != nil {
		return nil, err
	}
	f := &floor{document: ready(target, target.Path)}
	for _, path := range o.Paths {
		if path != target.Path {
			f.rest = append(f.rest, ready(target, path))
		}
	}
	for i := range f.links {
		if f.links[i], err = newLink(target.Host); err != nil {
			f.close()
			return nil, err
		}
	}
	return f, nil
}

func (f *floor) close() {
	for i := range f.links {
		if c := f.links[i].conn; c != nil {
			c.Close()
		}
	}
}

// load fetches the document, and then the rest over all connections.
func (f *floor) load() (int64, error) {
	n, err := f.links[0].get(f.document)
	if err != nil {
		return n, err
	}
	f.next.Store(0)
	var busy sync.WaitGroup
	for i := range f.links {
		busy.Go(func() { f.bytes[i], f.failed[i] = f.fetch(&f.links[i]) })
	}
	busy.Wait()
	for i := range f.bytes {
		n += f.bytes[i]
	}
	return n, errors.Join(f.failed[:]...)
}

// fetch asks for what nobody has asked for yet, over one connection.
func (f *floor) fetch(l *link) (sum int64, err error) {
	for {
		i := int(f.next.Add(1)) - 1
		if i >= len(f.rest) {
			return sum, nil
		}
		n, err := l.get(f.rest[i])
		if sum += n; err != nil {
			return sum, err
		}
	}
}

// ready is a request with as much in its head as a browser's.
func ready(target *url.URL, path string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: keep-alive\r\n"+
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\r\n"+
		"Accept: image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8\r\nReferer: %s\r\nSec-Fetch-Site: same-origin\r\n"+
		"Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n\r\n",
		path, target.Host, target)
}

// A link is a connection and what is read from it.
type link struct {
	conn   net.Conn
	raw    syscall.RawConn
	buffer []byte

	request []byte // to be written before anything is read
	n       int    // bytes that were read
	err     error
	step    func(fd uintptr) bool
}

func newLink(host string) (l link, err error) {
	if l.conn, err = net.Dial("tcp", host); err != nil {
		return l, err
	}
	l.raw, err = l.conn.(*net.TCPConn).SyscallConn()
	l.buffer = make([]byte, 64<<10)
	return l, err
}

// get makes one exchange and returns how long the body was.
func (l *link) get(request []byte) (body int64, err error) {
	if l.step == nil {
		l.step = l.attempt
	}
	l.request = request
	left, all := int64(-1), 0 // of the body; of what is in the buffer
	for left != 0 {
		if l.err = nil; left >= 0 {
			all = 0
		}
		l.n = all
		if err := l.raw.Read(l.step); err != nil {
			return 0, err
		}
		if l.err != nil {
			return 0, l.err
		}
		if left >= 0 {
			left -= int64(l.n)
			continue
		}
		all = l.n
		end := bytes.Index(l.buffer[:all], []byte("\r\n\r\n"))
		if end < 0 {
			continue
		}
		if body, err = bodyLength(l.buffer[:end+2]); err != nil {
			return 0, err
		}
		left = body - int64(all-end-4)
	}
	return body, nil
}

// attempt writes the request, or reads once behind l.n bytes. An answer is not looked for before there can be one.
func (l *link) attempt(fd uintptr) bool {
	if l.request != nil {
		n, err := syscall.Write(int(fd), l.request)
		if l.err = err; err == nil && n < len(l.request) {
			l.err = io.ErrShortWrite
		}
		l.request = nil
		return l.err != nil
	}
	if l.n == len(l.buffer) {
		l.err = errors.New("a head of over 64 KB")
		return true
	}
	n, err := syscall.Read(int(fd), l.buffer[l.n:])
	for err == syscall.EINTR {
		n, err = syscall.Read(int(fd), l.buffer[l.n:])
	}
	switch {
	case err == syscall.EAGAIN:
		return false
	case err != nil:
		l.err = err
	case n == 0:
		l.err = io.ErrUnexpectedEOF
	}
	l.n += max(n, 0)
	return true
}

// bodyLength looks for the one field that matters.
func bodyLength(head []byte) (int64, error) {
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 200 ")) {
		return 0, fmt.Errorf("an answer of %q", head)
	}
	const name = "\r\nContent-Length: "
	i := bytes.Index(head, []byte(name))
	if i < 0 {
		return 0, errors.New("an answer without its length")
	}
	value, _, _ := bytes.Cut(head[i+len(name):], []byte("\r\n"))
	return strconv.ParseInt(string(value), 10, 64)
}
