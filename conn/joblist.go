package conn

// A jobList has the jobs of a group, oldest first.
type jobList struct {
	n           int
	first, last *job
}

func (l *jobList) push(j *job) {
	l.n++
	if j.prev = l.last; j.prev != nil {
		j.prev.next = j
	} else {
		l.first = j
	}
	l.last = j
}

func (l *jobList) remove(j *job) {
	l.n--
	if j.prev != nil {
		j.prev.next = j.next
	} else {
		l.first = j.next
	}
	if j.next != nil {
		j.next.prev = j.prev
	} else {
		l.last = j.prev
	}
	j.prev, j.next = nil, nil
}
