package table_test

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pageload/loader/table"
	"pageload/loader/waterfall"
)

const ms = time.Millisecond

func sample() *waterfall.Waterfall {
	times := waterfall.NoTimes()
	times.Queued, times.DNSStart, times.DNSEnd, times.SendStart, times.SendEnd, times.FirstByte, times.HeadEnd, times.End = 0, ms, 2*ms, 3*ms, 3*ms, 9*ms, 9*ms, 10*ms+1234
	failed := waterfall.NoTimes()
	failed.End = 6 * ms
	return &waterfall.Waterfall{Requests: []waterfall.Request{
		{ID: 2, Start: 5 * ms, Done: true, Discovery: waterfall.Discovery{URL: "=cmd|' /C calc'!A0", Method: "GET", Type: waterfall.Image, Initiator: waterfall.Initiator{URL: "http://a.test/,\"x\"\n", Line: 7}},
			Exchange: waterfall.Exchange{Times: failed, HeadBytes: -1, Err: "@refused", MIMEType: "-1+1"}, Waits: []waterfall.Wait{{Reason: "a"}, {Reason: "b"}}},
		{ID: 1, Start: 0, Done: true, FinalPriority: waterfall.High, Discovery: waterfall.Discovery{URL: "http://a.test/?\xff", Method: "GET", Type: waterfall.Document, Chain: 1},
			Exchange: waterfall.Exchange{Times: times, Status: 200, HeadBytes: 20, BodyBytes: 100, DecodedBytes: -1, ConnID: 1 << 63, Reused: true,
				ResponseHeader: []waterfall.Field{{Name: "Server-Timing", Value: "db;dur=1.5, x"}}}},
	}}
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := table.CSV(&b, sample()); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(lines) != 3 || !slices.Equal(lines[0], table.Columns()) {
		t.Fatalf("%q, error %v", lines, err)
	}
	cell := func(line int, name string) string { return lines[line][slices.Index(lines[0], name)] }
	for _, tt := range []struct {
		line       int
		name, want string
	}{{1, "id", "1"}, {1, "url", "http://a.test/?\xff"}, {1, "status", "200"}, {1, "dns", "1.000"}, {1, "connect", ""}, {1, "receive", "1.001"}, {1, "end", "10.001"}, {1, "decoded", ""},
		{1, "transferred", "120"}, {1, "connection", "9223372036854775808"}, {1, "reused", "true"}, {1, "server_timing", "db=1.500; x=0.000"}, {1, "priority", "High"},
		{2, "url", "'=cmd|' /C calc'!A0"}, {2, "initiator", "http://a.test/,\"x\"\n"}, {2, "line", "7"}, {2, "status", ""}, {2, "mime", "'-1+1"}, {2, "error", "'@refused"}, {2, "waited_for", "a; b"}, {2, "start", "5.000"}} {
		if got := cell(tt.line, tt.name); got != tt.want {
			t.Errorf("line %d, %s: %q, want %q", tt.line, tt.name, got, tt.want)
		}
	}
}

func TestJSONLines(t *testing.T) {
	var b bytes.Buffer
	if err := table.JSONLines(&b, sample()); err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	for s := bufio.NewScanner(&b); s.Scan(); {
		var row map[string]any
		if err := json.Unmarshal(s.Bytes(), &row); err != nil || len(row) != len(table.Columns()) {
			t.Fatalf("%v in %s", err, s.Text())
		}
		rows = append(rows, row)
	}
	if len(rows) != 2 || rows[0]["dns"] != 1.0 || rows[0]["connect"] != nil || rows[0]["reused"] != true || rows[0]["url"] != "http://a.test/?\uFFFD" ||
		rows[1]["url"] != "=cmd|' /C calc'!A0" || rows[1]["status"] != nil || rows[1]["line"] != 7.0 {
		t.Errorf("rows %v", rows)
	}
}

type failing struct{}

var errFull = errors.New("disk full")

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestErrors(t *testing.T) {
	if err := table.CSV(failing{}, sample()); !errors.Is(err, errFull) {
		t.Errorf("CSV: %v", err)
	}
	if err := table.JSONLines(failing{}, sample()); !errors.Is(err, errFull) {
		t.Errorf("JSON lines: %v", err)
	}
	if table.CSV(failing{}, nil) == nil || table.JSONLines(failing{}, nil) == nil {
		t.Error("no waterfall, no error")
	}
}

func ExampleJSONLines() {
	var b strings.Builder
	if err := table.JSONLines(&b, sample()); err != nil {
		return
	}
	first, _, _ := strings.Cut(b.String(), `,"type"`)
	os.Stdout.WriteString(first + "\n")
	// Output: {"id":1,"frame":0,"chain":1,"method":"GET","url":"http://a.test/?\ufffd","status":200
}
