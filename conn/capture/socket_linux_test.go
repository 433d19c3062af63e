package capture

import (
	"testing"

	"golang.org/x/sys/unix"
)

// The tag that a card has taken off is put back.
func TestVLANTag(t *testing.T) {
	b := aSpec.frame()
	r := &raw{record: record{wire: len(b)}, linkType: linkEthernet}
	if got := vlan(b, &unix.TpacketAuxdata{Vlan_tci: 5}, r); len(got) != len(b) || r.wire != len(b) {
		t.Error("an untagged packet got a tag")
	}
	for status, kind := range map[uint32]byte{
		unix.TP_STATUS_VLAN_VALID:                                  0x81,
		unix.TP_STATUS_VLAN_VALID | unix.TP_STATUS_VLAN_TPID_VALID: 0x88,
	} {
		r.wire = len(b)
		got := vlan(b, &unix.TpacketAuxdata{Status: status, Vlan_tci: 0x2005, Vlan_tpid: 0x88a8}, r)
		f, ok := decode(linkEthernet, got, r.wire)
		if !ok || f.link.VLAN != 5 || f.src != client || got[12] != kind || r.wire != len(b)+4 {
			t.Errorf("status %#x: %x: %+v", status, got, f.link)
		}
	}
}
