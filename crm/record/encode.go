package record

import (
	"encoding/json"
	"slices"
)

// namesMost is how many names of properties are sorted without asking for memory.
const namesMost = 48

// appendValues writes the values that are kept as a JSON object, its names in order, as encoding/json would. That one takes two
// pieces of memory for every value of a map, and a new record is written three times: as its row, its history and its event.
func appendValues(out []byte, values map[string]string, kept func(name, value string) bool) []byte {
	var few [namesMost]string
	names := few[:0]
	for name, v := range values {
		if kept(name, v) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	out = append(out, '{')
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendText(out, name), ':')
		out = appendText(out, values[name])
	}
	return append(out, '}')
}

// appendText writes a JSON string. What needs escaping is left to encoding/json.
func appendText(out []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			escaped, err := json.Marshal(text)
			if err != nil { // strings have no such errors
				return append(out, `""`...)
			}
			return append(out, escaped...)
		}
	}
	out = append(append(out, '"'), text...)
	return append(out, '"')
}

// sizeOf is room enough for most values.
func sizeOf(values map[string]string) int {
	size := 64
	for name, v := range values {
		size += len(name) + len(v) + len(v)/8 + 6
	}
	return size
}

func all(string, string) bool { return true }

// MarshalJSON writes what the tags of the fields say.
func (c Created) MarshalJSON() ([]byte, error) {
	out := append(make([]byte, 0, sizeOf(c.Properties)), `{"properties":`...)
	out = appendValues(out, c.Properties, all)
	if len(c.Links) > 0 {
		links, err := json.Marshal(c.Links)
		if err != nil {
			return nil, err
		}
		out = append(append(out, `,"links":`...), links...)
	}
	if c.Reason != "" {
		out = appendText(append(out, `,"reason":`...), c.Reason)
	}
	return append(out, '}'), nil
}
