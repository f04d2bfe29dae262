package outbound

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/deskbell/deskbell/errs"
)

// special are the parts of the global address space that lead to no public server: private, shared, reserved, for documentation,
// or holding an IPv4 address that they would hide (RFC 6890, RFC 4291).
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("224.0.0.0/3"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"),
}

// global is all that IPv6 has given out.
var global = netip.MustParsePrefix("2000::/3")

// public reports whether an address is of the internet at large.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.Zone() != "" || a.Is6() && !global.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// webPort reports whether web servers use a port: no other well-known service is to be spoken to.
func webPort(port uint16) bool { return port == 80 || port == 443 || port >= 1024 }

const urlMost = 2000

// Check refuses what is no address to call, in words for the field it was typed into. What a name leads to is checked when it is
// called.
func (c *Client) Check(field, address string) error {
	bad := func(message string) error { return errs.Bad(field, "INVALID_URL", message) }
	u, err := url.Parse(address)
	if err != nil || len(address) > urlMost || strings.ContainsFunc(address, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) ||
		u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return bad("Enter an address that begins with https:// or http://, of at most 2,000 letters.")
	}
	if u.User != nil || strings.Contains(address, "#") {
		return bad("The address may hold no user name, no password and no #.")
	}
	port := uint64(443)
	if p := u.Port(); p != "" || strings.HasSuffix(u.Host, ":") {
		if port, err = strconv.ParseUint(p, 10, 16); err != nil || port == 0 {
			return bad("The port must be a number from 1 to 65535.")
		}
	}
	// What is no number is a name.
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && !c.reaches(netip.AddrPortFrom(addr, uint16(port))) {
		return bad("The address leads into a private network. Whoever runs the server can allow it.")
	}
	return nil
}
