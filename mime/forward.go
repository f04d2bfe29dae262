package mime

import (
	"net/textproto"
	"strings"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/mime/page"
)

// SanitizeHTML makes mail or what an agent typed harmless; see page.Sanitize (MAIL-4).
func SanitizeHTML(html string) string { return page.Sanitize(html) }

// TextFromHTML is what a person reads in HTML; see page.Text. It takes unsafe HTML too.
func TextFromHTML(html string) string { return page.Text(page.Sanitize(html)) }

// FoldHTML wraps the quoted history and the signature of sanitised HTML in details elements; see page.Fold (MAIL-4).
func FoldHTML(html string) string { return page.Fold(html) }

// visible is what the person newly said. A forward is shown whole: it is the message.
func visible(in *channel.Inbound) string {
	if in.Forwarded != nil {
		return strings.TrimSpace(in.Text)
	}
	return page.Fresh(in.Text, in.HTML)
}

// forwardedSender finds who wrote the mail that was forwarded (MAIL-6): in a copied header, or in the mail that is
// attached whole. It is nil for other mails, and never one of our own addresses.
func forwardedSender(subject, text string, embedded textproto.MIMEHeader, own func(string) bool) *channel.Address {
	for _, value := range page.ForwardedFrom(subject, text) {
		if a := copiedAddress(value); a != nil && !own(a.Email) {
			return a
		}
	}
	if embedded != nil && (page.IsForward(subject) || strings.TrimSpace(text) == "") {
		if from := addresses(embedded["From"]); len(from) > 0 && !own(from[0].Email) {
			return &from[0]
		}
	}
	return nil
}

// copiedAddress reads the name and address of a From line as mail programs copy it.
func copiedAddress(value string) *channel.Address {
	value = strings.NewReplacer("[mailto:", "<", "(mailto:", "<", "mailto:", "", "]", ">", "[", "<", "*", "").Replace(value)
	email := addressShape.FindString(value)
	if email == "" {
		return nil
	}
	name, _, _ := strings.Cut(value, email)
	name = strings.Trim(oneLine(name), ` "'<>(,`)
	return &channel.Address{Name: cut(name, 200), Email: strings.ToLower(strings.TrimRight(email, ".'"))}
}
