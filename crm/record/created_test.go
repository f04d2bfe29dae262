package record

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// What is written by hand is what encoding/json writes, whatever the text.
func TestValuesAreWrittenAsEncodingJSONWould(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z_]{0,12}`), rapid.Just("a\x00\"<b>&\\ \xff\x7fé\u2028\n"))
	rapid.Check(t, func(t *rapid.T) {
		type plain Created // without its own way to be written
		c := Created{Properties: rapid.MapOfN(texts, texts, 0, 100).Draw(t, "properties"), Reason: texts.Draw(t, "reason")}
		if rapid.Bool().Draw(t, "linked") {
			c.Links = []Linked{{ToType: "contacts", ToID: 7, TypeID: 16}}
		}
		want, err := json.Marshal(plain(c))
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.MarshalJSON()
		if err != nil || string(got) != string(want) {
			t.Fatalf("%s, %v, want %s", got, err, want)
		}
	})
}
