package system

import "pageload/dnscache"

// OS returns the sources of the operating system's level: the hosts file, nscd and systemd-resolved, in the order in which
// programs of the C library come upon them. Those that are not there pass every name on.
func OS() []dnscache.Source { return []dnscache.Source{&Hosts{}, &NSCD{}, &Resolved{}} }
