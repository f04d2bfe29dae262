package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// tally counts trips to the database and the statements in them.
type tally struct {
	mu         sync.Mutex
	trips      int
	statements []string
}

func (l *tally) add(statements ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trips++
	l.statements = append(l.statements, statements...)
}

// of returns what a story cost.
func (l *tally) of(story func()) (trips int, statements []string) {
	l.mu.Lock()
	l.trips, l.statements = 0, nil
	l.mu.Unlock()
	story()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.trips, l.statements
}

// What a mail costs on its way to a routed ticket, in statements on SQLite and in trips to PostgreSQL. The bounds are what it
// took when they were written, for trips with some room for statements that a connection has not prepared yet: raise one only for something that is worth it at every mail that comes in.
func TestAnArrivalIsCheap(t *testing.T) { // PERF-3
	dbtest.Each(t, func(t *testing.T, c db.Config) {
		var l tally
		c.Trace = l.add
		d := newDesk(t, c)
		mail := func(from string, n int, headers ...string) func() {
			return func() {
				d.Mail(from, fmt.Sprint("A lamp is broken ", n), fmt.Sprint("It does not shine. ", n), append(headers, fmt.Sprintf("Message-ID: <%d.%s>", n, from))...)
			}
		}
		for n := range 40 { // every connection has seen it all
			mail(fmt.Sprintf("early%d@warm.example", n), n)()
			mail("early1@warm.example", 100+n)()
			mail("early1@warm.example", 200+n, fmt.Sprintf("In-Reply-To: <%d.early1@warm.example>", 100+n))()
		}
		for _, tt := range []struct {
			name              string
			statements, trips int
			run               func()
		}{
			{"of a stranger", 38, 17, mail("new@warm.example", 1)},
			{"of somebody known", 35, 15, mail("early1@warm.example", 2)},
			{"reply", 37, 24, mail("early1@warm.example", 3, "In-Reply-To: <100.early1@warm.example>")},
		} {
			trips, statements := l.of(tt.run)
			got, most := len(statements), tt.statements
			if d.db.Postgres() {
				got, most = trips, tt.trips
			}
			if got > most {
				t.Errorf("a mail %s: %d, at most %d:\n%s", tt.name, got, most, strings.Join(statements, "\n"))
			}
		}
	})
}
