package har

import (
	"encoding/json"
	"errors"
)

// The types here are the parts of a HAR that are read: the standard's, those
// that Chromium, Firefox and Playwright add, and our own.

type pageJSON struct {
	Started     text `json:"startedDateTime"`
	ID          text `json:"id"`
	Title       string
	URL         string `json:"_url"`
	Error       string `json:"_error"`
	PageTimings struct {
		OnContentLoad, OnLoad number
		RenderStart           number `json:"_renderStart"`
		DOMInteractive        number `json:"_domInteractive"`
		DOMInteractiveTime    number `json:"_domInteractiveTime"` // chrome-har
	}
}

type entryJSON struct {
	Pageref         text
	Started         text `json:"startedDateTime"`
	Time            number
	Request         requestJSON
	Response        responseJSON
	Timings         timingsJSON
	ServerIPAddress string
	Connection      text

	ID              number        `json:"_id"`
	RequestID       text          `json:"_requestId"`
	ConnectionID    text          `json:"_connectionId"`
	Frame           number        `json:"_frame"`
	ServerPort      number        `json:"_serverPort"`
	LocalAddress    string        `json:"_localAddress"`
	ResourceType    string        `json:"_resourceType"`
	Priority        string        `json:"_priority"`
	InitialPriority string        `json:"_initialPriority"`
	Initiator       initiatorJSON `json:"_initiator"`
	InitiatorType   string        `json:"_initiator_type"` // chrome-har
	InitiatorLine   number        `json:"_initiator_line"`
	FoundBy         string        `json:"_foundBy"`
	FoundAtByte     number        `json:"_foundAtByte"`
	Rule            struct {
		Property   string
		LineNumber number
	} `json:"_rule"`
	RenderBlocking string `json:"_renderBlocking"`
	LinkPreload    bool   `json:"_linkPreload"`
	FromCache      string `json:"_fromCache"`
	Cache          struct {
		BeforeRequest, AfterRequest *cacheJSON
	}
	CacheUse *struct {
		Verdict, Reason string
	} `json:"_cache"`
	TransferSize  number `json:"_transferSize"`
	Error         string `json:"_error"`
	ErrorText     string `json:"_errorText"`
	BlockedReason string `json:"_blockedReason"`
	Unfinished    bool   `json:"_unfinished"`
	Retries       number `json:"_retries"`
	Waits         []struct {
		Reason    string
		Start, MS number
	} `json:"_waits"`
	BlockedCookies []struct {
		Name, Domain, Path, Partition, SetCookie string
		Reasons                                  []string
	} `json:"_blockedCookies"`
	DNS             []stepJSON `json:"_dns"`
	SecurityDetails *tlsJSON   `json:"_securityDetails"`
}

type cacheJSON struct {
	Expires, LastAccess text
	ETag                string
	HitCount            number
}

type initiatorJSON struct {
	Type, URL  string
	LineNumber number
	Stack      struct {
		CallFrames []struct {
			URL        string
			LineNumber number
		}
	}
}

// UnmarshalJSON takes an object, or the URL alone (chrome-har).
func (i *initiatorJSON) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &i.URL)
	}
	type plain initiatorJSON
	var bad *json.UnmarshalTypeError
	if err := json.Unmarshal(b, (*plain)(i)); !errors.As(err, &bad) {
		return err
	}
	return nil
}

type requestJSON struct {
	Method, URL string
	RawURL      string `json:"_url"`
	HTTPVersion string
	Headers     []fieldJSON
	HeadersSize number
	BodySize    number
	PostData    *struct {
		MimeType, Text string
		Encoding       string `json:"_encoding"`
		Params         []struct{ Name, Value string }
	}
}

type responseJSON struct {
	Status      number
	StatusText  string
	HTTPVersion string
	Headers     []fieldJSON
	RedirectURL string
	HeadersSize number
	BodySize    number
	Content     struct {
		Size           number
		MimeType       string
		Text, Encoding string
	}
	TransferSize number `json:"_transferSize"`
	Error        string `json:"_error"`
	FailureText  string `json:"_failureText"` // Playwright
}

type timingsJSON struct {
	Blocked, DNS, Connect, SSL, Send, Wait, Receive number

	Queueing number `json:"_blocked_queueing"`
}

type fieldJSON struct{ Name, Value text }

type stepJSON struct {
	Level, Server, Question, Transport, RCode string
	MS, TTL                                   number
	Cached                                    bool
	Error                                     string
}

type tlsJSON struct {
	Protocol, Cipher, ALPN, ServerName string
	Resumed                            bool
	SubjectName, Issuer                string
	ValidFrom, ValidTo                 number
}

type noteJSON struct {
	At, Request number
	Text        string
}

type connectionJSON struct {
	ID                          text
	Scheme, Host                string
	Port                        number
	Private                     bool
	RemoteAddress, LocalAddress string
	Protocol                    string
	Started                     number
	Backup                      bool
	Opened, Connected, Secured  number
	Closed                      number
	ClosedBy, CloseReason       string
	Requests                    number
	SentBytes, ReceivedBytes    number
	SYNRetransmits              number
	DNS                         *struct {
		From, To  number
		Addresses []struct {
			IP  string
			TTL number
		}
		Steps []stepJSON
	}
	Attempts []struct {
		Address, Result  string
		From, To, Waited number
		Late             bool
		WaitedFor, Error string
	}
	OpenStates []stateJSON
	Proxy      *struct {
		URL      string
		From, To number
	}
	TLS          *tlsJSON
	TLSHandshake *handshakeJSON
	Path         *pathJSON
	Carried      []struct {
		Request, Queued, From, FirstByte, To number
		WaitedFor                            string
	}
	TCPInfo []tcpJSON
	Close   *struct {
		Start                number
		FirstFIN, Reset, Why string
		DrainedBytes         number
		States               []stateJSON
	}
}

type stateJSON struct {
	State                 string
	Peer, Seen            bool
	From, To, Error, Left number
	Why                   string
}

type handshakeJSON struct {
	RoundTrips, BytesSent, BytesReceived number
	Group                                string
	Retried, ECH                         bool
	ClientCertificateAsked               bool
	ClientCertificate                    string
	Chain                                []struct {
		Subject, Issuer    string
		Names              []string
		ValidFrom, ValidTo number
		Key, Signature     string
		Serial, SHA256     string
	}
	Root, OCSP string
	Timestamps number
}

type pathJSON struct {
	Route                                           string
	OnLink                                          bool
	NextHop, LinkAddress, NeighbourState, Interface string
	Source                                          string
	MTU                                             number
	LearntFrom                                      string
	Changes                                         []struct {
		At       number
		Old, New string
	}
}

type tcpJSON struct {
	At                                           number
	When                                         string
	Request                                      number
	State                                        string
	RTT, RTTVariation, MinRTT                    number
	Retransmits, MSS, PathMTU, CongestionWindow  number
	SlowStartThreshold, SegmentsOut, SegmentsIn  number
	BytesSent, BytesRetransmitted, BytesAcked    number
	BytesReceived, DeliveryRate                  number
	Busy, LimitedByReceiver, LimitedBySendBuffer number
	Options                                      string
}
