package mime

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// NewMessageID makes the Message-ID of the message with this id, the same at every attempt (MAIL-7). Without angle
// brackets.
func NewMessageID(id int64, host string) string {
	sum := sha256.Sum256([]byte(strconv.FormatInt(id, 10) + "@" + host))
	if host == "" {
		host = "localhost"
	}
	return strconv.FormatInt(id, 36) + "." + hex.EncodeToString(sum[:6]) + "@" + host
}

// PlusAddress puts a token into an address (MAIL-3): support@example.org with k3x is support+k3x@example.org. A plus
// part that is there already stays before it. An address without an at sign comes back as it is.
func PlusAddress(address, token string) string {
	i := strings.LastIndexByte(address, '@')
	if i < 0 || token == "" {
		return address
	}
	return address[:i] + "+" + token + address[i:]
}

// TokenFrom takes the last plus part out of an address. ok is false when there is none; base is then the address.
// Both are lower-cased, as some mail servers do it: tokens must not depend on case.
func TokenFrom(address string) (base, token string, ok bool) {
	address = strings.ToLower(strings.Trim(strings.TrimSpace(address), "<>"))
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address, "", false
	}
	plus := strings.LastIndexByte(address[:at], '+')
	if plus <= 0 || plus == at-1 {
		return address, "", false
	}
	return address[:plus] + address[at:], address[plus+1 : at], true
}
