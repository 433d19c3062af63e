package httpcache

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"time"
)

// The file of a stored response, all numbers little-endian:
//
//	0   "plc1"
//	4   length of the head, 4 bytes
//	8   checksum of the head
//	12  checksum of the footer
//	16  Size, 8 bytes
//	24  Total, 8 bytes
//	32  checksum of the 32 bytes before
//	36  the head, the body as it came, the footer: the checksum of each 64 KiB of the body
//
// Checksums are CRC-32C, which processors have an instruction for. They find damage, such as of a crash of the system, not malice: who may
// write into the folder may write what he likes.
const (
	fileMagic = "plc1"
	fixedSize = 36
	maxHead   = 1 << 20 // a response's head has a smaller bound
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(p []byte) uint32 { return crc32.Checksum(p, castagnoli) }

// sums are the checksums of a body that is written piece by piece.
type sums struct {
	whole []byte // of whole pieces, as in the footer
	last  uint32 // of the piece so far
	fill  int    // its bytes
}

func (s *sums) add(p []byte) {
	for len(p) > 0 {
		n := min(len(p), pieceBytes-s.fill)
		s.last = crc32.Update(s.last, castagnoli, p[:n])
		if s.fill += n; s.fill == pieceBytes {
			s.whole, s.last, s.fill = binary.LittleEndian.AppendUint32(s.whole, s.last), 0, 0
		}
		p = p[n:]
	}
}

// end returns the footer.
func (s *sums) end() []byte {
	if s.fill == 0 {
		return s.whole
	}
	return binary.LittleEndian.AppendUint32(s.whole, s.last)
}

// fixedPart is the beginning of a file.
type fixedPart struct {
	head, headSum, footerSum uint32
	size, total              int64
}

func (f *fixedPart) append(b []byte) []byte {
	at := len(b)
	b = append(b, fileMagic...)
	b = binary.LittleEndian.AppendUint32(b, f.head)
	b = binary.LittleEndian.AppendUint32(b, f.headSum)
	b = binary.LittleEndian.AppendUint32(b, f.footerSum)
	b = binary.LittleEndian.AppendUint64(b, uint64(f.size))
	b = binary.LittleEndian.AppendUint64(b, uint64(f.total))
	return binary.LittleEndian.AppendUint32(b, checksum(b[at:]))
}

// parse reads the beginning of a file, and the sums that must hold of it.
func (f *fixedPart) parse(b []byte) error {
	if len(b) < fixedSize || string(b[:4]) != fileMagic || binary.LittleEndian.Uint32(b[32:]) != checksum(b[:32]) {
		return ErrDamaged
	}
	f.head = binary.LittleEndian.Uint32(b[4:])
	f.headSum = binary.LittleEndian.Uint32(b[8:])
	f.footerSum = binary.LittleEndian.Uint32(b[12:])
	f.size = int64(binary.LittleEndian.Uint64(b[16:]))
	f.total = int64(binary.LittleEndian.Uint64(b[24:]))
	if f.head > maxHead || f.size < 0 || f.size > 1<<50 {
		return ErrDamaged
	}
	return nil
}

// bodyAt returns where the body begins.
func (f *fixedPart) bodyAt() int64 { return fixedSize + int64(f.head) }

// footer returns the size of the footer.
func (f *fixedPart) footer() int64 { return (f.size + pieceBytes - 1) / pieceBytes * 4 }

// encode appends the head in a file's form: Size and Total stand before it.
func (h *Head) encode(b []byte) []byte {
	b = appendText(b, h.Key)
	b = binary.AppendUvarint(b, uint64(h.Status))
	b = appendText(b, h.StatusText)
	b = appendText(b, h.Proto)
	b = binary.AppendVarint(b, h.Requested.UnixMicro())
	b = binary.AppendVarint(b, h.Responded.UnixMicro())
	if h.NoBody {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	for _, list := range [2][]Field{h.Header, h.Vary} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, f := range list {
			b = appendText(b, f.Name)
			b = appendText(b, f.Value)
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// decodeHead reads what encode wrote; text is not kept.
func decodeHead(text []byte) (*Head, error) {
	d := decoder{rest: string(text)}
	h := &Head{Key: d.text(), Status: int(d.uint(999)), StatusText: d.text(), Proto: d.text()}
	h.Requested, h.Responded = time.UnixMicro(d.int()), time.UnixMicro(d.int())
	h.NoBody = d.uint(1) == 1
	h.Header, h.Vary = d.fields(), d.fields()
	if d.bad || d.rest != "" {
		return nil, ErrDamaged
	}
	return h, nil
}

type decoder struct {
	rest string
	bad  bool
}

func (d *decoder) uint(most uint64) uint64 {
	var v uint64
	for i := range min(len(d.rest), binary.MaxVarintLen64) {
		c := d.rest[i]
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			d.rest = d.rest[i+1:]
			if v > most {
				break
			}
			return v
		}
	}
	d.bad, d.rest = true, ""
	return 0
}

func (d *decoder) int() int64 {
	u := d.uint(1<<64 - 1)
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) text() string {
	n := d.uint(uint64(len(d.rest)))
	s := d.rest[:min(n, uint64(len(d.rest)))]
	d.rest = d.rest[len(s):]
	return s
}

func (d *decoder) fields() []Field {
	n := d.uint(uint64(len(d.rest)) / 2) // a field takes two bytes at least
	if n == 0 {
		return nil
	}
	list := make([]Field, n)
	for i := range list {
		list[i] = Field{d.text(), d.text()}
	}
	return list
}

// openBytes is how much of a file is read at once when it is opened: then one system call brings a small response whole.
const openBytes = pieceBytes + 8<<10

// diskEntry is a stored response that is open.
type diskEntry struct {
	d     *Disk
	f     *os.File
	fixed fixedPart
	head  *Head
	name  string
	buf   *[]byte // the file's first bytes
	start int     // how many
	sums  []byte  // the footer, once it is checked
}

// openFile opens the file of a key.
func (d *Disk) openFile(name, key string) (*diskEntry, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, ErrMiss
	}
	e := &diskEntry{d: d, f: f, name: name, buf: d.buffer()}
	if err := e.readHead(); err != nil {
		e.Close()
		return nil, err
	}
	if e.head.Key != key && key != anyKey {
		e.Close()
		return nil, ErrMiss
	}
	return e, nil
}

// anyKey opens a file whatever its key is; no key has a zero byte at its beginning.
const anyKey = "\x00"

func (e *diskEntry) readHead() error {
	n, err := e.f.ReadAt(*e.buf, 0)
	if err != nil && err != io.EOF {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	e.start = n
	if err := e.fixed.parse((*e.buf)[:n]); err != nil {
		return err
	}
	text := (*e.buf)[fixedSize:n]
	if int(e.fixed.head) <= len(text) {
		text = text[:e.fixed.head]
	} else {
		text = make([]byte, e.fixed.head)
		if _, err := e.f.ReadAt(text, fixedSize); err != nil {
			return ErrDamaged
		}
	}
	if checksum(text) != e.fixed.headSum {
		return ErrDamaged
	}
	h, err := decodeHead(text)
	if err != nil {
		return err
	}
	h.Size, h.Total = e.fixed.size, e.fixed.total
	h.prepare()
	e.head = h
	return nil
}

// Head returns the head.
func (e *diskEntry) Head() *Head { return e.head }

// at returns n bytes of the file from off on, in buf where they are not at hand.
func (e *diskEntry) at(off int64, n int, buf *[]byte) ([]byte, error) {
	if off+int64(n) <= int64(e.start) {
		return (*e.buf)[off : off+int64(n)], nil
	}
	if cap(*buf) < n {
		*buf = make([]byte, n)
	}
	p := (*buf)[:n]
	if _, err := e.f.ReadAt(p, off); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return p, nil
}

// Check reads the body once and compares its sums.
func (e *diskEntry) Check() error {
	if e.head.NoBody {
		return nil
	}
	var own []byte
	sums, err := e.at(e.fixed.bodyAt()+e.fixed.size, int(e.fixed.footer()), &own)
	if err != nil {
		return err
	}
	if checksum(sums) != e.fixed.footerSum {
		return ErrDamaged
	}
	e.sums = sums
	return e.Copy(0, e.fixed.size, func([]byte) error { return nil })
}

// Copy reads piece by piece and compares each piece's sum before it is handed on.
func (e *diskEntry) Copy(off, n int64, fn func(p []byte) error) error {
	if off < 0 || n < 0 || n > e.fixed.size-off || e.sums == nil && n > 0 || e.head.NoBody && n > 0 {
		return ErrDamaged
	}
	if n == 0 {
		return nil
	}
	buf := e.d.buffer()
	defer e.d.give(buf)
	for at := off / pieceBytes * pieceBytes; at < off+n; at += pieceBytes {
		p, err := e.at(e.fixed.bodyAt()+at, int(min(pieceBytes, e.fixed.size-at)), buf)
		if err != nil {
			return err
		}
		if checksum(p) != binary.LittleEndian.Uint32(e.sums[at/pieceBytes*4:]) {
			return ErrDamaged
		}
		if err := fn(p[max(0, off-at):min(int64(len(p)), off+n-at)]); err != nil {
			return err
		}
	}
	return nil
}

// Used tells of uses by this process.
func (e *diskEntry) Used(now time.Time) (times int, last time.Time) {
	return e.d.used(e.name, e.f, now)
}

// Close closes the file.
func (e *diskEntry) Close() error {
	if e.buf != nil {
		e.d.give(e.buf)
		e.buf, e.start = nil, 0
	}
	return e.f.Close()
}
