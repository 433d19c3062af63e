// Command harcheck says whether a file is a HAR 1.2 that can be relied on: valid
// by the schema, with timings that add up.
//
//	harcheck [-entries N] [-tolerance MS] FILE...
//
// It exits with 0 where all is well, 1 where it is not, with a line a fault on
// standard error, and 2 for unusable arguments. A HAR of this project needs no
// tolerance; browsers' timings add up within a millisecond. Package valid has
// the rules.
package main

import (
	"flag"
	"fmt"
	"os"

	"pageload/examples/internal/harcheck/valid"
)

// maxFaults is how many faults of one file are told: the first ones tell most.
const maxFaults = 20

func main() {
	entries := flag.Int("entries", 0, "the least number of entries")
	tolerance := flag.Float64("tolerance", 0, "milliseconds by which the parts of an entry may miss its time")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: harcheck [-entries N] [-tolerance MS] FILE...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	status := 0
	for _, file := range flag.Args() {
		b, err := os.ReadFile(file)
		if err != nil {
			fmt.Fprintln(os.Stderr, "harcheck:", err)
			status = 1
			continue
		}
		n, faults := valid.HAR(b, valid.Rules{Entries: *entries, Tolerance: *tolerance})
		for i, f := range faults {
			if i == maxFaults {
				fmt.Fprintf(os.Stderr, "%s: %d more\n", file, len(faults)-i)
				break
			}
			fmt.Fprintf(os.Stderr, "%s: %s\n", file, f)
		}
		if len(faults) > 0 {
			status = 1
			continue
		}
		fmt.Printf("%s: %d entries, valid\n", file, n)
	}
	os.Exit(status)
}
