//go:build unix

package conn

import (
	"fmt"
	"math"
	"syscall"
)

// filesAllowed says how many files the process may have open; "" where that is
// not known.
func filesAllowed() string {
	var r syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r) != nil {
		return ""
	}
	hard := "none"
	if uint64(r.Max) < math.MaxInt64 { // RLIM_INFINITY is that, or all ones
		hard = fmt.Sprint(r.Max)
	}
	return fmt.Sprintf("%d (RLIMIT_NOFILE, ulimit -n; the hard limit is %s)", r.Cur, hard)
}
