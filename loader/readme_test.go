package loader_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"testing"

	"pageload/loader"
)

// The lines between the two marks are the README's, word for word: TestReadme
// holds them together, and the compiler holds them to the library.
func ExampleProfile() {
	ctx := context.Background()
	// README
	var browser loader.Profile // names, connections, cookies: what a browser keeps between pages
	page, err := browser.Load(ctx, "https://example.com/")
	if err != nil {
		log.Print(err) // page still has what was loaded until then
	}
	for _, r := range page.Waterfall().Requests {
		p := r.Phases()
		fmt.Println(r.Status, r.Type, r.Priority, r.URL, p.Blocked, p.DNS, p.Connect, p.Wait, p.Receive)
	}
	browser.Close(ctx)
	// END
}

func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("readme_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, ok := strings.Cut(string(readme), "```go\n")
	shown, _, ok2 := strings.Cut(shown, "```\n")
	_, compiled, ok3 := strings.Cut(string(source), "\t// README\n")
	compiled, _, ok4 := strings.Cut(compiled, "\t// END\n")
	if !ok || !ok2 || !ok3 || !ok4 {
		t.Fatal("the README has no Go example, or this file has no marks")
	}
	var lines []string
	for line := range strings.Lines(compiled) {
		lines = append(lines, strings.TrimPrefix(line, "\t"))
	}
	if got := strings.Join(lines, ""); got != shown {
		t.Errorf("the README shows\n%s\nand the example is\n%s", shown, got)
	}
}
