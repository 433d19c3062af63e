//go:build linux

package smallnet

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// files writes what the daemons read: zones, configurations, the certificate.
func files(dir string) error {
	var errs []error
	write := func(name, text string) {
		name = filepath.Join(dir, name)
		errs = append(errs, os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644))
	}
	zones := allZones()
	for _, s := range servers {
		conf := nsdConf(filepath.Join(dir, s.name), s.addrs)
		for _, z := range zones {
			if z.servedBy(s.name) {
				file := z.origin + "zone"
				write(filepath.Join(s.name, file), z.text())
				conf += fmt.Sprintf("zone:\n  name: %q\n  zonefile: %q\n", z.origin, file)
			}
		}
		write(s.name+".conf", conf)
	}
	write("unbound.conf", unboundConf(dir, ISP))
	write("fresh.conf", unboundConf(dir, Fresh))
	write("root.hints", rootHints())
	cert, key, err := certificate()
	write("cert.pem", cert)
	write("key.pem", key)
	return errors.Join(append(errs, err)...)
}

// daemons are the servers, started after files.
func daemons(dir string) []daemon {
	all := []daemon{{name: "wrong", ns: "world"}}
	for _, s := range servers {
		all = append(all, daemon{s.name, "world", []string{"nsd", "-d", "-c", filepath.Join(dir, s.name+".conf")}})
	}
	return append(all,
		daemon{"unbound", "isp", []string{"unbound", "-d", "-p", "-c", filepath.Join(dir, "unbound.conf")}},
		daemon{"fresh", "isp", []string{"unbound", "-d", "-p", "-c", filepath.Join(dir, "fresh.conf")}},
		daemon{"dnsmasq", "router", []string{"dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--group=root",
			"--pid-file", "--no-resolv", "--no-hosts", "--no-poll", "--server=" + ISP.String(), "--interface=lan", "--bind-interfaces",
			"--cache-size=2000", "--log-facility=-"}},
	)
}

// nsdConf turns off the limit on equal responses a second, which tests soon reach.
func nsdConf(dir string, addrs []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `server:
  username: ""
  chroot: ""
  database: ""
  zonesdir: %q
  xfrdfile: %q
  zonelistfile: %q
  xfrdir: %q
  pidfile: ""
  server-count: 1
  rrl-ratelimit: 0
`, dir, filepath.Join(dir, "xfrd.state"), filepath.Join(dir, "zone.list"), dir)
	for _, a := range addrs {
		fmt.Fprintf(&b, "  ip-address: %s\n", a)
	}
	b.WriteString("remote-control:\n  control-enable: no\n")
	return b.String()
}

// unboundConf is a plain recursing resolver: no DNSSEC, since the small internet is not signed. It may be asked without
// recursion, which by default it refuses. It gives up on silent
// servers after some seconds, as nobody here is far away; by default that takes it minutes.
func unboundConf(dir string, addr netip.Addr) string {
	return fmt.Sprintf(`server:
  directory: %[1]q
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  interface: %[2]s
  interface: %[2]s@853
  interface: %[2]s@443
  https-port: 443
  tls-service-key: "key.pem"
  tls-service-pem: "cert.pem"
  access-control: 0.0.0.0/0 allow_snoop
  access-control: ::/0 allow_snoop
  root-hints: "root.hints"
  module-config: "iterator"
  num-threads: 1
  cache-max-ttl: 604800
  cache-max-negative-ttl: 10800
  infra-cache-max-rtt: 1000
  outbound-msg-retry: 3
  qname-minimisation: yes
  rrset-roundrobin: no
  outgoing-range: 900
  num-queries-per-thread: 800
remote-control:
  control-enable: no
`, dir, addr)
}

func rootHints() string {
	var b strings.Builder
	b.WriteString(". 3600000 NS a.root-servers.net.\n")
	for _, a := range Roots() {
		kind := "A"
		if a.Addr().Is6() {
			kind = "AAAA"
		}
		fmt.Fprintf(&b, "a.root-servers.net. 3600000 %s %s\n", kind, a.Addr())
	}
	return b.String()
}

// certificate makes one that is its own authority, for the name and address of the ISP's resolver.
func certificate() (cert, key string, err error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: ISPName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames: []string{ISPName, "*.svc.com"}, IPAddresses: []net.IP{ISP.AsSlice()},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
	if err != nil {
		return "", "", err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return "", "", err
	}
	encode := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", secret), nil
}
