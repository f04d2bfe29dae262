package outbound

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/deskbell/deskbell/errs"
)

// redirectsMost bounds how often Open is sent elsewhere. Each address is checked as the first one is.
const redirectsMost = 3

// whole is the one status of an answer whose body is all there is (RFC 9110 section 15.3.1).
const whole = 200

// Open reads what lies at an address, however long it is. What is the address's fault is errs.Invalid, what may pass errs.Unavailable.
// The caller closes it.
func (c *Client) Open(ctx context.Context, address string) (io.ReadCloser, error) {
	for range redirectsMost + 1 {
		res, err := c.get(ctx, address)
		if errors.Is(err, ErrInside) {
			return nil, errs.New(errs.Invalid, "The address leads into a private network, or to a port that is not for the web.", err)
		}
		if err != nil {
			return nil, errs.New(errs.Unavailable, "The server does not answer.", err)
		}
		if res.StatusCode == whole {
			return res.Body, nil
		}
		_ = res.Body.Close()
		next, err := res.Location()
		switch {
		case res.StatusCode/100 == 3 && err == nil && (next.Scheme == "http" || next.Scheme == "https"):
			address = next.String()
		case res.StatusCode/100 == 5:
			return nil, errs.Newf(errs.Unavailable, "The server answered %d.", res.StatusCode)
		default:
			return nil, errs.Newf(errs.Invalid, "The server answered %d.", res.StatusCode)
		}
	}
	return nil, errs.New(errs.Invalid, "The server sends from one address to another, again and again.", nil)
}

func (c *Client) get(ctx context.Context, address string) (*http.Response, error) {
	if _, err := url.Parse(address); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", c.agent)
	return c.http.Do(req)
}
