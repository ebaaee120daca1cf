package main

import (
	"context"
	"fmt"
	"path/filepath"
)

// file measures a backtest of a file, beside what else there is to do that with.
func (b *bench) file(ctx context.Context) error {
	s := usual
	s.Size = 470
	if err := b.prepare(ctx, s, "payments"); err != nil {
		return err
	}
	path := filepath.Join(b.dir, "payments.jsonl")
	if err := writeLines(path, s, b.n); err != nil {
		return err
	}
	subjects := []subject{
		{"driftwatch backtest", func() (cost, error) {
			return b.command(ctx, b.n, b.binary, "backtest", "--config", "driftwatch.yaml", "--input", "payments=payments.jsonl")
		}},
	}
	if b.python != "" {
		for _, other := range []struct{ name, mode string }{{"DuckDB, SQL", "duckdb"}, {"Polars and NumPy", "polars"}, {"msgspec and NumPy, two processes", "python"}} {
			subjects = append(subjects, subject{other.name, func() (cost, error) {
				return b.command(ctx, b.n, b.python, b.script, other.mode, path)
			}})
		}
	}
	fmt.Printf("From a file: %d records of %d bytes, 15 features. %d rounds in turn, medians.\n\n", b.n, s.Size, b.rounds)
	all, err := b.inTurn(subjects)
	if err != nil {
		return err
	}
	table(subjects, all)
	if len(all) > 1 {
		b.ratio("driftwatch's records/s to DuckDB's", all[0], all[1])
		return b.guard(all[0], all[1])
	}
	return nil
}
