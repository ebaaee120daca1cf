package main

import (
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "driftwatch"

// mayImport says which packages of the module a package may import itself: the
// direction that keeps the mathematics free of clocks and I/O, and lets each
// edge be replaced without the others noticing.
var mayImport = map[string][]string{
	"stats":          {},
	"rules":          {"stats"},
	"monitor":        {"stats", "rules"},
	"monitor/kafka":  {"stats", "rules", "monitor"},
	"monitor/decode": {"stats", "rules", "monitor"},
	"monitor/store":  {"stats", "rules", "monitor"},
	"monitor/notify": {"stats", "rules", "monitor"},
	"monitor/web":    {"stats", "rules", "monitor"},
	"cmd/driftwatch": {
		"stats", "rules", "monitor",
		"monitor/kafka", "monitor/decode", "monitor/store", "monitor/notify", "monitor/web",
	},
	// Tests that run the program from outside.
	"examples": {}, "examples/payments": {}, "examples/grafana": {},
}

// onlyIn names the one package that may import a library: everybody else asks
// that package.
var onlyIn = map[string]string{
	"github.com/segmentio/kafka-go":                           "monitor/kafka",
	"github.com/slack-go/slack":                               "monitor/notify",
	"go.etcd.io/bbolt":                                        "monitor/store",
	"go.yaml.in/yaml/v3":                                      "cmd/driftwatch",
	"github.com/spf13/cobra":                                  "cmd/driftwatch",
	"github.com/expr-lang/expr":                               "rules",
	"github.com/prometheus/client_golang/prometheus/promhttp": "monitor/web",
}

func TestImportsPointOneWay(t *testing.T) {
	for _, line := range goList(t, "{{.ImportPath}} {{join .Imports \" \"}}", "./...") {
		words := strings.Fields(line)
		pkg := strings.TrimPrefix(words[0], module+"/")
		allowed, known := mayImport[pkg]
		if !known {
			t.Errorf("package %s has no place in the design's layout; the layout is flat and short on purpose", pkg)
		}
		for _, imported := range words[1:] {
			if own, ok := strings.CutPrefix(imported, module+"/"); ok && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s, against the direction of the data", pkg, own)
			}
			for library, owner := range onlyIn {
				if (imported == library || strings.HasPrefix(imported, library+"/")) && pkg != owner {
					t.Errorf("%s imports %s, which is for %s alone", pkg, imported, owner)
				}
			}
		}
	}
}

// TestNoEdgeReachesAnother follows the imports of imports, too.
func TestNoEdgeReachesAnother(t *testing.T) {
	edges := []string{"monitor/kafka", "monitor/decode", "monitor/store", "monitor/notify", "monitor/web"}
	for _, edge := range edges {
		deps := goList(t, "{{.ImportPath}}", "-deps", "./"+edge)
		for _, other := range edges {
			if other != edge && slices.Contains(deps, path.Join(module, other)) {
				t.Errorf("%s depends on %s", edge, other)
			}
		}
	}
	for _, pure := range []string{"stats", "rules", "monitor"} {
		for _, dep := range goList(t, "{{.ImportPath}}", "-deps", "./"+pure) {
			if strings.HasPrefix(dep, "github.com/segmentio/kafka-go") {
				t.Errorf("%s depends on %s", pure, dep)
			}
		}
	}
}

// A container without a list of time zones has one in the program.
func TestTimeZonesAreInTheProgram(t *testing.T) {
	if !slices.Contains(goList(t, "{{.ImportPath}}", "-deps", "./cmd/driftwatch"), "time/tzdata") {
		t.Error("a rule's active hours would need the machine's list of time zones")
	}
}

func TestTopLevel(t *testing.T) {
	want := []string{"LICENSE", "README.md", "cmd", "examples", "go.mod", "go.sum", "monitor", "rules", "stats"}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			got = append(got, e.Name())
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the top level holds %v, and should hold %v", got, want)
	}
}

func goList(t *testing.T, format string, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-f", format}, args...)...)
	cmd.Dir = "../.."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
