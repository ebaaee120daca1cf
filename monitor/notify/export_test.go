package notify

// Chart exposes the drawing.
var Chart = chart
