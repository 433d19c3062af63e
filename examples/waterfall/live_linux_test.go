package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// terminalOf opens a pseudo terminal of that size. What is written to it is read
// to the end when the returned function is called; began is closed when there is
// something.
func terminalOf(t *testing.T, columns, rows uint16) (slave *os.File, began chan struct{}, text func() string) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("this machine gives no pseudo terminal: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("this machine gives no pseudo terminal: %v", err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows}); err != nil {
		t.Fatal(err)
	}
	began = make(chan struct{})
	got := make(chan string)
	go func() {
		first := make([]byte, 1)
		n, _ := master.Read(first)
		close(began)
		b, _ := io.ReadAll(master) // ends with EIO when the slave is closed
		got <- string(first[:n]) + string(b)
	}()
	return slave, began, func() string {
		slave.Close()
		return strings.ReplaceAll(<-got, "\r\n", "\n")
	}
}

// On a terminal the rows grow while the page loads, and the whole takes their place.
func TestLiveOnTerminal(t *testing.T) {
	for _, tt := range []struct {
		name         string
		env          map[string]string
		columns      uint16
		args         []string
		live, color  bool
		ascii, quiet bool
	}{
		{name: "wide", columns: 130, live: true, color: true},
		{name: "narrow", columns: 60, live: true, color: true},
		{name: "too narrow", columns: 40, color: true},
		{name: "NO_COLOR", env: map[string]string{"NO_COLOR": "1"}, columns: 100, live: true},
		{name: "dumb", env: map[string]string{"TERM": "dumb"}, columns: 100, ascii: true},
		{name: "a locale without UTF-8", env: map[string]string{"LC_ALL": "C"}, columns: 100, live: true, color: true, ascii: true},
		{name: "quiet", columns: 100, args: []string{"-quiet"}, quiet: true},
		{name: "log", columns: 100, args: []string{"-v"}, color: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, value := range map[string]string{"TERM": "xterm", "NO_COLOR": "", "LC_ALL": "C.UTF-8"} {
				t.Setenv(name, value)
			}
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			out, began, text := terminalOf(t, tt.columns, 30)
			site := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				if tt.live {
					io.WriteString(w, "<!doctype html><title>A page</title>")
					w.(http.Flusher).Flush()
					<-began // the first frame
				}
				io.WriteString(w, "<img src=a.png>")
			})
			var stderr strings.Builder
			status := run(t.Context(), append(tt.args, site.URL), out, &stderr)
			got := text()
			if status != 0 {
				t.Fatalf("exit status %d: %s", status, stderr.String())
			}
			if live := strings.Contains(got, "A\r\x1b[J"); live != tt.live {
				t.Errorf("drawn live: %v, want %v\n%q", live, tt.live, got)
			}
			if color := strings.Contains(got, "m█") || strings.Contains(got, "\x1b[1m"); color != tt.color {
				t.Errorf("in colour: %v, want %v\n%q", color, tt.color, got)
			}
			if ascii := strings.IndexFunc(got, func(r rune) bool { return r > 0x7F }) < 0; !tt.quiet && ascii != tt.ascii {
				t.Errorf("ASCII: %v, want %v\n%q", ascii, tt.ascii, got)
			}
			whole := got[strings.LastIndex(got, "\x1b[J")+1:]
			if tt.quiet != (got == "") || !tt.quiet && !strings.Contains(whole, "requests") {
				t.Errorf("the whole is not drawn at the end:\n%q", whole)
			}
		})
	}
}
