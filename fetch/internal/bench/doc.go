// Package bench is what the benchmarks of the codecs have in common: servers in another process, so that the figures are the client's
// alone, and connections that are used side by side, as a page uses them. It is for tests.
package bench
