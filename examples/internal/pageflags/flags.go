package pageflags

import (
	"crypto/tls"
	"errors"
	"flag"
	"strconv"
	"strings"

	"pageload/conn"
	"pageload/loader"
	"pageload/loader/schedule"
)

// Flags are the flags that every command takes which loads pages. The zero value
// is what holds where none was given.
type Flags struct {
	ConnectTo  []conn.ConnectTo // first match wins
	Insecure   bool
	Schedule   schedule.Kind
	Preconnect int         // what it is before Register is the default
	Pace       loader.Pace // what it is before Register holds where the flag is not given and the schedule is Chromium's

	paced bool // -pace was given
}

// Register adds the flags to a set.
func (f *Flags) Register(set *flag.FlagSet) {
	usual := "none"
	if f.Pace != (loader.Pace{}) {
		usual = "chromium, and none with -schedule eager"
	}
	set.Func("connect-to", "with `PATTERN=HOST:PORT` connect to HOST:PORT where the URL's host matches PATTERN, such as *.test or example.com:443 (* is any run of characters); repeatable, the first match wins", func(s string) error {
		c, err := conn.ParseConnectTo(s)
		if err != nil {
			_, why, _ := strings.Cut(err.Error(), s+`": `) // flag tells the value already
			return errors.New(why)
		}
		f.ConnectTo = append(f.ConnectTo, c)
		return nil
	})
	set.BoolVar(&f.Insecure, "insecure", false, "accept any certificate")
	set.Func("schedule", "what is held back is decided by `NAME`: chromium, or eager for everything at once (default chromium)", func(s string) error {
		switch s {
		case "chromium":
			f.Schedule = schedule.Chromium
		case "eager":
			f.Schedule = schedule.Eager
		default:
			return errors.New("it is chromium or eager")
		}
		return nil
	})
	set.IntVar(&f.Preconnect, "preconnect", f.Preconnect, "while the document is awaited, have so many `CONNECTIONS` to its host, if that is an http one")
	set.Func("pace", "take as long for what arrives as a browser's main thread does: `NAME` is none, chromium, or a number for a machine that takes so many times as long as the slow one of chromium, such as 0.3 (default "+usual+")", func(s string) (err error) {
		f.Pace, err = pace(s)
		f.paced = err == nil
		return err
	})
}

func pace(s string) (loader.Pace, error) {
	switch s {
	case "none":
		return loader.Pace{}, nil
	case "chromium":
		return loader.ChromiumPace(), nil
	}
	factor, err := strconv.ParseFloat(s, 64)
	if err != nil || !(factor >= 0 && factor <= 100) {
		return loader.Pace{}, errors.New("it is none, chromium or a number up to 100")
	}
	return loader.ChromiumPace().Scale(factor), nil
}

// AddConnectTo adds patterns of the program's own, after those of the user.
// What is no pattern is left out.
func (f *Flags) AddConnectTo(patterns []string) {
	for _, s := range patterns {
		if c, err := conn.ParseConnectTo(s); err == nil {
			f.ConnectTo = append(f.ConnectTo, c)
		}
	}
}

// Profile returns a new virtual browser as the flags describe it.
func (f *Flags) Profile() *loader.Profile {
	p := &loader.Profile{Schedule: f.Schedule, Pace: f.Pace, Preconnect: f.Preconnect}
	if f.Schedule == schedule.Eager && !f.paced {
		p.Pace = loader.Pace{}
	}
	p.Pool.Dialer.ConnectTo = f.ConnectTo
	if f.Insecure {
		p.Pool.Dialer.TLS = &tls.Config{InsecureSkipVerify: true}
	}
	return p
}
