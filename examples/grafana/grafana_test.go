// Package grafana_test holds the dashboard to what the program really exports.
package grafana_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

type dashboard struct {
	Panels []struct {
		Title   string
		Targets []struct{ Expr string }
	}
	Templating struct {
		List []struct {
			Name  string
			Query any
		}
	}
}

func load(t *testing.T) (d dashboard) {
	t.Helper()
	data, err := os.ReadFile("driftwatch.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// queries gives every query, its variables replaced by what Grafana would put
// there.
func queries(d dashboard) (all []string) {
	variables := strings.NewReplacer("$monitor", "payments|orders", "$segment", "country=DE", "$__rate_interval", "1m")
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			all = append(all, variables.Replace(target.Expr))
		}
	}
	return all
}

// vocabulary runs the demo until its first windows are closed and gives the
// names of the metrics it then shows, with their labels.
func vocabulary(t *testing.T) map[string][]string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "driftwatch")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "driftwatch/cmd/driftwatch").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	demo := exec.Command(binary, "demo") // ended by the cleanup, when the test's context has ended
	stdout, err := demo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = demo.Process.Signal(os.Interrupt) // fails where it has ended already, which Wait tells
		if err := demo.Wait(); err != nil {
			t.Errorf("the demo: %v", err)
		}
	})
	var address string
	for lines := bufio.NewScanner(stdout); address == "" && lines.Scan(); {
		address = regexp.MustCompile(`http://[0-9.:]+`).FindString(lines.Text())
	}
	go io.Copy(io.Discard, stdout) //nolint:errcheck // ends with the demo; a full pipe would stop it
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		response, err := http.Get(address + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if metrics := parse(string(text)); metrics["driftwatch_feature_psi"] != nil {
			return metrics
		}
		if time.Now().After(deadline) {
			t.Fatalf("there is no PSI after a minute:\n%s", text)
		}
	}
}

var sample = regexp.MustCompile(`(?m)^(driftwatch_\w+)(?:\{(.*)\})? `)

func parse(text string) map[string][]string {
	metrics := map[string][]string{}
	for _, m := range sample.FindAllStringSubmatch(text, -1) {
		labels := []string{"job", "instance"} // Prometheus adds them
		for _, l := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(m[2], -1) {
			labels = append(labels, l[1])
		}
		metrics[m[1]] = labels
	}
	return metrics
}

func TestQueriesAskForWhatThereIs(t *testing.T) {
	t.Parallel()
	metrics := vocabulary(t)
	promql := parser.NewParser(parser.Options{})
	all := queries(load(t))
	if len(all) < 15 {
		t.Fatalf("only %d queries were found", len(all))
	}
	for _, query := range all {
		expr, err := promql.ParseExpr(query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
			selector, ok := node.(*parser.VectorSelector)
			if !ok {
				return nil
			}
			labels, known := metrics[selector.Name]
			if !known {
				t.Errorf("%s: the program has no metric %s", query, selector.Name)
				return nil
			}
			for _, m := range selector.LabelMatchers {
				if m.Name != "__name__" && !slices.Contains(labels, m.Name) {
					t.Errorf("%s: %s has no label %s", query, selector.Name, m.Name)
				}
			}
			return nil
		})
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	d := load(t)
	var names []string
	for _, v := range d.Templating.List {
		names = append(names, v.Name)
	}
	if want := []string{"datasource", "monitor", "segment"}; !slices.Equal(names, want) {
		t.Fatalf("the variables are %v, want %v", names, want)
	}
	for _, query := range queries(d) {
		if strings.Contains(query, "$") {
			t.Errorf("%s uses a variable that the dashboard does not have", query)
		}
	}
}
