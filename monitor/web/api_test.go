package web_test

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"driftwatch/monitor"
	"driftwatch/monitor/web"
)

// fake answers with what it holds and notes what it was asked.
type fake struct {
	monitors  []monitor.MonitorView
	alerts    []monitor.Alert
	incidents []monitor.Incident
	err       error // of everything
	notReady  error
	asked     string
	web.Controller
}

func (f *fake) Names() (names []string) {
	for _, m := range f.monitors {
		names = append(names, m.Name)
	}
	return names
}

func (f *fake) Monitors(bool) ([]monitor.MonitorView, error) { return f.monitors, f.err }

func (f *fake) Alerts(all bool) ([]monitor.Alert, error) {
	f.asked = fmt.Sprintf("alerts %v", all)
	return f.alerts, f.err
}

func (f *fake) Incidents(all bool) ([]monitor.Incident, error) {
	f.asked = fmt.Sprintf("incidents %v", all)
	return f.incidents, f.err
}

func (f *fake) History(q monitor.Query) ([]monitor.HistoryView, error) {
	f.asked = fmt.Sprintf("history %+v", q)
	if q.Feature == "amuont" {
		return nil, fmt.Errorf("asking: %w", absent(`there is no feature "amuont"; there is amount`))
	}
	return []monitor.HistoryView{{Start: monitor.UnixMilli(0), End: monitor.UnixMilli(60_000), Rows: 3, Stats: map[string]monitor.Float{"psi": monitor.Float(math.NaN())}}}, f.err
}

func (f *fake) Panes(q monitor.Query) ([]monitor.PaneView, error) {
	f.asked = fmt.Sprintf("panes %+v", q)
	return nil, f.err
}

func (f *fake) Ready() error { return f.notReady }

type absent string

func (a absent) Error() string  { return string(a) }
func (a absent) NotFound() bool { return true }

func payments() *fake {
	return &fake{monitors: []monitor.MonitorView{{Name: "payments", Topic: "pay", Rows: 5, Next: map[string]int64{"pay/0": 7}}}}
}

func two() *fake {
	f := payments()
	f.monitors = append(f.monitors, monitor.MonitorView{Name: "orders"})
	return f
}

func get(t *testing.T, api web.API, method, target string) *httptest.ResponseRecorder {
	t.Helper()
	server := web.New(web.Default(), api, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	w := httptest.NewRecorder()
	server.Handler().ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name, target string
		api          *fake
		status       int
		body         string
	}{
		{"no monitors", "/api/v1/monitors", &fake{}, 200, `{"monitors":[]}`},
		{"a monitor", "/api/v1/monitors", payments(), 200, `{"monitors":[{"name":"payments","topic":"pay","rows":5,"late":0,"rejected":null,"skipped":0,"lost":0,` +
			`"watermark":null,"lag":0,"next":{"pay/0":7},"learning":false,"reference":null,"left_out":null}]}`},
		{"no alerts", "/api/v1/alerts", payments(), 200, `{"alerts":[]}`},
		{"no incidents", "/api/v1/incidents", payments(), 200, `{"incidents":[]}`},
		{"no panes", "/api/v1/panes", payments(), 200, `{"panes":[]}`},
		{
			"history, undefined is null", "/api/v1/history?feature=amount", payments(), 200,
			`{"history":[{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:01:00Z","rows":3,"missing":0,"partial":false,"stats":{"psi":null}}]}`,
		},
		{"unknown feature", "/api/v1/history?feature=amuont", payments(), 404, `{"error":"asking: there is no feature \"amuont\"; there is amount"}`},
		{"unknown monitor", "/api/v1/panes?monitor=x", two(), 404, `{"error":"there is no monitor \"x\"; there is payments, orders"}`},
		{"which monitor", "/api/v1/panes", two(), 400, `{"error":"the parameter monitor is missing; there is payments, orders"}`},
		{"no monitor to ask", "/api/v1/panes", &fake{}, 404, `{"error":"there are no monitors"}`},
		{"unknown parameter", "/api/v1/panes?feature=amount", payments(), 400, `{"error":"the parameter \"feature\" does not exist here; there is monitor, segment, from, to"}`},
		{"no such parameter", "/api/v1/monitors?topic=pay", payments(), 400, `{"error":"the parameter \"topic\" does not exist here; there is all"}`},
		{"twice", "/api/v1/panes?from=1&from=2", payments(), 400, `{"error":"the parameter \"from\" is given 2 times; give it once"}`},
		{"all of history", "/api/v1/history?segment=*", payments(), 400, `{"error":"segment=* is for /api/v1/panes; name one segment here, or none for overall"}`},
		{"neither 1 nor 0", "/api/v1/alerts?all=yes", payments(), 400, `{"error":"all=yes is neither 1 nor 0"}`},
		{"no time", "/api/v1/panes?from=yesterday", payments(), 400, `{"error":"from=yesterday is not a time; write RFC 3339, such as 2026-11-23T10:00:00Z, or Unix seconds"}`},
		{"not a number", "/api/v1/panes?to=NaN", payments(), 400, `{"error":"to=NaN is not a time; write RFC 3339, such as 2026-11-23T10:00:00Z, or Unix seconds"}`},
		{"too large", "/api/v1/panes?to=1e300", payments(), 400, `{"error":"to=1e300 is not a time; write RFC 3339, such as 2026-11-23T10:00:00Z, or Unix seconds"}`},
		{"backwards", "/api/v1/panes?from=2&to=1", payments(), 400, `{"error":"from=2 is after to=1"}`},
		{
			"unreadable", "/api/v1/panes?from=%zz", payments(), 400,
			`{"error":"the parameters cannot be read: invalid URL escape \"%zz\"; write ?name=value&name=value with special characters percent-encoded"}`,
		},
		{"no endpoint", "/api/v1/alert", payments(), 404, `{"error":"there is no such endpoint; there are /api/v1/monitors, alerts, incidents, history, panes, silences, markers and acknowledgements"}`},
		{"a fault", "/api/v1/alerts", &fake{err: errors.New("disk on fire at /var/lib")}, 500, `{"error":"the state could not be read; the log says why"}`},
		{"healthy", "/healthz", &fake{notReady: errors.New("not yet")}, 200, "healthy"},
		{"ready", "/readyz", payments(), 200, "ready"},
		{"not ready", "/readyz", &fake{notReady: errors.New("partition 3 has not been read for 40s")}, 503, "partition 3 has not been read for 40s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := get(t, c.api, "GET", c.target)
			if w.Code != c.status || w.Body.String() != c.body+"\n" {
				t.Errorf("%s\n got %d %s\nwant %d %s", c.target, w.Code, w.Body, c.status, c.body)
			}
			if want := strings.HasPrefix(c.target, "/api/"); want != (w.Header().Get("Content-Type") == "application/json") {
				t.Errorf("Content-Type %q", w.Header().Get("Content-Type"))
			}
		})
	}
}

func TestWhatIsAsked(t *testing.T) {
	const open = "From:-9223372036854775808 To:9223372036854775807}"
	for target, want := range map[string]string{
		"alerts":             "alerts false",
		"alerts?all=1":       "alerts true",
		"alerts?all=0":       "alerts false",
		"incidents":          "incidents false",
		"incidents?all=true": "incidents true",
		"history":            "history {Monitor:payments Segment: Feature: AllSegments:false " + open,
		"history?monitor=payments&segment=country%3DDE&feature=a.b": "history {Monitor:payments Segment:country=DE Feature:a.b AllSegments:false " + open,
		"panes?segment=*":                         "panes {Monitor:payments Segment: Feature: AllSegments:true " + open,
		"panes?segment=":                          "panes {Monitor:payments Segment: Feature: AllSegments:false " + open,
		"panes?from=1970-01-01T00:01:00Z&to=90.5": "panes {Monitor:payments Segment: Feature: AllSegments:false From:60000 To:90500}",
		"panes?from=1970-01-01T01:00:00%2B01:00":  "panes {Monitor:payments Segment: Feature: AllSegments:false From:0 To:9223372036854775807}",
		"panes?from=1970-01-01T01:00:00.5+01:00":  "panes {Monitor:payments Segment: Feature: AllSegments:false From:500 To:9223372036854775807}",
		"panes?from=-1.0005&to=0":                 "panes {Monitor:payments Segment: Feature: AllSegments:false From:-1001 To:0}",
		"panes?from=0&to=0":                       "panes {Monitor:payments Segment: Feature: AllSegments:false From:0 To:0}",
	} {
		f := payments()
		if w := get(t, f, "GET", "/api/v1/"+target); w.Code != 200 || f.asked != want {
			t.Errorf("%s: %d\n got %s\nwant %s", target, w.Code, f.asked, want)
		}
	}
}

// Whatever is in a query, the answer is one of the documented ones.
func FuzzQuery(f *testing.F) {
	f.Add("monitor=payments&segment=a&feature=b&from=2026-11-23T10:00:00Z&to=1e11")
	f.Add("from=%ff&to=\x00;=&")
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/api/v1/history", "/api/v1/panes", "/api/v1/alerts"} {
			r := httptest.NewRequest("GET", path, nil)
			r.URL = &url.URL{Path: path, RawQuery: query}
			w := httptest.NewRecorder()
			api := payments()
			web.New(web.Default(), api, prometheus.NewRegistry(), slog.New(slog.DiscardHandler)).Handler().ServeHTTP(w, r)
			if w.Code != 200 && w.Code != 400 && w.Code != 404 {
				t.Errorf("%q: status %d", query, w.Code)
			}
			if (w.Code == 200) != (api.asked != "" && !strings.Contains(api.asked, "amuont")) {
				t.Errorf("%q: status %d after asking %q", query, w.Code, api.asked)
			}
			if !strings.HasPrefix(w.Body.String(), `{"`) || !strings.HasSuffix(w.Body.String(), "}\n") {
				t.Errorf("%q: %s", query, w.Body)
			}
		}
	})
}

func TestOnlyReading(t *testing.T) {
	for _, target := range []string{"/", "/metrics", "/healthz", "/readyz", "/api/v1/monitors", "/api/v1/panes"} {
		for method, want := range map[string]int{"GET": 200, "HEAD": 200, "POST": 405, "PUT": 405, "DELETE": 405} {
			w := get(t, payments(), method, target)
			if w.Code != want {
				t.Errorf("%s %s: %d, want %d", method, target, w.Code, want)
			}
			for _, header := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"} {
				if w.Header().Get(header) == "" {
					t.Errorf("%s %s: no %s", method, target, header)
				}
			}
		}
	}
	if w := get(t, payments(), "GET", "/nowhere"); w.Code != 404 {
		t.Errorf("/nowhere: %d", w.Code)
	}
}

func TestPage(t *testing.T) {
	f := two()
	f.notReady = errors.New("orders: <b>no</b> broker")
	f.monitors[0].Name = `pay"><script>alert(1)</script>`
	f.monitors[1].Learning = true
	f.alerts = []monitor.Alert{
		{Monitor: f.monitors[0].Name, State: "firing", Severity: "page", Rule: "drift", Feature: "amount", Segment: "country=<i>", Summary: "<img src=x>", Since: monitor.UnixMilli(0)},
		{Monitor: f.monitors[0].Name, State: "pending", Severity: "warn", Rule: "quiet-one"},
	}
	w := get(t, f, "GET", "/")
	body := w.Body.String()
	for _, want := range []string{
		"orders: &lt;b&gt;no&lt;/b&gt; broker", "pay&#34;&gt;&lt;script&gt;", "monitor=pay%22%3e%3cscript%3e", "1 firing", "learning its reference",
		"page: drift of amount in country=&lt;i&gt; since 1970-01-01 00:00:00 UTC: &lt;img src=x&gt;",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page has no %s:\n%s", want, body)
		}
	}
	for _, never := range []string{"<script", "<img", "<i>", "quiet-one"} {
		if strings.Contains(body, never) {
			t.Errorf("the page has %s", never)
		}
	}
	if w := get(t, &fake{err: errors.New("x")}, "GET", "/"); w.Code != 500 {
		t.Errorf("status %d when the state cannot be read", w.Code)
	}
	if w := get(t, &fake{}, "GET", "/"); !strings.Contains(w.Body.String(), "No monitors.") {
		t.Error("an empty page does not say so")
	}
}

// One metric that cannot be shown does not hide the others.
func TestMetricsEndpoint(t *testing.T) {
	registry := prometheus.NewRegistry()
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "driftwatch_good_total", Help: "Good."})
	registry.MustRegister(counter, bad{})
	server := httptest.NewServer(web.New(web.Default(), payments(), registry, slog.New(slog.DiscardHandler)).Handler())
	defer server.Close()
	response, err := http.Get(server.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	problems, err := promlint.New(response.Body).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	if w := get(t, payments(), "GET", "/metrics"); w.Code != 200 {
		t.Errorf("status %d", w.Code)
	}
	w := httptest.NewRecorder()
	server.Config.Handler.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), "driftwatch_good_total 0") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

type bad struct{}

func (bad) Describe(chan<- *prometheus.Desc) {}

func (bad) Collect(out chan<- prometheus.Metric) {
	out <- prometheus.NewInvalidMetric(prometheus.NewDesc("bad", "Bad.", nil, nil), errors.New("bad"))
}
