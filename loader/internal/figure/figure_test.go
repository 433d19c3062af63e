package figure

import (
	"math"
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                      "0 ms",
		40 * time.Microsecond:                  "0.0 ms",
		1240 * time.Microsecond:                "1.2 ms",
		9 * time.Millisecond:                   "9 ms",
		12_700 * time.Microsecond:              "13 ms",
		-12 * time.Millisecond:                 "-12 ms",
		1255 * time.Millisecond:                "1.25 s",
		60 * time.Second:                       "1 min 00 s",
		125*time.Second + 600*time.Millisecond: "2 min 06 s",
		math.MinInt64:                          "-153722867 min 16 s",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%d) = %q, want %q", int64(d), got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0:             "0 B",
		999:           "999 B",
		1000:          "1.0 kB",
		999_949:       "999.9 kB",
		999_950:       "1.0 MB",
		999_950_000:   "1.0 GB",
		-1500:         "-1.5 kB",
		math.MinInt64: "-9223372036.9 GB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}
