package proxytest

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pageload/conn"
	"pageload/conn/conntest"
)

func TestMain(m *testing.M) { os.Exit(conntest.VerifyNoLeaks(m)) }

// The credentials that every proxy here takes; hash is that of the password,
// as made by "openssl passwd -6 -salt pageload right".
const (
	username = "pageload"
	password = "right"
	hash     = "$6$pageload$zCUaCiJrXY4.4l79CqV5iSpsJHcfYck4uCXbNOYCyahMUNDjyKv8h3Nzjjli48hmW.LYxuiiaHoVTVI.TY1Ry0"
)

// originName is a name that only the proxies know.
const originName = "origin.pageload.test"

// needs returns the paths of programs, and skips the test where one is
// missing, but not in CI.
func needs(t *testing.T, programs ...string) []string {
	t.Helper()
	missing := func(format string, args ...any) {
		t.Helper()
		if os.Getenv("CI") == "true" && os.Getuid() == 0 {
			t.Fatalf(format, args...)
		}
		t.Skipf(format, args...)
	}
	if os.Getuid() != 0 {
		missing("real proxies take root: each runs in namespaces of its own")
	}
	var paths []string
	for _, p := range programs {
		path, err := exec.LookPath(p)
		for _, dir := range []string{"/usr/sbin", "/sbin", "/usr/lib/squid"} {
			if err != nil {
				path, err = exec.LookPath(filepath.Join(dir, p))
			}
		}
		if err != nil {
			missing("%s is missing (Debian: tinyproxy-bin, squid, dante-server)", p)
		}
		paths = append(paths, path)
	}
	return paths
}

// A folder is where a daemon has its files; the daemon's own user can read it.
type folder string

func newFolder(t *testing.T) folder {
	t.Helper()
	dir, err := os.MkdirTemp("", "proxytest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder(dir)
}

func (f folder) path(name string) string { return filepath.Join(string(f), name) }

func (f folder) write(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.WriteFile(f.path(name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return f.path(name)
}

// freePort returns a port of 127.0.0.1 that nobody listens at.
func freePort(t *testing.T) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return uint16(l.Addr().(*net.TCPAddr).Port)
}

// start runs a daemon until the end of the test and returns when it listens at
// all ports. In its mount namespace /etc/hosts has originName, /etc/passwd
// and /etc/shadow have the user, and there is no name server.
func start(t *testing.T, f folder, ports []uint16, argv ...string) {
	t.Helper()
	hosts := f.write(t, "hosts", "127.0.0.1 localhost "+originName+"\n")
	passwd := f.write(t, "passwd", readFile(t, "/etc/passwd")+username+":x:65533:65534::/nonexistent:/bin/false\n")
	shadow := f.write(t, "shadow", readFile(t, "/etc/shadow")+username+":"+hash+":19000:0:99999:7:::\n")
	if err := os.Chmod(shadow, 0o600); err != nil {
		t.Fatal(err)
	}
	resolv := f.write(t, "resolv.conf", "nameserver 127.0.0.99\noptions timeout:1 attempts:1\n")
	script := fmt.Sprintf(`mount --bind %s /etc/hosts && mount --bind %s /etc/passwd && mount --bind %s /etc/shadow &&
		mount --bind %s "$(readlink -f /etc/resolv.conf)" && exec "$@"`, hosts, passwd, shadow, resolv)
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, "sh"}, argv...)...)
	said := &output{}
	cmd.Stdout, cmd.Stderr = said, said
	cmd.Dir = string(f)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID, Unshareflags: syscall.CLONE_NEWNS, // all of its children end with it
		Pdeathsig: syscall.SIGKILL,
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s: %v", argv[0], err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("%s said:\n%s", argv[0], said)
		}
	})
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	late := time.After(20 * time.Second)
	for _, port := range ports {
		for {
			c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err == nil {
				c.Close()
				break
			}
			select {
			case err := <-ended:
				ended <- err
				t.Fatalf("%s ended: %v\n%s", argv[0], err, said)
			case <-late:
				t.Fatalf("%s does not listen at port %d\n%s", argv[0], port, said)
			case <-again.C:
			}
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(b), "\n") + "\n"
}

// output collects what a daemon says.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

func tinyproxy(t *testing.T) conn.Proxy {
	program := needs(t, "tinyproxy")[0]
	f, port := newFolder(t), freePort(t)
	config := f.write(t, "tinyproxy.conf", fmt.Sprintf(`Port %d
Listen 127.0.0.1
User nobody
Timeout 20
MaxClients 100
LogLevel Connect
BasicAuth %s %s
`, port, username, password))
	start(t, f, []uint16{port}, program, "-d", "-c", config)
	return conn.Proxy{Scheme: "http", Host: "127.0.0.1", Port: port}
}

// squid returns its plain and its TLS port as proxies.
func squid(t *testing.T, cert, key string) (plain, secure conn.Proxy) {
	f := newFolder(t)
	return startSquid(t, f, cert, key, fmt.Sprintf("auth_param basic program %s %s\nauth_param basic realm pageload",
		needs(t, "squid", "basic_ncsa_auth")[1], f.write(t, "users", username+":"+hash+"\n")))
}

// digestUses is how often a nonce serves with digestSquid.
const digestUses = 3

// digestSquid is one that wants Digest.
func digestSquid(t *testing.T, cert, key string) (plain, secure conn.Proxy) {
	f := newFolder(t)
	ha1 := fmt.Sprintf("%x", md5.Sum([]byte(username+":pageload:"+password)))
	return startSquid(t, f, cert, key, fmt.Sprintf("auth_param digest program %s -c %s\nauth_param digest realm pageload\nauth_param digest nonce_max_count %d\nauth_param digest check_nonce_count on",
		needs(t, "squid", "digest_file_auth")[1], f.write(t, "users", username+":pageload:"+ha1+"\n"), digestUses))
}

func startSquid(t *testing.T, f folder, cert, key, auth string) (plain, secure conn.Proxy) {
	program, port, tlsPort := needs(t, "squid")[0], freePort(t), freePort(t)
	config := f.write(t, "squid.conf", fmt.Sprintf(`http_port 127.0.0.1:%d
https_port 127.0.0.1:%d tls-cert=%s tls-key=%s
%s
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
cache deny all
cache_log stdio:/dev/stderr
access_log none
pid_filename %s
coredump_dir %s
shutdown_lifetime 0 seconds
visible_hostname proxytest
pinger_enable off
dns_timeout 1 seconds
dns_retransmit_interval 1 seconds
forwarded_for delete
via off
`, port, tlsPort, f.write(t, "cert.pem", cert), f.write(t, "key.pem", key), auth, f.path("pid"), f))
	start(t, f, []uint16{port, tlsPort}, program, "-N", "-f", config)
	return conn.Proxy{Scheme: "http", Host: "127.0.0.1", Port: port}, conn.Proxy{Scheme: "https", Host: "127.0.0.1", Port: tlsPort}
}

// dante is a SOCKS proxy; method is "username" or "none".
func dante(t *testing.T, method string) conn.Proxy {
	program := needs(t, "danted")[0]
	f, port := newFolder(t), freePort(t)
	config := f.write(t, "danted.conf", fmt.Sprintf(`internal: 127.0.0.1 port = %d
external: lo
clientmethod: none
socksmethod: %s
user.privileged: root
user.unprivileged: nobody
logoutput: stderr
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 log: error }
socks block { from: 0.0.0.0/0 to: 127.0.0.66/32 log: error }
socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 log: error }
`, port, method))
	start(t, f, []uint16{port}, program, "-f", config)
	return conn.Proxy{Scheme: "socks5h", Host: "127.0.0.1", Port: port}
}
