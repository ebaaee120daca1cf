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

// service runs "driftwatch run" without a state until it has counted n records and has
// nothing more to read.
func (b *bench) service(ctx context.Context, n int) (cost, error) {
	if err := os.RemoveAll(filepath.Join(b.dir, "state")); err != nil {
		return cost{}, err
	}
	return b.again(ctx, n)
}

// again is that with the state there is.
func (b *bench) again(ctx context.Context, n int) (cost, error) {
	cmd := exec.CommandContext(ctx, b.binary, "run", "--config", "driftwatch.yaml", "--json")
	cmd.Dir = b.dir
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return cost{}, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	address, lines := "", bufio.NewScanner(stderr)
	for address == "" && lines.Scan() {
		if _, after, found := strings.Cut(lines.Text(), "listen="); found {
			address, _, _ = strings.Cut(after, " ")
		}
	}
	go func() { _, _ = io.Copy(io.Discard, stderr) }()
	wall := time.Duration(0)
	for end := began.Add(2 * time.Minute); wall == 0; time.Sleep(10 * time.Millisecond) {
		var rows, lag uint64
		if rows, lag, err = counted(address); err == nil && time.Now().After(end) {
			err = errors.New("the time is over")
		}
		if err != nil {
			_ = cmd.Process.Kill()
			return cost{}, fmt.Errorf("driftwatch has counted %d records of %d: %w", rows, n, err)
		}
		if rows == uint64(n) && lag == 0 {
			wall = time.Since(began)
		}
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		return cost{}, err
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return cost{}, err
	}
	if err := cmd.Wait(); err != nil {
		return cost{}, err
	}
	c := ended(cmd, n, wall)
	_, peak, _ := strings.Cut(string(status), "VmHWM:") // Maxrss may be that of this process
	_, err = fmt.Sscan(peak, &c.resident)
	c.resident <<= 10
	return c, err
}

func counted(address string) (rows, lag uint64, err error) {
	answer, err := http.Get("http://" + address + "/api/v1/monitors")
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
