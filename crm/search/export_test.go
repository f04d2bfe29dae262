package search

// Small makes everything small, so that a few records fill chunks and take several folds.
func (x *Index) Small(chunk, page int) { x.sizes = sizes{chunk: chunk, build: page, page: page} }

// SelectBlocks is the statement that reads the index.
const SelectBlocks = selectBlocks
