package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// The exit codes: done, the answer is "no", could not run.
const (
	exitDone = iota
	exitNo
	exitFailed
)

// errTold ends a command that could not do what it should and has said why.
var errTold = errors.New("it has been said")

// errNo ends a command whose answer is "no" and has been printed.
var errNo = errors.New("the answer is no")

// execute runs one command line and gives its exit code. SIGINT and SIGTERM
// end the command's context; one that comes a second later or more kills the
// process as usual. (A terminal and its shell may send the first one twice.)
func execute(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() {
		time.Sleep(time.Second)
		stop()
	})

	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var wrong problems
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNo):
		return exitNo
	case errors.Is(err, errTold):
	case errors.As(err, &wrong): // each has its position in front
		fmt.Fprintln(stderr, wrong)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "driftwatch: stopped before it was done")
	default:
		fmt.Fprintln(stderr, "driftwatch: "+err.Error())
	}
	return exitFailed
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "driftwatch COMMAND",
		Short: "Watch data streams for drift and for broken data",
		Long: `Driftwatch reads Kafka topics as they are, compares every window of event time
with a reference, and says what moved, where and since when.

Exit codes: 0 done, 1 the answer is "no" (a check failed), 2 could not run.`,
		Example:           "  driftwatch run --config driftwatch.yaml",
		Args:              cobra.NoArgs,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().TextVar(new(slog.Level), "log-level", slog.LevelInfo, "what to log on stderr: debug, info, warn or error")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; %q shows the flags there are", err, cmd.CommandPath()+" --help")
	})
	root.AddCommand(
		newDemoCommand(),
		newInitCommand(),
		newRunCommand(),
		newCheckCommand(),
		newProfileCommand(),
		newDiffCommand(),
		newBacktestCommand(),
		newSilenceCommand(),
		newMarkCommand(),
		newAckCommand(),
		newTestCommand(),
		newStatsCommand(),
		newVersionCommand(),
	)
	return root
}

// newLog makes the log of a command, on its stderr at the level it was given.
func newLog(cmd *cobra.Command) *slog.Logger {
	var level slog.Level
	// The flag has parsed by now: it can be read.
	_ = cmd.Flags().GetText("log-level", &level)
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
}
