package css

// Visited returns how many elements were visited, by all calls of Collect.
func (s *Styler) Visited() int { return s.visited }
