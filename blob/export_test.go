package blob

// DisableSync is for the benchmark only.
func DisableSync(f *Files) { f.noSync = true }
