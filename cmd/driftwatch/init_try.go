package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/notify"
	"driftwatch/rules"
)

// mostShown is how many messages are shown: nobody reads more.
const mostShown = 5

// try tries the rules that were written on the part that was held out, and says
// which messages they would have sent.
func (s *starter) try(ctx context.Context) error {
	s.tell()
	cfg, err := loadRunnable(s.configFile())
	if err != nil {
		return fmt.Errorf("init made a configuration that cannot be used, which is a mistake of driftwatch: %w", err)
	}
	m := cfg.Monitors[0]
	d, err := cfg.deps(m, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	d.Source = s.source
	var sent []monitor.Incident
	told := s.progress("trying the rules")
	closed := func(w rules.Window, _ []rules.Sample) { told(w.End) }
	result, err := monitor.Backtest(ctx, d, monitor.BacktestOptions{From: s.draft.split, To: monitor.NoTime, Closed: closed, Told: func(i monitor.Incident) {
		sent = latest(sent, i)
	}})
	if err != nil {
		return err
	}
	s.messages(sent, result)
	s.next()
	return nil
}

// latest keeps the latest revision of each incident, in the order of their first.
func latest(sent []monitor.Incident, i monitor.Incident) []monitor.Incident {
	for at := range sent {
		if sent[at].ID == i.ID {
			sent[at] = i
			return sent
		}
	}
	return append(sent, i)
}

// progress makes what says now and then how far a reading has come.
func (s *starter) progress(what string) func(end time.Time) {
	next := time.Now().Add(progressEvery)
	return func(end time.Time) {
		if time.Now().After(next) {
			next = time.Now().Add(progressEvery)
			fmt.Fprintf(s.stderr, "%s: up to %s\n", what, end.UTC().Format(time.RFC3339))
		}
	}
}

// tell says what was found and written.
func (s *starter) tell() {
	d := s.draft
	fmt.Fprintf(s.out, "%s: %s from %s to %s\n", s.from, counts(uint64(d.retained), "record"), stamp(d.from), stamp(d.to))
	clock := "the record's own"
	if d.time.Timestamp.Field != "" {
		clock = printable(d.time.Timestamp.Field)
	}
	fmt.Fprintf(s.out, "  time       %s: %s\n", clock, d.timeNote)
	fmt.Fprintf(s.out, "  windows    %s every %s, %s\n", d.window.Size, d.window.Every, d.windowNotes["size"])
	fmt.Fprintf(s.out, "  reference  %s before %s\n", counts(s.profile.Counts[0].Rows, "record"), stamp(d.split))
	fmt.Fprintf(s.out, "  watched    %s%s\n", counts(uint64(len(d.features)), "feature"), d.others())
	if len(d.leftOut) > 0 {
		fmt.Fprintf(s.out, "  left out   %s\n", d.reasons())
	}
	switch {
	case d.reference() < 24*time.Hour:
		fmt.Fprintf(s.out, "  note       the reference is shorter than a day: what differs by the hour will be reported; make it anew when there is a week\n")
	case d.reference() < almostWeek:
		fmt.Fprintf(s.out, "  note       the reference is shorter than a week: what differs by the day will be reported; make it anew when there is a week\n")
	}
	fmt.Fprintf(s.out, "Wrote %s and %s.\n\n", s.profileFile(), s.configFile())
}

// others says what else was chosen.
func (d *draft) others() string {
	var all []string
	if d.key != "" {
		all = append(all, "key "+printable(d.key))
	}
	if d.segment != "" {
		all = append(all, "segments by "+printable(d.segment))
	}
	if len(all) == 0 {
		return ""
	}
	return ", " + strings.Join(all, ", ")
}

// messages says what a receiver that edits its messages would have got.
func (s *starter) messages(sent []monitor.Incident, r monitor.BacktestResult) {
	number := counts(uint64(len(sent)), "message")
	if len(sent) == 0 {
		number = "no message"
	}
	end := "."
	if len(sent) > 0 {
		end = ":"
	}
	fmt.Fprintf(s.out, "Over the last %s these rules would have sent %s%s\n", length(s.draft.to-s.draft.split), number, end)
	for _, i := range sent[:min(mostShown, len(sent))] {
		fmt.Fprintf(s.out, "\n  %s\n", i.Started.UTC().Format(time.RFC3339))
		for _, line := range strings.Split(strings.TrimSpace(notify.Render(i)), "\n") {
			fmt.Fprintf(s.out, "    %s\n", line)
		}
	}
	if more := len(sent) - mostShown; more > 0 {
		fmt.Fprintf(s.out, "\n  and %d more; driftwatch backtest shows all\n", more)
	}
	for _, j := range r.Judged {
		if j.Undecided > 0 && j.Undecided == j.Windows {
			fmt.Fprintf(s.out, "The rule %s was never decided: the windows have too few rows, or a statistic cannot be said.\n", j.Rule)
		}
	}
}

// length is a length of time in the unit that fits it.
func length(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	switch {
	case d >= 100*time.Hour:
		return fmt.Sprintf("%.0f days", d.Hours()/24)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	case d >= 2*time.Minute:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

// next says how to go on.
func (s *starter) next() {
	input := ""
	if s.flags.input != "" {
		input = " --input " + s.flags.input
	}
	fmt.Fprintf(s.out, "\nNext:\n")
	fmt.Fprintf(s.out, "  driftwatch check    --config %s\n", s.configFile())
	fmt.Fprintf(s.out, "  driftwatch backtest --config %s --from %s%s\n", s.configFile(), stamp(s.draft.split), input)
	fmt.Fprintf(s.out, "  driftwatch run      --config %s\n", s.configFile())
}
