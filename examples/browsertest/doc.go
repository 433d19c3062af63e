// Package browsertest opens the report of loader/report/web in a headless
// Chromium, clicks and types in it, reads what is shown, and takes screenshots in
// both themes. It is a module of its own, so that the library needs nothing of it.
//
//	go test ./...                       # skips where there is no Chromium
//	SCREENSHOTS=/tmp/shots go test ./...   # keeps the screenshots
package browsertest
