package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

const (
	serverVariable = "DRIFTWATCH_SERVER"
	defaultServer  = "http://127.0.0.1:8080"
	askPatience    = 10 * time.Second // it answers at once or not at all
)

// client speaks to the API of a running driftwatch.
type client struct{ server string }

// serverFlag adds --server to a command that speaks to a running driftwatch. The
// environment may name it, with a user and password that no process list shows.
func serverFlag(cmd *cobra.Command) *client {
	c := &client{}
	server := os.Getenv(serverVariable)
	if server == "" {
		server = defaultServer
	}
	cmd.PersistentFlags().StringVar(&c.server, "server", server, "where driftwatch runs: http[s]://[user:password@]host:port; the environment variable "+serverVariable+" names it too")
	cmd.PersistentFlags().Lookup("server").DefValue = defaultServer // no password in a help text
	return c
}

// ask sends body, if there is one, as JSON and reads the answer into answer.
func (c *client) ask(ctx context.Context, method, path string, body, answer any) error {
	base, err := url.Parse(c.server)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return errors.New("the server is not an address such as " + defaultServer + "; give another --server")
	}
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(b)
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.server, "/")+path, content)
	if err != nil {
		return fmt.Errorf("the server %s cannot be asked: %w", base.Host, err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		if failed := (*url.Error)(nil); errors.As(err, &failed) {
			err = failed.Err // it repeats the address, with its password
		}
		return fmt.Errorf("no driftwatch answers at %s: %w; start it, or give its address with --server", base.Host, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		var failure struct{ Error string }
		if json.NewDecoder(response.Body).Decode(&failure) != nil || failure.Error == "" {
			failure.Error = response.Status
		}
		return fmt.Errorf("driftwatch at %s: %s", base.Host, failure.Error)
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		return fmt.Errorf("the answer of %s cannot be read: %w; is it a driftwatch of this version?", base.Host, err)
	}
	return nil
}

// whoami is the name of the user, for whoever reads who did it.
func whoami() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return os.Getenv("USER")
}
