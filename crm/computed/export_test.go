package computed

import "github.com/deskbell/deskbell/db"

// Statements are what the rollups of an object type read, for tests of their plans.
func Statements(tx *db.Tx, s *Service, objectType string) []*db.SQL {
	own, _, _ := s.props.Rollups(tx, objectType)
	var out []*db.SQL
	for _, d := range own {
		if q, err := s.statement(tx, of{objectType, 1}, d); err == nil {
			out = append(out, q)
		}
	}
	return out
}
