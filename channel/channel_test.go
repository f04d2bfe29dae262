package channel_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/deskbell/deskbell/channel"
)

// What a channel refused stays readable through every wrapping: the job decides by it whether to try again (MAIL-7).
func TestRefusalSurvivesWrapping(t *testing.T) {
	for _, temporary := range []bool{true, false} {
		err := fmt.Errorf("send message 7: %w", &channel.SendError{Temporary: temporary, Code: "550 5.1.1", Message: "The address does not exist.", Cause: io.EOF})
		var refused *channel.SendError
		if !errors.As(err, &refused) || refused.Temporary != temporary || !errors.Is(err, io.EOF) {
			t.Errorf("got %+v of %v", refused, err)
		}
		if got := refused.Error(); got != "550 5.1.1 The address does not exist." {
			t.Errorf("says %q", got)
		}
	}
	if (&channel.SendError{}).Unwrap() != nil {
		t.Error("a refusal without a cause has none")
	}
}

// By e-mail alone, unless a channel says by what else it reaches people.
func TestWhomAChannelReaches(t *testing.T) { // API-9
	for name, c := range map[string]struct {
		limits channel.Limits
		want   map[channel.IDType]bool
	}{
		"mail":     {channel.Limits{}, map[channel.IDType]bool{channel.Email: true, channel.Phone: false, channel.Opaque: false, "x": false}},
		"phone":    {channel.Limits{Identifiers: []channel.IDType{channel.Phone}}, map[channel.IDType]bool{channel.Email: false, channel.Phone: true, channel.Opaque: false}},
		"anything": {channel.Limits{Identifiers: []channel.IDType{channel.Email, channel.Opaque}}, map[channel.IDType]bool{channel.Email: true, channel.Phone: false, channel.Opaque: true}},
	} {
		for id, want := range c.want {
			if got := c.limits.Reaches(id); got != want {
				t.Errorf("%s reaches %q: %v, want %v", name, id, got, want)
			}
		}
	}
}
