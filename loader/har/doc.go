// Package har writes a waterfall as an HTTP Archive, version 1.2, the format that
// browsers' developer tools and most waterfall viewers open, and reads such files.
//
//	err := har.Write(file, page.Waterfall(), har.Options{})
//	wf, err := har.Read(file, har.ReadOptions{})
//
// Beside the standard's fields an entry has those that Chromium adds
// (_resourceType, _priority, _initiator, _transferSize, _connectionId, _error,
// …) and some that only this project knows: why a request waited (_waits), the
// steps of its name lookup (_dns), what found it (_foundBy) and how much of the
// document had to be there (_foundAtByte), which rule of a style sheet asked
// (_rule). The log has a row a connection (_connections): names, attempts, proxy,
// TLS, the requests it carried by their _id, what the kernel knew (tcpInfo), the
// way its packets took (path), and its close, state by state. Their times are
// milliseconds after the navigation began; the rows' spans are what
// [waterfall.ConnectionRow.Spans] says.
//
// A HAR holds less than the waterfall does: its timings are one number a phase,
// so that a name resolved before the request was made, or a wait between two
// phases, cannot be drawn from it. Where the whole record is wanted, keep the
// [waterfall.Waterfall].
//
// Where readers differ, this is what is written:
//
//   - timings: all waiting is blocked, see [waterfall.Request.Spans]; -1 stands
//     for a phase that did not happen, never for one that took no time; ssl is
//     within connect. Times are whole microseconds, written as milliseconds with
//     three decimals, so that the parts add up to time exactly.
//   - connection: the id of the socket, as the standard says, not the port that
//     Chromium writes there; _connectionId is the same.
//   - headersSize: -1 with HTTP/2, whose fields have no size of their own.
//   - content.size: -1 where a compressed body was not decoded because nobody
//     needed it.
//   - bytes that are no UTF-8: bodies as base64, all else as Latin-1.
package har
