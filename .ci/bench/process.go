package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// cost is what n records took a process.
type cost struct {
	n         int
	wall, cpu time.Duration
	resident  int64 // bytes, at most
}

func (c cost) rate() float64  { return float64(c.n) / c.wall.Seconds() }
func (c cost) perCPU() string { return fmt.Sprintf("%.0f", float64(c.cpu.Nanoseconds())/float64(c.n)) }

// median is by the rate.
func median(all []cost) cost {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b cost) int { return int(a.wall - b.wall) })
	return all[len(all)/2]
}

// ratios are of two that took turns, round by round.
func ratios(a, b []cost, of func(cost) float64) (all []float64) {
	for i := range a {
		all = append(all, of(a[i])/of(b[i]))
	}
	slices.Sort(all)
	return all
}

func ended(cmd *exec.Cmd, n int, wall time.Duration) cost {
	used := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return cost{n: n, wall: wall, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), resident: used.Maxrss << 10}
}

// command runs a command to its end.
func (b *bench) command(ctx context.Context, n int, name string, args ...string) (cost, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = b.dir
	var said strings.Builder
	cmd.Stderr, cmd.Stdout = &said, &said
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return cost{}, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, said.String())
	}
	return ended(cmd, n, time.Since(began)), nil
}

// child runs this program in another mode.
func (b *bench) child(ctx context.Context, mode, topic string, n int) (cost, error) {
	self, err := os.Executable()
	if err != nil {
		return cost{}, err
	}
	return b.command(ctx, n, self, "child", "-mode", mode, "-broker", b.broker, "-topic", topic, "-records", fmt.Sprint(n))
}

// fresh forgets the state there is.
func (b *bench) fresh() error { return os.RemoveAll(filepath.Join(b.dir, "state")) }

// service runs "driftwatch run" without a state until it has counted n records and has
// nothing more to read.
func (b *bench) service(ctx context.Context, n int) (cost, error) {
	if err := b.fresh(); err != nil {
		return cost{}, err
	}
	return b.again(ctx, n)
}

// again is that with the state there is.
func (b *bench) again(ctx context.Context, n int) (cost, error) {
	s, err := b.start(ctx, io.Discard)
	if err != nil {
		return cost{}, err
	}
	wall, err := s.caughtUp(n)
	if err != nil {
		return cost{}, err
	}
	peak, err := s.peak()
	if err != nil {
		return cost{}, err
	}
	if err := s.end(); err != nil {
		return cost{}, err
	}
	c := ended(s.cmd, n, wall)
	c.resident = peak // Maxrss may be that of this process
	return c, nil
}

// service is a "driftwatch run".
type service struct {
	cmd     *exec.Cmd
	began   time.Time
	address string // of its HTTP server
}

// start begins one, which prints its transitions to out.
func (b *bench) start(ctx context.Context, out io.Writer) (*service, error) {
	s := &service{cmd: exec.CommandContext(ctx, b.binary, "run", "--config", "driftwatch.yaml", "--json")}
	s.cmd.Dir, s.cmd.Stdout = b.dir, out
	if b.cores > 0 {
		s.cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", b.cores))
	}
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	s.began = time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	said, lines := "", bufio.NewScanner(stderr)
	for s.address == "" && lines.Scan() {
		said += lines.Text() + "\n"
		if _, after, found := strings.Cut(lines.Text(), "listen="); found {
			s.address, _, _ = strings.Cut(after, " ")
		}
	}
	if s.address == "" {
		return nil, fmt.Errorf("driftwatch run: %w\n%s", s.cmd.Wait(), said)
	}
	go func() { _, _ = io.Copy(io.Discard, stderr) }()
	return s, nil
}

// caughtUp waits until n records are counted and there are no more, and says how long
// that took from the start.
func (s *service) caughtUp(n int) (time.Duration, error) {
	for end := s.began.Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		rows, lag, err := s.counted()
		if err == nil && rows == uint64(n) && lag == 0 {
			return time.Since(s.began), nil
		}
		if err == nil && time.Now().After(end) {
			err = errors.New("the time is over")
		}
		if err != nil {
			_ = s.cmd.Process.Kill()
			return 0, fmt.Errorf("driftwatch has counted %d records of %d: %w", rows, n, err)
		}
	}
}

// counted asks for the records counted, as of the last commit.
func (s *service) counted() (rows, lag uint64, err error) {
	answer, err := http.Get("http://" + s.address + "/api/v1/monitors")
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	var body struct{ Monitors []struct{ Rows, Lag uint64 } }
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil || len(body.Monitors) == 0 {
		return 0, 0, err
	}
	return body.Monitors[0].Rows, body.Monitors[0].Lag, nil
}

// peak is the most memory that it has had, in bytes.
func (s *service) peak() (n int64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, text, _ := strings.Cut(string(status), "VmHWM:")
	_, err = fmt.Sscan(text, &n)
	return n << 10, err
}

// cpu is what it has used.
func (s *service) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, text, _ := strings.Cut(string(stat), ") ") // of the name
	fields := strings.Fields(text)
	var ticks int64
	for _, f := range fields[11:13] { // utime, stime
		var n int64
		if _, err := fmt.Sscan(f, &n); err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil // USER_HZ is 100
}

// end ends it as a user would.
func (s *service) end() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// prepare writes a configuration and its reference.
func (b *bench) prepare(ctx context.Context, s shape, topic string) error {
	if err := os.WriteFile(filepath.Join(b.dir, "driftwatch.yaml"), []byte(s.config(b.broker, topic)), 0o600); err != nil {
		return err
	}
	if err := writeLines(filepath.Join(b.dir, "reference.jsonl"), s, 200_000); err != nil {
		return err
	}
	_, err := b.command(ctx, 0, b.binary, "profile", "--config", "driftwatch.yaml", "--input", "reference.jsonl", "-o", "reference.profile")
	return err
}
