package conn

// Like gives p, which must not have been used, the fields of another: its bounds,
// timers and hooks, and those of its Dialer. Connections, records and remembered TLS
// sessions stay the other's.
func (p *Pool) Like(other *Pool) {
	p.Dialer.Like(&other.Dialer)
	p.MaxPerHost, p.MaxTotal, p.MaxPerProxy = other.MaxPerHost, other.MaxTotal, other.MaxPerProxy
	p.IdleTimeout, p.UnusedTimeout, p.WatchAfter = other.IdleTimeout, other.UnusedTimeout, other.WatchAfter
	p.BackupDelay, p.DescriptorWait = other.BackupDelay, other.DescriptorWait
	p.TLSSessions, p.MaxRecords, p.Facts = other.TLSSessions, other.MaxRecords, other.Facts
	p.WatchClose, p.CloseWait, p.Paths, p.OnEvent = other.WatchClose, other.CloseWait, other.Paths, other.OnEvent
}

// Like gives d, which must not have been used, the fields of another. What they
// point to is shared: the Resolver, the Link, the TLS configurations.
func (d *Dialer) Like(other *Dialer) {
	d.Resolver, d.ConnectTo, d.Policy, d.MaxHalfOpen = other.Resolver, other.ConnectTo, other.Policy, other.MaxHalfOpen
	d.LocalAddr, d.PortRange, d.FastOpen = other.LocalAddr, other.PortRange, other.FastOpen
	d.Dial, d.Link, d.Wrap = other.Dial, other.Link, other.Wrap
	d.Proxy, d.ProxyPolicy, d.ProxyTLS, d.ProxyLogin = other.Proxy, other.ProxyPolicy, other.ProxyTLS, other.ProxyLogin
	d.TLS, d.DialTLS = other.TLS, other.DialTLS
	d.ResolveTimeout, d.ConnectTimeout = other.ResolveTimeout, other.ConnectTimeout
	d.TLSTimeout, d.ProxyTimeout = other.TLSTimeout, other.ProxyTimeout
	d.AttemptDelay, d.AdaptDelay = other.AttemptDelay, other.AdaptDelay
	d.MinAttemptDelay, d.MaxAttemptDelay = other.MinAttemptDelay, other.MaxAttemptDelay
	d.ResolutionDelay, d.KeepAlive = other.ResolutionDelay, other.KeepAlive
}
