package column

// Interrupted returns up to which id a load had come that was given up, 0 for none.
func (s *Store) Interrupted(name string) int64 {
	t := s.table(name)
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.partial == nil {
		return 0
	}
	return t.partial.next
}

// Behind counts the changes that the columns do not hold yet.
func (s *Store) Behind(name string) int { return s.table(name).log.since(s.table(name).asOf.Load()) }

// Loaded counts the columns of an object type.
func (s *Store) Loaded(name string) int {
	t := s.table(name)
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.columns)
}

// Held counts the sets in memory.
func (s *Sets) Held() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sets)
}
