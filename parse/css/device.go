package css

// Device is what media queries, sizes and srcset ask about. The zero value is
// the headless Chromium that the recordings come from: a light 1280x720 screen,
// one device pixel a CSS pixel, scripts on, and no pointing device.
type Device struct {
	Width, Height             float64 // viewport in CSS pixels; 0: 1280 and 720; negative: none (0 pixels)
	Window                    *Window // if not nil, says the viewport instead of Width and Height
	ScreenWidth, ScreenHeight float64 // whole screen in CSS pixels; 0: the viewport's
	DPR                       float64 // device pixels a CSS pixel; 0 or less: 1
	ColorBits                 int     // bits a colour component; 0: 8; negative: a device without colour

	Mouse         bool // there is a mouse: hover, pointer: fine
	Touch         bool // there is a touch screen: pointer: coarse, unless there is a mouse too
	Dark          bool // prefers-color-scheme: dark
	ReducedMotion bool // prefers-reduced-motion: reduce
	Print         bool // media type print instead of screen
	NoScript      bool // scripting: none
}

// Phone returns a phone as pages with <meta name=viewport content="width=device-width">
// see it: 412x915 CSS pixels with three device pixels each, and a touch screen. A
// page without that element is wider on a real phone (980 pixels), which is not told
// apart here.
func Phone() Device {
	return Device{Width: 412, Height: 915, DPR: 3, Touch: true}
}

// resolved puts the defaults in.
func (d Device) resolved() Device {
	def := func(v *float64, zero float64) {
		switch {
		case *v == 0:
			*v = zero
		case !(*v > 0):
			*v = 0
		}
	}
	def(&d.Width, 1280)
	def(&d.Height, 720)
	if d.Window == nil {
		def(&d.ScreenWidth, d.Width)
		def(&d.ScreenHeight, d.Height)
	}
	if !(d.DPR > 0) {
		d.DPR = 1
	}
	switch {
	case d.ColorBits == 0:
		d.ColorBits = 8
	case d.ColorBits < 0:
		d.ColorBits = 0
	}
	return d
}

// Viewport returns the size of the viewport in CSS pixels, defaults put in.
func (d Device) Viewport() (width, height float64) {
	d = d.resolved()
	return d.width(), d.height()
}

// A Window is a viewport that is measured when something asks for it first: that
// of a frame takes a layout of the document around it, and most documents never
// ask. It is for one goroutine at a time.
type Window struct {
	// Measure returns the size in CSS pixels. It is called once.
	Measure func() (width, height float64)

	asked         bool
	width, height float64
}

// Size measures the window, or returns what was measured.
func (w *Window) Size() (width, height float64) {
	if !w.asked {
		w.asked = true
		w.width, w.height = w.Measure()
	}
	return w.width, w.height
}

// Asked reports whether anything has depended on the size so far.
func (w *Window) Asked() bool { return w.asked }

// width is the viewport's, in pixels. d has its defaults resolved.
func (d *Device) width() float64 {
	if d.Window != nil {
		w, _ := d.Window.Size()
		return w
	}
	return d.Width
}

func (d *Device) height() float64 {
	if d.Window != nil {
		_, h := d.Window.Size()
		return h
	}
	return d.Height
}

func (d *Device) screenWidth() float64 {
	if d.ScreenWidth == 0 {
		return d.width()
	}
	return max(d.ScreenWidth, 0)
}

func (d *Device) screenHeight() float64 {
	if d.ScreenHeight == 0 {
		return d.height()
	}
	return max(d.ScreenHeight, 0)
}

// initialFontSize is the size in pixels that em means outside of an element:
// media queries and sizes ignore the page's own (Media Queries 4, section 1.3).
const initialFontSize = 16
