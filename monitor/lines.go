package monitor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Lines is a file of one record a line as a source: partition 0, the offset
// being the number of the line, from 0. Lines have no timestamp of their own.
type Lines struct {
	path string
	file *os.File

	mu    sync.Mutex // guards marks
	marks []lineMark // ascending; where reading can begin, as the last Topology found
}

// lineMark is where in the file a line begins.
type lineMark struct{ line, at int64 }

// OpenLines says at once if the file cannot be read.
func OpenLines(path string) (*Lines, error) {
	f, err := openInput(path)
	if err != nil {
		return nil, err
	}
	return &Lines{path: path, file: f}, nil
}

// Close ends the use of the file.
func (l *Lines) Close() error { return l.file.Close() }

// openInput opens a file of lines, which is read more than once.
func openInput(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the input: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file that can be read more than once; write a pipe's output into one first", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// linesBlock is large enough to keep workers from waiting for each other, and small
// enough for a core's own cache.
const linesBlock = 256 << 10

// Topology is one partition that ends at the file's last line.
func (l *Lines) Topology(ctx context.Context) (Topology, error) {
	t := Topology{Topic: strings.TrimSuffix(filepath.Base(l.path), filepath.Ext(l.path)), Partitions: []Bounds{{}}}
	marks, err := markLines(ctx, l.file)
	if err != nil {
		return t, err
	}
	t.Partitions[0].End = marks[len(marks)-1].line
	l.mu.Lock()
	defer l.mu.Unlock()
	l.marks = marks
	return t, nil
}

// marked are the marks that the last Topology found, or now are.
func (l *Lines) marked(ctx context.Context) ([]lineMark, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.marks != nil {
		return l.marks, nil
	}
	return markLines(ctx, l.file)
}

// markLines finds where lines begin, about every linesBlock bytes, and where the last
// one ends. All cores look for them.
func markLines(ctx context.Context, f *os.File) ([]lineMark, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("cannot read the input: %w", err)
	}
	size := info.Size()
	pieces := make([]struct{ lines, end int64 }, (size+linesBlock-1)/linesBlock)
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error {
			buf := make([]byte, linesBlock)
			for i := next.Add(1) - 1; i < int64(len(pieces)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				at := i * linesBlock
				piece := buf[:min(linesBlock, size-at)]
				if _, err := f.ReadAt(piece, at); err != nil {
					return fmt.Errorf("cannot read the input: %w", err)
				}
				pieces[i].lines = int64(bytes.Count(piece, newline))
				pieces[i].end = at + int64(bytes.LastIndexByte(piece, '\n')) + 1
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	marks, last := []lineMark{{}}, lineMark{}
	for _, p := range pieces {
		if p.lines > 0 {
			last = lineMark{last.line + p.lines, p.end}
			marks = append(marks, last)
		}
	}
	if last.at < size { // the last line has no end
		marks = append(marks, lineMark{last.line + 1, size})
	}
	return marks, nil
}

var newline = []byte{'\n'}

// Resolve begins at the first line, whatever is asked.
func (l *Lines) Resolve(context.Context, Topology, Start) (map[int32]int64, error) {
	return map[int32]int64{0: 0}, nil
}

// Run hands on the lines that the last Topology found, once, and returns nil. It is the
// workers that read them.
func (l *Lines) Run(ctx context.Context, _ Topology, from map[int32]int64, sink Sink) error {
	marks, err := l.marked(ctx)
	if err != nil {
		return err
	}
	for i := 1; i < len(marks); i++ {
		start, end := marks[i-1], marks[i]
		b := Block{From: max(start.line, from[0]), To: end.line}
		if b.From >= b.To {
			continue
		}
		b.Records = func(buf []Record, scratch *Scratch) ([]Record, error) {
			block, err := l.read(scratch, start.at, end.at)
			return splitLines(buf, block, start.line, b.From-start.line), err
		}
		if err := sink.Block(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// read gives the bytes [from, to) of the file in a worker's memory.
func (l *Lines) read(scratch *Scratch, from, to int64) ([]byte, error) {
	buf, ok := scratch.Any.(*[]byte)
	if !ok {
		buf = new([]byte)
		scratch.Any = buf
	}
	*buf = resize(*buf, int(to-from))
	if _, err := l.file.ReadAt(*buf, from); err != nil {
		return nil, fmt.Errorf("cannot read the input on: %w; do not change the file meanwhile", err)
	}
	return *buf, nil
}

// cutLines gives what r has in pieces that end at the end of a line, each valid until
// the next.
func cutLines(r io.Reader, yield func(block []byte) error) error {
	buf, n := make([]byte, linesBlock), 0
	for {
		got, err := io.ReadFull(r, buf[n:])
		n += got
		end := n
		if err == nil {
			end = bytes.LastIndexByte(buf[:n], '\n') + 1
		}
		if end > 0 {
			if err := yield(buf[:end]); err != nil {
				return err
			}
			n = copy(buf, buf[end:n])
		} else if err == nil {
			buf = append(buf, make([]byte, len(buf))...)
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return fmt.Errorf("cannot read the input on: %w", err)
		}
	}
}

func splitLines(buf []Record, block []byte, first, skip int64) []Record {
	for len(block) > 0 {
		line := block
		if end := bytes.IndexByte(block, '\n'); end >= 0 {
			line, block = block[:end], block[end+1:]
		} else {
			block = nil
		}
		if skip > 0 {
			skip--
		} else {
			if n := len(line); n > 0 && line[n-1] == '\r' {
				line = line[:n-1]
			}
			buf = append(buf, Record{Offset: first, Time: NoTime, Value: line})
		}
		first++
	}
	return buf
}

// Row is a record, with its event time where that is known already and the log's
// own time; NoTime: it has none.
type Row struct {
	Event, Log int64
	Value      []byte
}

// Rows gives the records of a time range one by one with their event times; it
// can be run more than once.
type Rows func(yield func(Row) error) error

// FileRows are the lines of files, without event times.
func FileRows(paths []string) Rows {
	return func(yield func(Row) error) error {
		for _, path := range paths {
			f, err := openInput(path)
			if err != nil {
				return err
			}
			var records []Record
			err = cutLines(f, func(block []byte) error {
				records = splitLines(records[:0], block, 0, 0)
				for _, r := range records {
					if err := yield(Row{NoTime, NoTime, r.Value}); err != nil {
						return err
					}
				}
				return nil
			})
			if closeErr := f.Close(); err == nil {
				err = closeErr
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
}
