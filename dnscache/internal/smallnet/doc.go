// Package smallnet is a small internet for tests: network namespaces joined by
// veth pairs, and in them name servers as they run elsewhere.
//
//	host ── router ── isp ── world
//
// The host's default route leads to the router (dnsmasq), which asks the ISP's
// resolver (unbound), which walks from the root servers. Those, the servers of the
// top-level domains and those of the zones are nsd, and one server that does
// everything wrong, all in the world at addresses that are for documentation
// elsewhere.
//
// It is Linux only, needs root, and is used from a TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(smallnet.Main(m)) }
//
// Main runs the whole test binary once more as the host of that internet, so that
// every test in it is there, whatever thread it dials on. The binary that does so
// is the first process of a process namespace, with mounts of its own: when it ends,
// killed or not, the kernel ends its servers and takes the namespaces down, and
// nothing of them is seen outside.
//
// Where something is missing, the tests are run where they are, and [Need] skips them
// and says what.
package smallnet
