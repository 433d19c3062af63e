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
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/gocolly/colly/v2"

	"pageload/examples/internal/command"
	"pageload/examples/internal/pageflags"
	"pageload/examples/internal/visit"
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
	var o visit.Options
	harFile, most, twice := "", 100, true
	o.Begin("colly", "the crawl may take this `TIME`; 0: no limit")
	o.Set.StringVar(&harFile, "har", "", "write a HAR 1.2 to `FILE`")
	o.Set.IntVar(&most, "requests", most, "make at most this `NUMBER` of requests a round")
	o.Set.BoolVar(&twice, "twice", true, "crawl a second time, which the cache answers in part")
	help := func(w io.Writer) {
		command.Help(w, o.Set, "usage: colly [flags] [URL]\n\nCrawls a site with colly through this library. Without URL it is a demo site.\n")
	}
	if status, over := command.Refused(o.Parse(args), help, stdout, end); over {
		return status
	}
	stop, err := o.Demo(ctx)
	if err != nil {
		return end(1, err.Error())
	}
	defer stop()
	profile := o.Profile(false)
	profile.Jar = &cookies.Jar{}
	log := &loader.Recorder{Profile: profile}

	ctx, cancel := command.Limit(ctx, o.Timeout)
	defer cancel()
	rounds := 1
	if twice {
		rounds = 2
	}
	for range rounds {
		if err := crawl(ctx, log, o.URL, most); err != nil {
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
