// Package proxytest tests package conn against real proxies: tinyproxy, squid
// and dante, with right and wrong passwords. It has only tests. They take root,
// since each proxy runs in a mount and a process namespace of its own, in
// which it has its own hosts and passwd files and ends with the test; and the
// three programs, from Debian's packages tinyproxy-bin, squid and dante-server.
package proxytest
