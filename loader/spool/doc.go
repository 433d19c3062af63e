// Package spool keeps the bodies of a load in one temporary file, so that a load
// with gigabytes of bodies holds almost none of them in memory.
//
//	bodies, err := spool.Create("")
//	if err != nil {
//		return err
//	}
//	defer bodies.Close()
//	page, err := browser.Navigate(ctx, loader.Navigation{URL: url, Bodies: true, Spool: bodies})
//	err = har.Write(file, page.Waterfall(), har.Options{}) // before the file is closed
//
// Those who load small pages need it not: without it bodies are kept in memory.
package spool
