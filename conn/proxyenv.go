package conn

import (
	"context"
	"fmt"
	"net/url"

	"golang.org/x/net/http/httpproxy"
)

// EnvironmentProxy returns a Dialer.Proxy that does as the variables
// HTTP_PROXY, HTTPS_PROXY and NO_PROXY say (or their lower-case forms, which
// come first), read with getenv, usually os.Getenv, now and not later. The
// rules are those of golang.org/x/net/http/httpproxy: NO_PROXY has names with
// all below them, addresses, prefixes, ports and "*"; localhost and loopback
// addresses are always reached directly; in a CGI program (REQUEST_METHOD is
// set) HTTP_PROXY is an error, because a request's Proxy field could have set it.
//
// A variable that is no proxy's URL is an error of each connection that it
// would have been for.
func EnvironmentProxy(getenv func(string) string) func(context.Context, Key) (*Proxy, error) {
	first := func(names ...string) string {
		for _, n := range names {
			if v := getenv(n); v != "" {
				return v
			}
		}
		return ""
	}
	config := httpproxy.Config{
		HTTPProxy:  first("http_proxy", "HTTP_PROXY"),
		HTTPSProxy: first("https_proxy", "HTTPS_PROXY"),
		NoProxy:    first("no_proxy", "NO_PROXY"),
		CGI:        getenv("REQUEST_METHOD") != "",
	}
	http, httpErr := environmentURL("HTTP_PROXY", config.HTTPProxy)
	https, httpsErr := environmentURL("HTTPS_PROXY", config.HTTPSProxy)
	// What these two say is read here, so that an error is not taken for "no
	// proxy"; httpproxy only decides whether there is one.
	if config.HTTPProxy != "" {
		config.HTTPProxy = "http://set.invalid"
	}
	if config.HTTPSProxy != "" {
		config.HTTPSProxy = "http://set.invalid"
	}
	decide := config.ProxyFunc()
	return func(_ context.Context, key Key) (*Proxy, error) {
		u, err := decide(&url.URL{Scheme: key.Scheme, Host: key.Address()})
		switch {
		case err != nil || u == nil:
			return nil, err
		case key.Secure():
			return https, httpsErr
		}
		return http, httpErr
	}
}

func environmentURL(name, value string) (*Proxy, error) {
	if value == "" {
		return nil, nil
	}
	p, err := ParseProxy(value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &p, nil
}
