package cookies

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Ten thousand cookies of one site and of as many sites stay within the bounds, and those of others are not touched.
func TestBounds(t *testing.T) {
	j, c := newJar()
	keepAll(t, j, visit("https://other.test/"), "stays=1; Secure")
	for i := range 10_000 {
		keepAll(t, j, visit("https://a.test/"), fmt.Sprintf("c%d=1", i))
		if n := j.Len(); n > maxOfSite+1 {
			t.Fatalf("%d cookies after %d of one site", n, i)
		}
	}
	wantField(t, j, visit("https://other.test/"), "stays=1")
	for i := range 10_000 {
		c.at = c.at.Add(time.Millisecond)
		keepAll(t, j, visit(fmt.Sprintf("https://h%d.test/", i)), "x=1")
		if n := j.Len(); n > maxOfAll {
			t.Fatalf("%d cookies after one of %d sites", n, i)
		}
	}
	wantField(t, j, visit("https://other.test/"), "stays=1") // is Secure, and goes after all that are not
	wantField(t, j, visit("https://h9999.test/"), "x=1")
	wantField(t, j, visit("https://h0.test/"), "")
	// Of partitions there is one more kind than sites.
	for i := range 10_000 {
		r := part(fmt.Sprintf("https://top%d.test/", i), "https://embedded.test/")
		keepAll(t, j, r, "p=1; Secure; SameSite=None; Partitioned")
	}
	if j.store.parted > maxPartitioned || j.store.count > maxOfAll {
		t.Errorf("%d cookies, %d in partitions", j.store.count, j.store.parted)
	}
	count, parted := 0, 0
	for k, g := range j.store.groups {
		if len(g.entries) == 0 {
			t.Errorf("%v has a place and no cookies", k)
		}
		if k.partition == (Partition{}) {
			count += len(g.entries)
		} else {
			parted += len(g.entries)
		}
	}
	if count != j.store.count || parted != j.store.parted {
		t.Errorf("%d and %d cookies, counted as %d and %d", count, parted, j.store.count, j.store.parted)
	}
}

// What was used goes last, and what has expired first.
func TestLeastRecentlyUsedGo(t *testing.T) {
	j, c := newJar()
	keepAll(t, j, visit("https://a.test/"), "used=1; Path=/used", "idle=1")
	c.at = c.at.Add(time.Hour)
	for i := range maxOfSite - 2 {
		keepAll(t, j, visit("https://a.test/"), fmt.Sprintf("c%d=1; Path=/other", i))
	}
	c.at = c.at.Add(time.Hour)
	wantField(t, j, visit("https://a.test/used"), "used=1; idle=1")
	keepAll(t, j, visit("https://a.test/"), "last=1")
	wantField(t, j, visit("https://a.test/used"), "used=1; idle=1; last=1")
	if n := j.Len(); n != maxOfSite-purgeOfSite {
		t.Errorf("%d left, want %d", n, maxOfSite-purgeOfSite)
	}

	j, c = newJar()
	for i := range maxOfSite {
		keepAll(t, j, visit("https://a.test/"), fmt.Sprintf("c%d=1; Max-Age=%d", i, 10+i%2*1000))
	}
	c.at = c.at.Add(time.Minute)
	keepAll(t, j, visit("https://a.test/"), "last=1")
	if n := j.Len(); n != maxOfSite/2+1 {
		t.Errorf("%d left, want those that have not expired: %d", n, maxOfSite/2+1)
	}
}

func TestPartitionBounds(t *testing.T) {
	j, _ := newJar()
	r := part("https://top.test/", "https://a.test/")
	for i := range 20 {
		keepAll(t, j, r, fmt.Sprintf("c%02d=%s; Secure; SameSite=None; Partitioned", i, strings.Repeat("v", 1000)))
	}
	if n := j.Len(); n != 10 {
		t.Errorf("%d cookies of 1003 bytes in a partition of 10 KB", n)
	}
	for i := range 300 {
		keepAll(t, j, r, fmt.Sprintf("s%d=; Secure; SameSite=None; Partitioned", i))
	}
	if n := j.Len(); n > maxOfPartition {
		t.Errorf("%d cookies in a partition", n)
	}
}
