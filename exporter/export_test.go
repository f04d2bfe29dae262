package exporter

// Small makes parts and sheets of few rows.
func (s *Service) Small(part, sheet int64) { s.size = size{part, sheet} }
