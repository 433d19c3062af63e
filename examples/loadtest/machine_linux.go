package main

import (
	"fmt"
	"math"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// machine asks for the limits. Go has raised the number of files to the hard
// limit when the program started (package os).
func machine() limits {
	var l limits
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &r) == nil {
		l.files, l.hard = int(min(r.Cur, math.MaxInt32)), int(min(r.Max, math.MaxInt32))
	}
	var first, last int
	if text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		if n, _ := fmt.Sscan(string(text), &first, &last); n == 2 && last >= first {
			l.ports = last - first + 1
		}
	}
	text, _ := os.ReadFile("/proc/net/sockstat")
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line) // TCP: inuse 5 orphan 0 tw 2 alloc 7 mem 1
		for i := 1; i+1 < len(fields) && fields[0] == "TCP:"; i += 2 {
			if fields[i] == "tw" {
				fmt.Sscan(fields[i+1], &l.timeWait)
			}
		}
	}
	return l
}
