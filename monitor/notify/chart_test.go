package notify_test

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/notify"
)

// The golden pictures were looked at. Look at them again when they change.
func TestChart(t *testing.T) {
	deciles := []monitor.AlertBin{{Bin: "(missing)", Reference: 0.02, Current: 0.36}}
	for n := range 10 {
		deciles = append(deciles, monitor.AlertBin{Bin: fmt.Sprintf("(%.3g, %.3g]", 12.1*float64(n), 12.1*float64(n+1)), Reference: 0.098, Current: monitor.Float(0.03 + 0.007*float64(n))})
	}
	var names []monitor.AlertBin
	for n := range 30 {
		names = append(names, monitor.AlertBin{Bin: strings.Repeat("a category with a long name ", 3), Reference: monitor.Float(float64(n) / 400), Current: 0})
	}
	for name, c := range map[string]struct {
		title string
		bins  []monitor.AlertBin
	}{
		"chart-deciles":    {"amount: shares of the rows", deciles},
		"chart-categories": {"a feature with a name that is as long as a name can be and then some more of it, until there is no room: shares of the rows", names},
		"chart-one":        {"κανάλι <!channel>", []monitor.AlertBin{{Bin: "> 77.1", Reference: 0, Current: 1}}},
	} {
		got, err := notify.Chart(c.title, c.bins)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name+".png")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		is, err := png.Decode(bytes.NewReader(got))
		if err != nil {
			t.Fatal(err)
		}
		was, err := png.Decode(bytes.NewReader(want))
		if err != nil {
			t.Fatal(err)
		}
		if is.Bounds() != was.Bounds() {
			t.Errorf("%s is %v, was %v", name, is.Bounds(), was.Bounds())
			continue
		}
		for y := range is.Bounds().Dy() {
			for x := range is.Bounds().Dx() {
				if is.At(x, y) != was.At(x, y) {
					t.Fatalf("%s differs at %d, %d; run with -update where that is meant, and look at it", name, x, y)
				}
			}
		}
	}
}

// The chart goes into the thread as a picture, once, and where it cannot, as text;
// either way the alert is told.
func TestSlackChart(t *testing.T) {
	for _, refused := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newSetup()
			var uploads []string
			n, err := notify.New([]notify.Receiver{bot(t)}, notify.Deps{
				Outbox: s.outbox, Metrics: s.metrics, Log: logTo(s.log), Stdout: s.out,
				Transport: handler(func(w http.ResponseWriter, r *http.Request) {
					switch {
					case refused && strings.HasSuffix(r.URL.Path, "/files.getUploadURLExternal"):
						fmt.Fprint(w, `{"ok": false, "error": "missing_scope"}`)
					case strings.HasSuffix(r.URL.Path, "/files.getUploadURLExternal"):
						fmt.Fprint(w, `{"ok": true, "upload_url": "https://files.slack.com/up", "file_id": "F1"}`)
					case r.URL.Host == "files.slack.com":
						body, _ := io.ReadAll(r.Body)
						if !bytes.Contains(body, []byte("\x89PNG")) {
							t.Error("what was uploaded is no picture")
						}
					case strings.HasSuffix(r.URL.Path, "/files.completeUploadExternal"):
						_ = r.ParseForm()
						uploads = append(uploads, r.Form.Get("channel_id")+" "+r.Form.Get("thread_ts"))
						fmt.Fprint(w, `{"ok": true, "files": [{"id": "F1"}]}`)
					default:
						s.slack.ServeHTTP(w, r)
					}
				}),
			})
			if err != nil {
				t.Fatal(err)
			}
			i := opened()
			i.Alerts[0].Story = &monitor.AlertStory{Distribution: i.Alerts[0].Bins}
			s.outbox.put(i)
			stop := start(t, n)
			time.Sleep(time.Minute)
			s.outbox.put(happens(i, monitor.Event{Kind: monitor.EventFired, Count: 1}))
			time.Sleep(time.Minute)
			stop()
			replies := s.slack.shown()[0].replies
			if refused {
				if len(replies) != 3 || !strings.Contains(string(replies[0].Blocks), "████") || !strings.Contains(s.log.String(), "files:write") {
					t.Errorf("without the scope the replies are %+v; log:\n%s", replies, s.log)
				}
				return
			}
			if len(replies) != 2 || len(uploads) != 1 || uploads[0] != "C024BE91L 1000.000000" {
				t.Errorf("%d replies, uploads %q; log:\n%s", len(replies), uploads, s.log)
			}
		})
	}
}
