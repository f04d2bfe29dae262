package main

import (
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/channel/email"
)

// channels is the list of all kinds of channel. A new one is its package and a line here.
func channels() []channel.Kind {
	return []channel.Kind{email.Kind()}
}
