package gate

import (
	"net/http"
	"reflect"
)

// About is what the API's description says of a route that reads and writes HTTP itself, besides its row. Of a route of Add the
// types say it.
type About struct {
	Takes   reflect.Type         // of the body; nil is none, or one that is not described
	Kind    string               // of the body, where it is not JSON
	Gives   map[int]reflect.Type // of the answers by status; nil as a type is an empty one
	File    bool                 // a success is a file
	Query   []Param
	Choices map[string][]string // what a parameter of the path may be
}

// Param is a parameter in the address.
type Param struct {
	Name, Says string
	Kind       string // "string", "integer", "boolean"; "list" is strings joined with commas, or the parameter repeated
}

// Say adds to what the description says of a route.
type Say func(*About)

// Takes says that the body is JSON of this type. A field of it that must be there has the tag `required:"true"`.
func Takes[T any]() Say { return func(a *About) { a.Takes = reflect.TypeFor[T]() } }

// TakesForm says that the body is a form with the fields of this type.
func TakesForm[T any]() Say {
	return func(a *About) { a.Takes, a.Kind = reflect.TypeFor[T](), "application/x-www-form-urlencoded" }
}

// TakesUpload says that the body is a form with the fields of this type, of which some are files: Upload.
func TakesUpload[T any]() Say {
	return func(a *About) { a.Takes, a.Kind = reflect.TypeFor[T](), "multipart/form-data" }
}

// Upload is a file in a form.
type Upload string

// Outline implements Outliner.
func (Upload) Outline() any { return "" }

// GivesFile says that a success is a file.
func GivesFile(a *About) { a.File = true }

// Gives says that an answer with this status is JSON of this type.
func Gives[T any](status int) Say { return func(a *About) { a.gives(status, reflect.TypeFor[T]()) } }

// GivesNothing says that a success has no body.
func GivesNothing(a *About) { a.gives(http.StatusNoContent, nil) }

// GivesEmpty says that an answer with this status has no body.
func GivesEmpty(status int) Say { return func(a *About) { a.gives(status, nil) } }

func (a *About) gives(status int, t reflect.Type) {
	if a.Gives == nil {
		a.Gives = map[int]reflect.Type{}
	}
	a.Gives[status] = t
}

// Outliner is a type that JSON shows in another form than its fields': Outline returns a value with that form.
type Outliner interface{ Outline() any }
