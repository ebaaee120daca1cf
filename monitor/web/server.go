// Package web serves the metrics, the health endpoints, the JSON API and a page
// for people, all of which show committed state. Silences, markers and
// acknowledgements can be posted.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	toolkit "github.com/prometheus/exporter-toolkit/web"
)

// Server is the HTTP server of one process.
type Server struct {
	cfg      Config
	log      *slog.Logger
	handler  http.Handler
	listener net.Listener // nil before Listen
}

// New makes a server of what api and metrics tell; it starts nothing.
func New(cfg Config, api API, metrics prometheus.Gatherer, log *slog.Logger) *Server {
	mux := http.NewServeMux()
	h := &handlers{api: api, log: log}
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{
		ErrorLog:      slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ErrorHandling: promhttp.ContinueOnError, // one bad metric must not hide the others
	}))
	mux.HandleFunc("GET /healthz", h.healthz)
	mux.HandleFunc("GET /readyz", h.readyz)
	mux.HandleFunc("GET /{$}", h.page)
	mux.HandleFunc("GET /api/v1/monitors", h.answer("monitors", h.monitors))
	mux.HandleFunc("GET /api/v1/alerts", h.answer("alerts", h.alerts))
	mux.HandleFunc("GET /api/v1/incidents", h.answer("incidents", h.incidents))
	mux.HandleFunc("GET /api/v1/history", h.answer("history", h.history))
	mux.HandleFunc("GET /api/v1/panes", h.answer("panes", h.panes))
	mux.HandleFunc("GET /api/v1/silences", h.answer("silences", h.silences))
	mux.Handle("POST /api/v1/silences", h.change(h.addSilence))
	mux.Handle("DELETE /api/v1/silences/{id}", h.change(h.endSilence))
	mux.HandleFunc("GET /api/v1/markers", h.answer("markers", h.markers))
	mux.Handle("POST /api/v1/markers", h.change(h.addMarker))
	mux.Handle("POST /api/v1/acknowledgements", h.change(h.acknowledge))
	mux.HandleFunc("GET /api/", h.unknown)
	return &Server{cfg: cfg, log: log, handler: secured(mux)}
}

// Handler is everything the server serves, for use without a listener.
func (s *Server) Handler() http.Handler { return s.handler }

// Listen takes the port. It fails if that is taken or not ours.
func (s *Server) Listen() error {
	l, err := net.Listen("tcp", s.cfg.Listen)
	if err != nil {
		return fmt.Errorf("the HTTP server cannot listen on %s: %w; stop what uses the port, or name another in http.listen", s.cfg.Listen, cause(err))
	}
	s.listener = l
	return nil
}

// cause leaves the address, which the sentence has already, out of a net error.
func cause(err error) error {
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		return op.Err
	}
	return err
}

// Addr is the address listened on, "" before Listen.
func (s *Server) Addr() string {
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// grace is how long requests under way may take once the server is to end; the
// whole process has two seconds.
const grace = 700 * time.Millisecond

// Run serves until ctx ends, and listens first if that is still to be done. A
// web configuration that cannot be used, and a listener that fails, are errors.
func (s *Server) Run(ctx context.Context) error {
	if s.listener == nil {
		if err := s.Listen(); err != nil {
			return err
		}
	}
	server := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      2 * time.Minute, // a long history over a slow line
		IdleTimeout:       2 * time.Minute, // longer than a scrape interval
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), // what a client did wrong
	}
	served := make(chan error, 1)
	go func() {
		served <- toolkit.Serve(s.listener, server, &toolkit.FlagConfig{WebConfigFile: &s.cfg.WebConfig}, slog.New(quiet{s.log.Handler()}))
	}()
	select {
	case err := <-served:
		return errors.Join(fmt.Errorf("the HTTP server on %s failed: %w", s.Addr(), err), closed(s.listener))
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(ending); err != nil {
		err = server.Close() // requests that take longer are cut off
		if err != nil {
			s.log.Debug("closing the HTTP server", "err", err)
		}
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		s.log.Debug("ending the HTTP server", "err", err)
	}
	return nil
}

// quiet leaves out what the toolkit says at each start: whoever starts the
// server says where it listens.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level > slog.LevelInfo && q.Handler.Enabled(ctx, level)
}

// closed closes a listener that may be closed already.
func closed(l net.Listener) error {
	if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// secured adds the headers that keep a browser from making more of an answer
// than it is. The page has no scripts, frames or images.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
