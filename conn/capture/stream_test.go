package capture

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// parseStep reads a packet of a script: milliseconds, direction, flags, seq,
// ack, bytes of data, window, number of the packet; then words: "syn" for the options of a
// SYN, "sack" for a block, "ts=N" for a timestamp.
func parseStep(t testing.TB, line string) *packet {
	var ms, length int
	var dir, flags string
	s := spec{src: client, dst: server}
	if _, err := fmt.Sscan(line, &ms, &dir, &flags, &s.seq, &s.ack, &length, &s.window, &s.id); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	if dir == "<" {
		s.src, s.dst = s.dst, s.src
	}
	for _, c := range flags {
		s.flags |= map[rune]Flags{'S': SYN, 'A': ACK, 'F': FIN, 'R': RST, 'P': PSH}[c]
	}
	for _, word := range strings.Fields(line)[8:] {
		switch {
		case word == "syn":
			s.options = synOptions
		case word == "sack":
			s.options = []byte{1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2}
		case strings.HasPrefix(word, "ts="):
			var n byte
			fmt.Sscanf(word, "ts=%d", &n)
			s.options = []byte{1, 1, 8, 10, 0, 0, 0, n, 0, 0, 0, 0}
		default:
			t.Fatalf("%q: word %q", line, word)
		}
	}
	s.data = make([]byte, length)
	return s.packet(t0.Add(time.Duration(ms) * time.Millisecond))
}

const handshake = `
0 > S 999 0 0 64240 1 syn      = SYN seq 999, window 64240, mss 1460, window scale 7, sack, timestamps
50 < SA 4999 1000 0 65160 0 syn = SYN+ACK seq 4999, ack 1000 = the SYN's seq + 1, window 65160, mss 1460, window scale 7, sack, timestamps
51 > A 1000 5000 0 502 2       = ACK seq 1000, ack 5000 = the SYN's seq + 1
`

// steps names the packets of a script, and what is expected of each.
func steps(t testing.TB, script string) (packets []*packet, want []string) {
	for line := range strings.Lines(script) {
		step, w, ok := strings.Cut(line, " = ")
		if !ok {
			continue
		}
		packets, want = append(packets, parseStep(t, strings.TrimSpace(step))), append(want, strings.TrimSpace(w))
	}
	return packets, want
}

func TestStream(t *testing.T) {
	tests := []struct{ name, script string }{
		{"opened and closed", handshake + `
60 > PA 1000 5000 100 502 3 = data 1-100 (100) ack 1
110 < A 5000 1100 0 509 1   = ACK ack 101
111 < PA 5000 1100 1448 509 2 = data 1-1448 (1448) ack 101
112 > A 1100 6448 0 501 4   = ACK ack 1449
120 > FA 1100 6448 0 501 5  = FIN+ACK seq 101 ack 1449
170 < FA 6448 1101 0 509 3  = FIN+ACK seq 1449 ack 102 = the FIN's seq + 1
171 > A 1101 6449 0 501 6   = ACK ack 1450 = the FIN's seq + 1
`},
		{"the first SYN is lost", `
0 > S 999 0 0 64240 1 syn = SYN seq 999, window 64240, mss 1460, window scale 7, sack, timestamps
1000 > S 999 0 0 64240 2 ts=7 = SYN seq 999, window 64240, timestamps [retransmitted]
1050 < SA 4999 1000 0 65160 0 = SYN+ACK seq 4999, ack 1000 = the SYN's seq + 1, window 65160
`},
		{"an answer to another SYN", `
0 > S 999 0 0 64240 1 = SYN seq 999, window 64240
50 < SA 4999 777 0 65160 0 = SYN+ACK seq 4999, ack 777, which is NOT the SYN's seq + 1, window 65160
51 > R 777 0 0 0 2 = RST seq -222
`},
		{"an answer to more than was said", `
0 > S 999 0 0 64240 1 = SYN seq 999, window 64240
50 < SA 4999 1001 0 65160 0 = SYN+ACK seq 4999, ack 1001, which is NOT the SYN's seq + 1, window 65160
`},
		{"refused", `
0 > S 999 0 0 64240 1 = SYN seq 999, window 64240
50 < RA 0 1000 0 0 0 = RST+ACK seq 1 ack 1
`},
		{"sent again", handshake + `
60 > PA 1000 5000 100 502 3 = data 1-100 (100) ack 1
310 > PA 1000 5000 100 502 4 = data 1-100 (100) ack 1 [retransmitted]
360 < A 5000 1100 0 509 1 = ACK ack 101
361 > PA 1000 5000 100 502 5 = data 1-100 (100) ack 1 [retransmitted, needlessly]
`},
		{"doubled on the way", handshake + `
60 < PA 5000 1000 100 502 3 = data 1-100 (100) ack 1
60 < PA 5000 1000 100 502 3 = data 1-100 (100) ack 1 [duplicate packet]
61 > A 1000 5100 0 502 3 = ACK ack 101
62 > A 1000 5100 0 502 4 = ACK ack 101
`},
		{"swapped on the way", handshake + `
60 < PA 5100 1000 100 509 4 = data 101-200 (100) ack 1 [100 bytes before it not seen]
61 > A 1000 5000 0 502 3 sack = duplicate ACK ack 1
62 < PA 5000 1000 100 509 3 = data 1-100 (100) ack 1 [out of order]
63 > A 1000 5200 0 502 4 = ACK ack 201
`},
		{"lost on the way, and sent again", handshake + `
60 < PA 5100 1000 100 509 4 = data 101-200 (100) ack 1 [100 bytes before it not seen]
61 > A 1000 5000 0 502 3 sack = duplicate ACK ack 1
112 < PA 5000 1000 100 509 5 = data 1-100 (100) ack 1 [retransmitted]
113 > A 1000 5200 0 502 4 = ACK ack 201
`},
		{"timestamps say what was sent again, however soon", handshake + `
60 < PA 5100 1000 100 509 4 ts=50 = data 101-200 (100) ack 1 [100 bytes before it not seen]
62 < PA 5000 1000 100 509 5 ts=52 = data 1-100 (100) ack 1 [retransmitted]
`},
		{"and what was held up, however long", handshake + `
60 < PA 5100 1000 100 509 4 ts=50 = data 101-200 (100) ack 1 [100 bytes before it not seen]
260 < PA 5000 1000 100 509 3 ts=49 = data 1-100 (100) ack 1 [out of order]
`},
		{"a gap filled in two parts", handshake + `
60 < PA 5300 1000 100 509 4 = data 301-400 (100) ack 1 [300 bytes before it not seen]
61 < PA 5100 1000 100 509 2 = data 101-200 (100) ack 1 [out of order]
62 < PA 5000 1000 100 509 1 = data 1-100 (100) ack 1 [out of order]
63 < PA 5200 1000 100 509 3 = data 201-300 (100) ack 1 [out of order]
64 < PA 5100 1000 100 509 7 = data 101-200 (100) ack 1 [retransmitted]
`},
		{"nothing to say", handshake + `
1000 > A 999 5000 0 502 3 = keep-alive ack 1
1050 < A 5000 1000 0 509 1 = keep-alive ACK ack 1
2000 > A 999 5000 0 502 4 = keep-alive ack 1
2050 < A 5000 1000 0 509 2 = keep-alive ACK ack 1
`},
		{"a full receiver", handshake + `
60 < PA 5000 1000 100 509 1 = data 1-100 (100) ack 1
61 > A 1000 5100 0 0 3 = ACK ack 101, window 0
300 < A 5099 1000 0 509 2 = window probe seq 100 ack 1
301 > A 1000 5100 0 0 4 = keep-alive ACK ack 101, window 0
400 > A 1000 5100 0 502 5 = window update ack 101, window 64256
`},
		{"asks again for what is missing", handshake + `
60 < PA 5000 1000 100 509 1 = data 1-100 (100) ack 1
61 > A 1000 5100 0 502 3 = ACK ack 101
62 < PA 5200 1000 100 509 3 = data 201-300 (100) ack 1 [100 bytes before it not seen]
63 > A 1000 5100 0 502 4 = duplicate ACK ack 101
64 < PA 5300 1000 100 509 4 = data 301-400 (100) ack 1
65 > A 1000 5100 0 502 5 = duplicate ACK ack 101
`},
		{"not yet cut", handshake + `
60 > PA 1000 5000 4000 502 1 = data 1-4000 (4000) ack 1 [super-segment: at least 3 on the wire]
`},
		{"joined in the middle", `
0 > PA 7000 9000 10 502 1 = data 1-10 (10) ack 1
1 < A 9000 7010 0 502 1 = ACK ack 11
2 < PA 9000 7010 10 502 2 = data 1-10 (10) ack 11
`},
		{"one byte sent again", handshake + `
60 > PA 1000 5000 1 502 3 = data 1-1 (1) ack 1
360 > PA 1000 5000 1 502 4 = data 1-1 (1) ack 1 [retransmitted]
`},
		{"numbers come round", `
0 > S 4294967290 0 0 64240 1 = SYN seq 4294967290, window 64240
50 < SA 4294967295 4294967291 0 65160 0 = SYN+ACK seq 4294967295, ack 4294967291 = the SYN's seq + 1, window 65160
51 > A 4294967291 0 0 502 2 = ACK seq 4294967291, ack 0 = the SYN's seq + 1
52 > PA 4294967291 0 100 502 3 = data 1-100 (100) ack 1
53 > PA 95 0 100 502 4 = data 101-200 (100) ack 1
`},
		{"data in the SYN", `
0 > S 999 0 10 64240 1 = SYN seq 999, window 64240
50 < SA 4999 1010 0 65160 0 = SYN+ACK seq 4999, ack 1010 = the SYN's seq + 1, window 65160
51 > A 1010 5000 0 502 2 = ACK seq 1010, ack 5000 = the SYN's seq + 1
`},
		{"half closed", handshake + `
60 > FA 1000 5000 0 502 3 = FIN+ACK seq 1 ack 1
110 < A 5000 1001 0 509 1 = ACK ack 2 = the FIN's seq + 1
200 < PA 5000 1001 100 509 2 = data 1-100 (100) ack 2
201 > A 1001 5100 0 501 4 = ACK ack 101
300 < FPA 5100 1001 7 509 3 = FIN+ACK 101-107 (7) ack 2
301 > A 1001 5108 0 501 5 = ACK ack 109 = the FIN's seq + 1
`},
		{"FIN sent again", handshake + `
60 > FA 1000 5000 0 502 3 = FIN+ACK seq 1 ack 1
310 > FA 1000 5000 0 502 4 = FIN+ACK seq 1 ack 1 [retransmitted]
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStream(client, server)
			packets, want := steps(t, tt.script)
			for i, p := range packets {
				seg, ok := s.add(p)
				if !ok {
					t.Fatalf("packet %d is no part", i+1)
				}
				if got := seg.String(); got != want[i] {
					t.Errorf("packet %d: %s\nwant %s", i+1, got, want[i])
				}
			}
		})
	}
}

func TestStreamOver(t *testing.T) {
	tests := []struct {
		name, script string
		over         bool
	}{
		{"opened", handshake, false},
		{"reset", handshake + "60 < R 5000 0 0 0 1 = x", true},
		{"one FIN", handshake + "60 < FA 5000 1000 0 500 1 = x\n61 > A 1000 5001 0 500 3 = x", false},
		{"both", handshake + "60 < FA 5000 1000 0 500 1 = x\n61 > FA 1000 5001 0 500 3 = x\n62 < A 5001 1001 0 500 2 = x", true},
		{"at once", handshake + "60 < FA 5000 1000 0 500 1 = x\n60 > FA 1000 5000 0 500 3 = x\n62 < A 5001 1001 0 500 2 = x\n62 > A 1001 5001 0 500 4 = x", true},
	}
	for _, tt := range tests {
		s := newStream(client, server)
		packets, _ := steps(t, tt.script)
		for _, p := range packets {
			s.add(p)
		}
		if s.over() != tt.over {
			t.Errorf("%s: over is %v", tt.name, s.over())
		}
	}
}

// A packet that a bridge and its port both show counts once.
func TestStreamElsewhere(t *testing.T) {
	s := newStream(client, server)
	packets, _ := steps(t, handshake)
	for _, p := range packets {
		if _, ok := s.add(p); !ok {
			t.Fatal("a first copy is none")
		}
		again := *p
		again.ifindex = 7
		if _, ok := s.add(&again); ok {
			t.Error("the copy of another interface is taken for a packet")
		}
	}
}

// Whatever comes, in whatever order: the numbers hold together.
func FuzzStream(f *testing.F) {
	f.Add([]byte{0, 2, 0, 0, 1, 2, 18, 0, 1, 1, 0, 16, 1, 1, 0})
	f.Add([]byte{0, 16, 0, 0, 200, 1, 17, 9, 9, 0, 0, 17, 3, 3, 4, 1, 4, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newStream(client, server)
		for at := 0; len(b) >= 5; at, b = at+1, b[5:] {
			p := spec{src: client, dst: server, flags: Flags(b[1]), seq: uint32(b[2]) << 4, ack: uint32(b[3]) << 4, window: uint16(b[4] & 1), id: uint16(b[0] >> 1)}
			if b[0]&1 != 0 {
				p.src, p.dst = p.dst, p.src
			}
			p.data = make([]byte, b[4]>>1)
			seg, ok := s.add(p.packet(t0.Add(time.Duration(at) * time.Millisecond)))
			if !ok {
				t.Fatal("a packet of the same interface is a copy of another's")
			}
			if seg.Retransmitted && (seg.OutOfOrder || seg.Duplicate) || seg.Needless && !seg.Retransmitted || seg.What == 0 {
				t.Fatalf("%+v", seg)
			}
			if uint32(seg.RelSeq)-seg.Seq != -s.flowOf(seg.Out).isn {
				t.Fatalf("relative %d of %d", seg.RelSeq, seg.Seq)
			}
			_ = seg.String()
			for _, fl := range []*flow{&s.out, &s.in} {
				last := int64(-1 << 62)
				for _, h := range fl.holes {
					if h.from >= h.to || h.to > fl.next {
						t.Fatalf("holes %v before %d", fl.holes, fl.next)
					}
					last = max(last, h.to)
				}
			}
		}
	})
}

func (s *stream) flowOf(out bool) *flow {
	if out {
		return &s.out
	}
	return &s.in
}
