package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
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

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestRun follows a user: a topic is profiled, checked, watched by the program
// itself, reconfigured, ended, and tested afterwards.
func TestRun(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "payments"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	broker := cluster.ListenAddrs()[0]
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	produce(t, broker, payments(day, 3000, false))
	produce(t, broker, payments(day.Add(24*time.Hour), 4000, true))

	folder := t.TempDir()
	binary := filepath.Join(folder, "driftwatch")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	file := filepath.Join(folder, "driftwatch.yaml")
	write(t, file, serviceConfig(broker, "psi_lo > 0.1"))
	profile := filepath.Join(folder, "payments.profile")
	must(t, "3000 records in", "profile", "--config", file, "--to", "2026-11-02T00:00:00Z", "-o", profile)
	must(t, "", "check", "--config", file, "--online")

	p := start(t, binary, "run", "--config", file, "--json")
	p.awaitIn(t, p.stderr, `msg=watching monitors=1 rules=1`, 1)
	p.awaitIn(t, p.stdout, `"state":"ok","previous":"firing"`, 1)
	var answer struct {
		Monitors []struct {
			Rows     uint64
			Declared struct {
				Config struct{ Window struct{ Size string } }
			}
		}
	}
	awaitCommitted(t, broker, "driftwatch-payments", 7000)

	get(t, p.address(t), "/api/v1/monitors", &answer)
	if len(answer.Monitors) != 1 || answer.Monitors[0].Rows != 7000 {
		t.Errorf("the API says %+v, want 7000 rows", answer)
	}

	config := serviceConfig(broker, "psi_lo > 0.1")
	longer := strings.ReplaceAll(strings.Replace(config, "size: 5m", "size: 10m", 1), "psi_lo > 0.1", "psi_lo > 0.2")
	renamed := strings.ReplaceAll(strings.Replace(config, "name: payments", "name: orders", 1), "monitor: payments", "monitor: orders")
	told := strings.Replace(config, "min_samples: 100", `min_samples: 100, active: {days: mon-fri, hours: "08:00-20:00", tz: Europe/Berlin}, description: "{{ .Feature }}"`, 1)
	lasting := strings.Replace(config, "min_samples: 100", "min_samples: 100, windows: [5m, 1h]", 1)
	states := func(listen string) {
		t.Helper()
		for yaml, want := range map[string]string{
			config:  "state of payments: nothing changes for it\n",
			told:    "state of payments: nothing changes for it\n",
			lasting: "state of payments:\n  rule drift asks something else: its alerts end as rule changed and it starts as ok\n",
			longer:  "state of payments:\n  window.size 5m → 10m: windows are rebuilt from the panes; one that is longer than they are kept is partial\n  rule drift asks something else: its alerts end as rule changed and it starts as ok\n",
			renamed: "state of orders: none yet; reading begins at earliest\n\nstate of payments: no monitor has this name any more;",
		} {
			write(t, file, strings.Replace(yaml, "127.0.0.1:0", listen, 1))
			if code, stdout, stderr := run("check", "--config", file, "--state"); code != exitDone || !strings.Contains(stdout, want) {
				t.Errorf("check --state exits with %d, want %q:\n%s%s", code, want, stdout, stderr)
			}
		}
	}
	states(p.address(t))
	write(t, file, config)
	if code, _, stderr := run("check", "--config", file, "--state"); code != exitFailed || !strings.Contains(stderr, "another driftwatch process uses the folder of state.dir, and it does not tell at 127.0.0.1:0") {
		t.Errorf("nobody answers: exit code %d, %s", code, stderr)
	}

	write(t, file, serviceConfig(broker, "psy_lo > 0.1"))
	p.signal(t, syscall.SIGHUP)
	p.awaitIn(t, p.stderr, "the former one is kept", 1)
	if !strings.Contains(p.stderr.String(), file+":") {
		t.Errorf("the position is missing: %s", p.stderr)
	}
	for i, bad := range []string{"active: {hours: 8-20}", "active: {zone: UTC}", "windows: [90s]", "when: rows < 0", "description: '{{ .Stats.rowz }}'"} {
		rule := "when: rows == 0, " + bad
		if strings.HasPrefix(bad, "when") {
			rule = bad
		}
		write(t, file, serviceConfig(broker, "psi_lo > 0.1")+"  - {name: bad, monitor: payments, "+rule+"}\n")
		p.signal(t, syscall.SIGHUP)
		p.awaitIn(t, p.stderr, "the former one is kept", 2+i)
		key, _, _ := strings.Cut(bad, ":")
		if !strings.Contains(p.stderr.String(), "rules[1]."+key) {
			t.Errorf("%s: what is wrong is not said: %s", bad, p.stderr)
		}
	}
	write(t, file, serviceConfig(broker, "psi_lo > 0.1")+"  - {name: gone, monitor: payments, when: rows == 0}\n")
	p.signal(t, syscall.SIGHUP)
	p.awaitIn(t, p.stderr, `msg=watching monitors=1 rules=2`, 1)

	// One monitor changes, and another cannot start: nothing has changed.
	write(t, file, strings.Replace(strings.Replace(serviceConfig(broker, "psi_lo > 0.1"), "size: 5m", "size: 10m", 1), "rules:", `  - name: other
    topic: nowhere
    reference: {learn: 1h}
rules:`, 1))
	p.signal(t, syscall.SIGHUP)
	p.awaitIn(t, p.stderr, "the former one is kept", 7)
	if n := strings.Count(p.stderr.String(), "msg=watching"); n != 2 {
		t.Errorf("a configuration that cannot start has interrupted the former one: %s", p.stderr)
	}
	awaitCommitted(t, broker, "driftwatch-payments", 7000)

	get(t, p.address(t), "/api/v1/monitors", &answer)
	if len(answer.Monitors) != 1 || answer.Monitors[0].Rows != 7000 {
		t.Errorf("after the reloads the API says %+v, want 7000 rows", answer)
	}
	if d := answer.Monitors[0].Declared.Config.Window.Size; d != "5m" {
		t.Errorf("the window's size is %q after a reload that could not be", d)
	}

	began := time.Now()
	p.signal(t, syscall.SIGTERM)
	if code := p.wait(t); code != exitDone {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v to end", took)
	}

	write(t, file, config)
	if _, stdout, stderr := run("check", "--config", file, "--state"); !strings.HasSuffix(stdout, "state of payments:\n  rule gone removed: its alerts end as rule changed\n") {
		t.Errorf("the state of one that has ended:\n%s%s", stdout, stderr)
	}
	write(t, file, strings.Replace(config, "topic: payments", "topic: nowhere", 1))
	for _, command := range []string{"run", "backtest"} {
		if code, _, stderr := run(command, "--config", file); code != exitFailed || !strings.Contains(stderr, file+":5:12: monitors[0].topic: ") {
			t.Errorf("%s of a topic that is not there: exit code %d, %s", command, code, stderr)
		}
	}
	if code, _, stderr := run("profile", "--config", file, "-o", profile+".not"); code != exitFailed || !strings.Contains(stderr, file+":5:12: monitors[0].topic: ") {
		t.Errorf("profile of a topic that is not there: exit code %d, %s", code, stderr)
	}

	write(t, file, serviceConfig(broker, "psi_lo > 0.1"))
	code, stdout, stderr := run("backtest", "--config", file, "--json", "--log-level", "warn")
	if code != exitDone || !strings.Contains(stderr, "\n7000 records in ") || !strings.HasPrefix(stderr, "payments: 1506 windows closed, 1 alert fired; 7000 records counted\n") {
		t.Errorf("backtest exits with %d: %s", code, stderr)
	}
	if live := p.stdout.String(); live == "" || !strings.HasPrefix(stdout, live) {
		t.Errorf("run printed:\n%s\nbacktest prints:\n%s", live, stdout)
	}
}

// Secrets and certificates that are not there are found before the program runs,
// all of them, where the configuration names them.
func TestFilesThatAreNotThere(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "driftwatch.yaml")
	write(t, filepath.Join(folder, "empty"), "\n")
	yaml := strings.Replace(serviceConfig("127.0.0.1:1", "psi_lo > 0.1"), "profile: payments.profile", "learn: 1h", 1)
	yaml = strings.Replace(yaml, `["127.0.0.1:1"]`, `["127.0.0.1:1"], tls: {ca_file: no.pem, cert_file: a.pem, key_file: b.pem}, sasl: {mechanism: SCRAM-SHA-256, username: u, password_file: empty}`, 1)
	write(t, file, yaml+`receivers:
  - {name: oncall, slack: {channel: C1, token_file: nope.token}}
  - {name: hook, slack: {webhook_url_file: empty}}
`)
	missing := func(name string) string { return "open " + filepath.Join(folder, name) + ": no such file or directory" }
	want := []string{
		"1:50: kafka.tls.ca_file: the authorities' certificates cannot be read: " + missing("no.pem"),
		"1:69: kafka.tls.cert_file: the certificate cannot be read: " + missing("a.pem"),
		"1:86: kafka.tls.key_file: the key cannot be read: " + missing("b.pem"),
		"1:155: kafka.sasl.password_file: " + filepath.Join(folder, "empty") + " is empty; put the password into it",
		"13:53: receivers[0].slack.token_file: cannot read its token_file: " + missing("nope.token"),
		"14:44: receivers[1].slack.webhook_url_file: its webhook_url_file " + filepath.Join(folder, "empty") + " is empty; put the secret into it",
	}
	var all strings.Builder
	for _, w := range want {
		all.WriteString(file + ":" + w + "\n")
	}
	if code, stdout, _ := run("check", "--config", file); code != exitNo || stdout != all.String() {
		t.Errorf("check exits with %d and says\n%swant\n%s", code, stdout, &all)
	}
	if code, _, stderr := run("run", "--config", file); code != exitFailed || stderr != all.String() {
		t.Errorf("run exits with %d and says\n%s", code, stderr)
	}
}

// A reload while no broker answers, or while a secret is not there, interrupts
// nothing; the new configuration takes its place when it can.
func TestReloadsThatHaveToWait(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "payments"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { cluster.Close() }()
	broker := cluster.ListenAddrs()[0]
	folder := t.TempDir()
	binary := filepath.Join(folder, "driftwatch")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	token := filepath.Join(folder, "token")
	write(t, token, "xoxb-1\n")
	config := strings.Replace(serviceConfig(broker, "psi_lo > 0.1"), "profile: payments.profile", "learn: 1h", 1) +
		"receivers: [{name: oncall, slack: {channel: C1, token_file: token, api_url: \"http://127.0.0.1:1/\"}}]\n"
	file := filepath.Join(folder, "driftwatch.yaml")
	write(t, file, config)
	p := start(t, binary, "run", "--config", file)
	p.awaitIn(t, p.stderr, "msg=watching", 1)
	size := func() string {
		var answer struct {
			Monitors []struct {
				Declared struct {
					Config struct{ Window struct{ Size string } }
				}
			}
		}
		get(t, p.address(t), "/api/v1/monitors", &answer)
		return answer.Monitors[0].Declared.Config.Window.Size
	}

	if err := os.Remove(token); err != nil {
		t.Fatal(err)
	}
	p.signal(t, syscall.SIGHUP)
	p.awaitIn(t, p.stderr, "the former one is kept", 1)
	size()
	write(t, token, "xoxb-2\n")

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	write(t, file, strings.Replace(config, "127.0.0.1:0", taken.Addr().String(), 1))
	p.signal(t, syscall.SIGHUP)
	p.awaitIn(t, p.stderr, "http.listen: the HTTP server cannot listen on "+taken.Addr().String(), 1)
	size()

	port := cluster.ListenAddrs()[0][strings.LastIndex(broker, ":")+1:]
	cluster.Close()
	write(t, file, strings.Replace(config, "size: 5m", "size: 10m", 1))
	p.signal(t, syscall.SIGHUP)
	p.awaitIn(t, p.stderr, "waits for a broker to answer", 1)
	if s := size(); s != "5m" {
		t.Errorf("while no broker answers the window is %q", s)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	if cluster, err = kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(number), kfake.SeedTopics(1, "payments")); err != nil {
		t.Fatal(err)
	}
	p.awaitIn(t, p.stderr, "msg=watching", 2)
	for deadline := time.Now().Add(10 * time.Second); size() != "10m" && time.Now().Before(deadline); {
		time.Sleep(50 * time.Millisecond)
	}
	if s := size(); s != "10m" {
		t.Errorf("when the broker answers the window is %q", s)
	}
	p.signal(t, syscall.SIGTERM)
	if code := p.wait(t); code != exitDone {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
}

// Nobody to tell is no reason to end.
func TestRunWithoutReceivers(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "payments"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	folder := t.TempDir()
	binary := filepath.Join(folder, "driftwatch")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	file := filepath.Join(folder, "driftwatch.yaml")
	write(t, file, strings.Replace(serviceConfig(cluster.ListenAddrs()[0], "psi_lo > 0.1"), "profile: payments.profile", "learn: 1h", 1))
	p := start(t, binary, "run", "--config", file)
	p.awaitIn(t, p.stderr, "msg=watching", 1)
	produce(t, cluster.ListenAddrs()[0], onePartition(payments(time.Now().Add(-time.Minute), 100, false)))
	var answer struct {
		Monitors []struct{ Rows uint64 }
	}
	for end := time.Now().Add(10 * time.Second); len(answer.Monitors) == 0 || answer.Monitors[0].Rows != 100; time.Sleep(50 * time.Millisecond) {
		get(t, p.address(t), "/api/v1/monitors", &answer)
		if time.Now().After(end) {
			t.Fatalf("it counted %+v\n%s", answer, p.stderr)
		}
	}
	p.signal(t, syscall.SIGINT)
	if code := p.wait(t); code != exitDone {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
}

func onePartition(records []*kgo.Record) []*kgo.Record {
	for _, r := range records {
		r.Partition = 0
	}
	return records
}

func TestRunCannotStart(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "payment"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	file := filepath.Join(t.TempDir(), "driftwatch.yaml")
	for broker, want := range map[string]string{
		cluster.ListenAddrs()[0]: file + `:5:12: monitors[0].topic: the topic "payments" does not exist`,
		"127.0.0.1:1":            file + ":1:18: kafka.brokers: cannot reach any broker of [127.0.0.1:1]",
	} {
		write(t, file, strings.Replace(serviceConfig(broker, "psi_lo > 0.1"), "profile: payments.profile", "learn: 1h", 1))
		code, stdout, stderr := run("run", "--config", file)
		if code != exitFailed || stdout != "" || !strings.HasPrefix(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit code %d, stderr %q, want one sentence with %q", broker, code, stderr, want)
		}
	}
}

// Every topic that is not there is named.
func TestRunWithoutTopics(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	file := filepath.Join(t.TempDir(), "driftwatch.yaml")
	write(t, file, fmt.Sprintf(`kafka: {brokers: [%q]}
monitors:
  - {name: a, topic: first, reference: {learn: 1h}}
  - {name: b, topic: second, reference: {learn: 1h}}
`, cluster.ListenAddrs()[0]))
	for _, command := range [][]string{{"run"}, {"check", "--online"}} {
		_, stdout, stderr := run(append(command, "--config", file)...)
		for _, want := range []string{file + `:3:22: monitors[0].topic: the topic "first" does not exist`, file + `:4:22: monitors[1].topic: the topic "second" does not exist`} {
			if !strings.Contains(stdout+stderr, want) {
				t.Errorf("%v says\n%s%s\nwant %s", command, stdout, stderr, want)
			}
		}
	}
}

func serviceConfig(broker, when string) string {
	return fmt.Sprintf(`kafka: {brokers: [%q]}
http: {listen: "127.0.0.1:0"}
monitors:
  - name: payments
    topic: payments
    timestamp: event_time
    key: id
    reference: {profile: payments.profile}
    window: {size: 5m, every: 1m, idle_timeout: 10m} # no window closes by the clock here
rules:
  - {name: drift, monitor: payments, when: %s, min_samples: 100}
`, broker, when)
}

// payments are an event a second; in a faulty stream the second quarter's
// amounts are doubled.
func payments(from time.Time, n int, faulty bool) []*kgo.Record {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	var all []*kgo.Record
	for i := range n {
		at := from.Add(time.Duration(i) * time.Second)
		amount := 20 + 5*random.NormFloat64()
		if faulty && i/(n/4) == 1 {
			amount *= 2
		}
		all = append(all, &kgo.Record{
			Topic:     "payments",
			Partition: int32(i % 2),
			Timestamp: at,
			Value: fmt.Appendf(nil, `{"event_time": %q, "id": "%016x", "amount": %.2f, "country": %q}`,
				at.Format(time.RFC3339), random.Uint64(), amount, []string{"DE", "FR", "US"}[random.IntN(3)]),
		})
	}
	return all
}

func produce(t *testing.T, broker string, records []*kgo.Record) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// awaitCommitted waits until the offsets that a lag dashboard sees add up.
func awaitCommitted(t *testing.T, broker, group string, want int64) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	sum := int64(0)
	for end := time.Now().Add(10 * time.Second); sum != want; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the offsets of group %s add up to %d, want %d", group, sum, want)
		}
		request := kmsg.NewPtrOffsetFetchRequest()
		asked := kmsg.NewOffsetFetchRequestGroup()
		asked.Group = group
		request.Group, request.Groups = group, []kmsg.OffsetFetchRequestGroup{asked}
		answer, err := request.RequestWith(context.Background(), client)
		if err != nil {
			t.Fatal(err)
		}
		sum = 0
		for _, g := range answer.Groups {
			for _, topic := range g.Topics {
				for _, p := range topic.Partitions {
					sum += p.Offset
				}
			}
		}
	}
}

// must runs a command that has to succeed and say something on stderr.
func must(t *testing.T, want string, args ...string) {
	t.Helper()
	if code, stdout, stderr := run(args...); code != exitDone || !strings.Contains(stderr, want) {
		t.Fatalf("%v: exit code %d\n%s%s", args, code, stdout, stderr)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, address, path string, v any) {
	t.Helper()
	response, err := http.Get("http://" + address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(v); err != nil {
		t.Fatal(err)
	}
}

// process is the program as a process of its own.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr *output
}

func start(t *testing.T, binary string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(binary, args...), stdout: &output{}, stderr: &output{}}
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) // fails if it has ended, as it should
	return p
}

// awaitIn waits until the text has been printed so many times.
func (p *process) awaitIn(t *testing.T, out *output, text string, times int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); strings.Count(out.String(), text) < times; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q was not printed %d times\nstdout: %s\nstderr: %s", text, times, p.stdout, p.stderr)
		}
	}
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func (p *process) wait(t *testing.T) int {
	t.Helper()
	_ = p.cmd.Wait() // the exit code says it
	return p.cmd.ProcessState.ExitCode()
}

// address is where the process said it listens last.
func (p *process) address(t *testing.T) string {
	t.Helper()
	last := ""
	for lines := bufio.NewScanner(strings.NewReader(p.stderr.String())); lines.Scan(); {
		if _, after, ok := strings.Cut(lines.Text(), "listen="); ok {
			last, _, _ = strings.Cut(after, " ")
		}
	}
	if last == "" {
		t.Fatalf("no address in %s", p.stderr)
	}
	return last
}

// output is a buffer that is read while it is written.
type output struct {
	mu sync.Mutex // protects b
	b  bytes.Buffer
}

var _ io.Writer = (*output)(nil)

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}
