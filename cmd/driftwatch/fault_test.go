package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// TestFullDisk lets no file grow beyond a size that is not enough: nothing is
// counted that is not written, the program says so and is not ready, and goes on by
// itself when there is room.
func TestFullDisk(t *testing.T) {
	c := newCampaign(t, fakeBroker(t))
	const limit = 96 << 10 // bytes
	p := &process{stdout: &output{}, stderr: &output{}}
	p.cmd = exec.Command("bash", "-c", fmt.Sprintf(`ulimit -S -f %d; exec "$0" "$@"`, limit>>10), c.binary, "run", "--config", c.file)
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	p.awaitIn(t, p.stderr, "msg=watching", 1)
	produced := c.produce(time.Millisecond)
	p.awaitIn(t, p.stderr, "the state cannot be written; nothing is counted until it can", 2)
	ready, err := http.Get("http://" + p.address(t) + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	why, _ := io.ReadAll(ready.Body)
	ready.Body.Close()
	if ready.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(why), "the state cannot be written") || !strings.Contains(string(why), "file too large") {
		t.Errorf("/readyz says %d %s", ready.StatusCode, why)
	}
	var shown struct{ Monitors []struct{ Rows uint64 } }
	get(t, p.address(t), "/api/v1/monitors", &shown)
	if shown.Monitors[0].Rows >= killRecords {
		t.Errorf("it has counted %d records and cannot have written them", shown.Monitors[0].Rows)
	}
	offsets, err := kadm.NewClient(c.client).FetchOffsets(t.Context(), "driftwatch-killed")
	if err != nil {
		t.Fatal(err)
	}
	told := int64(0)
	offsets.Each(func(o kadm.OffsetResponse) { told += o.At })
	if get(t, p.address(t), "/api/v1/monitors", &shown); uint64(told) > shown.Monitors[0].Rows {
		t.Errorf("the group's offsets are those of %d records, %d are written", told, shown.Monitors[0].Rows)
	}
	if info, err := os.Stat(c.folder + "/state/driftwatch.db"); err != nil || info.Size() > limit {
		t.Errorf("the state file has %d bytes, %v", info.Size(), err)
	}
	// There is room again.
	if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}, nil); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if get(t, p.address(t), "/api/v1/monitors", &shown); shown.Monitors[0].Rows >= killRecords {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("it has counted %d records\n%s", shown.Monitors[0].Rows, p.stderr)
		}
	}
	p.signal(t, syscall.SIGTERM)
	if code := p.wait(t); code != exitDone {
		t.Errorf("exit code %d\n%s", code, p.stderr)
	}
	c.check(t, produced)
}

// TestRandomEdits edits the configuration at random and says so by SIGHUP, while
// records arrive: whatever stands there, the program goes on with it or, where it
// cannot be used, with what it had, and says what is wrong.
func TestRandomEdits(t *testing.T) {
	c := newCampaign(t, fakeBroker(t))
	good := killedConfig(c.broker, c.topic, "state", c.hook.url)
	p := c.start(t)
	p.awaitIn(t, p.stderr, "msg=watching", 1)
	produced := c.produce(20 * time.Millisecond)
	seed := uint64(1) // DRIFTWATCH_SEED=random looks for more
	if os.Getenv("DRIFTWATCH_SEED") == "random" {
		seed = uint64(time.Now().UnixNano())
	}
	random := rand.New(rand.NewPCG(seed, 0))
	refused := 0
	for n := range 60 {
		text := edited(random, good)
		write(t, c.file, text)
		before := len(p.stderr.String())
		p.signal(t, syscall.SIGHUP)
		said := ""
		for end := time.Now().Add(20 * time.Second); !strings.Contains(said, "configuration"); time.Sleep(5 * time.Millisecond) {
			if said = p.stderr.String()[before:]; time.Now().After(end) {
				t.Fatalf("seed %d, edit %d: nothing is said of\n%s\nlog:\n%s", seed, n, text, p.stderr)
			}
		}
		if strings.Contains(said, "the former one is kept") {
			refused++
			code, found, _ := run("check", "--config", c.file, "--online")
			here := strings.Contains(said, "cannot listen on") // an address that is none of this machine is one of another
			if !here && strings.Contains(said, "driftwatch.yaml:") && (code != exitNo || !strings.Contains(found, "driftwatch.yaml:")) {
				t.Errorf("seed %d, edit %d: run says %s\nand check exits with %d: %s\nof\n%s", seed, n, said, code, found, text)
			}
		}
		if p.cmd.Process.Signal(syscall.Signal(0)) != nil {
			t.Fatalf("seed %d, edit %d: it has ended after\n%s\nlog:\n%s", seed, n, text, p.stderr)
		}
	}
	if refused < 10 {
		t.Errorf("only %d of the edits could not be used", refused)
	}
	if err := <-produced; err != nil {
		t.Fatal(err)
	}
	write(t, c.file, good)
	p.signal(t, syscall.SIGTERM)
	if code := p.wait(t); code != exitDone {
		t.Fatalf("seed %d: exit code %d\n%s", seed, code, p.stderr)
	}
	p = c.start(t)
	p.awaitIn(t, p.stderr, "msg=watching", 1)
	var books struct {
		Monitors []struct {
			Rows, Lag, Skipped, Lost uint64
			Rejected                 map[string]uint64
		}
	}
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		get(t, p.address(t), "/api/v1/monitors", &books)
		m := books.Monitors[0]
		decided := m.Rows + m.Skipped + m.Lost
		for _, n := range m.Rejected { // under an edited timestamp, say
			decided += n
		}
		if decided == killRecords && m.Lag == 0 {
			break
		}
		if decided > killRecords || time.Now().After(end) {
			t.Fatalf("seed %d: of %d records the books say %+v\n%s", seed, killRecords, m, p.stderr)
		}
	}
	p.signal(t, syscall.SIGTERM)
	p.wait(t)
}

// TestRunLeavesNothing ends a run in the middle of reading, after another
// configuration has taken its place once: within five seconds all is ended, and no
// goroutine and no connection of it is left.
func TestRunLeavesNothing(t *testing.T) {
	c := newCampaign(t, fakeBroker(t))
	before := goleak.IgnoreCurrent()
	produced := c.produce(5 * time.Millisecond)
	log := &output{}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		load := func() (*Config, error) { return loadService(c.file) }
		ended <- runReloading(ctx, load, serviceOptions{stdout: log, stderr: log, log: slog.New(slog.NewTextHandler(log, nil))})
	}()
	p := &process{stdout: log, stderr: log}
	p.awaitIn(t, log, "msg=watching", 1)
	await(t, p, func() bool { return rowsOf(t, p.address(t), "killed") >= 1000 })
	write(t, c.file, strings.Replace(killedConfig(c.broker, c.topic, "state", c.hook.url), "psi_lo > 0.1", "psi_lo > 0.2", 1))
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.awaitIn(t, log, "msg=watching", 2)
	await(t, p, func() bool { return rowsOf(t, p.address(t), "killed") >= 3000 })
	began := time.Now()
	end()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it ends with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatalf("it has not ended after %v\n%s", time.Since(began), log)
	}
	http.DefaultClient.CloseIdleConnections() // of this test's own questions
	if err := <-produced; err != nil {
		t.Fatal(err)
	}
	c.client.Close()
	goleak.VerifyNone(t, before)
}

// edited changes a few bytes or lines of a configuration, but not where the state is
// and what is counted: those may change it for good.
func edited(random *rand.Rand, text string) string {
	lines := strings.SplitAfter(text, "\n")
	for range 1 + random.IntN(3) {
		at := random.IntN(len(lines) - 1)
		line := lines[at]
		if strings.Contains(line, "state:") || line == "" {
			continue
		}
		switch i := random.IntN(len(line)); random.IntN(4) {
		case 0:
			lines[at] = line[:i] + string(rune('!'+random.IntN(94))) + line[i:]
		case 1:
			lines[at] = line[:i] + line[i+1:]
		case 2:
			lines[at] = line + line
		case 3:
			lines[at] = ""
		}
	}
	return strings.Join(lines, "")
}

// ownBroker is a real broker of the test's own, which it may ill-treat.
type ownBroker struct{ dir string }

func newOwnBroker(t *testing.T) *ownBroker {
	t.Helper()
	broker(t) // skips where there are none
	b := &ownBroker{t.TempDir()}
	b.do(t, "start")
	t.Cleanup(func() { b.do(t, "stop") })
	return b
}

// do starts it, with what it had, or stops it.
func (b *ownBroker) do(t *testing.T, what string) {
	t.Helper()
	if out, err := exec.Command("../../.ci/broker", what, b.dir).CombinedOutput(); err != nil {
		t.Fatalf("%s a broker: %v\n%s", what, err, out)
	}
}

func (b *ownBroker) read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(b.dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func (b *ownBroker) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	pid, err := strconv.Atoi(b.read(t, "pid"))
	if err == nil {
		err = syscall.Kill(pid, s)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestIntegrationBrokerTrouble stops a real broker in the middle of everything, for
// good and for a while: hung, ended, and killed. The program runs on, says that it
// cannot read, and afterwards has counted everything once.
func TestIntegrationBrokerTrouble(t *testing.T) {
	b := newOwnBroker(t)
	c := newCampaign(t, b.read(t, "address"))
	text := strings.Replace(killedConfig(c.broker, c.topic, "state", c.hook.url), "idle_timeout: 10m", "idle_timeout: 6s", 1)
	write(t, c.file, text)
	p := c.start(t)
	p.awaitIn(t, p.stderr, "msg=watching", 1)
	produced := c.produce(60 * time.Millisecond)

	time.Sleep(2 * time.Second)
	b.signal(t, syscall.SIGSTOP)
	p.awaitUnready(t, "hung")
	b.signal(t, syscall.SIGCONT)
	time.Sleep(2 * time.Second)
	b.do(t, "stop")
	p.awaitUnready(t, "ended")
	b.do(t, "start")
	time.Sleep(2 * time.Second)
	b.signal(t, syscall.SIGKILL)
	time.Sleep(time.Second)
	b.do(t, "stop") // sweeps up after it
	b.do(t, "start")

	if err := <-produced; err != nil {
		t.Fatal(err)
	}
	c.checkBlind(t, p)
}

// awaitUnready waits until the program says that it is not ready.
func (p *process) awaitUnready(t *testing.T, what string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		answer, err := http.Get("http://" + p.address(t) + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusServiceUnavailable {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: it says that it is ready\n%s", what, p.stderr)
		}
	}
}

// checkBlind ends the program, which could not read for a while and has said so, and
// sees that everything is counted once.
func (c *campaign) checkBlind(t *testing.T, p *process) {
	t.Helper()
	p.signal(t, syscall.SIGTERM)
	if code := p.wait(t); code != exitDone {
		t.Fatalf("exit code %d\n%s", code, p.stderr)
	}
	if blind := strings.Join(c.hook.take(t), "\n"); !strings.Contains(blind, "driftwatch-blind") {
		t.Error("nobody was told that the topic could not be read")
	}
	done := make(chan error, 1)
	done <- nil
	c.check(t, done)
}

// TestNetworkCut cuts the network between the program and a broker to which records
// keep coming: for a while nothing gets through and nobody says so, as when a cable is
// pulled, and then every connection is refused. The program says that it cannot
// read, goes on by itself, and afterwards has counted everything once.
func TestNetworkCut(t *testing.T) {
	long := 9 * time.Second
	if text := os.Getenv("DRIFTWATCH_CUT"); text != "" { // such as 30s
		var err error
		if long, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	n := &network{others: map[string]bool{}}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.ListenFn(n.listen))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	c := newCampaign(t, cluster.ListenAddrs()[0], kgo.Dialer(n.dialOther))
	write(t, c.file, strings.Replace(killedConfig(c.broker, c.topic, "state", c.hook.url), "idle_timeout: 10m", "idle_timeout: 6s", 1))
	p := c.start(t)
	p.awaitIn(t, p.stderr, "msg=watching", 1)
	produced := c.produce(2 * (long + 3*time.Second) / (killRecords / 200)) // all along
	for _, is := range []string{"silent", "refused"} {
		time.Sleep(time.Second)
		n.become(is)
		began := time.Now()
		p.awaitUnready(t, is)
		before := rowsOf(t, p.address(t), "killed")
		time.Sleep(long - time.Since(began))
		if more := rowsOf(t, p.address(t), "killed") - before; more > 0 {
			t.Errorf("%s: %d records came over a network that is cut", is, more)
		}
		n.become("")
		await(t, p, func() bool { return rowsOf(t, p.address(t), "killed") > before })
	}
	if err := <-produced; err != nil {
		t.Fatal(err)
	}
	c.checkBlind(t, p)
}

// network is what lies before a broker; it can be cut for all but some connections.
type network struct {
	mu     sync.Mutex // protects all
	is     string     // "", silent or refused
	whole  chan struct{}
	conns  []net.Conn
	others map[string]bool // those it is not cut for, by their address
}

func (n *network) listen(name, address string) (net.Listener, error) {
	l, err := net.Listen(name, address)
	return cutListener{l, n}, err
}

func (n *network) dialOther(ctx context.Context, name, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, name, address)
	if err == nil {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.others[c.LocalAddr().String()] = true
	}
	return c, err
}

func (n *network) become(is string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.is == "silent" {
		close(n.whole)
	}
	if n.is = is; is == "silent" {
		n.whole = make(chan struct{})
	}
	for _, c := range n.conns {
		if is == "refused" && !n.others[c.RemoteAddr().String()] {
			c.Close()
		}
	}
}

// pass waits as long as nothing gets through.
func (n *network) pass(c net.Conn) {
	n.mu.Lock()
	whole, waits := n.whole, n.is == "silent" && !n.others[c.RemoteAddr().String()]
	if n.is == "refused" && !n.others[c.RemoteAddr().String()] {
		c.Close()
	}
	n.mu.Unlock()
	if waits {
		<-whole
	}
}

type cutListener struct {
	net.Listener
	network *network
}

func (l cutListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.network.mu.Lock()
	defer l.network.mu.Unlock()
	l.network.conns = append(l.network.conns, c)
	return cutConn{c, l.network}, nil
}

type cutConn struct {
	net.Conn
	network *network
}

func (c cutConn) Read(b []byte) (int, error) {
	k, err := c.Conn.Read(b)
	c.network.pass(c.Conn)
	return k, err
}

func (c cutConn) Write(b []byte) (int, error) {
	c.network.pass(c.Conn)
	return c.Conn.Write(b)
}
