package main

import (
	"errors"
	"strings"

	"github.com/deskbell/deskbell/errs"
)

// plain turns a classified error into words for a terminal, each bad field with its reason.
func plain(err error) error {
	e := errs.As(err)
	if e == nil {
		return err
	}
	words := []string{e.Message}
	for _, f := range e.Fields {
		if f.Message != e.Message {
			words = append(words, f.Name+": "+f.Message)
		}
	}
	return errors.New(strings.Join(words, " "))
}
