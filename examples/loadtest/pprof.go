package main

import (
	"errors"
	"os"
	"runtime"
	"runtime/pprof"
)

// profiles are the profiles of the process that were asked for.
type profiles struct {
	cpu *os.File // nil: none
	mem string   // "": none
}

// profile begins the profile of the CPU, if it is wanted.
func (o *options) profile() (*profiles, error) {
	p := &profiles{mem: o.memProfile}
	if o.cpuProfile == "" {
		return p, nil
	}
	f, err := os.Create(o.cpuProfile)
	if err != nil {
		return nil, err
	}
	p.cpu = f
	return p, pprof.StartCPUProfile(f)
}

// write ends them.
func (p *profiles) write() error {
	if p.cpu != nil {
		pprof.StopCPUProfile()
		if err := p.cpu.Close(); err != nil {
			return err
		}
	}
	if p.mem == "" {
		return nil
	}
	f, err := os.Create(p.mem)
	if err != nil {
		return err
	}
	runtime.GC() // so that what is in use is up to date
	return errors.Join(pprof.Lookup("heap").WriteTo(f, 0), f.Close())
}
