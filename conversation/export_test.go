package conversation

import "github.com/deskbell/deskbell/db"

// Statements that run for every arrival and every opened ticket, for the tests of their plans.
const (
	ByToken   = whereToken
	Page      = pageOfMessages
	Once      = selectKnown
	Automatic = countAutomatic
	Answered  = selectAnswered
	Ours      = selectOurs
	ByKey     = selectByKey
)

// Leads is the statement that looks Message-IDs up.
func Leads(inbox int64, keys []string) *db.SQL { return leadsQuery(inbox, keys) }
