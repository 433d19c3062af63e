package saved

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

type thing struct {
	Name string    `json:"name"`
	At   time.Time `json:"at,omitzero"`
}

func things() Format[thing] { return Format[thing]{"pageload things", 3, "things", "thing"} }

func TestFormat(t *testing.T) {
	f := things()
	for _, list := range [][]thing{nil, {{Name: "a<b"}}, {{Name: "a"}, {Name: "\u00e4\"", At: time.Unix(5, 0).UTC()}}} {
		var b bytes.Buffer
		if err := f.Write(&b, list); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(b.String(), `{"format":"pageload things","version":3,"things":[`) || strings.Count(b.String(), "\n") != 1 {
			t.Errorf("written %q", b.String())
		}
		for n := range b.Len() - 1 { // a file that was cut
			if err := f.Read(bytes.NewReader(b.Bytes()[:n]), func(*thing) error { t.Fatal("taken"); return nil }); err == nil {
				t.Errorf("%q is read", b.Bytes()[:n])
			}
		}
		var got []thing
		if err := f.Read(&b, func(x *thing) error { got = append(got, *x); return nil }); err != nil || fmt.Sprint(got) != fmt.Sprint(list) {
			t.Errorf("read %v, %v, want %v", got, err, list)
		}
	}
	if err := f.Write(&bytes.Buffer{}, []thing{{At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}}); err == nil || !strings.HasPrefix(err.Error(), "thing: write: ") {
		t.Error(err)
	}
	if err := f.Write(broken{}, nil); !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestReadRefuses(t *testing.T) {
	f := things()
	for in, want := range map[string]string{
		"":                                 "thing: read: EOF",
		"[]":                               "thing: read: json: cannot unmarshal",
		"{}":                               `thing: read: the format is "", not "pageload things"`,
		`{"format":"other","version":"x"}`: `the format is "other"`,
		`{"format":3}`:                     "read: format: json",
		`{"format":"pageload things","version":4}`:                                                 "version 4, this program reads 3",
		`{"format":"pageload things","version":"3"}`:                                               "read: version: json",
		`{"format":"pageload things","version":3,"things":{}}`:                                     "read: things: json",
		`{"format":"pageload things","version":3,"things":[{"name":"a"},{"name":1}]}`:              "read: things: json",
		`{"format":"pageload things","version":3,"things":[{"name":""},{"name":"a"},{"at":null}]}`: "2 of 3 things are left out: no name",
	} {
		taken := 0
		err := f.Read(strings.NewReader(in), func(x *thing) error {
			if x.Name == "" {
				return errors.New("no name")
			}
			taken++
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), want) || (taken == 1) != strings.Contains(want, "left out") {
			t.Errorf("%q: %v, %d taken; want %q", in, err, taken, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"format":"pageload things","version":3,"things":[{"name":"a"}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		format := things()
		var list, again []thing
		if format.Read(bytes.NewReader(file), func(x *thing) error { list = append(list, *x); return nil }) != nil {
			return
		}
		var b bytes.Buffer
		if format.Write(&b, list) != nil {
			return // a time that JSON cannot say
		}
		if err := format.Read(&b, func(x *thing) error { again = append(again, *x); return nil }); err != nil || len(again) != len(list) {
			t.Errorf("%v, then %v: %v", list, again, err)
		}
	})
}
