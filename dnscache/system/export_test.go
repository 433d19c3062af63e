package system

// SetBehindStub says where the servers behind systemd-resolved are written.
func SetBehindStub(s *ISP, path string) { s.behindStub = path }

// SetDir says which folder tells that systemd-resolved runs.
func SetDir(s *Resolved, dir string) { s.dir = dir }

// ReadNSCD reads a response of nscd, for the fuzz target.
var ReadNSCD = readNSCD
