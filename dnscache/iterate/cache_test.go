package iterate

import (
	"fmt"
	"testing"
	"time"

	"github.com/miekg/dns"
)

func TestCacheIsBounded(t *testing.T) {
	c := cache{max: 100}
	now := time.Unix(1_000_000, 0)
	for i := range 1000 {
		name := fmt.Sprintf("n%d.test.", i)
		c.store(reply{kind: noData, owner: name, ttl: time.Hour}, dns.TypeA, now)
		c.delegate(&delegation{zone: name, ttl: time.Hour}, now)
	}
	if len(c.records) > 100 || len(c.delegations) > 100 || len(c.records) < 80 {
		t.Errorf("%d records, %d delegations, want at most 100", len(c.records), len(c.delegations))
	}
	if _, _, ok := c.get("n999.test.", dns.TypeA, now); !ok {
		t.Error("the newest is gone")
	}
	none := cache{max: -1}
	none.store(reply{kind: noData, owner: "a.", ttl: time.Hour}, dns.TypeA, now)
	if len(none.records) != 0 {
		t.Error("a cache of none remembers")
	}
}
