package stats_test

import "driftwatch/stats"

// Absent, null and sentinels: 1 + 2 + 32.
func Example_missingRate() {
	// 100 rows: 1 absent, 2 null, 4 empty, 8 of a wrong type, 16 invalid, 32 sentinels.
	p := stats.Profile{Edges: stats.NewText("note"), Cells: []uint64{1, 2, 4, 8, 16, 32, 37}}
	show(against(stats.Profile{}, p), "missing_rate")
	// Output: missing_rate 0.35 share
}

func Example_absentRate() {
	// 100 rows: 1 absent, 2 null, 4 empty, 8 of a wrong type, 16 invalid, 32 sentinels.
	p := stats.Profile{Edges: stats.NewText("note"), Cells: []uint64{1, 2, 4, 8, 16, 32, 37}}
	show(against(stats.Profile{}, p), "absent_rate")
	// Output: absent_rate 0.01 share
}

func Example_nullRate() {
	// 100 rows: 1 absent, 2 null, 4 empty, 8 of a wrong type, 16 invalid, 32 sentinels.
	p := stats.Profile{Edges: stats.NewText("note"), Cells: []uint64{1, 2, 4, 8, 16, 32, 37}}
	show(against(stats.Profile{}, p), "null_rate")
	// Output: null_rate 0.02 share
}

func Example_emptyRate() {
	// 100 rows: 1 absent, 2 null, 4 empty, 8 of a wrong type, 16 invalid, 32 sentinels.
	p := stats.Profile{Edges: stats.NewText("note"), Cells: []uint64{1, 2, 4, 8, 16, 32, 37}}
	show(against(stats.Profile{}, p), "empty_rate")
	// Output: empty_rate 0.04 share
}

func Example_typeErrorRate() {
	// 100 rows: 1 absent, 2 null, 4 empty, 8 of a wrong type, 16 invalid, 32 sentinels.
	p := stats.Profile{Edges: stats.NewText("note"), Cells: []uint64{1, 2, 4, 8, 16, 32, 37}}
	show(against(stats.Profile{}, p), "type_error_rate")
	// Output: type_error_rate 0.08 share
}

func Example_invalidRate() {
	// 100 rows: 1 absent, 2 null, 4 empty, 8 of a wrong type, 16 invalid, 32 sentinels.
	p := stats.Profile{Edges: stats.NewText("note"), Cells: []uint64{1, 2, 4, 8, 16, 32, 37}}
	show(against(stats.Profile{}, p), "invalid_rate")
	// Output: invalid_rate 0.16 share
}
