package wire_test

import (
	"fmt"
	"time"

	"pageload/conn/conntest/wire"
)

// A rule is a function of a frame; those that are often wanted are there.
func ExampleFirst() {
	rule := wire.Rules(
		wire.First(1, wire.ARP, wire.Verdict{Drop: true}),
		wire.Each(wire.ARP, wire.Verdict{Hold: 10 * time.Millisecond}),
	)
	question := []byte("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x08\x06" +
		"\x00\x01\x08\x00\x06\x04\x00\x01\x02\x00\x00\x00\x00\x01\xc0\x00\x02\x01\x00\x00\x00\x00\x00\x00\xc0\x00\x02\x02")
	for n := range uint64(2) {
		f := &wire.Frame{From: wire.A, N: n + 1, Data: question}
		fmt.Printf("%v: %+v\n", f, rule(f))
	}
	// Output:
	// A 1: ARP who has 192.0.2.2, tell 192.0.2.1: {Drop:true Copies:0 Hold:0s}
	// A 2: ARP who has 192.0.2.2, tell 192.0.2.1: {Drop:false Copies:0 Hold:10ms}
}

// A link of a far country, and one that is bad.
func ExampleJoin() {
	if err := wire.Missing(); err != nil {
		fmt.Println("no wire here:", err)
		return
	}
	w, err := wire.Join(
		wire.End{Link: wire.Link{Delay: 80 * time.Millisecond, Rate: 1_000_000}},
		wire.End{Link: wire.Link{Delay: 80 * time.Millisecond, Rate: 8_000_000, Loss: 0.02, Seed: 1}},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Close()
	out, err := w.Host(wire.A).IP("-br", "address", "show", "dev", "wire")
	fmt.Println(string(out), err)
}
