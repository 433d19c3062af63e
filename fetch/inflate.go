package fetch

import (
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/flate"
)

// inflater reads the gzip and deflate codings as Chromium's GzipSourceStream does: of gzip the first member, without
// looking at its checksum, and nothing after it; of deflate both the zlib form that RFC 9110 section 8.4.1.2 asks for
// and the bare one that some servers send.
type inflater struct {
	br      *bufio.Reader
	fl      io.ReadCloser
	gzip    bool
	started bool
	done    error
}

// inflateBuffer is the read-ahead of compressed bytes.
const inflateBuffer = 8 << 10

func newInflater() *inflater {
	br := bufio.NewReaderSize(nothing{}, inflateBuffer)
	return &inflater{br: br, fl: flate.NewReader(br)}
}

func (f *inflater) reset(src io.Reader, gzip bool) {
	f.br.Reset(src)
	f.fl.(flate.Resetter).Reset(f.br, nil) // never fails
	f.gzip, f.started, f.done = gzip, false, nil
}

// Read implements io.Reader. A body without a byte is an empty one.
func (f *inflater) Read(p []byte) (int, error) {
	if f.done != nil {
		return 0, f.done
	}
	if !f.started {
		f.started = true
		if _, err := f.br.Peek(1); err != nil {
			f.done = err
			return 0, err
		}
		header := f.zlibHeader
		if f.gzip {
			header = f.gzipHeader
		}
		if err := header(); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			f.done = err
			return 0, err
		}
	}
	n, err := f.fl.Read(p)
	f.done = err
	return n, err
}

var (
	errGzipMagic = errors.New("not a gzip header")
	errZlibDict  = errors.New("zlib dictionary needed")
)

// gzipHeader skips the header (RFC 1952 section 2.3). Its checksum is not looked at.
func (f *inflater) gzipHeader() error {
	var h [10]byte
	if _, err := io.ReadFull(f.br, h[:]); err != nil {
		return err
	}
	if h[0] != 0x1f || h[1] != 0x8b || h[2] != 8 {
		return errGzipMagic
	}
	const fhcrc, fextra, fname, fcomment = 2, 4, 8, 16
	flags := h[3]
	if flags&fextra != 0 {
		if _, err := io.ReadFull(f.br, h[:2]); err != nil {
			return err
		}
		if _, err := f.br.Discard(int(h[0]) | int(h[1])<<8); err != nil {
			return err
		}
	}
	for _, text := range [...]byte{fname, fcomment} {
		if flags&text == 0 {
			continue
		}
		for {
			b, err := f.br.ReadByte()
			if err != nil {
				return err
			}
			if b == 0 {
				break
			}
		}
	}
	if flags&fhcrc != 0 {
		_, err := f.br.Discard(2)
		return err
	}
	return nil
}

// zlibHeader skips a zlib header (RFC 1950 section 2.2) if there is one.
func (f *inflater) zlibHeader() error {
	h, err := f.br.Peek(2)
	if len(h) < 2 {
		if err == io.EOF {
			return nil // bare, and broken: let inflate say so
		}
		return err
	}
	if h[0]&0x0f != 8 || h[0]>>4 > 7 || (int(h[0])<<8|int(h[1]))%31 != 0 {
		return nil
	}
	if h[1]&0x20 != 0 {
		return errZlibDict
	}
	_, err = f.br.Discard(2)
	return err
}
