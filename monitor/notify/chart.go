package notify

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"driftwatch/monitor"
)

// The chart has a ground of its own, so that it looks the same in a light and in a
// dark window; blue and orange are told apart by every eye.
var (
	chartGround    = color.RGBA{0x26, 0x2d, 0x35, 0xff}
	chartText      = color.RGBA{0xf2, 0xf2, 0xee, 0xff}
	chartFaint     = color.RGBA{0xa9, 0xb3, 0xbd, 0xff}
	chartReference = color.RGBA{0x7f, 0xa6, 0xd6, 0xff}
	chartCurrent   = color.RGBA{0xf5, 0x9e, 0x42, 0xff}
)

// Sizes in pixels, twice of what they are on a screen with small ones.
const (
	chartWidth  = 1200
	chartLabel  = 330 // for the names of the bins
	chartShare  = 120 // for the numbers behind the bars
	chartMargin = 36
	chartRow    = 62
	chartHead   = 130
	chartBar    = 22
	chartFont   = 24
	// chartBins are as many rows as a chart has; the rest moved less.
	chartBins = 24
)

// chart draws the shares of the bins, in the reference and now, as a PNG. It is a
// function of its input alone.
func chart(title string, bins []monitor.AlertBin) ([]byte, error) {
	bins = bins[:min(len(bins), chartBins)]
	face, err := chartFace()
	if err != nil {
		return nil, err
	}
	picture := image.NewRGBA(image.Rect(0, 0, chartWidth, chartHead+len(bins)*chartRow+chartMargin))
	draw.Draw(picture, picture.Bounds(), image.NewUniform(chartGround), image.Point{}, draw.Src)
	p := pen{picture, face}
	p.text(chartMargin, 50, p.fit(title, chartWidth-2*chartMargin), chartText)
	x := chartMargin
	for _, legend := range []struct {
		name string
		of   color.RGBA
	}{{"reference", chartReference}, {"now", chartCurrent}} {
		p.bar(x, 78, chartBar, chartBar, legend.of)
		x += chartBar + 12
		p.text(x, 98, legend.name, chartFaint)
		x += p.width(legend.name) + 36
	}
	most := 0.01
	for _, b := range bins {
		most = max(most, float64(b.Reference), float64(b.Current))
	}
	room := float64(chartWidth - 2*chartMargin - chartLabel - chartShare)
	for n, b := range bins {
		y := chartHead + n*chartRow
		p.text(chartMargin, y+chartRow/2+2, p.fit(barName(b), chartLabel-16), chartText)
		for k, side := range []struct {
			share float64
			of    color.RGBA
		}{{float64(b.Reference), chartReference}, {float64(b.Current), chartCurrent}} {
			length, top := int(room*side.share/most), y+4+k*(chartBar+4)
			p.bar(chartMargin+chartLabel, top, max(2, length), chartBar, side.of)
			p.text(chartMargin+chartLabel+length+10, top+chartBar-3, fmt.Sprintf("%.1f %%", 100*side.share), chartFaint)
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return nil, fmt.Errorf("cannot write the chart: %w", err)
	}
	return out.Bytes(), nil
}

// barName is binName, where there is little room.
func barName(b monitor.AlertBin) string {
	if b.Bin == "(missing)" {
		return "no value"
	}
	return binName(b.Bin).text
}

func chartFace() (font.Face, error) {
	regular, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("cannot read the chart's font: %w", err)
	}
	return opentype.NewFace(regular, &opentype.FaceOptions{Size: chartFont, DPI: 72, Hinting: font.HintingFull})
}

// pen draws on a picture.
type pen struct {
	picture draw.Image
	face    font.Face
}

func (p pen) bar(x, y, width, height int, of color.RGBA) {
	draw.Draw(p.picture, image.Rect(x, y, x+width, y+height), image.NewUniform(of), image.Point{}, draw.Src)
}

func (p pen) text(x, base int, text string, of color.RGBA) {
	d := font.Drawer{Dst: p.picture, Src: image.NewUniform(of), Face: p.face, Dot: fixed.P(x, base)}
	d.DrawString(text)
}

func (p pen) width(text string) int { return font.MeasureString(p.face, text).Ceil() }

// fit cuts a text to a width.
func (p pen) fit(text string, width int) string {
	text = clean(text, longName)
	if p.width(text) <= width {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && p.width(string(runes)+"…") > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}
