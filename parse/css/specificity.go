package css

// specificity counts as Selectors 4, section 17 says.
type specificity struct{ a, b, c uint32 }

func (s specificity) packed() uint32 {
	return min(s.a, 1023)<<20 | min(s.b, 1023)<<10 | min(s.c, 1023)
}

func (s *specificity) add(packed uint32) {
	s.a += packed >> 20
	s.b += packed >> 10 & 1023
	s.c += packed & 1023
}

func maxSpecificity(list []complexSelector) uint32 {
	m := uint32(0)
	for i := range list {
		m = max(m, list[i].specificity)
	}
	return m
}
