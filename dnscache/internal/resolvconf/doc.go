// Package resolvconf reads resolv.conf(5).
package resolvconf
