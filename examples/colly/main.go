// Command colly crawls a site with gocolly/colly, whose requests go through this
// library: its name chain, connections, cache and record. One field does it,
// Collector.WithTransport.
//
//	go run . [flags] [URL]
//
// Without a URL it crawls a demo site that it serves itself. It follows links
// within the host that it began with, fetches the images, scripts and style sheets
// that it meets, asks for everything twice to show what the cache is good for, and
// prints the waterfall. It exits with 0 when the first page was loaded, with 1 when
// it was not, and with 2 for arguments that cannot be used.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/gocolly/colly/v2"

	"pageload/examples/internal/command"
	"pageload/examples/internal/demosite"
	"pageload/examples/internal/nameflags"
	"pageload/examples/internal/pageflags"
	"pageload/fetch"
	"pageload/fetch/cookies"
	"pageload/loader"
	"pageload/loader/har"
	"pageload/loader/report"
)

func main() { command.Main(run) }

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	end := command.Ending(stderr, "colly")
	set := command.Flags("colly")
	var flags pageflags.Flags
	var names nameflags.Flags
	harFile, most, twice, timeout := "", 100, true, 30*time.Second
	flags.Register(set)
	names.RegisterSpokenOf(set)
	set.StringVar(&harFile, "har", "", "write a HAR 1.2 to `FILE`")
	set.IntVar(&most, "requests", most, "make at most this `NUMBER` of requests a round")
	set.BoolVar(&twice, "twice", true, "crawl a second time, which the cache answers in part")
	command.Duration(set, &timeout, "timeout", "the crawl may take this `TIME`; 0: no limit")
	switch err := command.Parse(set, args); {
	case errors.Is(err, flag.ErrHelp):
		command.Help(stdout, set, "usage: colly [flags] [URL]\n\nCrawls a site with colly through this library. Without URL it is a demo site.\n")
		return 0
	case err != nil:
		return end(2, err.Error())
	}
	start, err := pageflags.URL(set)
	if err != nil {
		return end(2, err.Error())
	}
	if start == "" {
		site, err := demosite.Start(ctx)
		if err != nil {
			return end(1, "the demo site cannot be served: "+err.Error())
		}
		defer site.Close()
		start = site.URL
		flags.AddConnectTo(site.ConnectTo)
		names.Offer(site.NameServer)
	}
	profile := flags.Profile()
	if names.Set() {
		profile.Pool.Dialer.Resolver = names.SpokenOf()
	}
	profile.Jar = &cookies.Jar{}
	log := &loader.Recorder{Profile: profile}

	ctx, cancel := command.Limit(ctx, timeout)
	defer cancel()
	rounds := 1
	if twice {
		rounds = 2
	}
	for range rounds {
		if err := crawl(ctx, log, start, most); err != nil {
			return end(1, pageflags.Reason(err, context.Cause(ctx)))
		}
	}
	closing, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer done()
	profile.Close(closing) // so that the waterfall has the closes
	w := log.Waterfall()
	if err := report.Text(stdout, w, report.TextOptions{Width: 120}); err != nil {
		return end(1, "standard output: "+err.Error())
	}
	if harFile == "" {
		return 0
	}
	f, err := os.Create(harFile)
	if err == nil {
		err = har.Write(f, w, har.Options{})
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}
	if err != nil {
		return end(1, "-har: "+err.Error())
	}
	return 0
}

// crawl visits what can be reached from start. The error is that of the first page.
func crawl(ctx context.Context, log *loader.Recorder, start string, most int) error {
	home, err := url.Parse(start)
	if err != nil {
		return err
	}
	c := colly.NewCollector(colly.Async(true), colly.StdlibContext(ctx), colly.UserAgent(fetch.Chromium().UserAgent))
	c.WithTransport(log) // this is all that it takes
	c.SetCookieJar(log.Profile.Jar)
	if err := c.Limit(&colly.LimitRule{DomainGlob: "*", Parallelism: 6}); err != nil {
		return err
	}
	budget := make(chan struct{}, most)
	c.OnRequest(func(r *colly.Request) {
		select {
		case budget <- struct{}{}:
		default:
			r.Abort()
		}
	})
	c.OnHTML("a[href]", func(e *colly.HTMLElement) {
		to, err := url.Parse(e.Request.AbsoluteURL(e.Attr("href")))
		if err == nil && (to.Hostname() == home.Hostname() || strings.HasSuffix(to.Hostname(), "."+home.Hostname())) {
			e.Request.Visit(to.String()) // an error here is a page that was seen already
		}
	})
	for selector, attribute := range map[string]string{"img[src]": "src", "script[src]": "src", "link[rel=stylesheet]": "href"} {
		c.OnHTML(selector, func(e *colly.HTMLElement) { e.Request.Visit(e.Attr(attribute)) })
	}
	var failed error
	c.OnError(func(r *colly.Response, err error) {
		if r.Request.Depth == 1 {
			failed = fmt.Errorf("%s: %w", start, err)
		}
	})
	if err := c.Visit(start); err != nil {
		return err
	}
	c.Wait()
	return failed
}
