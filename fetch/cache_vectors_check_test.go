package fetch_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pageload/fetch"
)

func checkCached(cfg *cacheRequest, n int, uuid string, resp *fetch.Response, body []byte, now time.Time) string {
	count, err := strconv.Atoi(resp.Header.Get("Server-Request-Count"))
	switch {
	case cfg.Type == "cached" && !(err == nil && count < n) && !(resp.Status == 304 && err != nil):
		return "it does not come from the cache"
	case cfg.Type == "not_cached" && count != n:
		return "it comes from the cache"
	}
	want := 200
	if len(cfg.ResponseStatus) > 0 {
		want = int(cfg.ResponseStatus[0].(float64))
	}
	if len(cfg.ExpectedStatus) > 0 {
		if string(cfg.ExpectedStatus) == "null" {
			want = 0
		} else {
			want, _ = strconv.Atoi(string(cfg.ExpectedStatus))
		}
	}
	if want != 0 && resp.Status != want && (len(cfg.ExpectedStatus) > 0 || len(cfg.ResponseStatus) > 0 || resp.Status == 999 || resp.Status != 200) {
		return fmt.Sprintf("status %d, not %d", resp.Status, want)
	}
	for _, h := range cfg.ExpectedHeaders {
		l, ok := h.([]any)
		if !ok {
			l = []any{h}
		}
		name := fmt.Sprint(l[0])
		_, there := resp.Header.Lookup(name)
		got := resp.Header.Joined(name)
		switch {
		case !there:
			return name + " is missing"
		case len(l) == 2 && got != cfg.value(name, l[1], now):
			return fmt.Sprintf("%s is %q, not %v", name, got, l[1])
		case len(l) == 3 && l[1] == "=" && got != resp.Header.Joined(fmt.Sprint(l[2])):
			return fmt.Sprintf("%s is %q, not %s", name, got, l[2])
		case len(l) == 3 && l[1] == ">":
			if v, _ := strconv.ParseFloat(got, 64); v <= l[2].(float64) {
				return fmt.Sprintf("%s is %q", name, got)
			}
		}
	}
	for _, h := range cfg.MissingHeaders {
		if l, ok := h.([]any); ok {
			if strings.Contains(resp.Header.Joined(fmt.Sprint(l[0])), fmt.Sprint(l[1])) {
				return fmt.Sprintf("%s has %v", l[0], l[1])
			}
		} else if _, there := resp.Header.Lookup(fmt.Sprint(h)); there {
			return fmt.Sprintf("%v is there", h)
		}
	}
	if cfg.CheckBody != nil && !*cfg.CheckBody || resp.Status == 204 || resp.Status == 304 || cfg.Method == "HEAD" || string(cfg.ExpectedText) == "null" {
		return ""
	}
	text := uuid
	if cfg.ResponseBody != nil {
		text = *cfg.ResponseBody
	}
	if len(cfg.ExpectedText) > 0 {
		json.Unmarshal(cfg.ExpectedText, &text)
	}
	if string(body) != text {
		return fmt.Sprintf("body is %.40q, not %.40q", body, text)
	}
	return ""
}

// checkSent looks at what reached the server.
func checkSent(run *cacheRun) string {
	log := run.log
	for i := range run.test.Requests {
		cfg := &run.test.Requests[i]
		if cfg.Type == "cached" {
			// Its own request, if any, is a revalidation in the background.
			continue
		}
		at := slices.IndexFunc(log, func(e stashed) bool { return e.num == i+1 })
		if at < 0 {
			if cfg.Type != "" || len(cfg.SentHeaders)+len(cfg.SentMissing) > 0 {
				return fmt.Sprintf("request %d did not reach the server", i+1)
			}
			continue
		}
		e := log[at]
		if slices.ContainsFunc(log[at+1:], func(e stashed) bool { return e.num == i+1 }) {
			return fmt.Sprintf("request %d was sent twice", i+1)
		}
		switch {
		case cfg.Type == "etag_validated" && e.request.Get("If-None-Match") == "":
			return fmt.Sprintf("request %d has no If-None-Match", i+1)
		case cfg.Type == "lm_validated" && e.request.Get("If-Modified-Since") == "":
			return fmt.Sprintf("request %d has no If-Modified-Since", i+1)
		case cfg.ExpectedMethod != "" && e.method != cfg.ExpectedMethod:
			return fmt.Sprintf("request %d is %s", i+1, e.method)
		}
		for _, h := range cfg.SentHeaders {
			l, ok := h.([]any)
			if !ok {
				l = []any{h}
			}
			got := strings.Join(e.request.Values(fmt.Sprint(l[0])), ", ")
			if got == "" || len(l) > 1 && got != fmt.Sprint(l[1]) {
				return fmt.Sprintf("request %d has %v %q", i+1, l, got)
			}
		}
		for _, h := range cfg.SentMissing {
			l, ok := h.([]any)
			if !ok {
				l = []any{h}
			}
			if got := e.request.Get(fmt.Sprint(l[0])); got != "" && (len(l) == 1 || strings.Contains(got, fmt.Sprint(l[1]))) {
				return fmt.Sprintf("request %d has %v", i+1, l)
			}
		}
	}
	return ""
}
