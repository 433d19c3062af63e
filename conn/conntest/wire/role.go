package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// variable tells a process of the test binary which role it has.
const variable = "PAGELOAD_WIRE_ROLE"

// A Role is a function that a process of the test binary runs instead of the tests. It
// gets and returns JSON. [Func] makes one.
type Role func(ctx context.Context, in []byte) (out []byte, err error)

// Func makes a role of a function whose argument and result go through encoding/json.
// The context ends when the caller of [Host.Run] gives up.
func Func[In, Out any](f func(context.Context, In) (Out, error)) Role {
	return func(ctx context.Context, text []byte) ([]byte, error) {
		var in In
		if err := json.Unmarshal(text, &in); err != nil {
			return nil, err
		}
		out, err := f(ctx, in)
		if err != nil {
			return nil, err
		}
		return json.Marshal(out)
	}
}

// A reply is what a role's process tells the one that started it.
type reply struct {
	Out json.RawMessage `json:",omitempty"`
	Err *string         `json:",omitempty"`
}

// replies is the descriptor that a role's process writes its reply to.
const replies = 3

// Main runs the tests of m, or in a process that [Host.Run] has started its role. It
// returns the exit status. It is for TestMain.
func Main(m interface{ Run() int }, roles map[string]Role) int {
	name, ok := os.LookupEnv(variable)
	if !ok {
		return m.Run()
	}
	if err := play(name, roles[name]); err != nil {
		fmt.Fprintf(os.Stderr, "wire: role %s: %v\n", name, err)
		return 1
	}
	return 0
}

// play runs a role. Its standard input is a line with the argument, and ends when the
// process that wants to know the result does not any more.
func play(name string, role Role) error {
	if role == nil {
		return errors.New("TestMain does not name it")
	}
	dec := json.NewDecoder(os.Stdin)
	var in json.RawMessage
	if err := dec.Decode(&in); err != nil {
		return fmt.Errorf("argument: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	os.Unsetenv(variable) // the role may start processes of its own
	out, err := role(ctx, in)
	r := reply{Out: out}
	if err != nil {
		text := err.Error()
		r = reply{Err: &text}
	}
	f := os.NewFile(replies, "replies")
	return errors.Join(json.NewEncoder(f).Encode(r), f.Close())
}

// Run runs a role of this test binary in the host, in a process of its own, and decodes
// its result into out, a pointer, or nil if it does not matter. Every goroutine there is
// in the host. The error has that of the role as text, or what its process wrote to
// standard error if it failed otherwise. When ctx ends, the role's does, and its process
// is killed if it has not ended ten seconds later.
func (h *Host) Run(ctx context.Context, role string, in, out any) error {
	got, err := h.play(ctx, role, in)
	if err == nil && out != nil {
		err = json.Unmarshal(got, out)
	}
	if err != nil {
		return fmt.Errorf("wire: %s in host %s: %w", role, h.name, err)
	}
	return nil
}

func (h *Host) play(ctx context.Context, role string, in any) ([]byte, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	from, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer from.Close()
	c := h.Command(ctx, self)
	c.Env = append(os.Environ(), variable+"="+role,
		"GORACE=atexit_sleep_ms=10 "+os.Getenv("GORACE")) // a race detector waits a second for others at its end
	c.ExtraFiles = []*os.File{to}
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	stdin, err := c.StdinPipe()
	if err == nil {
		c.Cancel, c.WaitDelay = stdin.Close, 10*time.Second
		err = c.Start()
	}
	to.Close()
	if err != nil {
		return nil, err
	}
	if _, err := stdin.Write(append(text, '\n')); err != nil {
		said.WriteString(err.Error())
	}
	var r reply
	decodeErr := json.NewDecoder(from).Decode(&r)
	err = c.Wait()
	switch {
	case r.Err != nil:
		return nil, errors.New(*r.Err)
	case err != nil || decodeErr != nil:
		return nil, fmt.Errorf("%w: %s", errors.Join(err, decodeErr), bytes.TrimSpace(said.Bytes()))
	}
	return r.Out, nil
}
