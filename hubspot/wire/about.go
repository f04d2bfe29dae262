package wire

import (
	"net/http"

	"github.com/deskbell/deskbell/gate"
)

// params are the parameters in addresses that several routes have, and what they mean everywhere.
var params = []gate.Param{
	{Name: "limit", Kind: "integer", Says: "How many results a page has at most."},
	{Name: "after", Kind: "string", Says: "Where the page begins: paging.next.after of the page before."},
	{Name: "archived", Kind: "boolean", Says: "Archived ones in place of the others."},
	{Name: "properties", Kind: "list", Says: "Names of the properties to return."},
	{Name: "propertiesWithHistory", Kind: "list", Says: "Names of the properties to return with all values that they had."},
	{Name: "associations", Kind: "list", Says: "Object types of which to return the ids of associated records."},
	{Name: "idProperty", Kind: "string", Says: "Which unique property the id in the path is a value of; its own id when absent."},
	{Name: "property", Kind: "list", Says: "Taken from HubSpot's clients; answers are always whole."},
	{Name: "defaultPageLength", Kind: "integer", Says: "How many results a page has where limit does not say it."},
	{Name: "association", Kind: "list", Says: "TICKET returns the ticket of each thread."},
	{Name: "sort", Kind: "string", Says: "What to sort by; with - before it, backwards."},
	{Name: "occurredAfter", Kind: "string", Says: "The time from which on."},
	{Name: "occurredBefore", Kind: "string", Says: "The time until which."},
	{Name: "dataSensitivity", Kind: "string", Says: "How sensitive: non_sensitive, sensitive or highly_sensitive."},
}

// Query says that a route reads these parameters of the address, all of which may be left out. One that only it has is a
// string whose name says what it is.
func Query(names ...string) gate.Say {
	return func(a *gate.About) {
		for _, name := range names {
			a.Query = append(a.Query, param(name))
		}
	}
}

func param(name string) gate.Param {
	for _, p := range params {
		if p.Name == name {
			return p
		}
	}
	return gate.Param{Name: name, Kind: "string"}
}

// GivesBatch says that a batch is answered, with this status or, when inputs failed, with 207.
func GivesBatch[T any](status int) gate.Say {
	return func(a *gate.About) {
		gate.Gives[Batch[T]](status)(a)
		gate.Gives[Batch[T]](http.StatusMultiStatus)(a)
	}
}

// Many is the body of a batch.
type Many[T any] struct {
	Inputs []T `json:"inputs" required:"true"`
}
