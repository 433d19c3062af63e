package bench_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"testing"

	"pageload/fetch/internal/bench"
)

const env = "BENCH_TEST_SERVER"

func TestMain(m *testing.M) {
	if bench.Serves(env) {
		fmt.Println("one\ntwo")
		bench.Wait()
		return
	}
	os.Exit(m.Run())
}

func TestStart(t *testing.T) {
	if got := bench.Start(t, env, 2); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("%q", got)
	}
}

func TestRun(t *testing.T) {
	var calls [3]atomic.Int64
	var last int
	gets := make([]func() error, len(calls))
	for i := range gets {
		gets[i] = func() error { calls[i].Add(1); return nil }
	}
	r := testing.Benchmark(func(b *testing.B) {
		for i := range calls {
			calls[i].Store(0)
		}
		last = b.N
		bench.Run(b, gets)
	})
	sum := int64(0)
	for i := range calls {
		sum += calls[i].Load() - 1 // the one before
	}
	if sum != int64(last) || r.N != last {
		t.Errorf("%d calls for %d turns", sum, last)
	}
	r = testing.Benchmark(func(b *testing.B) { bench.Run(b, []func() error{func() error { return errors.New("no") }}) })
	if r.N != 0 {
		t.Errorf("a benchmark that fails has %d turns", r.N)
	}
}
