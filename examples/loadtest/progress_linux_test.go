package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// On a terminal a line says how far the loads are, and makes way for the figures.
func TestProgress(t *testing.T) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("this machine gives no pseudo terminal: %v", err)
	}
	defer master.Close()
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil || unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0) != nil {
		t.Skipf("this machine gives no pseudo terminal: %v", err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("this machine gives no pseudo terminal: %v", err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: 60, Row: 20}); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TERM", "xterm")
	got := make(chan string)
	go func() {
		b, _ := io.ReadAll(master) // ends with EIO when the slave is closed
		got <- string(b)
	}()
	o := serve(t, false, nil)
	status := run(t.Context(), []string{"-duration", "700ms", o.URL}, slave, io.Discard)
	slave.Close()
	text := <-got
	last := strings.LastIndex(text, "\r\x1b[K")
	if status != 0 || last < 0 || strings.Contains(text[last+4:], "\x1b") || !regexp.MustCompile(`^\d+ loads in `).MatchString(text[last+4:]) {
		t.Fatalf("exit status %d, %q", status, text)
	}
	lines := strings.Split(text[:last], "\x1b[K")
	line := regexp.MustCompile(`^\r\d+ loads, \d+ms of 700ms, [0-9.]+ a second, median .*`)
	for _, l := range lines[:len(lines)-1] {
		if !line.MatchString(l) || len(l) > 60 {
			t.Errorf("%q", l)
		}
	}
	if len(lines) < 2 {
		t.Errorf("no progress in %q", text)
	}
}
