// Package kernel asks the operating system what it knows of a TCP connection
// and of the way to its peer: TCP_INFO, the socket tables (sock_diag), routes
// and the neighbour table. No privilege is needed, no cgo, no other program.
//
//	raw, err := conn.(*net.TCPConn).SyscallConn()
//	if err != nil {
//		return err
//	}
//	info, err := kernel.Read(raw)
//	fmt.Println(info.State, info.RTT, info.Retransmits)
//
// [Socket] is the same for who asks often: it allocates nothing. [Diag] looks
// up any socket of this machine by its addresses, also one whose descriptor is
// closed. [Paths] says how packets reach an address: the route, how that was
// learnt, and the next hop's link address.
//
// All of it works on Linux; elsewhere every question is answered with
// errors.ErrUnsupported. Network namespaces count: a Diag or Paths asks about
// the namespace of the thread that made its first call.
//
// A program that loads pages does not need this package: package conn calls
// it and puts what it learns into its records.
//
// The netlink messages are written and read here, not by a netlink library:
// all questions are answered by the kernel before the call that asks returns,
// so that one descriptor, two system calls and one reused buffer do, and a
// lookup while a connection is closing costs microseconds.
package kernel
