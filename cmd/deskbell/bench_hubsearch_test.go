package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/db"
)

// hubFilter is a filter as an app sends it.
type hubFilter map[string]any

func filterOf(property, operator string, value any) hubFilter {
	f := hubFilter{"propertyName": property, "operator": operator}
	switch v := value.(type) {
	case []string:
		f["values"] = v
	case string:
		f["value"] = v
	}
	return f
}

func from(dice *rand.Rand, values ...string) string { return values[dice.IntN(len(values))] }

// builtInFilters and customFilters have one for each of four properties or more.
func builtInFilters(dice *rand.Rand) []hubFilter {
	return []hubFilter{
		filterOf("hs_ticket_priority", "IN", []string{"HIGH", from(dice, "LOW", "MEDIUM", "URGENT")}),
		filterOf("hs_pipeline_stage", "EQ", from(dice, "1", "2", "3", "4")),
		filterOf("createdate", "GTE", from(dice, "2026-02-01", "2026-06-01", "2026-10-01")),
		filterOf("hs_ticket_category", "NEQ", from(dice, "PRODUCT_ISSUE", "BILLING_ISSUE")),
		filterOf("hubspot_owner_id", "HAS_PROPERTY", nil),
		filterOf("subject", "CONTAINS_TOKEN", from(dice, "invoice", "parcel", "router")),
		filterOf("time_to_close", "LT", from(dice, "1000000", "500000000")),
	}
}

func customFilters(dice *rand.Rand) []hubFilter {
	return []hubFilter{
		filterOf("product", "EQ", from(dice, "Lamp", "Desk", "Chair", "Mirror")),
		filterOf("affected", "IN", []string{from(dice, "Billing", "Delivery"), "Quality"}),
		filterOf("order_value", "GT", from(dice, "10000", "50000", "85000")),
		filterOf("renewal", "LT", from(dice, "2026-03-01", "2026-09-01", "2027-06-01")),
		filterOf("escalated_at", "HAS_PROPERTY", nil),
		filterOf("city", "EQ", from(dice, "lyon", "malmö", "cork")),
		filterOf("vip", "EQ", from(dice, "true", "false")),
	}
}

// some are so many of all, in random order.
func some(dice *rand.Rand, all []hubFilter, n int) []hubFilter {
	dice.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:n]
}

func searchFor(objectType, text, sort string, filters []hubFilter) request {
	body := map[string]any{"limit": 50, "query": text}
	if len(filters) > 0 {
		body["filterGroups"] = []any{map[string]any{"filters": filters}}
	}
	if sort != "" {
		body["sorts"] = []string{sort}
	}
	return request{"POST", objects + objectType + "/search", body, http.StatusOK}
}

// The sorts of each kind, of HubSpot's own properties and of the account's.
var hubSorts = [][2]string{{"createdate", "a date"}, {"time_to_close", "a number"}, {"subject", "a text"}, {"hs_ticket_priority", "a choice"},
	{"renewal", "a custom date"}, {"escalated_at", "a custom time"}, {"order_value", "a custom number"}, {"city", "a custom text of few values"},
	{"order_number", "a custom text, all different"}, {"product", "a custom choice"}, {"vip", "a custom yes or no"}}

func (a *hubDesk) searches() {
	a.firstSearches()
	for n := 1; n <= 4; n++ {
		a.measure(fmt.Sprintf("search, %d of the built-in filters", n), within(0.99, pageTarget), hubMost, func(int) request {
			return searchFor("tickets", "", "", some(a.dice, builtInFilters(a.dice), n))
		})
		a.measure(fmt.Sprintf("search, %d of the custom filters", n), within(0.99, pageTarget), hubMost, func(int) request {
			return searchFor("tickets", "", "", some(a.dice, customFilters(a.dice), n))
		})
	}
	for _, s := range hubSorts {
		a.measure("search, up to 4 filters of both kinds, by "+s[1], within(0.99, pageTarget), hubMost, func(n int) request {
			return searchFor("tickets", "", []string{"", "-"}[n/5%2]+s[0], some(a.dice, slices.Concat(builtInFilters(a.dice), customFilters(a.dice)), n%5))
		})
	}
	a.measure("search contacts, up to 2 filters, by name", within(0.99, pageTarget), hubMost, func(n int) request {
		return searchFor("contacts", "", "lastname", some(a.dice, []hubFilter{filterOf("firstname", "EQ", from(a.dice, "ada", "hugo")),
			filterOf("createdate", "GTE", from(a.dice, "2026-02-01", "2026-10-01"))}, n%3))
	})
	for _, kind := range searchKinds {
		a.measure("search for "+kind.name, within(0.95, searchTarget), hubMost, func(n int) request { return searchFor("tickets", kind.typed[n%len(kind.typed)], "", nil) })
	}
	a.measure("search for a common word, 1 to 3 filters of both kinds, by a custom number", within(0.95, searchTarget), hubMost, func(n int) request {
		return searchFor("tickets", "parcel", "order_value", some(a.dice, slices.Concat(builtInFilters(a.dice), customFilters(a.dice)), 1+n%3))
	})
}

// firstSearches ask for all properties that the others need, once: they are read from the table then.
func (a *hubDesk) firstSearches() {
	for _, c := range []struct {
		name string
		all  []hubFilter
		sort string
	}{{"built-in", builtInFilters(a.dice), "subject"}, {"custom", customFilters(a.dice), "order_number"}} {
		began := time.Now()
		if _, err := a.send(searchFor("tickets", "", c.sort, c.all)); err != nil {
			a.b.Fatal(err)
		}
		line := fmt.Sprintf("| the first search by %d %s properties, once after a start | %s | | | | | columns read from the table |", len(c.all)+1, c.name, millis(time.Since(began)))
		fmt.Println(line)
		a.lines = append(a.lines, line)
	}
}

var (
	placeholder = regexp.MustCompile(`\$(\d+)|\?`)
	accessed    = regexp.MustCompile(`^(?:SEARCH|SCAN) (\w+)(?: USING (?:COVERING )?(INTEGER PRIMARY KEY|PRIMARY KEY|INDEX \w+))?`)
	inserted    = regexp.MustCompile(`^INSERT INTO (\w+)`)
)

// how says in words how a request got at its rows: by the plans of its statements.
func (a *hubDesk) how(q request, statements []string) (words []string) {
	var into []string
	for _, text := range statements {
		var plan string
		benchSee(a.b, a.db, func(tx *db.Tx) (err error) {
			plan, err = tx.Explain(text, make([]any, parameters(text))...)
			return err
		})
		if m := inserted.FindStringSubmatch(text); m != nil {
			if !slices.Contains(into, m[1]) {
				into = append(into, m[1])
			}
			continue
		}
		for line := range strings.SplitSeq(plan, "\n") {
			if m := accessed.FindStringSubmatch(line); m != nil && !slices.Contains([]string{"tokens", "json_each", "b", "s", "x"}, m[1]) && !strings.HasPrefix(m[1], "search_") {
				words = append(words, m[1]+by(m[2]))
			}
		}
	}
	if len(into) > 0 {
		words = append(words, "rows into "+strings.Join(into, ", "))
	}
	all := strings.Join(statements, "\n")
	if strings.HasSuffix(q.path, "/search") && !strings.Contains(all, "SELECT count(*)") {
		words = append([]string{"columns in memory"}, words...)
	}
	if strings.Contains(all, "search_blocks") {
		words = append([]string{"index of words"}, words...)
	}
	return words
}

// by is a way to rows, in words.
func by(way string) string {
	switch way {
	case "":
		return ", all of them"
	case "INTEGER PRIMARY KEY":
		return " by id"
	case "PRIMARY KEY":
		return " by key"
	}
	return " by " + strings.TrimPrefix(way, "INDEX ")
}

// parameters is how many values a statement takes.
func parameters(text string) (n int) {
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if k, err := strconv.Atoi(m[1]); err == nil {
			n = max(n, k)
		} else {
			n++
		}
	}
	return n
}
