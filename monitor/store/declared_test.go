package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/store"
)

// What a state was made under can be read beside it, but not while it is in use.
func TestDeclared(t *testing.T) {
	c := store.Config{Dir: filepath.Join(t.TempDir(), "state")}
	if d, err := c.Declared(); err != nil || len(d) > 0 {
		t.Errorf("of no state: %v, %v", d, err)
	}
	if _, err := os.Stat(c.Dir); err == nil {
		t.Error("asking has made the folder")
	}
	f, err := c.Open()
	must(t, err)
	for _, name := range []string{"payments", "orders"} {
		must(t, f.Monitor(name).Commit(&monitor.Commit{Expire: monitor.NoTime, Declared: &monitor.Declared{Rules: map[string]string{"drift": name}}}))
	}
	if names, err := f.Monitors(); err != nil || !slices.Equal(names, []string{"orders", "payments"}) {
		t.Errorf("monitors %q, %v", names, err)
	}
	if _, err := c.Declared(); !errors.Is(err, store.ErrInUse) {
		t.Errorf("while it is in use: %v", err)
	}
	must(t, f.Close())
	d, err := c.Declared()
	if err != nil || len(d) != 2 || d["payments"].Rules["drift"] != "payments" {
		t.Errorf("got %v, %v", d, err)
	}
	must(t, os.WriteFile(filepath.Join(c.Dir, "driftwatch.db"), []byte("something else"), 0o600))
	if _, err := c.Declared(); err == nil {
		t.Error("what is no state file was read")
	}
}
