package main

import (
	"slices"
	"time"
)

// figures are a loader's, one of each round.
type figures struct {
	cpu, memory, span []float64 // milliseconds a load, bytes, milliseconds
	last              sample    // of the last round
}

// cost measures what a load costs: how much CPU, when that of a run of few loads is taken off, which was in the same round.
func (b *bench) cost(j job, loaders []loader) (map[string]*figures, error) {
	all := map[string]*figures{}
	var few, many []task
	for _, l := range loaders {
		s, err := b.run(l, j, j.inFlight)
		if err != nil {
			return nil, err
		}
		n, err := b.enough(l, j, s)
		if err != nil {
			return nil, err
		}
		all[l.name] = &figures{}
		few, many = append(few, task{loader: l, job: j, loads: j.inFlight}), append(many, task{loader: l, job: j, loads: n})
	}
	for range b.o.rounds {
		base, err := b.inTurns(few)
		if err != nil {
			return nil, err
		}
		samples, err := b.inTurns(many)
		if err != nil {
			return nil, err
		}
		for i, l := range loaders {
			s, few, f := samples[i], base[i], all[l.name]
			f.cpu = append(f.cpu, milliseconds(s.cpu-few.cpu)/float64(s.loads-few.loads))
			f.memory, f.last = append(f.memory, float64(s.memory)), s
		}
	}
	return all, nil
}

// enough is how many loads take as long as a run should.
func (b *bench) enough(l loader, j job, few sample) (int, error) {
	if b.o.quick {
		return 2 * j.inFlight, nil
	}
	for n := 4 * j.inFlight; ; n *= 4 {
		s, err := b.run(l, j, n)
		if err != nil {
			return 0, err
		}
		if took := s.wall - few.wall; took > b.o.aim/6 || n > 100_000 {
			a := float64(n-few.loads) * b.o.aim.Seconds() / max(took.Seconds(), 1e-3)
			return max(3*j.inFlight, few.loads+int(a)), nil
		}
	}
}

// once measures single loads with nothing kept, by the origin's clock.
func (b *bench) once(j job, loaders []loader) (map[string]*figures, error) {
	all := map[string]*figures{}
	for range b.o.rounds {
		for _, l := range loaders {
			s, err := b.run(l, j, 1)
			if err != nil {
				return nil, err
			}
			f := all[l.name]
			if f == nil {
				f = &figures{}
				all[l.name] = f
			}
			f.span, f.last = append(f.span, milliseconds(s.counts.Span)), s
		}
	}
	return all, nil
}

// many measures what so many loads at the same time take of memory.
func (b *bench) many(j job, loaders []loader) (map[string]*figures, error) {
	all := map[string]*figures{}
	for _, l := range loaders {
		s, err := b.run(l, j, j.inFlight)
		if err != nil {
			return nil, err
		}
		all[l.name] = &figures{memory: []float64{float64(s.memory)}, cpu: []float64{milliseconds(s.cpu) / float64(s.loads)}, last: s}
	}
	return all, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	switch n := len(s); {
	case n == 0:
		return 0
	case n%2 == 0:
		return (s[n/2-1] + s[n/2]) / 2
	default:
		return s[n/2]
	}
}

// ratio is the median of the ratios in each round.
func ratio(of, to []float64) float64 {
	var r []float64
	for i := range min(len(of), len(to)) {
		r = append(r, of[i]/to[i])
	}
	return median(r)
}
