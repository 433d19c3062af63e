package dnscache

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock
		for _, step := range []time.Duration{0, 0, 1, baseAge - 2, 1, 1, baseAge, time.Hour} {
			time.Sleep(step)
			if got, want := c.now(), time.Now(); got != want {
				t.Fatalf("after %v more: %v, want %v", step, got, want)
			}
		}
	})
}
