package house

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

func isCode(f *file) bool { return f.code() }

// inits finds functions that run by import alone.
func inits(f *file) []problem {
	var all []problem
	for _, d := range f.ast.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			all = append(all, problem{f.path, "has an init function: build the value in a constructor, and list it in cmd/deskbell"})
		}
	}
	return all
}

func TestNoInit(t *testing.T) { check(t, isCode, inits) }

// constant lists calls whose result never changes; a package-level variable may hold it.
var constant = []string{
	"errors.New", "fmt.Errorf", "errs.New", "errs.Newf", "errs.Bad",
	"regexp.MustCompile", "db.NewInsert", "template.Must", "strings.NewReplacer", "time.Date", "time.FixedZone",
	"netip.MustParsePrefix", "netip.MustParseAddr", "big.NewInt", "sync.OnceValue", "sync.OnceValues", "sync.OnceFunc",
	"reflect.TypeFor", "language.MustParse", "language.NewMatcher",
	"slices.Concat", "base32.NewEncoding", "base64.NewEncoding", "int64", "[]byte",
	"WithPadding", "WithCode", // methods that finish one of the above
}

// state finds package-level variables that could change: no value, a value that lives, or an assignment anywhere in
// the package, its tests included. Tables and compiled expressions that nobody assigns are constants.
func state(files []*file) []problem {
	const remedy = ": make it a field of the service that needs it"
	var all []problem
	vars := map[string]*ast.ValueSpec{}
	for _, f := range files {
		if !f.code() {
			continue
		}
		for _, spec := range valueSpecs(f, token.VAR) {
			for i, name := range spec.Names {
				if name.Name == "_" {
					continue
				}
				vars[name.Name] = spec
				if says := lives(spec, i); says != "" {
					all = append(all, problem{f.path + ":" + name.Name, says + remedy})
				}
			}
		}
	}
	for _, f := range files {
		for name, where := range assigned(f, vars) {
			all = append(all, problem{f.path + ":" + name, "the package-level variable is changed at " + where + remedy})
		}
	}
	return all
}

func valueSpecs(f *file, tok token.Token) []*ast.ValueSpec {
	var specs []*ast.ValueSpec
	for _, d := range f.ast.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == tok {
			for _, s := range g.Specs {
				specs = append(specs, s.(*ast.ValueSpec))
			}
		}
	}
	return specs
}

// lives says why the variable is more than a constant, or "".
func lives(spec *ast.ValueSpec, i int) string {
	typ := exprText(spec.Type)
	switch {
	case typ == "embed.FS":
		return ""
	case strings.HasPrefix(typ, "atomic.") || (strings.HasPrefix(typ, "sync.") && typ != "sync.Pool"):
		return "package-level " + typ
	case len(spec.Values) == 0:
		return "package-level variable without a value"
	}
	value := spec.Values[min(i, len(spec.Values)-1)]
	if call, ok := value.(*ast.CallExpr); ok {
		if name := exprText(call.Fun); !slices.Contains(constant, name) && !slices.Contains(constant, name[strings.LastIndex(name, ".")+1:]) {
			return "package-level result of " + name
		}
	}
	if u, ok := value.(*ast.UnaryExpr); ok && u.Op == token.AND {
		return "package-level pointer"
	}
	return ""
}

// assigned finds writes to package-level names: =, op=, ++, to the name, an element or a field of it, and delete.
func assigned(f *file, vars map[string]*ast.ValueSpec) map[string]string {
	found := map[string]string{}
	mark := func(target ast.Expr) {
		id := rootIdent(target)
		if id == nil {
			return
		}
		spec, known := vars[id.Name]
		if known && (id.Obj == nil || id.Obj.Decl == spec) {
			found[id.Name] = f.at(id)
		}
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, target := range n.Lhs {
					mark(target)
				}
			}
		case *ast.IncDecStmt:
			mark(n.X)
		case *ast.CallExpr:
			if (isIdent(n.Fun, "delete") || isIdent(n.Fun, "clear")) && len(n.Args) > 0 {
				mark(n.Args[0])
			}
		}
		return true
	})
	return found
}

func rootIdent(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// exprText is a type or function as written: "sync.Pool", "errors.New".
func exprText(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return exprText(x.X) + "." + x.Sel.Name
	case *ast.StarExpr:
		return "*" + exprText(x.X)
	case *ast.IndexExpr:
		return exprText(x.X)
	case *ast.ArrayType:
		return "[]" + exprText(x.Elt)
	case *ast.CallExpr:
		return exprText(x.Fun) + "()"
	case *ast.Ellipsis:
		return exprText(x.Elt)
	}
	return ""
}

// stateExceptions: key "file:variable".
var stateExceptions = []exception{
	{"mime/page/sanitize.go:policy", "the sanitiser's rules: costly to build, documented as safe to share, never changed"},
}

func TestNoPackageState(t *testing.T) {
	var all []problem
	for _, files := range packages(tree(t), (*file).isGo) {
		all = append(all, state(files)...)
	}
	report(t, all, stateExceptions...)
}

// setters finds methods that hand a collaborator to a value that is already made.
func setters(f *file, interfaces map[string]bool) []problem {
	var all []problem
	for _, d := range f.ast.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv == nil || !wiringName(fn.Name.Name) || len(fn.Type.Params.List) != 1 {
			continue
		}
		if wires(f, fn.Type.Params.List[0].Type, interfaces) {
			all = append(all, problem{f.path + ":" + fn.Name.Name, "is a setter for wiring: take the collaborator in the constructor; if that makes a cycle, emit an event instead"})
		}
	}
	return all
}

func wiringName(name string) bool {
	for _, prefix := range []string{"Set", "set", "Attach", "Inject"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z' {
			return true
		}
	}
	return false
}

// wires: functions, interfaces and services are collaborators; plain values are not.
func wires(f *file, typ ast.Expr, interfaces map[string]bool) bool {
	switch x := typ.(type) {
	case *ast.FuncType, *ast.InterfaceType:
		return true
	case *ast.StarExpr:
		name := exprText(x.X)
		return strings.HasSuffix(name, "Service") || strings.HasSuffix(name, "Hub") || strings.HasSuffix(name, "Bus") || strings.HasSuffix(name, "Store")
	case *ast.Ident:
		return interfaces[f.dir()+"."+x.Name]
	case *ast.SelectorExpr:
		return interfaces[exprText(x)]
	}
	return false
}

// interfaceNames: each interface as "folder.Name", as its own package writes it, and as "pkg.Name", as others do.
func interfaceNames(files []*file) map[string]bool {
	names := map[string]bool{}
	for _, f := range files {
		if !f.isGo() {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if _, ok := spec.Type.(*ast.InterfaceType); ok {
					names[f.dir()+"."+spec.Name.Name] = true
					names[f.ast.Name.Name+"."+spec.Name.Name] = true
				}
			}
			return true
		})
	}
	return names
}

func TestNoWiringSetters(t *testing.T) {
	interfaces := interfaceNames(tree(t))
	check(t, isCode, func(f *file) []problem { return setters(f, interfaces) })
}
