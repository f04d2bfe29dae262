package mime

import (
	"bytes"
	"strings"
)

// oidData is id-data of RFC 5652 section 4, encoded.
var oidData = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01}

const maxSignedNesting = 3

// smime shows what is inside an opaque S/MIME signature (RFC 8551 section 3.5.2) and keeps the whole as a file. The
// signature is not verified: nothing is shown as verified either.
func (r *reader) smime(b *body, p *part, data []byte) (content, error) {
	if p.fileName == "" {
		p.fileName = "smime.p7m"
	}
	r.attach(b, p, data)
	if strings.Contains(strings.ToLower(p.params["smime-type"]), "enveloped") {
		r.warn("The mail is encrypted; it is kept as a file.")
		return content{}, nil
	}
	inner := signedContent(data)
	if len(inner) == 0 || b.nesting >= maxSignedNesting {
		r.warn("The signed part could not be opened; it is kept as a file.")
		return content{}, nil
	}
	b.nesting++
	root, warnings, err := readStructure(r.ctx, inner, r.opt)
	if err != nil {
		return content{}, err
	}
	for _, w := range warnings {
		r.warn("%s", w)
	}
	return r.gather(b, root, nil)
}

// signedContent finds the octets that a CMS SignedData encloses, in DER or BER with indefinite lengths, as some
// programs stream it.
func signedContent(der []byte) []byte {
	i := bytes.Index(der, oidData)
	if i < 0 {
		return nil
	}
	tag, value, _, ok := readTLV(der[i+len(oidData):])
	if !ok || tag != 0xa0 { // [0] EXPLICIT eContent
		return nil
	}
	return octets(value, 0)
}

// octets concatenates the primitive octet strings in b, which are at most a few levels deep.
func octets(b []byte, depth int) []byte {
	var out []byte
	for len(b) > 0 && depth < 5 {
		tag, value, rest, ok := readTLV(b)
		if !ok {
			break
		}
		switch tag {
		case 0x04:
			if depth == 0 && len(rest) == 0 {
				return value
			}
			out = append(out, value...)
		case 0x24:
			out = append(out, octets(value, depth+1)...)
		}
		b = rest
	}
	return out
}

// readTLV reads one BER element. The value of an indefinite one is what remains, end mark included: octets stops at
// it, as it is an element of length zero with tag zero.
func readTLV(b []byte) (tag byte, value, rest []byte, ok bool) {
	if len(b) < 2 || b[0] == 0 {
		return 0, nil, nil, false
	}
	tag = b[0]
	n, b := int(b[1]), b[2:]
	switch {
	case n == 0x80:
		return tag, b, nil, true
	case n > 0x80:
		size := n & 0x7f
		if size > 4 || size > len(b) {
			return 0, nil, nil, false
		}
		n = 0
		for _, c := range b[:size] {
			n = n<<8 | int(c)
		}
		b = b[size:]
	}
	if n < 0 || n > len(b) {
		return 0, nil, nil, false
	}
	return tag, b[:n], b[n:], true
}
