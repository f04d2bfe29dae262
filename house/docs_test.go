package house

import (
	"go/ast"
	"go/token"
	"slices"
	"testing"
)

// wellKnown are methods whose meaning an interface of the standard library already says.
var wellKnown = []string{
	"Error", "String", "Unwrap", "Is", "As", "MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText",
	"ServeHTTP", "Len", "Less", "Swap", "Scan", "Value", "LogValue",
}

// undocumented finds exported names without a sentence. A group's comment, or one at the end of the line, will do for
// constants and variables.
func undocumented(f *file) []problem {
	var all []problem
	add := func(name string) {
		all = append(all, problem{f.path + ":" + name, "is exported without a doc comment: say what it means, its units, its errors, the spec id a rule comes from"})
	}
	for _, d := range f.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) && (d.Recv == nil || !slices.Contains(wellKnown, d.Name.Name)) {
				add(d.Name.Name)
			}
		case *ast.GenDecl:
			for _, name := range undocumentedSpecs(d) {
				add(name)
			}
		}
	}
	return all
}

func undocumentedSpecs(d *ast.GenDecl) []string {
	if d.Tok == token.IMPORT || d.Doc != nil {
		return nil
	}
	var names []string
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && s.Doc == nil && s.Comment == nil {
				names = append(names, s.Name.Name)
			}
		case *ast.ValueSpec:
			for _, name := range s.Names {
				if name.IsExported() && s.Doc == nil && s.Comment == nil {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

// exportedReceiver: a method on an unexported type is seen through an interface, which has the comment.
func exportedReceiver(fn *ast.FuncDecl) bool {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return true
	}
	id := rootIdent(fn.Recv.List[0].Type)
	return id != nil && id.IsExported()
}

func TestExportedNamesAreDocumented(t *testing.T) {
	check(t, func(f *file) bool {
		return f.isGo() && !ast.IsGenerated(f.ast) && !isTestFile(f) && f.ast.Name.Name != "main"
	}, undocumented)
}

func TestEveryPackageHasAComment(t *testing.T) {
	var all []problem
	for dir, files := range packages(tree(t), func(f *file) bool { return f.isGo() && !isTestFile(f) }) {
		if !slices.ContainsFunc(files, func(f *file) bool { return f.ast.Doc != nil && len(f.ast.Doc.Text()) > 40 }) {
			all = append(all, problem{dir, "has no package comment: say in two sentences what it owns and what it must not know"})
		}
	}
	report(t, all)
}
