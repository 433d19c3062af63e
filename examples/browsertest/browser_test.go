package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"pageload/loader/report/web"
	"pageload/loader/waterfall"
)

// chromium finds the browser. Where there must be one, its absence is a failure.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" && os.Geteuid() == 0 {
		t.Fatal("no Chromium is installed, and CI must have one")
	}
	t.Skip("no Chromium is installed")
	return ""
}

// A tab shows one report and notes everything that is not as it should be.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	problems []string
}

// browser starts a Chromium, which the test's tabs share, and ends it with the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.WSURLReadTimeout(60*time.Second))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...) // t.Context ends before the last checks
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return ctx
}

// A look is how a tab shows.
type look struct {
	width, height int64
	dark          bool
}

// open shows the report of a waterfall in a tab of its own.
func open(t *testing.T, browser context.Context, wf *waterfall.Waterfall, l look) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := web.Write(f, wf, web.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(cancel)
	x := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, x.event); err != nil {
		t.Fatal(err)
	}
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	const watch = `window.violations = []; document.addEventListener("securitypolicyviolation", e => window.violations.push(e.violatedDirective + " " + e.blockedURI));`
	call(x, log.Enable, cdp.Empty{})
	call(x, network.Enable, network.EnableParams{})
	call(x, page.Enable, page.EnableParams{})
	call(x, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: l.height, DeviceScaleFactor: 1})
	call(x, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	call(x, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
	x.run(chromedp.Navigate("file://" + file))
	t.Cleanup(x.check)
	return x
}

func (x *tab) event(ev any) {
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		x.problem("exception: %s", e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		x.problem("console.%s", e.Type)
	case *log.EventEntryAdded:
		x.problem("log: %s %s", e.Entry.Level, e.Entry.Text)
	case *page.EventJavascriptDialogOpening:
		x.problem("a dialog: %s", e.Message)
		go func() { // else the tab stands still
			_, _ = chromedp.Call(x.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasPrefix(u, "file://") && !strings.HasPrefix(u, "data:,") {
			x.problem("a request for %s", u)
		}
	}
}

func (x *tab) problem(format string, args ...any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.problems = append(x.problems, fmt.Sprintf(format, args...))
}

// check fails the test for whatever went wrong in the tab.
func (x *tab) check() {
	violations, err := chromedp.Run(x.ctx, chromedp.Evaluate[[]string](`window.violations`))
	if err != nil {
		x.t.Errorf("the tab does not answer: %v", err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, p := range append(x.problems, violations...) {
		x.t.Errorf("in the browser: %s", p)
	}
}

func (x *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	x.t.Helper()
	if err := chromedp.Do(x.ctx, actions...); err != nil {
		x.t.Fatal(err)
	}
}

// call sends a command of the protocol.
func call[P, R any](x *tab, command cdp.Command[P, R], params P) R {
	x.t.Helper()
	r, err := chromedp.Call(x.ctx, command, params)
	if err != nil {
		x.t.Fatal(err)
	}
	return r
}

// eval returns what an expression gives.
func eval[T any](x *tab, expression string, options ...chromedp.EvaluateOption) T {
	x.t.Helper()
	v, err := chromedp.Run(x.ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		x.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// js runs statements.
func (x *tab) js(statements string) {
	x.t.Helper()
	eval[bool](x, "(() => { "+statements+"; return true })()")
}

func (x *tab) click(selector chromedp.CSS) {
	x.t.Helper()
	x.run(chromedp.Click(selector))
}

func (x *tab) focus(selector chromedp.CSS) {
	x.t.Helper()
	x.run(chromedp.Focus(selector))
}

func (x *tab) write(selector chromedp.CSS, text string) {
	x.t.Helper()
	x.run(chromedp.SendKeys(selector, text))
}

// hover moves the mouse over the row i.
func (x *tab) hover(i int) {
	x.t.Helper()
	top := eval[float64](x, fmt.Sprintf(`document.querySelector('.row[data-i="%d"]').getBoundingClientRect().top`, i))
	x.run(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, 900, top+10))
}

func (x *tab) keys(keys ...string) {
	x.t.Helper()
	for _, k := range keys {
		x.run(chromedp.KeyEvent(k))
	}
}

// text returns the text of the first element, with single spaces.
func (x *tab) text(selector string) string {
	x.t.Helper()
	return strings.Join(strings.Fields(eval[string](x, fmt.Sprintf("document.querySelector(%q).innerText", selector))), " ")
}

// names returns the names of the rows that are drawn, from top to bottom.
func (x *tab) names() []string {
	x.t.Helper()
	return eval[[]string](x, `[...document.querySelectorAll(".rows > .row[data-i]")].sort((a, b) => a.dataset.i - b.dataset.i).map(r => r.querySelector(".file").textContent)`)
}

func (x *tab) want(what, got, want string) {
	x.t.Helper()
	if got != want {
		x.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func (x *tab) has(what, got string, want ...string) {
	x.t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			x.t.Errorf("%s: no %q in %q", what, w, got)
		}
	}
}
