package timing

import (
	"math"
	"time"
)

// A Resource is a PerformanceResourceTiming. Times are milliseconds after the
// navigation began.
type Resource struct {
	Name                      string         `json:"name"` // the URL that was asked for
	EntryType                 string         `json:"entryType"`
	StartTime                 float64        `json:"startTime"`
	Duration                  float64        `json:"duration"`
	InitiatorType             string         `json:"initiatorType"`
	DeliveryType              string         `json:"deliveryType"` // "cache" or empty
	NextHopProtocol           string         `json:"nextHopProtocol"`
	RenderBlockingStatus      string         `json:"renderBlockingStatus"`
	ContentType               string         `json:"contentType"`
	ContentEncoding           string         `json:"contentEncoding"`
	WorkerStart               float64        `json:"workerStart"`
	RedirectStart             float64        `json:"redirectStart"`
	RedirectEnd               float64        `json:"redirectEnd"`
	FetchStart                float64        `json:"fetchStart"`
	DomainLookupStart         float64        `json:"domainLookupStart"`
	DomainLookupEnd           float64        `json:"domainLookupEnd"`
	ConnectStart              float64        `json:"connectStart"`
	ConnectEnd                float64        `json:"connectEnd"`
	SecureConnectionStart     float64        `json:"secureConnectionStart"`
	RequestStart              float64        `json:"requestStart"`
	FinalResponseHeadersStart float64        `json:"finalResponseHeadersStart"`
	FirstInterimResponseStart float64        `json:"firstInterimResponseStart"`
	ResponseStart             float64        `json:"responseStart"`
	ResponseEnd               float64        `json:"responseEnd"`
	TransferSize              int64          `json:"transferSize"`
	EncodedBodySize           int64          `json:"encodedBodySize"`
	DecodedBodySize           int64          `json:"decodedBodySize"`
	ResponseStatus            int            `json:"responseStatus"`
	ServerTiming              []ServerTiming `json:"serverTiming"`
}

// A Navigation is a PerformanceNavigationTiming: the document's own Resource, and
// the milestones of the page. Scripts are not run, so that an event takes no
// time: its end is its start.
type Navigation struct {
	Resource
	UnloadEventStart           float64 `json:"unloadEventStart"`
	UnloadEventEnd             float64 `json:"unloadEventEnd"`
	DOMInteractive             float64 `json:"domInteractive"`
	DOMContentLoadedEventStart float64 `json:"domContentLoadedEventStart"`
	DOMContentLoadedEventEnd   float64 `json:"domContentLoadedEventEnd"`
	DOMComplete                float64 `json:"domComplete"`
	LoadEventStart             float64 `json:"loadEventStart"`
	LoadEventEnd               float64 `json:"loadEventEnd"`
	Type                       string  `json:"type"`
	RedirectCount              int     `json:"redirectCount"`
	ActivationStart            float64 `json:"activationStart"`
	CriticalCHRestart          float64 `json:"criticalCHRestart"`
}

// A ServerTiming is a PerformanceServerTiming.
type ServerTiming struct {
	Name        string  `json:"name"`
	Duration    float64 `json:"duration"` // as the server wrote it, which should be milliseconds
	Description string  `json:"description"`
}

// ms is an offset in milliseconds, 0 where it did not happen.
func ms(d time.Duration) float64 { return math.Round(float64(max(0, d))/1e3) / 1e3 }
