// Package web owns the built web app as files inside the binary.
// It must not know who serves them, nor anything of the API the app talks to.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var built embed.FS

// Dist returns the built web app with index.html at its root. Where the app
// was not built (npm run build) it holds only a placeholder, so opening
// index.html answers fs.ErrNotExist.
func Dist() fs.FS {
	files, err := fs.Sub(built, "dist")
	if err != nil { // "dist" is a valid constant path: fs.Sub cannot refuse it
		return built
	}
	return files
}
