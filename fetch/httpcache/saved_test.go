package httpcache

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// contents returns the keys of a store, what was used last at the end, and the bodies.
func contents(t testing.TB, s Store) (keys []string, bodies map[string]string) {
	t.Helper()
	bodies = map[string]string{}
	if err := s.Each(func(e Entry) error {
		key := e.Head().Key
		keys = append(keys, key)
		if e.Head().NoBody {
			bodies[key] = fmt.Sprint(e.Head().Size, " bytes")
			return nil
		}
		if err := e.Check(); err != nil {
			return err
		}
		var b strings.Builder
		err := e.Copy(0, e.Head().Size, func(p []byte) error { b.Write(p); return nil })
		bodies[key] = b.String()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return keys, bodies
}

func filled(t testing.TB, s Store) Store {
	t.Helper()
	for _, n := range []int{0, 1, pieceBytes, 200_000} {
		put(t, s, fmt.Sprint("http://a.test/", n), random(n))
	}
	h := headFor("http://a.test/head")
	h.Size, h.Total, h.NoBody = 77, 77, true
	if err := s.Put(h); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCacheIsSavedAndRead(t *testing.T) {
	eachStore(t, func(t *testing.T, s Store) {
		var saved bytes.Buffer
		if err := (&Cache{Store: filled(t, s)}).Write(&saved); err != nil {
			t.Fatal(err)
		}
		_, want := contents(t, s)
		eachStore(t, func(t *testing.T, s Store) {
			c := &Cache{Store: s}
			if err := c.Read(bytes.NewReader(saved.Bytes())); err != nil {
				t.Fatal(err)
			}
			if _, got := contents(t, s); !maps.Equal(got, want) || len(want) != 5 {
				t.Errorf("%d responses became %d others", len(want), len(got))
			}
			e, err := s.Open("http://a.test/1")
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			if h := e.Head(); h.life.fresh == 0 || fmt.Sprint(h.Header) != fmt.Sprint(headFor("").Header) || !h.Responded.Equal(noon) {
				t.Errorf("the head became %+v", h)
			}
		})
	})
}

// TestSavedCacheDamage changes each byte, and cuts everywhere: it is always noticed, and no wrong body is stored.
func TestSavedCacheDamage(t *testing.T) {
	var m Memory
	put(t, &m, "one", []byte("the first body"))
	put(t, &m, "two", []byte("the second one"))
	_, bodies := contents(t, &m)
	var saved bytes.Buffer
	if err := (&Cache{Store: &m}).Write(&saved); err != nil {
		t.Fatal(err)
	}
	try := func(what string, p []byte) {
		c := &Cache{}
		if err := c.Read(bytes.NewReader(p)); !errors.Is(err, ErrSaved) {
			t.Errorf("%s: %v", what, err)
		}
		_, got := contents(t, c.store())
		for key, body := range got {
			if bodies[key] != body {
				t.Errorf("%s: %q is stored for %q", what, body, key)
			}
		}
	}
	for i := range saved.Len() {
		bad := bytes.Clone(saved.Bytes())
		bad[i] ^= 0x41
		try(fmt.Sprint("byte ", i), bad)
		try(fmt.Sprint("cut at ", i), saved.Bytes()[:i])
	}
	if err := (&Cache{}).Read(strings.NewReader("pageload HTTP cache, saved, version 9\n")); err == nil || !strings.Contains(err.Error(), "version 9") {
		t.Errorf("another version: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	var m Memory
	put(f, &m, "one", []byte("body"))
	var saved bytes.Buffer
	(&Cache{Store: &m}).Write(&saved)
	f.Add(saved.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &Cache{Store: &Memory{MaxBytes: 1 << 20}}
		if c.Read(bytes.NewReader(b)) != nil {
			return
		}
		var again bytes.Buffer
		if err := c.Write(&again); err != nil {
			t.Fatal(err)
		}
		if err := (&Cache{}).Read(&again); err != nil {
			t.Fatal(err)
		}
	})
}

// Two caches go their own ways after Clone, and share what is stored.
func TestCacheClone(t *testing.T) {
	a := &Cache{Immutable: true}
	filled(t, a.store())
	order, _ := contents(t, a.store())
	b := a.Clone()
	if keys, _ := contents(t, b.store()); !slices.Equal(keys, order) || !b.Immutable {
		t.Errorf("the clone has %q, want %q", keys, order)
	}
	_, size := a.Usage()
	if _, s := b.Usage(); s != size {
		t.Errorf("Usage = %d, want %d", s, size)
	}
	e, err := a.store().Open(order[0])
	if err != nil {
		t.Fatal(err)
	}
	if times, _ := e.Used(time.Now()); times != 0 {
		t.Errorf("used %d times", times)
	}
	if keys, _ := contents(t, b.store()); !slices.Equal(keys, order) {
		t.Errorf("a use of the original moved the clone's: %q", keys)
	}
	b.Delete("", order[1])
	put(t, b.store(), "new", []byte("x"))
	changed := *e.Head()
	changed.StatusText = "changed"
	if err := a.store().Update(e, &changed); err != nil {
		t.Fatal(err)
	}
	if _, h, err := get(a.store(), order[0]); err != nil || h.StatusText != "changed" {
		t.Errorf("after an update: %v, %v", h, err)
	}
	if _, h, err := get(b.store(), order[0]); err != nil || h.StatusText != "OK" {
		t.Errorf("an update of the original is seen in the clone: %v, %v", h, err)
	}
	if _, _, err := get(a.store(), order[1]); err != nil {
		t.Errorf("deleted in the clone, and gone from the original: %v", err)
	}
	if _, _, err := get(a.store(), "new"); err == nil {
		t.Error("stored in the clone, and found in the original")
	}
	a.Clear()
	if keys, _ := contents(t, b.store()); len(keys) != len(order) {
		t.Errorf("Clear of the original left %q in the clone", keys)
	}
	if n, size := a.Usage(); n != 0 || size != 0 {
		t.Errorf("after Clear: %d responses, %d bytes", n, size)
	}
	shared := (&Cache{Store: &Memory{}}).Clone()
	put(t, shared.store(), "x", nil)
	e.Used(time.Now()) // of what was cleared
}

func TestDiskClone(t *testing.T) {
	a, err := OpenDisk(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	filled(t, a)
	_, want := contents(t, a)
	b, err := a.Clone(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	put(t, a, "http://a.test/1", []byte("another"))
	a.Delete("http://a.test/200000")
	if _, got := contents(t, b); !maps.Equal(got, want) {
		t.Errorf("%d responses became %d others", len(want), len(got))
	}
	if n, size := b.Usage(); n != 5 || size < 200_000 {
		t.Errorf("Usage = %d, %d", n, size)
	}
	if same, err := (&Cache{Store: a}).Clone().store().Open("http://a.test/0"); err != nil {
		t.Errorf("a clone shares a Disk: %v", err)
	} else {
		same.Close()
	}
}
