// Package command is the frame that the example programs share: the signals that
// stop them, flags that are read without a word of package flag's own, the help,
// a time limit, and the one line on standard error with which a program ends.
//
//	func main() { command.Main(run) }
//
//	func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
//		end := command.Ending(stderr, "fetchall")
//		set := command.Flags("fetchall")
//		// set.StringVar(…)
//		help := func(w io.Writer) { command.Help(w, set, "usage: fetchall [flags]\n") }
//		if status, over := command.Refused(command.Parse(set, args), help, stdout, end); over {
//			return status
//		}
//		…
//	}
package command
