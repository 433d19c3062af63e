package conn

import "time"

// The first connect of a group that has nothing may have lost its SYN, which
// the kernel repeats only after a second. As Chromium's socket pool does
// (net/socket/transport_client_socket_pool.cc, OnBackupJobTimerFired;
// ConnectRetryIntervalMs is 250), a second connect is begun beside it when it
// has not reached the peer in time. Whichever is first serves the request, and
// the other becomes idle.

// startBackup begins the time that g's first connect has. The lock is held.
func (p *Pool) startBackup(g *group) {
	d := orDefault(p.BackupDelay, 250*time.Millisecond)
	if d == 0 || g.backup != nil {
		return
	}
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if g.backup == t { // else it was stopped meanwhile
			p.backUp(g)
		}
	})
	g.backup = t
}

// stopBackup ends it: the connect has ended.
func (g *group) stopBackup() {
	if g.backup != nil {
		g.backup.Stop()
		g.backup = nil
	}
}

// backUp begins the second connect if it is still wanted. The timer has run out.
func (p *Pool) backUp(g *group) {
	g.backup = nil
	if g.jobs.n == 0 || p.shut {
		return
	}
	switch first := g.jobs.first; {
	case first.stage.Load() == stageConnected:
		// What comes after TCP is slow, and would be again.
	case first.stage.Load() == stageWaiting, g.size >= p.perHost, g.way.total >= g.way.max:
		p.startBackup(g)
	case g.waiters.len() > 0:
		j := p.newJob(g)
		j.backup = true
		if t := g.jobless(); t != nil {
			t.job, j.ticket = true, t
		}
		go j.run(p.life)
	}
}
