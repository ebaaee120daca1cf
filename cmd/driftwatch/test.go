package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
)

func newTestCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "test FILES",
		Short: "Test rules: statistics over time in, expected alerts and messages out",
		Long: `Tests rules on values that the file gives for each window, with the engine that
run and backtest use. No data and no broker is needed. A series is written as
"0.02x5 0.3x12 _x3": five windows of 0.02, twelve of 0.3, three in which nothing
can be said; "1+0.5x4" grows. Windows and the reference have a million rows where
the test gives no rows. All windows of a rule with several say the same.`,
		Example: "  driftwatch test examples/*/tests/*.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			failed := false
			for _, file := range files {
				ok, err := testFile(cmd, file, asJSON)
				if err != nil {
					return err
				}
				failed = failed || !ok
			}
			if failed {
				return errNo
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object for each test")
	return cmd
}

// testFile runs the tests of a file and prints what came of them.
func testFile(cmd *cobra.Command, file string, asJSON bool) (passed bool, err error) {
	cfg, scenarios, err := readTests(file)
	if err != nil {
		return false, err
	}
	w, passed := cmd.OutOrStdout(), true
	var all []string
	for _, s := range scenarios {
		failures, err := s.run(cfg)
		if err != nil {
			return false, fmt.Errorf("%s: %w", file, err)
		}
		passed = passed && len(failures) == 0
		all = append(all, failures...)
		if asJSON {
			if failures == nil {
				failures = []string{}
			}
			if err := json.NewEncoder(w).Encode(map[string]any{"file": file, "test": s.Name, "passed": len(failures) == 0, "failures": failures}); err != nil {
				return false, err
			}
		}
	}
	if asJSON {
		return passed, nil
	}
	if passed {
		_, err = fmt.Fprintf(w, "%s: ok, %d tests\n", file, len(scenarios))
		return passed, err
	}
	if _, err := fmt.Fprintf(w, "%s: FAILED\n", file); err != nil {
		return false, err
	}
	for _, f := range all {
		if _, err := fmt.Fprint(w, f); err != nil {
			return false, err
		}
	}
	return false, nil
}
