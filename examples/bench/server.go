package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"

	"pageload/examples/bench/origin"
)

// A server is an origin in a process of its own.
type server struct {
	cmd     *exec.Cmd
	orders  *json.Encoder
	answers *json.Decoder
	stdin   io.Closer
	at      origin.Addresses
}

// server returns the one with this number, from 0, which is started if need be after those before it.
func (b *bench) server(n int) (*server, error) {
	for len(b.servers) <= n {
		s := &server{cmd: b.command(1, b.self, "origin")}
		s.cmd.Stderr = os.Stderr
		in, err := s.cmd.StdinPipe()
		if err != nil {
			return nil, err
		}
		out, err := s.cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if err := s.cmd.Start(); err != nil {
			return nil, err
		}
		s.stdin, s.orders, s.answers = in, json.NewEncoder(in), json.NewDecoder(out)
		b.servers = append(b.servers, s)
		if err := s.answers.Decode(&s.at); err != nil {
			return nil, err
		}
	}
	return b.servers[n], nil
}

// order tells the origin what to do.
func (s *server) order(o origin.Order) (c origin.Counts, err error) {
	if err := s.orders.Encode(o); err != nil {
		return c, err
	}
	return c, s.answers.Decode(&c)
}

// url is where the page of a job is.
func (s *server) url(j job) string {
	base := s.at.HTTP
	switch j.scheme {
	case "h1":
		base = s.at.HTTPS1
	case "h2":
		base = s.at.HTTPS2
	}
	return base + "/" + j.page + "/"
}
