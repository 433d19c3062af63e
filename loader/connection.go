package loader

import (
	"errors"

	"pageload/conn"
	"pageload/loader/waterfall"
)

// connection turns what the pool knows of a connection into a row.
func (p *Page) connection(r *conn.Record) *waterfall.ConnectionRow {
	row := &waterfall.ConnectionRow{
		ID: r.ID, Scheme: r.Key.Scheme, Host: r.Key.Host, Port: r.Key.Port, Private: r.Key.Private,
		Remote: address(r.Remote), Local: address(r.Local), Proto: r.Proto,
		Started: p.offset(r.Started), Opened: p.offset(r.ConnectStart), Connected: p.offset(r.ConnectEnd), Secured: p.offset(r.TLSEnd),
		Closed: p.offset(r.Closed), Requests: r.Requests, Sent: r.Sent, Received: r.Received,
		Attempts: p.attempts(r.Attempts), TLS: handshake(r.TLS),
	}
	if !r.DNSStart.IsZero() {
		row.Names = &waterfall.Lookup{From: p.offset(r.DNSStart), To: p.offset(r.DNSEnd), Steps: steps(r.DNS.Steps, p.start)}
	}
	if !r.Closed.IsZero() {
		row.ClosedBy = r.By.String()
	}
	if r.Reason != nil {
		row.CloseReason = r.Reason.Error()
	}
	return row
}

func (p *Page) attempts(list []conn.Attempt) []waterfall.Attempt {
	if len(list) == 0 {
		return nil
	}
	rows := make([]waterfall.Attempt, len(list))
	for i, a := range list {
		rows[i] = waterfall.Attempt{Addr: address(a.Addr), From: p.offset(a.Start), To: waterfall.None, Lost: errors.Is(a.Err, conn.ErrLost)}
		if a.Duration >= 0 {
			rows[i].To = rows[i].From + a.Duration
		}
		if a.Err != nil {
			rows[i].Err = a.Err.Error()
		}
	}
	return rows
}
