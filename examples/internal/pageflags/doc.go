// Package pageflags is what the commands that load pages have in common: the
// flags that say how, the check of a URL, and why a page was not loaded in words
// for a terminal.
//
//	var f pageflags.Flags
//	f.Register(set)
//	// set.Parse(args) …
//	profile := f.Profile()
//	_, err := profile.Load(ctx, url)
//	fmt.Fprintln(os.Stderr, pageflags.Reason(err))
package pageflags
