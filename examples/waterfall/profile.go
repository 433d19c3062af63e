package main

import (
	"errors"
	"io/fs"
	"strings"

	"pageload/loader"
)

// kept are the parts of a profile that -profile keeps. With -cache the responses
// are in a folder of their own.
const kept = loader.AllParts

// restore gives the profile what the folder has that -profile names. What of it
// cannot be read is named in a line, and the page is loaded with the rest.
func (o *options) restore(p *loader.Profile) (notice string) {
	if o.profileDir == "" {
		return ""
	}
	if err := p.Restore(o.profileDir, kept); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "-profile: " + oneLine(err)
	}
	return ""
}

// save keeps the profile in the folder, and says why it could not.
func (o *options) save(p *loader.Profile) (failure string) {
	if o.profileDir == "" {
		return ""
	}
	if err := p.Save(o.profileDir, kept); err != nil {
		return "-profile: " + oneLine(err)
	}
	return ""
}

// oneLine makes one line of an error that may be several.
func oneLine(err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "loader: ")
	}
	return strings.Join(lines, "; ")
}
