package db

import "testing"

func TestPlaceholdersInOrderNeedNoNames(t *testing.T) {
	for query, want := range map[string]string{
		"SELECT 1":                                "SELECT 1",
		"SELECT $1":                               "SELECT ?",
		"VALUES ($1, $2), ($3, $4)":               "VALUES (?, ?), (?, ?)",
		"SELECT $2, $1":                           "SELECT $2, $1",
		"SELECT $1 WHERE a = $1":                  "SELECT $1 WHERE a = $1",
		"SELECT $1, $10":                          "SELECT $1, $10",
		"SELECT $10":                              "SELECT $10",
		"SELECT $1, props ->> '$.x'":              "SELECT $1, props ->> '$.x'",
		"SELECT $1, '$2'":                         "SELECT $1, '$2'",
		"SELECT $1 || 'it''s' || $2":              "SELECT ? || 'it''s' || ?",
		"VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)": "VALUES (?,?,?,?,?,?,?,?,?,?)",
	} {
		if got := positional(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}
