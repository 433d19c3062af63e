package capture_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pageload/conn/capture"
)

// must reports whether everything has to be there: in CI, as root, on a machine with TAP devices.
func must() bool {
	_, err := os.Stat("/dev/net/tun")
	return err == nil && os.Geteuid() == 0 && os.Getenv("CI") == "true"
}

// program returns the path of a program, or skips the test; where [must] holds it fails.
func program(t testing.TB, name string) string {
	t.Helper()
	for _, dir := range []string{"", "/usr/sbin/", "/sbin/"} {
		if p, err := exec.LookPath(dir + name); err == nil {
			return p
		}
	}
	if must() {
		t.Fatalf("there is no program %s: apt-get install %s", name, name)
	}
	t.Skipf("there is no program %s: apt-get install %s", name, name)
	return ""
}

// start begins a capture, or skips the test where that is not allowed; where [must] holds it fails.
func start(t testing.TB, o capture.Options) *capture.Capture {
	t.Helper()
	c, err := capture.Start(o)
	if err != nil && !must() {
		t.Skipf("no packets can be captured: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// temporary makes a file for a capture.
func temporary(t testing.TB) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "test.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// A line is a segment as tcpdump prints it.
type line struct {
	time             string
	src, dst, flags  string
	seq, ack, length uint32
	window           int
}

var tcpdumpLine = regexp.MustCompile(`^(\d+\.\d{9}) (?:\S+ +(?:In|Out) +)?IP6? (\S+) > (\S+): Flags \[(.*?)\](?:, seq (\d+)(?::\d+)?)?(?:, ack (\d+))?, win (\d+)(?:, options \[.*\])?, length (\d+)`)

// tcpdump returns tcpdump's reading of the TCP segments in a file.
func tcpdump(t testing.TB, file string) []line {
	t.Helper()
	cmd := exec.Command(program(t, "tcpdump"), "-nn", "-S", "-tt", "--time-stamp-precision=nano", "-r", file, "tcp")
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tcpdump: %v: %s", err, said.String())
	}
	var lines []line
	for s := range strings.Lines(string(out)) {
		m := tcpdumpLine.FindStringSubmatch(s)
		if m == nil {
			t.Fatalf("tcpdump says %q", s)
		}
		n := func(i int) uint32 { v, _ := strconv.ParseUint(m[i], 10, 32); return uint32(v) }
		lines = append(lines, line{time: m[1], src: m[2], dst: m[3], flags: m[4], seq: n(5), ack: n(6), length: n(8), window: int(n(7))})
	}
	return lines
}

// lineOf is a segment in tcpdump's terms. It leaves out the number of a segment that has
// neither data nor SYN, FIN or RST.
func lineOf(l capture.Ladder, s capture.Segment) line {
	dot := func(a netip.AddrPort) string { return fmt.Sprintf("%v.%d", a.Addr(), a.Port()) }
	w := line{time: fmt.Sprintf("%d.%09d", s.Time.Unix(), s.Time.Nanosecond()), src: dot(l.Local), dst: dot(l.Remote), length: uint32(s.Length), window: s.Window}
	if !s.Out {
		w.src, w.dst = w.dst, w.src
	}
	for _, f := range []struct {
		flag capture.Flags
		name string
	}{{capture.FIN, "F"}, {capture.SYN, "S"}, {capture.RST, "R"}, {capture.PSH, "P"}, {capture.ACK, "."}} {
		if s.Flags&f.flag != 0 {
			w.flags += f.name
		}
	}
	if s.Length > 0 || s.Flags&(capture.SYN|capture.FIN|capture.RST) != 0 {
		w.seq = s.Seq
	}
	if s.Flags&capture.ACK != 0 {
		w.ack = s.Ack
	}
	return w
}

// agrees compares a ladder with tcpdump's reading of the file, segment by segment, in the order of their times.
func agrees(t testing.TB, l capture.Ladder, file string) {
	t.Helper()
	lines := tcpdump(t, file)
	if len(lines) != len(l.Segments) {
		t.Errorf("%d segments, tcpdump has %d:\n%v", len(l.Segments), len(lines), l)
		return
	}
	// Frames of the same moment pass two processors: which of them is told first is chance.
	segments := slices.Clone(l.Segments)
	slices.SortStableFunc(segments, func(a, b capture.Segment) int { return a.Time.Compare(b.Time) })
	slices.SortStableFunc(lines, func(a, b line) int { return strings.Compare(a.time, b.time) })
	shift := map[bool]int{}
	for i, s := range segments {
		if s.Flags&capture.SYN != 0 {
			shift[s.Out] = int(s.Options.Shift)
		} else {
			lines[i].window <<= shift[s.Out] // tcpdump does not scale
		}
		if got := lineOf(l, s); got != lines[i] {
			t.Errorf("segment %d is %+v, of tcpdump %+v", i+1, got, lines[i])
		}
	}
}

// whats are what the segments of a ladder are, with '>' or '<' before each.
func whats(segments []capture.Segment) string {
	var list []string
	for _, s := range segments {
		way := "<"
		if s.Out {
			way = ">"
		}
		list = append(list, way+s.What.String())
	}
	return strings.Join(list, ", ")
}

// within tells whether a time is near another.
func within(got, want, tolerance time.Duration) bool {
	return got >= want-tolerance && got <= want+tolerance
}
