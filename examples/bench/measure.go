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

// cost measures what a load costs: how much CPU.
func (b *bench) cost(j job, loaders []loader) (map[string]*figures, error) {
	var tasks []task
	for _, l := range loaders {
		tasks = append(tasks, task{loader: l, job: j})
	}
	list, err := b.costs(tasks)
	if err != nil {
		return nil, err
	}
	all := map[string]*figures{}
	for i, l := range loaders {
		all[l.name] = list[i]
	}
	return all, nil
}

// costs is cost of tasks that take turns, each with as many loads as take as long as a run should. The CPU of a run of few loads
// is taken off, which was in the same round.
func (b *bench) costs(tasks []task) ([]*figures, error) {
	few, many, all := slices.Clone(tasks), slices.Clone(tasks), make([]*figures, len(tasks))
	for i, t := range tasks {
		few[i].loads, all[i] = t.job.inFlight, &figures{}
		s, err := b.run(t.loader, t.job, few[i].loads)
		if err != nil {
			return nil, err
		}
		if many[i].loads, err = b.enough(t.loader, t.job, s); err != nil {
			return nil, err
		}
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
		for i, f := range all {
			s, few := samples[i], base[i]
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
