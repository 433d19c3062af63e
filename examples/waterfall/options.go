package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"pageload/examples/internal/command"
	"pageload/examples/internal/terminal"
	"pageload/examples/internal/visit"
	"pageload/fetch"
	"pageload/fetch/auth"
	"pageload/loader"
	"pageload/loader/report"
	"pageload/loader/spool"
	"pageload/parse/css"
	"pageload/parse/weburl"
)

// options are what the arguments say.
type options struct {
	visit.Options

	harFile     string // "-": standard output
	htmlFile    string
	svgFile     string
	timingFile  string
	traceFile   string
	csvFile     string
	jsonlFile   string
	spool       *spool.File // where bodies are kept; nil: none are asked for
	device      css.Device
	quiet       bool
	verbose     bool
	bodies      bool
	connections bool
	names       bool
	ascii       bool
	hasData     bool // POST data
	data        []byte
	header      []fetch.Field
	user        auth.Identity // the zero value: none
	captureFile string        // empty: none
	cacheDir    string        // empty: a cache in memory
	profileDir  string        // empty: the profile is not kept
	cookieFile  string        // empty: no cookies
}

// parseArgs reads the arguments. The options are there even if the error is
// flag.ErrHelp.
func parseArgs(args []string) (*options, error) {
	o := &options{device: css.Device{Width: 1280, Height: 720, DPR: 1}}
	o.Pace = loader.ChromiumPace() // who looks at a page wants a browser's milestones; who loads many wants no waiting
	o.Preconnect = 2               // as Chromium
	o.Begin("waterfall", "the whole page may take this `TIME`, such as 10s; what was loaded until then is shown and written; 0: no limit")
	o.register(o.Set)
	if err := o.Parse(args); err != nil {
		return o, err
	}
	return o, o.checkFiles()
}

// register adds the flags that this program alone has.
func (o *options) register(set *flag.FlagSet) {
	set.StringVar(&o.harFile, "har", "", "write a HAR 1.2 to `FILE`; - is standard output, and nothing else is printed there")
	set.StringVar(&o.htmlFile, "html", "", "write a report to `FILE` that a browser shows: one file with the waterfall, the connections and what led to what; - as with -har")
	set.StringVar(&o.svgFile, "svg", "", "write a picture of the waterfall to `FILE`, of the first 60 requests; - as with -har")
	set.StringVar(&o.timingFile, "timing", "", "write the entries of Resource Timing and Navigation Timing, as a page's scripts would see them, to `FILE` (JSON); - as with -har")
	set.StringVar(&o.traceFile, "trace", "", "write trace events to `FILE`, which ui.perfetto.dev and chrome://tracing open; - as with -har")
	set.StringVar(&o.csvFile, "csv", "", "write a table, a row a request, to `FILE`; - as with -har")
	set.StringVar(&o.jsonlFile, "jsonl", "", "write the table as JSON to `FILE`, an object a line; - as with -har")
	set.BoolVar(&o.bodies, "bodies", false, "keep the responses' bodies in the HAR; while loading they are in a temporary file, in the folder that TMPDIR names")
	set.BoolVar(&o.quiet, "quiet", false, "no waterfall on the terminal")
	set.BoolVar(&o.verbose, "v", false, "a line for each event on standard error, as it happens")
	set.BoolVar(&o.connections, "connections", false, "show the connections as well, a row each with its handshakes, requests, path, kernel's facts and close")
	set.BoolVar(&o.names, "names", false, "show the name lookups step by step, not only a line each")
	set.BoolVar(&o.ascii, "ascii", false, "draw with ASCII characters only")
	set.Func("viewport", "the window is `WIDTHxHEIGHT` CSS pixels large (default 1280x720)", o.setViewport)
	set.Func("dpr", "a CSS pixel is this `NUMBER` of device pixels wide (default 1)", o.setDPR)
	set.Func("data", "POST this `STRING`, or with @FILE what the file holds; form-urlencoded unless -header 'Content-Type: …' says otherwise", o.setData)
	set.Func("header", "send `'NAME: VALUE'` with the document's request, instead of the usual field or in addition; repeatable", o.addHeader)
	set.Func("user", "answer the URL's own origin, and no other, with `NAME:PASSWORD` if it asks for them (Basic or Digest)", o.setUser)
	set.StringVar(&o.captureFile, "capture", "", "record the packets of this load's connections to `FILE` (pcapng, with the secrets of TLS, so that Wireshark reads all of it); without the privilege to capture the page is loaded all the same, and a line says so")
	set.StringVar(&o.cookieFile, "cookies", "", "have the cookies of this `FILE`: a cookies.txt, or JSON as tools take it from browsers; a line of it that is no cookie is told and left out")
	set.StringVar(&o.profileDir, "profile", "", "the browser's memory comes from this `FOLDER`, if there is one, and is kept in it afterwards: cookies, cached responses, HSTS, names, TLS sessions; what cannot be read is said in a line, and the page is loaded without it")
	set.StringVar(&o.cacheDir, "cache", "", "keep responses in this `FOLDER`, as a browser does: a second load gets from there what is fresh and asks whether the rest has changed; where it cannot be used a line says so, and the page is loaded without")
}

func (o *options) help(w io.Writer) {
	command.Help(w, o.Set, `usage: waterfall [flags] [URL]
       waterfall diff [flags] A.har B.har
       waterfall whatif [flags] A.har

Loads a page as a browser's network side does and shows the waterfall of its
requests. Without URL it loads a demo site that it serves itself.
Exit status: 0 the document was loaded, 1 it was not, 2 unusable arguments.
`)
}

// maxSide and maxDPR are far beyond any screen.
const (
	maxSide = 1_000_000
	maxDPR  = 100
)

func (o *options) setViewport(s string) error {
	w, h, _ := strings.Cut(s, "x")
	width, errW := strconv.ParseUint(w, 10, 32)
	height, errH := strconv.ParseUint(h, 10, 32)
	if errW != nil || errH != nil || width == 0 || height == 0 || max(width, height) > maxSide {
		return errors.New("it is WIDTHxHEIGHT, such as 1280x720")
	}
	o.device.Width, o.device.Height = float64(width), float64(height)
	return nil
}

func (o *options) setDPR(s string) error {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v > 0 && v <= maxDPR) {
		return fmt.Errorf("it is a number more than 0 and at most %d", maxDPR)
	}
	o.device.DPR = v
	return nil
}

func (o *options) setData(s string) (err error) {
	o.hasData, o.data = true, []byte(s)
	if file, ok := strings.CutPrefix(s, "@"); ok {
		if file == "" {
			return errors.New("no file is named after @")
		}
		o.data, err = os.ReadFile(file)
	}
	return err
}

// addHeader takes a field. Those that say where a message ends are not the
// user's to set.
func (o *options) addHeader(s string) error {
	name, value, ok := strings.Cut(s, ":")
	name, value = strings.TrimSpace(name), strings.Trim(value, " \t")
	switch {
	case !ok:
		return errors.New("it is 'NAME: VALUE'")
	case !httpguts.ValidHeaderFieldName(name):
		return fmt.Errorf("%q is no name of a field", name)
	case !httpguts.ValidHeaderFieldValue(value):
		return errors.New("the value has control characters")
	}
	switch strings.ToLower(name) {
	case "content-length", "transfer-encoding", "trailer", "te", "upgrade":
		return fmt.Errorf("%s is set by the connection", name)
	}
	o.header = append(o.header, fetch.Field{Name: name, Value: value})
	return nil
}

func (o *options) setUser(s string) error {
	name, password, ok := strings.Cut(s, ":")
	if !ok || name == "" {
		return errors.New("it is NAME:PASSWORD")
	}
	o.user = auth.Identity{User: name, Password: password}
	return nil
}

// profile is the virtual browser that the options describe.
func (o *options) profile() *loader.Profile {
	p := o.Profile(o.connections || o.harFile != "" || o.htmlFile != "")
	p.Device = o.device
	if u, err := weburl.Parse(o.URL); err == nil && o.user != (auth.Identity{}) {
		p.Auth = &auth.Store{}
		p.Auth.Give(u.Origin().String(), "", o.user)
	}
	return p
}

// navigation is the load that the options describe.
func (o *options) navigation() loader.Navigation {
	n := loader.Navigation{URL: o.URL, Bodies: o.bodies, Spool: o.spool}
	for _, f := range o.header {
		if strings.EqualFold(f.Name, "Content-Type") && o.hasData {
			n.ContentType = f.Value
			continue
		}
		n.Header = append(n.Header, f)
	}
	if o.hasData {
		n.Method, n.Body = "POST", o.data
	}
	return n
}

// text says how the waterfall is drawn on what standard output is.
func (o *options) text(stdout io.Writer) report.TextOptions {
	t := report.TextOptions{Width: 120, Connections: o.connections, Names: o.names, ASCII: o.ascii || terminal.ASCII(stdout)}
	if columns, color := terminal.Of(stdout); columns > 0 || color {
		t.Color = color
		if columns > 0 {
			t.Width = columns
		}
	}
	return t
}
