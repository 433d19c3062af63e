// Package wire joins two hosts by a cable that behaves as it is told, for tests of
// what a client does on a real network: with a real kernel's TCP, ARP and routes at
// both ends, but with a delay, a rate, and losses of the test's choice.
//
// The hosts are network namespaces, made by the test. Each has a TAP device, which
// is an Ethernet card whose cable is a file descriptor, and the [Wire] is the
// goroutine between the two: it reads the frames of one and writes them to the
// other, later, twice, in another order or not at all. Each direction has a [Link]
// of its own, which may be changed while frames go through it, and may have a
// [Rule] that sees every frame: "the first SYN is lost", "the second ARP request
// comes late". Chance is a pseudo-random sequence by a seed, so that the same
// frames have the same fate in the next run.
//
//	func TestLostSYN(t *testing.T) {
//		wire.Need(t) // skips the test where there can be no wire, and says why
//		w, err := wire.Join(
//			wire.End{Link: wire.Link{
//				Delay: 25 * time.Millisecond,
//				Rule:  wire.First(1, wire.SYN, wire.Verdict{Drop: true}),
//			}},
//			wire.End{Link: wire.Link{Delay: 25 * time.Millisecond}},
//		)
//		if err != nil {
//			t.Fatal(err)
//		}
//		defer w.Close()
//		l, err := w.Host(wire.B).Listen("tcp", "192.0.2.2:80")
//		if err != nil {
//			t.Fatal(err)
//		}
//		defer l.Close()
//		start := time.Now()
//		c, err := w.Host(wire.A).Dial(t.Context(), "tcp", "192.0.2.2:80")
//		if err != nil {
//			t.Fatal(err)
//		}
//		defer c.Close()
//		if took := time.Since(start); took < time.Second {
//			t.Errorf("connected within %v, though the first SYN was lost", took)
//		}
//	}
//
// # Programs and functions in a host
//
// A namespace belongs to a thread, and a goroutine is on any. [Host.Listen] and
// [Host.Dial] make their socket on a thread that is in the host; what was made
// there stays there, so a server's loop may run anywhere. A client that dials on
// goroutines of its own would leave the host without noticing. Run it as a process
// of its own with [Host.Run], which starts the test binary once more inside the
// host, and there, instead of the tests, a function that TestMain has named:
//
//	func TestMain(m *testing.M) {
//		os.Exit(wire.Main(m, map[string]wire.Role{"get": wire.Func(get)}))
//	}
//
//	func get(ctx context.Context, url string) (status int, err error) { … }
//
//	err := w.Host(wire.A).Run(ctx, "get", "http://192.0.2.2/", &status)
//
// [Host.Command] does it for other programs: tcpdump, ip, ss.
//
// # What it takes
//
// Linux, root, /dev/net/tun and iproute2; [Missing] says which of them is not
// there. The devices go with the process, and Close removes the namespaces; those
// of a process that was killed are removed by the next one that makes a host.
//
// A frame is handed over a tenth of a millisecond after it is due, also on a busy machine,
// since the wire's thread comes before others (SCHED_DEADLINE). It needs a place in the Go
// runtime though, for which a process whose goroutines all compute keeps it waiting:
// there, raise GOMAXPROCS by one. [Counts.Late] is the worst that has happened, so that a
// test knows what its figures are worth. A wire at 100 Mbit/s takes two fifths of a
// processor, with the server that sends.
//
// There is no offloading: the frames are those that a cable would carry, at most MTU
// long, checksums in place.
//
// For what needs no kernel, virtual time and package conntest are quicker.
package wire
