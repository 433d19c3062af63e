package loader

// Remembered counts the documents that a memory has records of.
func Remembered(m *Memory) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for e := m.order.Front(); e != nil; e = e.Next() {
		if d, ok := e.Value.(*kept).value.(*documents); ok {
			n += len(d.records)
		}
	}
	return n
}
