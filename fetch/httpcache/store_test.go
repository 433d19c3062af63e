package httpcache

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

func headFor(key string) *Head {
	return &Head{Key: key, Status: 200, StatusText: "OK", Proto: "http/1.1", Requested: noon, Responded: noon, Total: -1,
		Header: fieldsOf("Cache-Control: max-age=600", "ETag: \"e\""), Vary: []Field{{"accept", "*/*"}}}
}

// put stores a body in pieces and returns the head.
func put(t testing.TB, s Store, key string, body []byte) *Head {
	t.Helper()
	h := headFor(key)
	w, err := s.Create(h, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for rest := body; len(rest) > 0; {
		n := min(len(rest), 10_000)
		if _, err := w.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	h.Size, h.Total = int64(len(body)), int64(len(body))
	if err := w.Commit(h); err != nil {
		t.Fatal(err)
	}
	return h
}

// get returns what is stored, or why nothing is.
func get(s Store, key string) ([]byte, *Head, error) {
	e, err := s.Open(key)
	if err != nil {
		return nil, nil, err
	}
	defer e.Close()
	if err := e.Check(); err != nil {
		return nil, nil, err
	}
	var b bytes.Buffer
	err = e.Copy(0, e.Head().Size, func(p []byte) error { b.Write(p); return nil })
	return b.Bytes(), e.Head(), err
}

func random(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n)})
	r.Read(b)
	return b
}

func eachStore(t *testing.T, f func(t *testing.T, s Store)) {
	t.Run("memory", func(t *testing.T) { f(t, &Memory{MaxBytes: 8 << 20}) })
	t.Run("disk", func(t *testing.T) {
		d, err := OpenDisk(t.TempDir(), 8<<20)
		if err != nil {
			t.Fatal(err)
		}
		f(t, d)
	})
}

func TestStores(t *testing.T) {
	eachStore(t, func(t *testing.T, s Store) {
		for _, n := range []int{0, 1, 30_000, pieceBytes - 1, pieceBytes, pieceBytes + 1, 300_000} {
			key := fmt.Sprint("http://a.test/", n)
			body := random(n)
			want := put(t, s, key, body)
			got, h, err := get(s, key)
			if err != nil || !bytes.Equal(got, body) {
				t.Fatalf("%d bytes: got %d, %v", n, len(got), err)
			}
			if fmt.Sprint(h.Header, h.Vary, h.Key, h.Status, h.Size, h.Total) != fmt.Sprint(want.Header, want.Vary, want.Key, want.Status, want.Size, want.Total) || !h.Responded.Equal(noon) {
				t.Errorf("head is %+v, want %+v", h, want)
			}
			e, _ := s.Open(key)
			if err := e.Check(); err != nil {
				t.Fatal(err)
			}
			if n > 2 {
				var part []byte
				e.Copy(1, int64(n-2), func(p []byte) error { part = append(part, p...); return nil })
				if !bytes.Equal(part, body[1:n-1]) {
					t.Errorf("%d bytes: a part differs", n)
				}
			}
			if err := e.Copy(1, int64(n), func([]byte) error { return nil }); err == nil {
				t.Errorf("%d bytes: more than that can be had", n)
			}
			changed := *e.Head()
			changed.Header = fieldsOf("X: y")
			if err := s.Update(e, &changed); err != nil {
				t.Fatal(err)
			}
			s.Delete("http://a.test/other")
			e.Close()
			if got, h, err := get(s, key); err != nil || !bytes.Equal(got, body) || h.Header.Get("X") != "y" {
				t.Fatalf("%d bytes, after an update: %v, %v", n, h, err)
			}
		}
		if n, size := s.Usage(); n < 7 || size < 300_000 {
			t.Errorf("Usage = %d, %d", n, size)
		}
		h := headFor("only its size")
		h.Size, h.Total, h.NoBody = 1234, 1234, true
		if err := s.Put(h); err != nil {
			t.Fatal(err)
		}
		if e, err := s.Open("only its size"); err != nil || e.Head().Size != 1234 || !e.Head().NoBody {
			t.Errorf("a head without a body: %v", err)
		} else {
			if err := s.Update(e, headFor("only its size")); err != nil {
				t.Error(err)
			}
			e.Close()
		}
		s.Delete("http://a.test/1")
		if _, _, err := get(s, "http://a.test/1"); !errors.Is(err, ErrMiss) {
			t.Errorf("after Delete: %v", err)
		}
		if err := s.Clear(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := get(s, "http://a.test/30000"); !errors.Is(err, ErrMiss) {
			t.Errorf("after Clear: %v", err)
		}
		w, err := s.Create(headFor("given up"), false)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte("half"))
		w.Close()
		if _, _, err := get(s, "given up"); !errors.Is(err, ErrMiss) {
			t.Errorf("a writer that was given up: %v", err)
		}
		big := headFor("big")
		if w, err := s.Create(big, false); err == nil {
			_, err = w.Write(make([]byte, 2<<20))
			if !errors.Is(err, ErrTooBig) || w.Commit(big) == nil && big.Size != 0 {
				t.Errorf("2 MiB in a store of 8: %v", err)
			}
			w.Close()
		}
	})
}

// What was used last stays.
func TestStoresDropLeastRecentlyUsed(t *testing.T) {
	eachStore(t, func(t *testing.T, s Store) {
		body := random(900_000)
		put(t, s, "kept", body)
		if d, ok := s.(*Disk); ok { // its files' times are all it knows
			old := time.Now().Add(-time.Hour)
			os.Chtimes(d.fileOf("kept"), old, old)
		}
		for i := range 20 {
			put(t, s, fmt.Sprint("k", i), body)
			e, err := s.Open("kept")
			if err != nil {
				t.Fatalf("after %d others: %v", i+1, err)
			}
			e.Used(time.Now())
			e.Close()
		}
		if _, size := s.Usage(); size > 8<<20+100_000 {
			t.Errorf("%d bytes in a store of 8 MiB", size)
		}
		if _, _, err := get(s, "k0"); err == nil {
			t.Error("what was not used for longest is still there")
		}
	})
}

// Without an Asker nothing is waited for: beside a request that fetches the same, one goes its own way.
func TestNobodyAsks(t *testing.T) {
	c := &Cache{}
	r := Request{Method: "GET", URL: "http://a.test/"}
	first, second := c.Begin(r, nil), c.Begin(r, nil)
	if a, b := first.Next(), second.Next(); a != Send || b != Send {
		t.Fatal(a, b)
	}
	for i, tx := range []*Transaction{second, first} {
		tx.Respond(&Response{Status: 200, Proto: "http/1.1", Header: fieldsOf("Cache-Control: max-age=60", "Vary: Accept"), Requested: time.Now(), Responded: time.Now()})
		tx.Write([]byte("x"))
		tx.Finish(nil, 1)
		if got, want := tx.Outcome().Stored, []string{"not stored: another request is storing it", "stored"}[i]; got != want {
			t.Errorf("request %d: %s, want %s", i, got, want)
		}
		tx.Close()
	}
	if third := c.Begin(r, nil); third.Next() != Serve {
		t.Error(third.Outcome())
	}
	if other := c.Begin(r, asker("text/html")); other.Next() != Send {
		t.Error(other.Outcome())
	}
}
