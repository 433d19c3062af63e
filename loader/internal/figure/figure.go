// Package figure writes times and sizes for people, alike in every report.
package figure

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Duration writes a time with three digits or so: "7.3 ms", "120 ms", "1.25 s",
// "2 min 05 s".
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + Duration(-max(d, -math.MaxInt64))
	case d < 10*time.Millisecond && d%time.Millisecond != 0:
		return fmt.Sprintf("%.1f ms", float64(d)/1e6)
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	d = d.Round(time.Second)
	return fmt.Sprintf("%d min %02d s", d/time.Minute, d%time.Minute/time.Second)
}

// Bytes writes a number of bytes in decimal units: "999 B", "1.5 kB", "2.0 GB".
func Bytes(n int64) string {
	switch {
	case n < 0:
		return "-" + Bytes(-max(n, -math.MaxInt64))
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 999_950:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 999_950_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}
