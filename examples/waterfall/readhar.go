package main

import (
	"fmt"
	"os"
	"strings"

	"pageload/loader/har"
	"pageload/loader/waterfall"
)

// readHARFile reads a load from a file.
func readHARFile(name string) (*waterfall.Waterfall, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	w, err := har.Read(f, har.ReadOptions{})
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "har: "))
	case len(w.Requests) == 0:
		return nil, fmt.Errorf("%s: the HAR has no requests", name)
	}
	return w, nil
}
