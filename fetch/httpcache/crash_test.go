package httpcache

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// bodyOf is a body that its key determines: size and bytes.
func bodyOf(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	r := rand.NewChaCha8(sum)
	b := make([]byte, 1+int(sum[0])<<(sum[1]%12))
	r.Read(b)
	return b
}

// crashKeys is how many keys the writers of the crash test share, so that they replace what is there.
const crashKeys = 64

// TestMain is also the process that writes until it is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("HTTPCACHE_CRASH_DIR"); dir != "" {
		d, err := OpenDisk(dir, 8<<20)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Stdout.WriteString("ready\n")
		for i := 0; ; i++ {
			key := fmt.Sprint("key ", rand.IntN(crashKeys))
			h := headFor(key)
			h.Header = fieldsOf("Cache-Control: max-age=600", "X: "+strings.Repeat("x", rand.IntN(300)))
			body := bodyOf(key)
			if w, err := d.Create(h, false); err == nil {
				for rest := body; len(rest) > 0; {
					n := min(len(rest), 1+rand.IntN(40_000))
					w.Write(rest[:n])
					rest = rest[n:]
				}
				h.Size, h.Total = int64(len(body)), int64(len(body))
				w.Commit(h)
				w.Close()
			}
			if e, err := d.Open(key); err == nil {
				d.Update(e, h)
				e.Close()
			}
			if i%17 == 0 {
				d.Delete(fmt.Sprint("key ", rand.IntN(crashKeys)))
			}
		}
	}
	os.Exit(m.Run())
}

// checkAll reads all keys: each is a miss or exactly its body.
func checkAll(t *testing.T, dir string) (hits int) {
	t.Helper()
	d, err := OpenDisk(dir, 8<<20)
	if err != nil {
		t.Fatal(err)
	}
	for i := range crashKeys {
		key := fmt.Sprint("key ", i)
		got, _, err := get(d, key)
		switch {
		case err == nil && sha256.Sum256(got) != sha256.Sum256(bodyOf(key)):
			t.Fatalf("%s: a wrong body of %d bytes", key, len(got))
		case err == nil:
			hits++
		case errors.Is(err, ErrDamaged):
			t.Fatalf("%s: %v: a file in its place is not whole", key, err)
		}
	}
	return hits
}

// TestDiskCrash kills a process while it writes: afterwards every hit is exactly what was stored. HTTPCACHE_CRASHES is how often, 200 in .ci/run.
func TestDiskCrash(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a killed process's files stay locked for a while on Windows")
	}
	crashes := 8
	if n, err := strconv.Atoi(os.Getenv("HTTPCACHE_CRASHES")); err == nil {
		crashes = n
	}
	dir, hits := t.TempDir(), 0
	for i := range crashes {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "HTTPCACHE_CRASH_DIR="+dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		out.Read(make([]byte, 6))
		// How long it may write is what differs between the crashes.
		<-time.After(time.Duration(rand.IntN(20_000)) * time.Microsecond)
		c.Process.Kill()
		c.Wait()
		if i%10 == 9 || i == crashes-1 {
			hits += checkAll(t, dir)
		}
	}
	if hits == 0 {
		t.Error("nothing was stored")
	}
	left, _ := os.ReadDir(filepath.Join(dir, temporaryFolder))
	t.Logf("%d crashes, %d hits, %d temporary files left", crashes, hits, len(left))
	for _, e := range left { // an hour later
		old := time.Now().Add(-2 * abandoned)
		os.Chtimes(filepath.Join(dir, temporaryFolder, e.Name()), old, old)
	}
	checkAll(t, dir)
	if left, _ := os.ReadDir(filepath.Join(dir, temporaryFolder)); len(left) != 0 {
		t.Errorf("%d temporary files stay", len(left))
	}
}

// fill writes bodies into a store whose disk has no room for all of them.
func fill(t *testing.T, d *Disk) (stored int, failure error) {
	for i := range crashKeys {
		key := fmt.Sprint("key ", i)
		h := headFor(key)
		w, err := d.Create(h, false)
		if err != nil {
			failure = err
			continue
		}
		body := bodyOf(key)
		_, err = w.Write(body)
		h.Size, h.Total = int64(len(body)), int64(len(body))
		if cerr := w.Commit(h); cerr == nil && err != nil {
			t.Errorf("%s: committed after %v", key, err)
		} else if cerr != nil {
			failure = cerr
		} else {
			stored++
		}
		w.Close()
	}
	return stored, failure
}

// A disk that cannot be written to any more loses nothing that was stored before, and the cache works on without.
func TestDiskBecomesReadOnly(t *testing.T) {
	dir := t.TempDir()
	d, err := OpenDisk(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	body := random(1000)
	put(t, d, "key", body)
	if err := os.RemoveAll(filepath.Join(dir, temporaryFolder)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, temporaryFolder), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if stored, err := fill(t, d); stored > 0 || err == nil || !strings.Contains(err.Error(), "httpcache: ") {
		t.Errorf("%d stored without a place to write, %v", stored, err)
	}
	if got, _, err := get(d, "key"); err != nil || !bytes.Equal(got, body) {
		t.Errorf("what was stored before: %v", err)
	}
	c := &Cache{Store: d}
	tx := c.Begin(Request{Method: "GET", URL: "http://a.test/"}, nil)
	if a := tx.Next(); a != Send {
		t.Fatal(a)
	}
	tx.Respond(&Response{Status: 200, Proto: "http/1.1", Header: fieldsOf("Cache-Control: max-age=60"), Requested: time.Now(), Responded: time.Now()})
	tx.Write([]byte("x"))
	tx.Finish(nil, 1)
	if o := tx.Outcome(); !strings.HasPrefix(o.Stored, "not stored: httpcache: ") {
		t.Errorf("outcome is %q", o.String())
	}
	tx.Close()
	if _, err := OpenDisk(dir, 0); err == nil {
		t.Error("a folder that cannot be written to is opened")
	}
}
