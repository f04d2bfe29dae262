package wire

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/errs"
)

// The codes of errors of the record engine that name the properties that are wrong.
const (
	badValues = "PROPERTY_VALUES"
	required  = "REQUIRED"
)

// PropertyError puts refused properties into the words that HubSpot's clients parse: a JSON array inside the message. Other
// errors stay as they are.
func PropertyError(t property.ObjectType, err error) error {
	e := errs.As(err)
	if e == nil || e.Kind != errs.Invalid || e.Code != badValues && e.Code != required {
		return err
	}
	out := *e
	out.Code, out.Detail = "", nil
	if e.Code == required {
		missing := make([]string, len(e.Fields))
		for i, f := range e.Fields {
			missing[i] = f.Name
		}
		out.Message = fmt.Sprintf("Error creating %s. Some required properties were not set.", strings.ToUpper(t.Singular))
		return out.WithDetail("properties", missing...)
	}
	type invalid struct {
		IsValid bool   `json:"isValid"`
		Message string `json:"message"`
		Error   string `json:"error"`
		Name    string `json:"name"`
	}
	list := make([]invalid, len(e.Fields))
	for i, f := range e.Fields {
		list[i] = invalid{Message: f.Message, Error: f.Code, Name: f.Name}
	}
	text, _ := json.Marshal(list) // strings always marshal
	out.Message = "Property values were not valid: " + string(text)
	return &out
}
