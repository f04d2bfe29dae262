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
