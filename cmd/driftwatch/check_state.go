package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"driftwatch/monitor"
	"driftwatch/monitor/store"
)

// checkState prints what the configuration changes for the state it would run
// on: that of the folder or, while driftwatch runs on it, what that one says.
func checkState(cmd *cobra.Command, cfg *Config) error {
	before, err := cfg.State.Declared()
	if errors.Is(err, store.ErrInUse) {
		before, err = askRunning(cmd.Context(), cfg.HTTP.Listen)
	}
	if err != nil {
		return err
	}
	w := cmd.OutOrStdout()
	for _, m := range cfg.Monitors {
		was := before[m.Name]
		delete(before, m.Name)
		if was == nil {
			fmt.Fprintf(w, "\nstate of %s: none yet; reading begins at %s\n", m.Name, m.Start)
			continue
		}
		d, err := cfg.deps(m, newLog(cmd))
		if err != nil {
			return err
		}
		printChanges(w, m.Name, monitor.Changes(was, d))
	}
	for _, orphan := range slices.Sorted(maps.Keys(before)) {
		fmt.Fprintf(w, "\nstate of %s: no monitor has this name any more; it stays in the folder and nothing goes on with it (a monitor that is renamed is a new one)\n", orphan)
	}
	return nil
}

func printChanges(w io.Writer, name string, changes []monitor.Change) {
	if len(changes) == 0 {
		fmt.Fprintf(w, "\nstate of %s: nothing changes for it\n", name)
		return
	}
	fmt.Fprintf(w, "\nstate of %s:\n", name)
	for _, c := range changes {
		fmt.Fprintf(w, "  %s: %s\n", c.What, c.Effect)
	}
}

// askRunning asks the driftwatch that uses the state folder.
func askRunning(ctx context.Context, listen string) (map[string]*monitor.Declared, error) {
	const patience = 5 * time.Second // it answers at once or not at all
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+listen+"/api/v1/monitors?all=1", nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, unasked(listen, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, unasked(listen, errors.New(answer.Status))
	}
	var views struct{ Monitors []monitor.MonitorView }
	if err := json.NewDecoder(answer.Body).Decode(&views); err != nil {
		return nil, unasked(listen, err)
	}
	before := map[string]*monitor.Declared{}
	for _, v := range views.Monitors {
		before[v.Name] = v.Declared
	}
	return before, nil
}

func unasked(listen string, err error) error {
	return fmt.Errorf("%w, and it does not tell at %s what its state is: %w; check again when it is stopped", store.ErrInUse, listen, err)
}
