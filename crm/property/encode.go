package property

import (
	"encoding/json"
	"slices"
)

// namesMost is how many names of properties are sorted without asking for memory.
const namesMost = 48

// AppendValues writes the values that are kept, nil for all, as a JSON object, its names in order, as encoding/json would. That one
// takes two pieces of memory for every value of a map, and a new record is written three times: as its row, its history, its event.
func AppendValues(out []byte, values map[string]string, kept func(name, value string) bool) []byte {
	var few [namesMost]string
	names := few[:0]
	for name, v := range values {
		if kept == nil || kept(name, v) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	out = append(out, '{')
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(AppendText(out, name), ':')
		out = AppendText(out, values[name])
	}
	return append(out, '}')
}

// AppendText writes a JSON string. What needs escaping is left to encoding/json.
func AppendText(out []byte, text string) []byte {
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

// Room is how many bytes most values take as JSON.
func Room(values map[string]string) int {
	size := 64
	for name, v := range values {
		size += len(name) + len(v) + len(v)/8 + 6
	}
	return size
}
