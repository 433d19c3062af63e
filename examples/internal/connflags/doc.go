// Package connflags has the flags that say how a program that loads pages makes
// its connections, and what of them it looks at: proxy, link, capture, the
// kernel's facts, the close.
package connflags
